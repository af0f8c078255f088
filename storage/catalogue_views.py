"""Owns the views: the public face of the catalogue, names and columns as others script against them.

They are made anew at every migration, so they always fit the tables of the program that wrote last.
"""

from __future__ import annotations

from typing import Final

__all__ = ["VIEWS", "VIEW_COLUMNS"]

_ARTICLE = (
    "page_id, url, source, title, published, published_precision, published_utc, origin, authors, editors, keywords, "
    "section, language, script, body, body_sha256, state, versions, first_captured, last_captured, last_checked, "
    "extractor, capture_id"
)
_VERSION = (
    "version_id, page_id, url, number, captured, title, authors, editors, origin, published, body, body_sha256, "
    "extractor"
)
_VERSION_CAPTURE = "version_id, part, capture_id"
_ADDRESS = "page_id, url, relation"
_CAPTURE = (
    "id, url, source, captured, method, request_digest, status, mime, kind, payload_digest, refers_to, warc_file, "
    "warc_offset, warc_length, ip, tls_verified, truncated, crawl_id"
)
_FAILURE = "url, attempted, source, crawl_id, stage, reason"
_EVENT = "page_id, url, kind, grade, after, observed, capture_before, capture_after, detail"
_REPRINT = "url, earliest_url, similarity, basis"
_CRAWL = "id, source, started, finished, outcome, fetched, new, changed, unchanged, failed, not_reached, outage"
_WARC = "name, location, size_bytes, sha256, sealed"

_SELECTS: Final = {
    "article": (
        _ARTICLE,
        """SELECT p.page_id, p.url, p.source, v.title, v.published, v.published_precision, v.published_utc, v.origin,
            v.authors, v.editors, v.keywords, v.section, v.language, v.script, v.body, v.body_sha256, p.state,
            p.versions, p.first_captured, p.last_present, p.last_checked, v.extractor, v.capture_id
        FROM t_page p JOIN t_version v ON v.version_id = p.latest_version""",
    ),
    "version": (
        _VERSION,
        """SELECT v.version_id, v.page_id, p.url, v.number, v.captured, v.title, v.authors, v.editors, v.origin,
            v.published, v.body, v.body_sha256, v.extractor
        FROM t_version v JOIN t_page p ON p.page_id = v.page_id""",
    ),
    "version_capture": (_VERSION_CAPTURE, f"SELECT {_VERSION_CAPTURE} FROM t_version_capture"),
    # Redirects are followed back from every page; UNION ends a ring of them.
    "address": (
        _ADDRESS,
        """WITH RECURSIVE leads(page_id, source, url, relation) AS (
            SELECT page_id, source, url, 'first' FROM t_page
            UNION
            SELECT a.page_id, p.source, a.url, a.relation FROM t_address a JOIN t_page p USING (page_id)
            UNION
            SELECT l.page_id, r.source, r.url, 'redirect'
            FROM leads l JOIN t_redirect r ON r.source = l.source AND r.target = l.url)
        SELECT page_id, url, min(relation) FROM leads GROUP BY page_id, url""",
    ),
    "capture": (_CAPTURE, f"SELECT {_CAPTURE} FROM t_capture"),
    "failure": (_FAILURE, f"SELECT {_FAILURE} FROM t_failure"),
    "event": (_EVENT, f"SELECT {_EVENT} FROM t_event"),
    # An address that two sources share is no reprint of itself.
    "reprint": (
        _REPRINT,
        """SELECT p.url, e.url, r.similarity, r.basis
        FROM t_reprint r JOIN t_page p ON p.page_id = r.page_id JOIN t_page e ON e.page_id = r.earliest_page
        WHERE p.url <> e.url""",
    ),
    "crawl": (
        _CRAWL,
        """SELECT c.id, c.source, c.started, c.finished, c.outcome,
            (SELECT count(*) FROM t_capture k WHERE k.crawl_id = c.id),
            (SELECT count(*) FROM t_capture k WHERE k.crawl_id = c.id AND k.finding = 'new'),
            (SELECT count(*) FROM t_capture k WHERE k.crawl_id = c.id AND k.finding = 'changed'),
            (SELECT count(*) FROM t_capture k WHERE k.crawl_id = c.id AND k.finding = 'unchanged'),
            (SELECT count(*) FROM t_failure f WHERE f.crawl_id = c.id),
            c.not_reached, c.outage
        FROM t_crawl c""",
    ),
    "warc": (_WARC, f"SELECT {_WARC} FROM t_warc"),
}

VIEW_COLUMNS: Final = {name: tuple(columns.split(", ")) for name, (columns, _) in _SELECTS.items()}
"""View -> its columns, in order."""

VIEWS: Final = {name: f"CREATE VIEW {name} ({columns}) AS {select}" for name, (columns, select) in _SELECTS.items()}
"""View -> the statement that makes it."""

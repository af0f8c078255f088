"""Owns the questions that a revisit asks of the catalogue: which response holds this payload, where does it lie, and
what may the next request for a URL be conditional on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from storage.catalogue_store import Row, Store
from storage.model import Conditions, KnownPage, Original
from storage.stamps import moment

__all__ = ["SERVER_CLAIMS", "PageCardRead", "conditions_of", "known_pages", "original", "originals"]

SERVER_CLAIMS: Final = 3
"""Answers in a row that may be a 304; the fetch after them is unconditional."""
_CANDIDATES: Final = 16
"""Equal payloads looked at: the archive may have lost some, and others are wrapped otherwise."""


@dataclass(frozen=True, slots=True)
class PageCardRead:
    """What of a page decides how it is fetched and read next."""

    state: str
    known: KnownPage


def originals(store: Store, source: str, payload_digest: str) -> list[Original]:
    """Return the responses of `source` that hold the payload and may be referred to, the earliest first; few if many.

    Only those of the same source: its files alone are then enough to read all of its revisits.
    """
    rows = store.rows(_BY_PAYLOAD, {"source": source, "digest": payload_digest, "limit": _CANDIDATES})
    return [_original(row) for row in rows]


def original(store: Store, capture_id: str) -> Original | None:
    """Return the response `capture_id` as a revisit refers to it, None if it is not catalogued or may not be."""
    rows = store.rows(_BY_ID, {"id": capture_id})
    return _original(rows[0]) if rows else None


def known_pages(store: Store, page_ids: Iterable[str]) -> dict[str, PageCardRead]:
    """Return what is known of those of `page_ids` that have a version."""
    found = {}
    for row in store.rows(_PAGES, {"ids": json.dumps([*page_ids])}):
        digests = tuple(dict.fromkeys((row.payload_digest, row.last_payload_digest)))
        found[row.page_id] = PageCardRead(row.state, KnownPage(digests, row.read_by))
    return found


def conditions_of(store: Store, source: str, urls: Iterable[str]) -> Mapping[str, Conditions]:
    """Return what a GET of each of `urls` for `source` may be conditional on; those that may not be are left out.

    The last answer that was no 304 to us must be a whole 200 with a validator, its payload held by a response at the
    same URL, and not too many 304s have come since: a 304 is the server's claim.
    """
    found = {}
    for row in store.rows(_CONDITIONS, {"source": source, "urls": json.dumps([*urls]), "most": SERVER_CLAIMS}):
        found[row.asked] = Conditions(row.etag, row.last_modified, _original(row))
    return found


def _original(row: Row) -> Original:
    return Original(
        row.id,
        row.url,
        moment(row.captured),
        row.payload_digest,
        row.warc_file,
        row.warc_offset,
        row.warc_length,
    )


_COLUMNS: Final = "o.id, o.url, o.captured, o.payload_digest, o.warc_file, o.warc_offset, o.warc_length"
_BY_PAYLOAD: Final = (
    f"SELECT {_COLUMNS} FROM t_capture o WHERE o.source = :source AND o.payload_digest = :digest "
    "AND o.payload_bytes IS NOT NULL ORDER BY o.captured, o.id LIMIT :limit"
)
_BY_ID: Final = f"SELECT {_COLUMNS} FROM t_capture o WHERE o.id = :id AND o.payload_bytes IS NOT NULL"
_PAGES: Final = (
    "SELECT p.page_id, p.state, p.last_payload_digest, v.payload_digest, p.read_by FROM t_page p "
    "JOIN t_version v ON v.version_id = p.latest_version WHERE p.page_id IN (SELECT value FROM json_each(:ids))"
)
_CLAIM: Final = "kind = 'revisit' AND k.status = 304"
_AT: Final = "k.url = j.value AND k.source = :source AND k.method = 'GET'"
_CONDITIONS: Final = (
    f"SELECT j.value AS asked, l.etag, l.last_modified, {_COLUMNS} FROM json_each(:urls) j "
    f"CROSS JOIN t_capture l ON l.id = (SELECT k.id FROM t_capture k WHERE {_AT} AND NOT (k.{_CLAIM}) "
    "ORDER BY k.captured DESC, k.id LIMIT 1) "
    "CROSS JOIN t_capture o ON o.id = coalesce(l.refers_to, l.id) "
    "WHERE l.status = 200 AND l.truncated IS NULL AND (l.etag IS NOT NULL OR l.last_modified IS NOT NULL) "
    "AND o.payload_bytes IS NOT NULL AND o.status = 200 AND o.url = l.url AND o.source = l.source "
    f"AND (SELECT count(*) FROM t_capture k WHERE {_AT} AND k.{_CLAIM} AND k.captured > l.captured) < :most"
)

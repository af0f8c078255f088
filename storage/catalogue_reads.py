"""Owns the questions asked of the catalogue: one article, the history of an address, the captures, the report of a run.

Rows are dicts keyed as the views' columns, in their order, with the JSON columns read and `tls_verified` a bool.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from storage.addresses import main_address
from storage.catalogue_rows import capture_of
from storage.catalogue_store import Row, Store
from storage.catalogue_views import VIEW_COLUMNS
from storage.model import Aliases, Capture
from storage.urlkey import canonical

__all__ = ["CrawlReport", "History", "article", "captures", "crawl_report", "history", "lacking", "view_rows"]

_JSON: Final = frozenset({"authors", "editors", "keywords", "detail", "outage"})
_IN_ORDER: Final = {
    "capture": "captured, id",
    "version": "number",
    "event": "observed, id",
    "failure": "attempted, stage",
}


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one address: of its page with all the page's addresses, or else of the bare URL."""

    page: dict[str, Any] | None
    """The row of `article`."""
    addresses: tuple[dict[str, Any], ...]
    captures: tuple[dict[str, Any], ...]
    """Rows of `capture`, and with them `finding` (new | changed | unchanged), `verdict`, `grade` and `version_id`."""
    versions: tuple[dict[str, Any], ...]
    """Rows of `version`, and with them what else was read: `reasons` and `confidence` by field, the smaller fields that
    are not empty, and `normalised` where that is not the body.
    """
    events: tuple[dict[str, Any], ...]
    failures: tuple[dict[str, Any], ...]
    outages: tuple[dict[str, Any], ...] = ()
    """Of `crawl`, the runs that looked at the page during an outage of the whole site."""


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """One run: its row of the `crawl` view, and its failures as (stage, reason, how often), most frequent first."""

    row: Mapping[str, Any]
    failures: tuple[tuple[str, str, int], ...]


def plain(row: Row) -> dict[str, Any]:
    """Return a row of a view as a dict of Python values."""
    fields = row.named()
    for name in _JSON & fields.keys():
        fields[name] = None if fields[name] is None else json.loads(fields[name])
    if fields.get("tls_verified") is not None:
        fields["tls_verified"] = bool(fields["tls_verified"])
    return fields


def view_rows(
    store: Store, view: str, where: str = "1", parameters: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield rows of `view`; `where` is SQL of ours, never of a user."""
    assert view in VIEW_COLUMNS
    for row in store.stream(f"SELECT * FROM {view} WHERE {where}", parameters):
        yield plain(row)


def article(store: Store, url: str, source: str | None = None) -> dict[str, Any] | None:
    """Return the row of `article` of the page at `url`, which may be an address that redirects there."""
    page_id = _page_id(store, url, source)
    return None if page_id is None else next(view_rows(store, "article", "page_id = :id", {"id": page_id}), None)


def history(store: Store, url: str, source: str | None = None) -> History:
    """Return all that is known of `url`, oldest first."""
    page_id = _page_id(store, url, source)
    addresses = tuple(plain(row) for row in store.rows(_ADDRESSES, {"id": page_id})) if page_id is not None else ()
    parts = [] if page_id is None else [row.url for row in store.rows(_LATER, {"id": page_id})]
    urls = json.dumps([row["url"] for row in addresses] + parts or [*_spellings(url)])
    page = None if page_id is None else next(view_rows(store, "article", "page_id = :id", {"id": page_id}), None)
    at = {"id": page_id, "urls": urls, "source": page["source"] if page is not None else source}
    return History(
        page=page,
        addresses=addresses,
        captures=tuple(plain(row) for row in store.rows(_CAPTURES, at)),
        versions=tuple(_with_details(store, view_rows(store, "version", "page_id = :id ORDER BY number", at), at)),
        events=tuple(plain(row) for row in store.rows(_EVENTS, at)),
        failures=tuple(view_rows(store, "failure", f"{_HERE} ORDER BY attempted, stage", at)),
        outages=tuple(plain(row) for row in store.rows(_OUTAGES, at)),
    )


def _with_details(store: Store, versions: Iterable[dict[str, Any]], at: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    told = {row.version_id: row for row in store.rows(_DETAILS, at)}
    for version in versions:
        row = told[version["version_id"]]
        more = {"reasons": json.loads(row.reasons), "confidence": {}, **json.loads(row.details)}
        yield version | more | ({} if row.normalised is None else {"normalised": row.normalised})


def captures(store: Store, warc_file: str | None = None) -> Iterator[Capture]:
    """Yield captures as they lie in the WARC files, by name and offset; of one file if `warc_file` is given."""
    where = "1" if warc_file is None else "warc_file = :file"
    statement = f"SELECT * FROM capture WHERE {where} ORDER BY warc_file, warc_offset"
    yield from map(capture_of, store.stream(statement, {"file": warc_file} if warc_file is not None else None))


def lacking(store: Store, capture_ids: Iterable[str]) -> set[str]:
    """Return those of `capture_ids` that are not catalogued."""
    asked = list(capture_ids)
    known = store.rows(
        "SELECT id FROM t_capture WHERE id IN (SELECT value FROM json_each(:ids))", {"ids": json.dumps(asked)}
    )
    return set(asked) - {row.id for row in known}


def crawl_report(store: Store, crawl_id: str) -> CrawlReport | None:
    """Return the report of one run, None if there is no such run."""
    row = next(view_rows(store, "crawl", "id = :id", {"id": crawl_id}), None)
    failures = store.rows(_FAILURES, {"id": crawl_id})
    return None if row is None else CrawlReport(row, tuple((f.stage, f.reason, f.times) for f in failures))


def _spellings(url: str) -> tuple[str, ...]:
    """Return how the address may be known: canonical, without what only tracks, as it was given."""
    known = canonical(url)
    return (url,) if known is None else tuple(dict.fromkeys((known, main_address(Aliases(), known), url)))


def _page_id(store: Store, url: str, source: str | None) -> str | None:
    """Return the page that `url` is an address of; of several (sources, redirects) the nearest, then the last seen."""
    rows = store.rows(_ONWARD, {"urls": json.dumps(_spellings(url)), "source": source})
    return str(rows[0].page_id) if rows else None


_HERE: Final = "url IN (SELECT value FROM json_each(:urls)) AND (:source IS NULL OR source = :source)"
_CAPTURES: Final = (
    f"SELECT {', '.join(VIEW_COLUMNS['capture'])}, finding, verdict, grade, version_id FROM t_capture "
    f"WHERE {_HERE} ORDER BY captured, warc_file, warc_offset"
)
_LATER: Final = "SELECT url FROM t_part WHERE page_id = :id AND url <> (SELECT url FROM t_page WHERE page_id = :id)"
_DETAILS: Final = "SELECT version_id, reasons, details, normalised FROM t_version WHERE page_id = :id"
_EVENTS: Final = f"SELECT {', '.join(VIEW_COLUMNS['event'])} FROM t_event WHERE page_id = :id ORDER BY observed, id"
_OUTAGES: Final = (
    f"SELECT id, source, started, finished, outage FROM t_crawl WHERE outage IS NOT NULL AND id IN "
    f"(SELECT crawl_id FROM t_capture WHERE {_HERE} UNION SELECT crawl_id FROM t_failure WHERE {_HERE}) "
    "ORDER BY started, id"
)
_FAILURES: Final = (
    "SELECT stage, reason, count(*) AS times FROM t_failure WHERE crawl_id = :id GROUP BY stage, reason "
    "ORDER BY times DESC, stage, reason"
)
_ADDRESSES: Final = """
    WITH RECURSIVE leads(page_id, source, url, relation) AS (
        SELECT page_id, source, url, 'first' FROM t_page WHERE page_id = :id
        UNION
        SELECT a.page_id, p.source, a.url, a.relation FROM t_address a JOIN t_page p USING (page_id) WHERE page_id = :id
        UNION
        SELECT l.page_id, r.source, r.url, 'redirect'
        FROM leads l JOIN t_redirect r ON r.source = l.source AND r.target = l.url)
    SELECT page_id, url, min(relation) AS relation FROM leads GROUP BY page_id, url
    ORDER BY relation <> 'first', relation, url"""
_ONWARD: Final = """
    WITH RECURSIVE onward(source, url, steps) AS (
        SELECT source, url, 0 FROM t_page WHERE url IN (SELECT value FROM json_each(:urls))
        UNION
        SELECT source, url, 0 FROM t_redirect WHERE url IN (SELECT value FROM json_each(:urls))
        UNION
        SELECT p.source, p.url, 1 FROM t_part t JOIN t_page p USING (page_id)
        WHERE t.url IN (SELECT value FROM json_each(:urls)) AND t.url <> p.url
        UNION
        SELECT p.source, p.url, 0 FROM t_address a JOIN t_page p USING (page_id)
        WHERE a.url IN (SELECT value FROM json_each(:urls))
        UNION
        SELECT r.source, r.target, o.steps + 1
        FROM onward o JOIN t_redirect r ON r.url = o.url AND r.source = o.source WHERE o.steps < 20)
    SELECT p.page_id FROM onward o JOIN t_page p ON p.url = o.url AND p.source = o.source
    WHERE :source IS NULL OR p.source = :source
    ORDER BY o.steps, p.last_checked DESC, p.page_id LIMIT 1"""

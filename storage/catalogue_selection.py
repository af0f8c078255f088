"""Owns the choice of captures that an export takes: by source, time, page or address, and all that they lean on.

A revisit is nothing without the response that it refers to, so that one is always chosen with it, whenever and for
whatever source it was captured.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from storage.catalogue_reads import plain
from storage.catalogue_rows import capture_of, optional_stamp
from storage.catalogue_store import Store
from storage.catalogue_views import VIEW_COLUMNS
from storage.model import Capture
from storage.stamps import stamp

__all__ = [
    "Chosen",
    "Selection",
    "Text",
    "asked_captures",
    "capture_by_id",
    "captures_in",
    "chosen",
    "chosen_by_file",
    "dangling",
    "is_asked",
    "nearest_capture",
    "text_of",
]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which captures are asked for; what is None does not restrict."""

    sources: tuple[str, ...] | None = None
    """Names of sources of which one must fit."""
    since: datetime | None = None
    """Captured at this moment or later."""
    until: datetime | None = None
    """Captured before this moment."""
    pages: tuple[str, ...] | None = None
    """Page ids: captures of these pages and of the addresses that redirect to them."""
    urls: tuple[str, ...] | None = None
    """Canonical URLs."""
    also: tuple[str, ...] = ()
    """Capture ids that are chosen whatever the rest says."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One capture of an export."""

    capture: Capture
    asked: bool
    """False when it is there only because a revisit refers to it."""
    version_id: str | None
    """The version of an article that it shows."""


@dataclass(frozen=True, slots=True)
class Text:
    """What an article says, as it was read from one version of it."""

    title: str | None
    body: str


def chosen(store: Store, selection: Selection) -> Iterator[Chosen]:
    """Yield the chosen captures as they lie in the WARC files, by name and offset; memory stays flat.

    Raises:
        CatalogueError: SQLite failed.
    """
    for row in store.stream(f"{_CHOSEN} ORDER BY warc_file, warc_offset", _parameters(selection)):
        yield Chosen(capture_of(row), bool(row.asked), row.version_id)


def chosen_by_file(store: Store, selection: Selection) -> dict[str, int]:
    """Return how many captures are chosen of each WARC file, by final name, in order of name."""
    rows = store.rows(
        f"SELECT warc_file, count(*) AS captures FROM ({_CHOSEN}) GROUP BY warc_file ORDER BY warc_file",
        _parameters(selection),
    )
    return {str(row.warc_file): int(row.captures) for row in rows}


def asked_captures(store: Store, selection: Selection) -> Iterator[dict[str, Any]]:
    """Yield the rows of `capture` that are asked for themselves, as they lie in the WARC files; memory stays flat.

    Raises:
        CatalogueError: SQLite failed.
    """
    for row in store.stream(f"{_ASKED_ROWS} ORDER BY warc_file, warc_offset", _parameters(selection)):
        yield plain(row)


def captures_in(store: Store, warc_file: str) -> int:
    """Return how many captures the catalogue knows in one WARC file, chosen or not."""
    return int(store.rows("SELECT count(*) AS n FROM t_capture WHERE warc_file = :name", {"name": warc_file})[0].n)


def capture_by_id(store: Store, capture_id: str) -> Capture | None:
    """Return one capture, None if the catalogue lacks it."""
    rows = store.rows(f"{_CAPTURE} WHERE id = :id", {"id": capture_id})
    return capture_of(rows[0]) if rows else None


def nearest_capture(store: Store, url: str, at: datetime) -> Capture | None:
    """Return the capture of `url` (canonical) nearest to `at` that answered a GET with something or a redirect."""
    parameters = {"url": url, "at": stamp(at)}
    found = [capture_of(row) for half in _NEAREST for row in store.rows(half, parameters)]
    return min(found, key=lambda capture: abs(capture.captured - at), default=None)


def is_asked(capture: Capture, selection: Selection) -> bool:
    """Whether `selection` asks for `capture` by source and time alone; never when it goes by pages or addresses."""
    return (
        selection.pages is None
        and selection.urls is None
        and (selection.sources is None or capture.source in selection.sources)
        and (selection.since is None or selection.since <= capture.captured)
        and (selection.until is None or capture.captured < selection.until)
    )


def dangling(store: Store, selection: Selection) -> int:
    """Return how many chosen revisits refer to what the catalogue does not hold."""
    return int(store.rows(_DANGLING, _parameters(selection))[0].lost)


def text_of(store: Store, version_id: str) -> Text | None:
    """Return title and body of a version, None if there is no such version."""
    rows = store.rows("SELECT title, body FROM t_version WHERE version_id = :id", {"id": version_id})
    return Text(rows[0].title, rows[0].body) if rows else None


def _parameters(selection: Selection) -> dict[str, Any]:
    return {
        "sources": None if selection.sources is None else json.dumps(selection.sources),
        "since": optional_stamp(selection.since),
        "until": optional_stamp(selection.until),
        "pages": None if selection.pages is None else json.dumps(selection.pages),
        "urls": None if selection.urls is None else json.dumps(selection.urls),
        "also": json.dumps(selection.also),
    }


# Addresses are followed back from the chosen pages alone, as the view `address` does from all.
_ASKED: Final = """
    WITH RECURSIVE leads(source, url) AS (
        SELECT source, url FROM t_page WHERE page_id IN (SELECT value FROM json_each(coalesce(:pages, '[]')))
        UNION
        SELECT p.source, t.url FROM t_page p JOIN t_part t USING (page_id)
        WHERE p.page_id IN (SELECT value FROM json_each(coalesce(:pages, '[]')))
        UNION
        SELECT r.source, r.url FROM leads l JOIN t_redirect r ON r.source = l.source AND r.target = l.url),
    asked(id, refers_to) AS (
        SELECT id, refers_to FROM t_capture
        WHERE (:sources IS NULL OR source IN (SELECT value FROM json_each(:sources)))
            AND (:since IS NULL OR captured >= :since)
            AND (:until IS NULL OR captured < :until)
            AND (:pages IS NULL OR (source, url) IN (SELECT source, url FROM leads))
            AND (:urls IS NULL OR url IN (SELECT value FROM json_each(:urls)))
        UNION
        SELECT id, refers_to FROM t_capture WHERE id IN (SELECT value FROM json_each(:also)))"""
_CAPTURE: Final = f"SELECT {', '.join(VIEW_COLUMNS['capture'])} FROM t_capture"
_ANSWERED: Final = f"{_CAPTURE} WHERE url = :url AND method = 'GET' AND status BETWEEN 200 AND 399 AND status <> 304"
_NEAREST: Final = (
    f"{_ANSWERED} AND captured <= :at ORDER BY captured DESC LIMIT 1",
    f"{_ANSWERED} AND captured > :at ORDER BY captured LIMIT 1",
)
_CHOSEN: Final = f"""{_ASKED}
    SELECT {", ".join(VIEW_COLUMNS["capture"])}, version_id, id IN (SELECT id FROM asked) AS asked FROM t_capture
    WHERE id IN (SELECT id FROM asked UNION SELECT refers_to FROM asked)"""
_ASKED_ROWS: Final = f"{_ASKED} {_CAPTURE} WHERE id IN (SELECT id FROM asked)"
_DANGLING: Final = f"""{_ASKED}
    SELECT count(*) AS lost FROM asked WHERE refers_to IS NOT NULL AND refers_to NOT IN (SELECT id FROM t_capture)"""

"""Owns the rows that an export lists: articles, versions and events, each with the record that proves it.

They come in an order that an index gives, so that nothing is sorted and memory stays flat however many there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

from storage.catalogue_events import EVENT_ASKED, EventChoice, event_parameters
from storage.catalogue_reads import plain
from storage.catalogue_store import Store
from storage.catalogue_views import VIEW_COLUMNS

__all__ = ["PROOF", "ArticleChoice", "Listing", "chosen_pages", "listing", "statement_of"]

PROOF: Final = ("warc_file", "warc_offset", "warc_length", "payload_digest", "refers_to")
"""Columns of `capture` that every row carries: where the record lies, its digest; of a revisit, the original."""


@dataclass(frozen=True, slots=True)
class ArticleChoice:
    """Which pages are asked for, by the latest version of their article; what is None does not restrict."""

    source: str | None = None
    origin: str | None = None
    """来源, as it is written."""
    author: str | None = None
    """One of the authors, as it is written."""
    state: str | None = None
    """live | suspect | removed | unobserved."""
    script: str | None = None
    """Hans | Hant."""
    published_from: str | None = None
    """First day of publication, `2026-11-22`, as the page dates itself; a month or year alone is its first day."""
    published_to: str | None = None
    """Last day of publication."""
    pages: tuple[str, ...] | None = None
    """Page ids, as a search found them."""

    @property
    def is_open(self) -> bool:
        """Whether it asks for everything."""
        return all(getattr(self, field.name) is None for field in fields(self))


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: one row of a view each, for the pages of a choice."""

    view: str
    choice: ArticleChoice = ArticleChoice()
    events: EventChoice | None = None
    """Which events, when it is them that are listed; its source is not looked at, but that of `choice`."""


def listing(store: Store, asked: Listing) -> Iterator[dict[str, Any]]:
    """Yield rows keyed as the view's columns and then as its proof's, in an order that a rebuild gives again.

    Raises:
        CatalogueError: SQLite failed.
    """
    parameters = {**event_parameters(asked.events or EventChoice()), **_parameters(asked.choice)}
    yield from map(plain, store.stream(statement_of(asked), parameters))


def statement_of(asked: Listing) -> str:
    """Return the query that lists what is asked for."""
    pages = "" if asked.choice.is_open else f" AND {_PAGE[asked.view]} IN ({_PAGES})"
    return _STATEMENTS[asked.view].format(pages=pages)


def chosen_pages(store: Store, choice: ArticleChoice) -> Iterator[str]:
    """Yield the ids of the chosen pages, in their order."""
    for row in store.stream(f"{_PAGES} ORDER BY p.page_id", _parameters(choice)):
        yield str(row.page_id)


def _parameters(choice: ArticleChoice) -> dict[str, Any]:
    named = {field.name: getattr(choice, field.name) for field in fields(choice)}
    return {**named, "pages": None if choice.pages is None else json.dumps(choice.pages)}


def _columns(alias: str, names: tuple[str, ...], prefix: str = "") -> str:
    return ", ".join(f"{alias}.{name} AS {prefix}{name}" for name in names)


_PAGES: Final = """SELECT p.page_id FROM t_page p CROSS JOIN t_version v ON v.version_id = p.latest_version
    WHERE (:source IS NULL OR p.source = :source) AND (:state IS NULL OR p.state = :state)
        AND (:origin IS NULL OR v.origin = :origin) AND (:script IS NULL OR v.script = :script)
        AND (:author IS NULL OR :author IN (SELECT value FROM json_each(v.authors)))
        AND (:published_from IS NULL OR substr(v.published || '-01-01', 1, 10) >= :published_from)
        AND (:published_to IS NULL OR substr(v.published || '-01-01', 1, 10) <= :published_to)
        AND (:pages IS NULL OR p.page_id IN (SELECT value FROM json_each(:pages)))"""
# The sign keeps SQLite on the index of the order, for events are listed by time.
_PAGE: Final = {"article": "a.page_id", "version": "v.page_id", "event": "+e.page_id"}
_EVENT_PROOF: Final = PROOF[:4]

_STATEMENTS: Final = {
    "article": (
        f"SELECT {_columns('a', VIEW_COLUMNS['article'])}, {_columns('c', PROOF)} "
        "FROM article a CROSS JOIN t_capture c ON c.id = a.capture_id WHERE 1{pages} ORDER BY a.page_id"
    ),
    "version": (
        f"SELECT {_columns('v', VIEW_COLUMNS['version'])}, {_columns('c', PROOF)} "
        "FROM version v CROSS JOIN t_capture c ON c.id = v.version_id WHERE 1{pages} ORDER BY v.page_id, v.number"
    ),
    "event": (
        f"SELECT {_columns('e', VIEW_COLUMNS['event'])}, {_columns('b', _EVENT_PROOF, 'before_')}, "
        f"{_columns('c', _EVENT_PROOF, 'after_')} FROM t_event e LEFT JOIN t_capture b ON b.id = e.capture_before "
        f"LEFT JOIN t_capture c ON c.id = e.capture_after WHERE {EVENT_ASKED}{{pages}} ORDER BY e.observed, e.id"
    ),
}

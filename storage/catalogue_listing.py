"""Owns the rows that an export lists: articles, versions and events, each with the record that proves it.

They come in an order that an index gives, so that nothing is sorted and memory stays flat however many there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from storage.catalogue_events import EVENT_ASKED, EventChoice, event_parameters
from storage.catalogue_reads import plain
from storage.catalogue_store import Store
from storage.catalogue_views import VIEW_COLUMNS
from storage.search_filter import EVERYTHING, Filter, condition, learn_fold, parameters

__all__ = ["PROOF", "Listing", "chosen_pages", "listing", "statement_of"]

PROOF: Final = ("warc_file", "warc_offset", "warc_length", "payload_digest", "refers_to")
"""Columns of `capture` that every row carries: where the record lies, its digest; of a revisit, the original."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: one row of a view each, for the pages of a choice."""

    view: str
    filter: Filter = EVERYTHING
    """Of pages, by the latest version of their article."""
    pages: tuple[str, ...] | None = None
    """Page ids, as a search found them; None does not restrict."""
    events: EventChoice | None = None
    """Which events, when it is them that are listed; its source is not looked at, but `filter`."""


def listing(store: Store, asked: Listing) -> Iterator[dict[str, Any]]:
    """Yield rows keyed as the view's columns and then as its proof's, in an order that a rebuild gives again.

    Raises:
        CatalogueError: SQLite failed.
    """
    learn_fold(store)
    given = {**event_parameters(asked.events or EventChoice()), **_parameters(asked)}
    yield from map(plain, store.stream(statement_of(asked), given))


def statement_of(asked: Listing) -> str:
    """Return the query that lists what is asked for, to be run where `learn_fold` was."""
    is_open = asked.filter == EVERYTHING and asked.pages is None
    pages = "" if is_open else f" AND {_PAGE[asked.view]} IN ({_pages(asked)})"
    return _STATEMENTS[asked.view].replace("{pages}", pages)


def chosen_pages(store: Store, asked: Listing) -> Iterator[str]:
    """Yield the ids of the chosen pages, in their order."""
    learn_fold(store)
    for row in store.stream(f"{_pages(asked)} ORDER BY p.page_id", _parameters(asked)):
        yield str(row.page_id)


def _pages(asked: Listing) -> str:
    found = " AND p.page_id IN (SELECT value FROM json_each(:pages))" if asked.pages is not None else ""
    return (
        "SELECT p.page_id FROM t_page p CROSS JOIN t_version v ON v.version_id = p.latest_version "
        f"WHERE {condition(asked.filter)}{found}"
    )


def _parameters(asked: Listing) -> dict[str, Any]:
    pages = {} if asked.pages is None else {"pages": json.dumps(asked.pages)}
    return {**parameters(asked.filter), **pages}


def _columns(alias: str, names: tuple[str, ...], prefix: str = "") -> str:
    return ", ".join(f"{alias}.{name} AS {prefix}{name}" for name in names)


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

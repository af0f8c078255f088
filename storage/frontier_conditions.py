"""Owns what a leased row is asked with: unconditionally, or on condition that what the archive holds has changed.

A 304 costs the site and us next to nothing, but it is the server's claim. So it is not asked for where the claim is in
question: of a page that is not plainly live, of one whose text is not known, when the source or a person said how to
ask, and every fourth time (design: "What a record holds").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from storage.catalogue_originals import PageCardRead, conditions_of, known_pages
from storage.catalogue_pages import page_id_of
from storage.catalogue_store import Store
from storage.model import FrontierEntry

__all__ = ["with_conditions"]

_OWN_CONDITIONS: Final = frozenset(
    {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range", "cache-control"}
)


def with_conditions(
    store: Store, source: str, entries: Sequence[FrontierEntry], *, unconditional: bool = False
) -> list[FrontierEntry]:
    """Return leased `entries` of `source` with what is known of their pages, and what they may be conditional on.

    `unconditional` ones come with neither: nobody's word is taken, and all is read that comes.

    Raises:
        CatalogueError: SQLite failed.
    """
    if unconditional:
        return [*entries]
    ids = {entry.id: page_id_of(source, entry.url) for entry in entries if _is_page(entry)}
    pages = known_pages(store, ids.values())
    cards = {row_id: pages[page_id] for row_id, page_id in ids.items() if page_id in pages}
    asked = [entry.url for entry in entries if _may(entry, cards.get(entry.id))]
    conditions = conditions_of(store, source, asked) if asked else {}
    wanted = frozenset(asked)
    return [
        replace(
            entry,
            conditions=conditions.get(entry.url) if entry.url in wanted else None,
            page=cards[entry.id].known if entry.id in cards else None,
        )
        if entry.url in wanted or entry.id in cards
        else entry
        for entry in entries
    ]


def _is_page(entry: FrontierEntry) -> bool:
    return entry.role == "page" or entry.role.startswith("article")


def _may(entry: FrontierEntry, card: PageCardRead | None) -> bool:
    if entry.method != "GET" or entry.body is not None or entry.role == "robots":
        return False
    if any(name.lower() in _OWN_CONDITIONS for name, _ in entry.headers):
        return False
    return not _is_page(entry) or (card is not None and card.state == "live")

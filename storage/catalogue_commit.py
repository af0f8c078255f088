"""Owns the group commit: outcomes in order, each settled against what is known, all rows written together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from storage.catalogue_due import Retry
from storage.catalogue_gathered import Committed
from storage.catalogue_group import Group, Settle
from storage.catalogue_links import FrontierBook
from storage.catalogue_store import Store
from storage.errors import CatalogueError
from storage.model import Outcome, Source

__all__ = ["Committed", "Settle", "commit_group"]


def commit_group(
    store: Store,
    outcomes: Sequence[Outcome],
    *,
    settle: Settle,
    sources: Mapping[str, Source],
    retry: Retry,
    now: datetime,
    frontier: bool,
) -> Committed:
    """Write `outcomes` in one transaction; `sources` maps a crawl's id to the source as it was then.

    Raises:
        CatalogueError: an outcome's crawl was not started, or SQLite failed.
    """
    for outcome in outcomes:
        if outcome.attempt.crawl_id not in sources:
            raise CatalogueError(f"{store.path}: crawl {outcome.attempt.crawl_id} of {outcome.url} was never started")
    with store.write():
        group = Group(store, settle, sources)
        fresh = group.load(outcomes)
        books = _books(store, fresh, group.addresses(), sources, retry, now) if frontier else {}
        discovered = 0
        for outcome in fresh:
            card = group.take(outcome)
            if frontier:
                discovered += books[outcome.attempt.source].take(outcome, card)
        group.write()
        for book in books.values():
            book.write()
    return group.committed(discovered)


def _books(
    store: Store,
    outcomes: Sequence[Outcome],
    ahead: Iterable[str],
    sources: Mapping[str, Source],
    retry: Retry,
    now: datetime,
) -> dict[str, FrontierBook]:
    known = set(ahead)
    by_source: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_source.setdefault(outcome.attempt.source, []).append(outcome)
    books = {}
    for name, own in by_source.items():
        books[name] = FrontierBook(store, sources[own[-1].attempt.crawl_id], retry, now)
        books[name].load(own, known)
    return books

"""Owns what the frontier costs as it grows: links put in and asked for, rows leased, pages committed among many."""

from __future__ import annotations

import gc
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

from bench.growth_fit import Clock, Operation
from bench.growth_outcomes import CRAWL, SOURCE, article_outcome, list_outcome
from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.catalogue_links import frontier_row
from storage.frontier import Frontier
from storage.model import FrontierEntry, Link, Thresholds
from storage.stamps import stamp

__all__ = ["measure"]

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_PAST = [stamp(_NOW - timedelta(minutes=7 * step + 1)) for step in range(100_000)]
_FUTURE = [stamp(_NOW + timedelta(seconds=31 * step + 60)) for step in range(100_000)]
_AT_ONCE = 10_000
_DUE_SHARE = 0.02
_LATER_SHARE = 0.3
"""Of the rows wait for their next visit; the others are done for good."""
_NEW_LINKS = 256
_LIST_LINKS = 60
_NEW_ON_A_LIST = 2
_GROUP = 64


def measure(folder: Path, sizes: Sequence[int], repetitions: int) -> tuple[Operation, ...]:
    """Measure at each of `sizes` known URLs, in a catalogue in `folder` that grows from one to the next."""
    clock = Clock("known URLs", repetitions)
    with Catalogue.open(folder / "frontier.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(CRAWL, SOURCE, _NOW, Thresholds())
        crawl = _Crawl(catalogue, clock)
        for size in sizes:
            crawl.grow(size)
            gc.collect()
            crawl.measure(size, repetitions)
    return clock.operations()


class _Crawl:
    """A crawl in the midst of it."""

    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._frontier = Frontier(catalogue)
        self._clock = clock
        self._random = random.Random(3)
        self._fresh = count()
        self._moments = count()
        self._known = 0

    def grow(self, size: int) -> None:
        """Put rows straight into the table until there are `size`."""
        while self._known < size:
            numbers = range(self._known, min(self._known + _AT_ONCE, size))
            with self._catalogue.store.write():
                self._catalogue.store.put("t_frontier", [self._row(number) for number in numbers])
            self._known = numbers.stop

    def _row(self, number: int) -> dict[str, Any]:
        row = frontier_row(SOURCE.name, Link(_url(number), "article:0"), self._some(_PAST), SOURCE.home, 0)
        drawn = self._random.random()
        if drawn < _DUE_SHARE:
            return row
        later = self._some(_FUTURE) if drawn < _LATER_SHARE else None
        return row | {"state": "done", "next_due": later, "due_reason": "visited"}

    def _some(self, stamps: Sequence[str]) -> str:
        return stamps[int(self._random.random() * len(stamps))]

    def measure(self, size: int, repetitions: int) -> None:
        """Do what a crawl does, among so many known URLs."""
        measure = self._clock.measure
        measure("enqueue new links", "link", size, _NEW_LINKS, lambda: self._commit_list(0, _NEW_LINKS))
        known = _LIST_LINKS - _NEW_ON_A_LIST
        measure("list page, mostly known", "link", size, _LIST_LINKS, lambda: self._commit_list(known, _NEW_ON_A_LIST))
        for _ in range(repetitions):
            leased: list[FrontierEntry] = []
            self._clock.once("lease", "row", size, _GROUP, partial(self._lease, leased))
            outcomes = [replace(article_outcome(row.url, self._moment()), frontier_id=row.id) for row in leased]
            commit = partial(self._catalogue.commit, outcomes, now=_NOW)
            self._clock.once("commit a group of 64", "page", size, len(outcomes), commit)
        measure("when the next row is due", "question", size, 1, lambda: self._frontier.next_due(SOURCE.name))
        measure("rows counted, once a run", "question", size, 1, lambda: self._frontier.due(SOURCE.name, _NOW))

    def _commit_list(self, known: int, new: int) -> None:
        urls = [_url(self._random.randrange(self._known)) for _ in range(known)]
        urls += [f"{SOURCE.home}new/{number}.html" for number in islice(self._fresh, new)]
        self._catalogue.commit([list_outcome(urls, self._moment())], now=_NOW)

    def _lease(self, leased: list[FrontierEntry]) -> None:
        leased += self._frontier.lease(SOURCE.name, "bench", _GROUP, _NOW, _NOW + timedelta(minutes=5))

    def _moment(self) -> datetime:
        return _NOW - timedelta(days=1) + timedelta(seconds=next(self._moments))


def _url(number: int) -> str:
    """Return an address whose place among the others is anywhere."""
    scattered = number * 0x9E3779B97F4A7C15 % (1 << 64)
    return f"{SOURCE.home}{2010 + number % 16}/{scattered >> 56:03d}/c_{scattered:016x}.html"

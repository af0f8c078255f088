"""Owns what is to be fetched next: seeds, leases, what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.catalogue import Catalogue
from storage.dated import expand_dates
from storage.model import FrontierEntry, Source

__all__ = ["Frontier", "FrontierCounts", "expand_dates"]


@dataclass(frozen=True, slots=True)
class FrontierCounts:
    """The rows of one source."""

    due: int
    """May be leased now."""
    leased: int
    later: int
    """Due at a later time."""
    resting: int
    """Known, and not to be fetched again unless something leads there."""


class Frontier:
    """The frontier of one catalogue, on the catalogue's thread."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Work on the open `catalogue`."""
        self._catalogue = catalogue

    def seed(
        self,
        source: Source,
        now: datetime,
        *,
        revisit_all: bool = False,
        only_url: str | None = None,
        only_role: str = "page",
    ) -> int:
        """Put lists, feeds and sitemaps of `source` in and return how many rows are due now.

        With `revisit_all` every known list, feed, sitemap and article becomes due now. With `only_url` (canonical) that row
        alone is put in, in role `only_role` if it is not known, and made due; lease it with `only=only_url`.
        """
        raise NotImplementedError

    def lease(
        self, source: str, worker: str, limit: int, now: datetime, until: datetime, only: str | None = None
    ) -> list[FrontierEntry]:
        """Lease up to `limit` due rows, lists before articles, oldest due first. Needs no fsync.

        With `only` (a URL) just that row and what it redirects to.
        """
        raise NotImplementedError

    def release(self, worker: str) -> int:
        """Give back everything leased to `worker` and not committed; returns how many."""
        raise NotImplementedError

    def expire(self, now: datetime, *, source: str | None = None) -> int:
        """Free leases that ran out; with `source` every lease of it, for who holds that source's lock."""
        raise NotImplementedError

    def counts(self, source: str, now: datetime) -> FrontierCounts:
        """Count the rows of `source` by what is to happen to them."""
        raise NotImplementedError

    def next_due(self, source: str) -> datetime | None:
        """Return when the next row of `source` that is not leased is due, None if none ever is."""
        raise NotImplementedError

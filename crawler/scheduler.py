"""Owns Scrapy's scheduler interface over the leased frontier; holds no queue of its own and needs no JOBDIR.

JOBDIR lost 70-90 % of a 1,500-page crawl killed with -9 and said "finished" (traps.md); rows in the catalogue do not.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

from storage.model import FrontierEntry

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.archivist import Archivist

__all__ = ["FrontierScheduler"]


class FrontierScheduler(BaseScheduler):
    """Gives the engine what the dispatch has leased and may be fetched now."""

    def __init__(self, crawler: Crawler) -> None:
        """Belong to one crawler, whose archivist is already open."""
        self._crawler = crawler
        self._closing: asyncio.Future[None] | None = None
        self._archivist: Archivist = crawler.archivist  # type: ignore[attr-defined]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FrontierScheduler:
        """Return the scheduler of `crawler`."""
        return cls(crawler)

    def open(self, spider: Spider) -> Deferred[None] | None:
        """Begin leasing; the engine is woken as soon as something may be fetched."""
        engine = self._crawler.engine
        assert engine is not None

        def wake() -> None:
            # Without this a request that becomes due waits for the engine's heartbeat of 5 s.
            if engine._slot is not None and not engine._slot.closing:
                engine._slot.nextcall.schedule()

        def stop() -> None:
            if engine._slot is not None and not engine._slot.closing:
                self._closing = asyncio.ensure_future(engine.close_spider_async(reason="storage"))

        return deferred_from_coro(self._archivist.begin(wake, stop))

    def close(self, reason: str) -> Deferred[None] | None:
        """Give back what was leased and seal the archive; by now every page has been through the pipeline."""
        return deferred_from_coro(self._archivist.finish(reason))

    def has_pending_requests(self) -> bool:
        """Return whether anything is leased, being committed, or due within this run."""
        return self._archivist.dispatch.busy

    def enqueue_request(self, request: Request) -> bool:
        """Refuse: requests come from the frontier's rows alone, or a kill would lose them."""
        return False

    def next_request(self) -> Request | None:
        """Return the next fetch that politeness allows now, or None."""
        entry = self._archivist.dispatch.next()
        return None if entry is None else request_of(entry)


def request_of(entry: FrontierEntry) -> Request:
    """Return the Scrapy request of a leased row; the row travels in `meta["entry"]`."""
    headers: dict[str, Any] = dict(entry.headers)
    return Request(
        entry.url,
        method=entry.method,
        headers=headers,
        body=entry.body,
        meta={"entry": entry, "download_slot": entry.source},
        dont_filter=True,
        encoding="utf-8",
    )

"""Owns driving a crawl inside the test's own process, without Scrapy: what the engine does, in twenty lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from scrapy.exceptions import DropItem

from crawler.archivist import Archivist
from crawler.options import Options, read_options
from crawler.sources import load
from crawler.store_room import StoreRoom
from crawler.workers import Task
from pipelines.page import read_page
from storage.model import FrontierEntry, PageRead, Source
from tests.crawling import source_toml

__all__ = ["Driven", "Reader", "begun", "entry_of", "options_of", "room_of", "source_of"]

LONGEST_RUN_S = 30


def options_of(folder: Path, **settings: str) -> Options:
    """Return the options of an archive in `folder`: loopback exempt, one worker, quick retries."""
    ours = {
        "ARCHIVE_DIR": str(folder / "archive"),
        "ARCHIVE_ALLOW_NETWORKS": "127.0.0.0/8",
        "ARCHIVE_WORKERS": "1",
        "ARCHIVE_RETRY_DELAY_S": "0.1",
    }
    return read_options(ours | settings)


def source_of(folder: Path, origin: str, *tables: str, name: str = "mine", crawl: str = "delay_s = 0") -> Source:
    """Return the source of the site at `origin`, read from a file in `folder` as any is."""
    path = folder / f"{name}.toml"
    path.write_text(source_toml(origin, *tables, crawl=crawl), "utf-8")
    return load(path)


def room_of(folder: Path, source: Source, **settings: str) -> StoreRoom:
    """Open the store room of a run."""
    return StoreRoom.open(options_of(folder, **settings), source, revisit=None, url=None)


def entry_of(url: str, *, role: str = "article:0", row: int = 0, **fields: Any) -> FrontierEntry:
    """Return a row of the frontier; without `row` it is none that the frontier knows."""
    plain = {"via": None, "relation": "link", "hops": 0, "number": 1, "method": "GET", "headers": (), "body": None}
    return FrontierEntry(id=row, url=url, source="mine", role=role, attempts=0, **{**plain, **fields})


class Reader:
    """Reads pages as a worker does, without the second that a process takes to start."""

    def __init__(self, source: Source) -> None:
        """Read pages of `source`."""
        self._source = source

    async def read(self, task: Task) -> PageRead:
        """Return what the page says."""
        place = (self._source, task.role, task.number)
        return read_page(task.response, task.method, task.url, *place, max_body_bytes=1 << 20)


class Driven:
    """An archivist that has begun, and what came of it."""

    def __init__(self, archivist: Archivist) -> None:
        """Drive `archivist`."""
        self.archivist = archivist
        self.items: list[dict[str, Any]] = []
        self.stopped = asyncio.Event()
        self.woken = asyncio.Event()
        self._pages: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Fetch, read and keep every page until nothing is left to do."""
        async with asyncio.timeout(LONGEST_RUN_S):
            while (self.archivist.dispatch.busy or self._pages) and not self.stopped.is_set():
                self.woken.clear()
                while (entry := self.archivist.dispatch.next()) is not None:
                    page = asyncio.ensure_future(self.page(entry))
                    self._pages.add(page)
                    page.add_done_callback(self._pages.discard)
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await self.woken.wait()
            await asyncio.gather(*self._pages)

    async def page(self, entry: FrontierEntry) -> None:
        """Do with one row what handler, spider and pipeline do."""
        fetched = await self.archivist.fetch(entry)
        if fetched.capture is None:
            await self.archivist.settle(self.archivist.outcome(fetched, None))
            return
        with suppress(DropItem):
            read = await self.archivist.read(fetched)
            self.items.append(await self.archivist.keep(self.archivist.outcome(fetched, read)))


@asynccontextmanager
async def begun(
    options: Options, source: Source, *, end: str = "finished", revisit: str | None = None, url: str | None = None
) -> AsyncIterator[Driven]:
    """Open an archivist and begin; finish for the reason `end` when the block is left."""
    driven = Driven(Archivist.open(options, source, revisit=revisit, url=url))
    await driven.archivist.begin(driven.woken.set, driven.stopped.set)
    try:
        yield driven
    finally:
        await driven.archivist.finish(end)

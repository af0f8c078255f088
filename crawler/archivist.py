"""Owns the run of one source: every attempt is settled here and nowhere else, so WARC and catalogue cannot disagree.

Everything a run needs is acquired in `open`, before the first fetch, and given back in `finish`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from scrapy.exceptions import DropItem

from crawler.attempts import Attempts, Fetched
from crawler.dispatch import Dispatch
from crawler.group_commit import GroupCommit
from crawler.item import first_page_of, item_of
from crawler.options import Options
from crawler.store_room import StoreRoom
from crawler.tally import Tally
from crawler.traps import Traps
from crawler.workers import Task, Workers
from pipelines.outcome import outcome_of, retry_after_s
from pipelines.revisits import is_carried, is_unread
from pipelines.unread import unread
from pipelines.worker import spare_the_collector
from storage.catalogue import CrawlReport
from storage.errors import ArchiveError, StorageError
from storage.http_message import parse_head
from storage.model import Failure, FrontierEntry, Outcome, PageRead, Source
from storage.urlkey import host_of

__all__ = ["Archivist"]

BACK_OFF_STATUS: Final = (429, 503)
LONGEST_BACK_OFF_S: Final = 86400.0
DEFAULT_BACK_OFF_S: Final = 30.0
"""After a 429 that does not say how long."""

logger = logging.getLogger(__name__)


class Archivist:
    """One crawl of one source."""

    def __init__(self, options: Options, source: Source, room: StoreRoom) -> None:
        """Hold what `open` acquired; use `open`."""
        self.options = options
        self.source = source
        self.room = room
        self.tally = Tally(source.name, recovered=room.recovered)
        self.error: ArchiveError | None = None
        self.report: CrawlReport | None = None
        self.exports = False
        """Whether somebody wants the articles: also those of pages that are unchanged and not read again."""
        self._traps = Traps(source, options.max_redirects)
        self._unsettled: dict[str, Fetched] = {}
        self._stop: Callable[[], None] = lambda: None
        self._dispatching: asyncio.Task[None] | None = None
        self.attempts: Attempts
        self.workers: Workers
        self.dispatch: Dispatch
        self.commits: GroupCommit

    @classmethod
    def open(cls, options: Options, source: Source, *, revisit: str | None = None, url: str | None = None) -> Archivist:
        """Lock the source, recover what a killed run left, open catalogue and WARC file, and seed the frontier.

        `revisit` may be `all`; `url` is one address of the source.

        Raises:
            UsageError: an argument cannot be used.
            LockedError: the source is being crawled, or the archive rebuilt.
            StorageError: the archive cannot be written or recovered.
        """
        return cls(options, source, StoreRoom.open(options, source, revisit=revisit, url=url))

    # --- a run, as the scheduler sees it -----------------------------------------------------

    async def begin(self, wake: Callable[[], None], stop: Callable[[], None]) -> None:
        """Start leasing; `wake` has the engine ask for requests, `stop` ends the run."""
        options = self.options
        spare_the_collector()
        self._stop = stop
        self.attempts = Attempts(options, self.source, self.room.crawl_id, self.room.writer, self.room.holdings)
        self.workers = Workers(
            self.source,
            count=options.workers,
            timeout_s=options.extract_timeout_s,
            memory_bytes=options.worker_memory_bytes,
            max_body_bytes=options.max_body_bytes,
        )
        self.dispatch = Dispatch(self, wake)
        self.commits = GroupCommit(
            self._commit,
            captures=max(1, options.commit_captures // 2),  # the other half is fetched and read meanwhile
            interval_s=options.commit_interval_s,
            outstanding=lambda: self.dispatch.under_way,
        )
        self._dispatching = asyncio.ensure_future(self.dispatch.run())

    async def finish(self, reason: str) -> None:
        """Commit what is left, give back what is leased, state how the run ended, seal the WARC file.

        `reason` is Scrapy's: `finished`, `shutdown`, or another for an early end.
        """
        try:
            await self.dispatch.stop()
            assert self._dispatching is not None
            await self._dispatching
            await self._settle_leftovers()
            await self.commits.drain()
            if self.error is None:
                outcome = "finished" if reason == "finished" else "stopped"
                self.report = await self.room.call(self.room.end, outcome)
        except ArchiveError as error:
            self.error = self.error or error
        finally:
            self.workers.close()
            await self.attempts.close()
            self.abandon()

    def abandon(self) -> None:
        """Let go of files and locks without sealing anything; does nothing after `finish`."""
        self.room.close()

    def fail(self, error: ArchiveError) -> None:
        """End the run because of `error`; the first one is what the run reports."""
        if self.error is None:
            self.error = error
            self._stop()

    @property
    def is_settled(self) -> bool:
        """Whether no commit is under way or waiting."""
        return self.commits.idle

    async def _settle_leftovers(self) -> None:
        # A page whose callback or pipeline raised is captured all the same, and must not be lost in silence.
        for fetched in list(self._unsettled.values()):
            logger.warning("%s: never reached the item pipeline; settled at the end of the run", fetched.exchange.url)
            await self.settle(self.outcome(fetched, await self.read(fetched)))

    # --- one page ----------------------------------------------------------------------------

    async def fetch(self, entry: FrontierEntry, *, max_bytes: int | None = None) -> Fetched:
        """Return the attempt for `entry`, in the WARC file already; never raises for what a server does.

        Raises:
            StorageError: the WARC file could not be written; the run ends.
        """
        try:
            *lost, fetched = await self.attempts.ask(entry, max_bytes=max_bytes)
            await self._back_off(fetched)  # before the host's slot is free for the next
        except ArchiveError as error:
            self.fail(error)
            raise
        finally:
            if entry.id:
                self.dispatch.fetched(entry)
        for attempt in lost:
            self.dispatch.spawn(self.settle(self.outcome(attempt, None)))
        if fetched.capture is not None:
            self._unsettled[fetched.capture.id] = fetched
        return fetched

    async def ask(self, entry: FrontierEntry, max_bytes: int) -> Fetched:
        """Return the attempt for `entry`, settled: for what has no page to read, robots.txt."""
        fetched = await self.fetch(entry, max_bytes=max_bytes)
        await self.settle(self.outcome(fetched, None))
        return fetched

    async def refuse(self, entry: FrontierEntry, failure: Failure) -> None:
        """Settle `entry` without asking for it, for the reason in `failure`."""
        await self.settle(self.outcome(await self.attempts.refuse(entry, failure), None))

    async def read(self, fetched: Fetched) -> PageRead:
        """Return what the page says. Whatever goes wrong is a failure of it: a run does not end before each page that
        it captured is settled.
        """
        try:
            return await self._read(fetched)
        except Exception as error:
            logger.exception("%s: could not be read", fetched.exchange.url)
            return PageRead(failure=Failure("extract", f"reading failed: {type(error).__name__}: {error}"[:400]))

    async def _read(self, fetched: Fetched) -> PageRead:
        """Have the page read by a worker, which gets nothing that need not or would not be read."""
        entry, capture, most = fetched.entry, fetched.capture, self.options.max_body_bytes
        response = fetched.exchange.response
        is_sheet = entry.role == "requisite:style"
        if entry.role.startswith("requisite:") and not is_sheet and parse_head(response).status in (200, 304):
            return PageRead()  # a picture or a font names nothing further
        if capture is not None and is_carried(capture, entry.role, fetched.attempt.rules_digest, entry.page):
            return PageRead()
        if fetched.revisit is not None and fetched.revisit.by == "server":
            try:  # of a list: its rules may have changed, and what it leads to have been forgotten
                response = await self.room.holdings.response(fetched.revisit.original, most + 1)
            except StorageError as error:
                return PageRead(failure=Failure("archive", str(error)))
        failure = unread(response, entry.role, most)
        if failure is not None:
            return PageRead(failure=failure)
        task = Task(response[:most], entry.method, fetched.exchange.url, entry.role, entry.number)
        return await self.workers.read(task)

    def outcome(self, fetched: Fetched, read: PageRead | None) -> Outcome:
        """Return what the attempt leaves in the catalogue, traps taken out of its links."""
        if read is not None:
            read, refused = self._traps.sift(read, fetched)
            for entry, failure in refused:
                self.dispatch.spawn(self.refuse(entry, failure))
        return outcome_of(
            fetched.attempt,
            fetched.exchange,
            fetched.capture,
            read,
            thresholds=self.options.thresholds,
            frontier_id=fetched.entry.id or None,
        )

    async def settle(self, outcome: Outcome) -> None:
        """Return once `outcome` is durable.

        Raises:
            ArchiveError: the commit failed; the run ends.
        """
        if outcome.capture is not None:
            self._unsettled.pop(outcome.capture.id, None)
        if outcome.frontier_id is not None:
            self.dispatch.settled(outcome.frontier_id)
        await self.commits.add(outcome)

    async def keep(self, outcome: Outcome) -> dict[str, Any]:
        """Return the article of `outcome` as an item to export, once it is durable.

        Raises:
            DropItem: the page has none, or the commit failed, which is told once for the whole run.
        """
        known = None
        try:
            await self.settle(outcome)
            if self.exports and is_unread(outcome):
                known = await self.room.call(self.room.catalogue.article, outcome.url, self.source.name)
            elif self.exports and (first := first_page_of(outcome)) is not None:
                known = await self.room.call(self.room.catalogue.whole_article, first, self.source.name)
                if known is None:
                    raise DropItem(f"{outcome.url}: its article goes on", log_level="DEBUG")
        except ArchiveError as error:
            raise DropItem(str(error), log_level="DEBUG") from error
        return item_of(outcome, known)

    async def _back_off(self, fetched: Fetched) -> None:
        status, exchange = None if fetched.capture is None else fetched.capture.status, fetched.exchange
        if status not in BACK_OFF_STATUS:
            return
        asked_s = retry_after_s(parse_head(exchange.response), exchange.started)
        if status == 503 and asked_s is None:
            return
        rest_s = DEFAULT_BACK_OFF_S if asked_s is None else min(asked_s, LONGEST_BACK_OFF_S)
        self.dispatch.back_off(exchange.url)
        until = datetime.now(UTC) + timedelta(seconds=rest_s)
        await self.room.call(self.room.hosts.set_backoff, host_of(exchange.url), until)

    async def _commit(self, outcomes: Sequence[Outcome]) -> None:
        try:
            done = await self.room.call(self.room.commit, outcomes)
        except ArchiveError as error:
            self.fail(error)
            raise
        self.tally.add(done)
        self.dispatch.committed(outcomes)

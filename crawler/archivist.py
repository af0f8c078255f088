"""Owns the run of one source: the WARC writer, the one thread that talks to the catalogue, the client, the workers,
the group commit.

Everything a run needs is acquired in `open`, before the first fetch, and given back in `finish`. Outcomes are settled
here and nowhere else, so that the WARC and the catalogue cannot disagree.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from scrapy.exceptions import DropItem

from crawler.dispatch import Dispatch
from crawler.group_commit import GroupCommit
from crawler.guard import Guard
from crawler.options import Options
from crawler.scope import verdict
from crawler.store_room import StoreRoom
from crawler.tally import Tally
from crawler.user_agent import user_agent
from crawler.wire import Client, WireRequest
from crawler.workers import Task, Workers
from pipelines.outcome import outcome_of
from storage.catalogue import CrawlReport
from storage.errors import ArchiveError
from storage.hosts import Grant, Robots
from storage.model import Attempt, Capture, Exchange, Failure, FrontierEntry, Link, Outcome, PageRead, Source
from storage.source_json import source_digest
from storage.urlkey import host_of

__all__ = ["Archivist", "Fetched"]

BACK_OFF_STATUS = (429, 503)
LONGEST_BACK_OFF_S = 86400.0
DEFAULT_BACK_OFF_S = 30.0
"""After a 429 that does not say how long."""

ACCEPT = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
"""As browsers send it: some servers answer 406 to `*/*` alone."""

MOST_TRAP_ROWS = 100
"""Failure rows for trap addresses in one run: enough to see the trap, too few to be one."""

_EXPORTED = (
    "title",
    "published",
    "published_precision",
    "published_utc",
    "origin",
    "authors",
    "editors",
    "keywords",
    "section",
    "language",
    "script",
    "body",
    "body_sha256",
    "extractor",
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One attempt, already in the WARC file, with what asked for it."""

    entry: FrontierEntry
    attempt: Attempt
    exchange: Exchange
    capture: Capture | None


class Archivist:
    """One crawl of one source."""

    def __init__(self, options: Options, source: Source, room: StoreRoom) -> None:
        """Hold what `open` acquired; use `open`."""
        self.options = options
        self.source = source
        self.tally = Tally(source.name)
        self.tally.recovered = room.recovered
        self.error: ArchiveError | None = None
        self.report: CrawlReport | None = None
        self.room = room
        self._rules_digest = source_digest(source)
        self._unsettled: dict[str, Fetched] = {}
        self._traps: set[str] = set()
        self._stop: Callable[[], None] = lambda: None
        self._dispatching: asyncio.Task[None] | None = None
        self.client: Client
        self.workers: Workers
        self.dispatch: Dispatch
        self.commits: GroupCommit

    @classmethod
    def open(cls, options: Options, source: Source, *, revisit: str | None = None, url: str | None = None) -> Archivist:
        """Lock the source, recover what a killed run left, open the catalogue and the WARC file, and seed the frontier.

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
        self._stop = stop
        guard = Guard(exempt=options.allow_networks, allow_public=options.contact is not None)
        self.client = Client(guard)
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
            captures=options.commit_captures,
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
            await self.client.close()
            self.abandon()

    def abandon(self) -> None:
        """Let go of files and locks without sealing anything; does nothing after `finish`."""
        self.room.close()

    def fail(self, error: ArchiveError) -> None:
        """End the run because of `error`; the first one is what the run reports."""
        if self.error is None:
            self.error = error
            self._stop()

    async def _settle_leftovers(self) -> None:
        # A page whose callback or pipeline raised is captured all the same, and must not be lost in silence.
        for fetched in list(self._unsettled.values()):
            logger.warning(
                "%s: its item never reached the pipeline; settled at the end of the run", fetched.exchange.url
            )
            await self.settle(self.outcome(fetched, await self.read(fetched)))

    # --- one page ----------------------------------------------------------------------------

    async def fetch(self, entry: FrontierEntry, *, max_bytes: int | None = None) -> Fetched:
        """Return the exchange for `entry`, appended to the WARC file; never raises for what a server does.

        Raises:
            StorageError: the WARC file could not be written; the run ends.
        """
        stale: list[Exchange] = []
        try:
            exchange = await self.client.fetch(self._wire_request(entry, max_bytes), stale=stale)
        finally:
            if entry.id:
                self.dispatch.fetched(entry)
        for lost in stale:
            self.dispatch.spawn(self._settle_stale(self._record(replace(entry, id=0), lost)))
        return self._record(entry, exchange)

    async def _settle_stale(self, fetched: Fetched) -> None:
        await self.settle(self.outcome(fetched, None))

    def _record(self, entry: FrontierEntry, exchange: Exchange) -> Fetched:
        attempt = Attempt(
            source=self.source.name,
            crawl_id=self.room.crawl_id,
            role=entry.role,
            via=entry.via,
            relation=entry.relation,
            hops=entry.hops,
            number=entry.number,
            rules_digest=self._rules_digest,
        )
        try:
            capture = self.room.writer.append(exchange, attempt)
        except ArchiveError as error:
            self.fail(error)
            raise
        fetched = Fetched(entry, attempt, exchange, capture)
        if capture is not None:
            self._unsettled[capture.id] = fetched
        return fetched

    async def refuse(self, entry: FrontierEntry, failure: Failure) -> None:
        """Settle `entry` without asking for it, for the reason in `failure`."""
        exchange = Exchange(entry.url, entry.method, b"", b"", datetime.now(UTC), failure=failure)
        await self.settle(self.outcome(self._record(entry, exchange), None))

    async def read(self, fetched: Fetched) -> PageRead:
        """Return what the page says, as read by a worker."""
        exchange, entry = fetched.exchange, fetched.entry
        return await self.workers.read(Task(exchange.response, entry.method, exchange.url, entry.role, entry.number))

    def outcome(self, fetched: Fetched, read: PageRead | None) -> Outcome:
        """Return what the attempt leaves in the catalogue, traps taken out of its links."""
        if read is not None:
            links = tuple(link for link in read.links if self._is_wanted(link, fetched))
            read = replace(read, links=links, dropped=read.dropped + len(read.links) - len(links))
        return outcome_of(
            fetched.attempt,
            fetched.exchange,
            fetched.capture,
            read,
            thresholds=self.options.thresholds,
            frontier_id=fetched.entry.id or None,
        )

    def _is_wanted(self, link: Link, fetched: Fetched) -> bool:
        reason = verdict(self.source, link.url, link.role, number=link.number)
        if link.relation == "redirect" and fetched.attempt.hops >= self.options.max_redirects:
            reason = f"more than {self.options.max_redirects} redirects in a row"
        if reason is not None and link.url not in self._traps and len(self._traps) < MOST_TRAP_ROWS:
            self._traps.add(link.url)
            via = fetched.exchange.url
            entry = FrontierEntry(
                0, link.url, self.source.name, link.role, via, link.relation, 0, link.number, link.method, (), None, 0
            )
            self.dispatch.spawn(self.refuse(entry, Failure("trap", reason)))
        return reason is None

    async def settle(self, outcome: Outcome) -> None:
        """Return once `outcome` is durable.

        Raises:
            ArchiveError: the commit failed; the run ends.
        """
        if outcome.capture is not None:
            self._unsettled.pop(outcome.capture.id, None)
        if outcome.frontier_id is not None:
            self.dispatch.settled(outcome.frontier_id)
        await self._back_off(outcome)
        await self.commits.add(outcome)

    def item_of(self, outcome: Outcome) -> dict[str, Any]:
        """Return the article of a durable outcome as an item to export.

        Raises:
            DropItem: the page has none; quietly, for most pages are lists.
        """
        read, capture = outcome.read, outcome.capture
        if read is None or read.article is None or capture is None:
            raise DropItem(f"{outcome.url}: no article", log_level="DEBUG")
        article = read.article
        plain = {name: getattr(article, name) for name in _EXPORTED}
        return {"url": outcome.url, "source": self.source.name, **plain, "capture_id": capture.id}

    async def _back_off(self, outcome: Outcome) -> None:
        status = None if outcome.capture is None else outcome.capture.status
        if status not in BACK_OFF_STATUS or (status == 503 and outcome.retry_after_s is None):
            return
        asked_s = DEFAULT_BACK_OFF_S if outcome.retry_after_s is None else outcome.retry_after_s
        until = outcome.attempted + timedelta(seconds=min(asked_s, LONGEST_BACK_OFF_S))
        self.dispatch.back_off(outcome.url)
        await self.room.call(self.room.hosts.set_backoff, host_of(outcome.url), until)

    # --- what the dispatch asks of the catalogue -----------------------------------------------

    async def lease(self, limit: int, hold: timedelta) -> tuple[list[FrontierEntry], int, datetime | None]:
        """Return up to `limit` leased rows, how many more are due, and until when the run should wait for a retry."""
        return await self.room.call(self.room.lease, limit, hold)

    async def grant(self, host: str, want: int, delay_s: float, hold_s: float) -> Grant:
        """Return how many exchanges with `host` may begin now, over all processes."""
        return await self.room.call(self.room.grant, host, want, delay_s, hold_s)

    async def give_back(self, host: str, count: int) -> None:
        """Give `count` slots of `host` back."""
        await self.room.call(self.room.hosts.release_slots, host, self.room.crawl_id, count)

    async def stored_robots(self, origin: str) -> Robots | None:
        """Return what any process last learnt of the robots.txt of `origin`."""
        return await self.room.call(self.room.hosts.robots, origin)

    async def keep_robots(self, robots: Robots, host: str) -> None:
        """Share what was learnt of a robots.txt; its Crawl-delay holds for the whole `host`."""
        await self.room.call(self.room.hosts.put_robots, robots)
        await self.room.call(self.room.hosts.set_crawl_delay, host, robots.crawl_delay_s)

    async def _commit(self, outcomes: Sequence[Outcome]) -> None:
        try:
            done = await self.room.call(self.room.commit, outcomes)
        except ArchiveError as error:
            self.fail(error)
            raise
        self.tally.add(done)
        self.dispatch.committed()

    def _wire_request(self, entry: FrontierEntry, max_bytes: int | None) -> WireRequest:
        headers = [(b"User-Agent", user_agent(self.options.contact).encode()), (b"Accept", ACCEPT)]
        own = [(name.encode("latin-1"), value.encode("utf-8")) for name, value in entry.headers]
        named = {name.lower() for name, _ in own}
        return WireRequest(
            url=entry.url,
            method=entry.method,
            headers=(*((name, value) for name, value in headers if name.lower() not in named), *own),
            body=(entry.body or "").encode("utf-8"),
            timeout_s=self.options.timeout_s,
            max_bytes=max_bytes or self.options.max_response_bytes,
        )

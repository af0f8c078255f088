"""Owns which leased row may be fetched now: robots first, then the host's delay and concurrency as granted across
processes.

Rows wait here per host, so a slow host never fills the room of the others (200 fast pages took 1.24 s beside one,
0.36 s when each host had its own queue; traps.md).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from crawler.attempts import Fetched
from crawler.host_slots import HostSlots
from crawler.options import Options
from crawler.robots import RobotsRules
from crawler.robots_keeper import RobotsKeeper, origin_of
from crawler.store_room import StoreRoom
from storage.errors import ArchiveError
from storage.model import Failure, FrontierEntry, Outcome, Source

__all__ = ["Dispatch"]

LEASE_ROWS = 256
"""Rows taken at once: the cost of leasing a page falls with the number (traps.md)."""
LEASE_S = 600
"""A lease outlives any exchange; its end only matters to whoever comes after a kill."""
LONGEST_SLEEP_S = 5.0
"""Clocks jump; whatever waits for a time looks again after this."""


class Run(Protocol):
    """What the dispatch needs of the run that it serves."""

    options: Options
    source: Source
    room: StoreRoom

    @property
    def is_settled(self) -> bool:
        """Whether no commit is under way or waiting."""

    async def ask(self, entry: FrontierEntry, max_bytes: int) -> Fetched:
        """Return the attempt for a row that is not the frontier's, settled."""

    async def refuse(self, entry: FrontierEntry, failure: Failure) -> None:
        """Settle a row without asking for it."""

    def fail(self, error: ArchiveError) -> None:
        """End the run."""


class Dispatch:
    """The rows this process has leased, on their way to the engine."""

    def __init__(self, run: Run, wake: Callable[[], None]) -> None:
        """Serve `run`; `wake` tells the engine that `next` has something or that all is done."""
        self._run = run
        self._wake = wake
        self._slots = HostSlots(
            run.room, run.source.crawl, timeout_s=run.options.timeout_s, patience_s=run.options.retry_wait_s
        )
        self._robots = RobotsKeeper(run.room, run.source, self._slots, ask=run.ask, spawn=self.spawn, learnt=self.kick)
        self._waiting: dict[str, deque[FrontierEntry]] = {}
        self._permitted: dict[str, tuple[RobotsRules, int]] = {}
        """By origin, how many of the rows in front these rules permit: each row is judged once, not at every turn."""
        self._ready: deque[FrontierEntry] = deque()
        self._fetching = 0
        self._unsettled: set[int] = set()
        self._uncommitted: set[int] = set()
        self._granted = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._exhausted = False
        self._leasing = False
        self._wait_until: datetime | None = None
        self._stopped = False
        self._kick = asyncio.Event()
        self._due = 0
        """Rows due beyond those leased."""

    # --- the engine's side -------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Return whether anything is leased, being fetched or committed, or due within this run."""
        if self._stopped:
            return False
        return bool(
            self._ready
            or self._waiting
            or self._unsettled
            or self._tasks
            or self._leasing
            or not self._exhausted
            or self._wait_until
            or not self._run.is_settled
        )

    @property
    def under_way(self) -> int:
        """Return how many fetches are ready, begun or being read and so may still join the next group commit."""
        return len(self._ready) + len(self._unsettled)

    @property
    def queue(self) -> int:
        """Return how many rows are due but not yet fetched, for display."""
        return self._due + self._in_hand()

    def next(self) -> FrontierEntry | None:
        """Return the next row to fetch, or None while politeness or room allows none."""
        if not self._ready or self._stopped:
            return None
        self._fetching += 1
        entry = self._ready.popleft()
        self._unsettled.add(entry.id)
        self._uncommitted.add(entry.id)
        return entry

    def fetched(self, entry: FrontierEntry) -> None:
        """Note that the exchange is over: its host may be asked again."""
        self._fetching -= 1
        self._slots.free(entry.url)
        self.kick()

    def settled(self, row_id: int) -> None:
        """Note that the outcome of a row has joined a group commit."""
        self._unsettled.discard(row_id)

    def back_off(self, url: str) -> None:
        """Note that the host of `url` wants to be left alone for a while."""
        self._slots.back_off(url)

    def committed(self, outcomes: Sequence[Outcome]) -> None:
        """Note that `outcomes` are durable: there may be new rows, and there is room for more."""
        self._uncommitted.difference_update(row for outcome in outcomes if (row := outcome.frontier_id) is not None)
        self._exhausted = False
        self.kick()

    def kick(self) -> None:
        """Have the rows looked at again."""
        self._kick.set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the dispatch; the run does not end before it, and its failure ends the run."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, ArchiveError):
            self._run.fail(error)
        elif error is not None:
            raise error
        self.kick()

    # --- the frontier's side -----------------------------------------------------------------

    async def run(self) -> None:
        """Lease, permit and wake the engine until `stop`."""
        try:
            while not self._stopped:
                self._kick.clear()
                await self._lease()
                sleep_s = await self._permit()
                self._wake()
                with suppress(TimeoutError):
                    async with asyncio.timeout(sleep_s):
                        await self._kick.wait()
        except ArchiveError as error:
            self._run.fail(error)
        # What the last round began, after `stop` had looked, needs the store room too.
        await self._finish_tasks()

    async def stop(self) -> None:
        """Hand out nothing more and wait for what runs beside."""
        self._stopped = True
        self.kick()
        self._robots.stop()
        await self._finish_tasks()

    async def _finish_tasks(self) -> None:
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _lease(self) -> None:
        room = min(LEASE_ROWS, self._run.options.max_pages - self._granted - self._in_hand())
        if self._in_hand() >= LEASE_ROWS // 2 or self._exhausted or room <= 0:
            self._exhausted = self._exhausted or room <= 0
            self._look_ahead()
            return
        self._leasing, self._exhausted = True, True  # a commit that ends before the answer says otherwise
        entries, self._due, self._wait_until = await self._run.room.call(
            self._run.room.lease, room, timedelta(seconds=LEASE_S)
        )
        self._leasing = False
        for entry in entries:
            self._waiting.setdefault(origin_of(entry.url), deque()).append(entry)
        if entries:
            self._exhausted = False
            self._wait_until = None

    def _look_ahead(self) -> None:
        if self._wait_until is not None and self._wait_until <= datetime.now(UTC):
            self._wait_until = None
            self._exhausted = False
            self.kick()

    def _in_hand(self) -> int:
        return len(self._ready) + sum(map(len, self._waiting.values()))

    async def _permit(self) -> float:
        """Move what may be fetched now to the engine; return the seconds until something else may."""
        await self._slots.give_back(self._waiting)
        wake_at = [] if self._wait_until is None else [self._wait_until]
        for origin in list(self._waiting):
            if self._slots.rests(origin) or self._robots.rests(origin):
                self._forget(origin)  # leased until the run ends; then they are due again, and not reached
                continue
            rules = self._robots.rules(origin)
            if rules is None:
                continue
            rows = self._waiting[origin]
            wanted = self._sift(origin, rows, rules, self._room())
            count, retry_at = await self._slots.grant(origin, wanted, rules.crawl_delay_s)
            self._granted += count
            self._ready.extend(rows.popleft() for _ in range(count))
            self._permitted[origin] = rules, self._permitted[origin][1] - count
            if rows and retry_at is not None:
                wake_at.append(retry_at)
            if not rows:
                self._forget(origin)
        now = datetime.now(UTC)
        return min([LONGEST_SLEEP_S, *(max(0.0, (at - now).total_seconds()) for at in wake_at)])

    def _forget(self, origin: str) -> None:
        del self._waiting[origin]
        self._permitted.pop(origin, None)

    def _room(self) -> int:
        """Return how many fetches may begin: what is fetched and not committed waits in memory, and a kill leaves it
        to be catalogued again.
        """
        options = self._run.options
        most = min(options.concurrency - self._fetching, options.commit_captures - len(self._uncommitted))
        return max(0, most - len(self._ready))

    def _sift(self, origin: str, rows: deque[FrontierEntry], rules: RobotsRules, most: int) -> int:
        """Make a failure row of each forbidden one met until `most` permitted ones stand in front; return how many
        of them do.
        """
        judged_by, permitted = self._permitted.get(origin, (rules, 0))
        kept = [rows.popleft() for _ in range(permitted)] if judged_by is rules else []
        reason = f"forbidden by {origin}/robots.txt" if rules.verdict == "rules" else rules.reason
        while rows and len(kept) < most:
            entry = rows.popleft()
            if rules.allowed(entry.url):
                kept.append(entry)
            else:
                self.spawn(self._run.refuse(entry, Failure("robots", reason)))
        rows.extendleft(reversed(kept))
        self._permitted[origin] = rules, len(kept)
        return min(len(kept), most)

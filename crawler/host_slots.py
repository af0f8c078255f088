"""Owns this process's share of each host: slots granted by the catalogue's host rows, kept while they are in use,
given back after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from crawler.store_room import StoreRoom
from storage.model import SourceCrawl
from storage.urlkey import host_of

__all__ = ["HostSlots"]

REUSE_S = 20.0
"""A slot of a host without delay is used again for this long without asking; asking for each fetch costs 0.2 ms. Then
other processes get their turn.
"""
TURN_S = 0.5
"""For so long nothing is asked of a host after its slots were given back for others: those look every 0.25 s, and never
met a free slot while their owner asked again within a millisecond.
"""
NEVER = datetime.min.replace(tzinfo=UTC)


class HostSlots:
    """Slots by host, for one source."""

    def __init__(self, room: StoreRoom, crawl: SourceCrawl, *, timeout_s: float, patience_s: float) -> None:
        """Ask through `room`; an exchange ends within `timeout_s`. A host that wants to be left alone for longer than
        `patience_s` rests.
        """
        self._room = room
        self._crawl = crawl
        self._patience_s = patience_s
        self._in_use: Counter[str] = Counter()
        self._freed: Counter[str] = Counter()
        self._granted_at: dict[str, datetime] = {}
        self._not_before: dict[str, datetime] = {}
        self._others_until: dict[str, datetime] = {}
        self._delay_s: dict[str, float] = {}
        # A dead process's slots are free again soon after its last exchange must have ended.
        self._hold_s = timeout_s + REUSE_S + 10

    async def grant(self, url: str, want: int, crawl_delay_s: float | None) -> tuple[int, datetime | None]:
        """Return how many exchanges with the host of `url` may begin now, and when to ask again if fewer than wanted.

        `crawl_delay_s` is that of robots.txt; the longest of it, the source's delay and a Retry-After wins.
        """
        host, now = host_of(url), datetime.now(UTC)
        delay_s = self._delay_s[host] = max(self._crawl.delay_s, crawl_delay_s or 0.0)
        want = min(want, self._crawl.concurrency - self._in_use[host])
        if want <= 0:
            return 0, None
        reused = self._reuse(host, want, delay_s, now)
        if reused == want:
            return reused, None
        wait_until = max(self._not_before.get(host, now), self._others_until.get(host, now))
        if now < wait_until:
            return reused, wait_until
        grant = await self._room.call(self._room.grant, host, want - reused, delay_s, self._hold_s)
        self._in_use[host] += grant.count
        if grant.count:
            self._granted_at[host] = now
        if grant.retry_at is not None:
            self._not_before[host] = grant.retry_at
        return reused + grant.count, grant.retry_at

    def _reuse(self, host: str, want: int, delay_s: float, now: datetime) -> int:
        if delay_s or now - self._granted_at.get(host, now) > timedelta(seconds=REUSE_S):
            return 0
        count = min(want, self._freed[host])
        self._freed[host] -= count
        self._in_use[host] += count
        return count

    def free(self, url: str) -> None:
        """Note that one exchange with the host of `url` is over."""
        host = host_of(url)
        self._in_use[host] -= 1
        self._freed[host] += 1
        self._not_before.pop(host, None)

    def rests(self, url: str) -> bool:
        """Return whether the host of `url` is to be left alone for longer than a run waits: what it still has to give
        is for the next run.
        """
        host = host_of(url)
        wait_s = max(self._patience_s, self._delay_s.get(host, 0.0))
        until = self._not_before.get(host)
        return until is not None and until > datetime.now(UTC) + timedelta(seconds=wait_s)

    def back_off(self, url: str) -> None:
        """Forget what was granted of the host of `url`: it has asked to be left alone for a while."""
        self._granted_at[host_of(url)] = NEVER

    async def give_back(self, origins: Iterable[str]) -> None:
        """Give back the slots that no row of `origins` will use again, and those used for long enough."""
        wanted = {host_of(origin) for origin in origins}
        now = datetime.now(UTC)
        for host, count in list(self._freed.items()):
            fresh = now - self._granted_at.get(host, now) <= timedelta(seconds=REUSE_S)
            if count and not (host in wanted and fresh and not self._delay_s[host]):
                self._freed[host] = 0
                if not fresh and self._granted_at[host] != NEVER:
                    self._others_until[host] = now + timedelta(seconds=TURN_S)
                await self._room.call(self._room.give_back, host, count)

"""Owns what robots.txt allows during a run: asked for once a day and host by any process, archived like any page (RFC
9309).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.attempts import Fetched
from crawler.host_slots import HostSlots
from crawler.robots import ALLOW_ALL, RobotsRules, rules_from, rules_from_stored
from crawler.store_room import StoreRoom
from storage.hosts import Robots
from storage.http_message import body_of, header, parse_head
from storage.model import Exchange, FrontierEntry, Source
from storage.urlkey import host_of, join

__all__ = ["RobotsKeeper", "origin_of"]

KEPT = timedelta(hours=24)
"""RFC 9309 section 2.4: a cached copy should not be used for longer."""
KEPT_UNREACHABLE = timedelta(hours=1)
"""A server that cannot say what it allows is left alone (section 2.3.1.4), but not for a day because of one bad minute.
"""
MAX_REDIRECTS = 5
"""RFC 9309 section 2.3.1.2 asks for at least five."""
MAX_BYTES = 1 << 20
"""Wire bytes archived of one robots.txt; 512 KiB of it are parsed (section 2.5)."""


def origin_of(url: str) -> str:
    """Return `scheme://host[:port]` of a canonical URL: what one robots.txt speaks for."""
    return f"{url.partition(':')[0]}://{host_of(url)}"


class _NotNow(Exception):
    """The host is to be left alone for longer than the run goes on."""


class RobotsKeeper:
    """The rules of each origin, learnt when first needed."""

    def __init__(
        self,
        room: StoreRoom,
        source: Source,
        slots: HostSlots,
        *,
        ask: Callable[[FrontierEntry, int], Awaitable[Fetched]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        learnt: Callable[[], None],
    ) -> None:
        """Ask politely through `slots` with `ask` (settles what it fetches); call `learnt` when rules have arrived."""
        self._room = room
        self._source = source
        self._slots = slots
        self._ask_settled = ask
        self._spawn = spawn
        self._learnt = learnt
        self._rules: dict[str, tuple[RobotsRules, datetime]] = {}
        self._asked: set[str] = set()
        self._resting: set[str] = set()
        self._stopped = False

    def rules(self, origin: str) -> RobotsRules | None:
        """Return the rules of `origin`, or None while they are being learnt, which for one that rests they are not."""
        known = self._rules.get(origin)
        if known is not None and datetime.now(UTC) < known[1]:
            return known[0]
        if origin not in self._asked | self._resting:
            self._asked.add(origin)
            self._spawn(self._learn(origin))
        return None

    def rests(self, origin: str) -> bool:
        """Return whether what `origin` allows is not to be known in this run."""
        return origin in self._resting

    def stop(self) -> None:
        """Ask for nothing more."""
        self._stopped = True

    async def _learn(self, origin: str) -> None:
        try:
            self._rules[origin] = await self._find(origin)
        except _NotNow:
            self._resting.add(origin)
        finally:
            self._asked.discard(origin)
        self._learnt()

    async def _find(self, origin: str) -> tuple[RobotsRules, datetime]:
        now = datetime.now(UTC)
        if self._source.crawl.robots != "obey":
            return ALLOW_ALL, now + KEPT
        stored = await self._room.call(self._room.hosts.robots, origin)
        if stored is not None and now < (until := stored.fetched + _kept(stored.verdict)):
            return rules_from_stored(stored.verdict, stored.text), until
        fetched = await self._fetch(origin)
        rules = await asyncio.to_thread(_judge, fetched.exchange)  # parsing 512 KiB of rules takes longer than a fetch
        capture_id = None if fetched.capture is None else fetched.capture.id
        learnt = Robots(origin, now, rules.verdict, rules.text, capture_id, rules.crawl_delay_s)
        await self._room.call(self._room.keep_robots, learnt, host_of(origin))
        return rules, now + _kept(rules.verdict)

    async def _fetch(self, origin: str) -> Fetched:
        url, via = f"{origin}/robots.txt", None
        for hops in range(MAX_REDIRECTS + 1):
            fetched = await self._ask(url, via, hops)
            target = _redirect_target(fetched.exchange)
            if target is None or self._stopped:
                break
            url, via = target, url
        return fetched

    async def _ask(self, url: str, via: str | None, hops: int) -> Fetched:
        while (granted := await self._slots.grant(url, 1, None))[0] == 0:
            if self._stopped or self._slots.rests(url):
                raise _NotNow
            wait_s = 0.1 if granted[1] is None else (granted[1] - datetime.now(UTC)).total_seconds()
            await asyncio.sleep(min(max(wait_s, 0.0), 1.0))
        relation = "seed" if via is None else "redirect"
        entry = FrontierEntry(0, url, self._source.name, "robots", via, relation, hops, 1, "GET", (), None, 0)
        try:
            return await self._ask_settled(entry, MAX_BYTES)
        finally:
            self._slots.free(url)


def _kept(verdict: str) -> timedelta:
    return KEPT_UNREACHABLE if verdict == "disallow" else KEPT


def _redirect_target(exchange: Exchange) -> str | None:
    if exchange.failure is not None or not exchange.response:
        return None
    head = parse_head(exchange.response)
    location = header(head.headers, b"location")
    if head.status is None or not 300 <= head.status < 400 or location is None:
        return None
    return join(exchange.url, location.decode("utf-8", "replace"))


def _judge(exchange: Exchange) -> RobotsRules:
    if exchange.failure is not None:
        return rules_from(None, b"", f"{exchange.failure.stage}: {exchange.failure.reason}")
    if exchange.truncated in ("time", "disconnect"):
        return rules_from(None, b"", f"robots.txt was cut ({exchange.truncated})")
    head = parse_head(exchange.response)
    return rules_from(head.status, body_of(exchange.response[:], "GET", MAX_BYTES).body)

"""Owns politeness across processes: when a host may be asked again, how much it bears, what its robots.txt says.

Grants are decided under SQLite's write lock, so they are exact for any number of processes on one catalogue. Nothing
here need survive a power cut, so its connection does not fsync a commit.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from storage.catalogue_open import open_store
from storage.catalogue_store import Store
from storage.stamps import moment, stamp

__all__ = ["ROBOTS_LIMIT_BYTES", "Grant", "Hosts", "Robots"]

ROBOTS_LIMIT_BYTES: Final = 512 * 1024
"""What RFC 9309 section 2.5 asks a crawler to parse at least, and what is kept."""

_POLL_S: Final = 0.25
"""A slot that another process gives back is not announced to us: ask again after this."""


@dataclass(frozen=True, slots=True)
class Grant:
    """How many exchanges may begin now; `retry_at` is when to ask again, None if all that was wanted was granted."""

    count: int
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Robots:
    """What the robots.txt of one host said when it was last fetched."""

    host: str
    fetched: datetime
    verdict: str
    """The caller's word for it, such as `rules`, `allow` or `disallow`."""
    text: str
    """Its rules, cut at ROBOTS_LIMIT_BYTES of UTF-8; empty where the verdict says all."""
    capture_id: str | None = None
    crawl_delay_s: float | None = None


class Hosts:
    """The hosts of one catalogue; `host` is any key for one server that all processes spell alike (`host_of`)."""

    def __init__(self, store: Store) -> None:
        """Use `open`."""
        self._store = store

    @classmethod
    def open(cls, path: Path) -> Hosts:
        """Open the hosts of the catalogue at `path` on a connection of their own.

        Raises:
            CatalogueError: as `storage.catalogue_open.open_store`.
        """
        return cls(open_store(path, durable=False))

    def close(self) -> None:
        """Close the connection."""
        self._store.close()

    def __enter__(self) -> Hosts:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def grant(
        self, host: str, want: int, delay_s: float, concurrency: int, holder: str, now: datetime, hold_s: float
    ) -> Grant:
        """Grant up to `want` exchanges with `host` to `holder`, at most one when a delay is in force.

        The delay in force is the longest of `delay_s`, the host's Crawl-delay and that of the grant before; a back-off
        (Retry-After) comes on top. A slot is free again when released, or `hold_s` seconds after `now`.
        """
        asked = time.monotonic()
        early = self._judge(host, want, delay_s, concurrency, now)
        if not early.count and not early.behind:
            return Grant(0, early.retry_at)
        with self._store.write():
            # Waiting for the lock took time; a grant counts from when it is given.
            now += timedelta(seconds=time.monotonic() - asked)
            self._store.run("DELETE FROM t_host_slot WHERE host = :host AND until <= :now", _at(host, now))
            ruling = self._judge(host, want, delay_s, concurrency, now)
            if ruling.count or ruling.behind:
                self._store.run(_GRANTED, {**_at(host, now), "delay": ruling.delay_s})
            until = stamp(now + timedelta(seconds=hold_s))
            self._store.many(_HOLD, [{"host": host, "holder": holder, "until": until}] * ruling.count)
        return Grant(ruling.count, None if ruling.count == want else ruling.retry_at)

    def _judge(self, host: str, want: int, delay_s: float, concurrency: int, now: datetime) -> _Ruling:
        rows = self._store.rows(_HOST, {"host": host})
        held = self._store.rows(_HELD, _at(host, now))
        return _rule(rows[0] if rows else None, [moment(row.until) for row in held], want, delay_s, concurrency, now)

    def release_slots(self, host: str, holder: str, count: int = 1) -> int:
        """Give back `count` exchanges that are over; returns how many `holder` still had."""
        return self._store.run(_RELEASE, {"host": host, "holder": holder, "count": count})

    def release_holder(self, holder: str) -> int:
        """Give back everything that `holder` has, as when its run ends."""
        return self._store.run("DELETE FROM t_host_slot WHERE holder = :holder", {"holder": holder})

    def set_backoff(self, host: str, until: datetime) -> None:
        """Ask nothing of `host` before `until` (Retry-After), or the later time set already. The caller caps it."""
        self._store.run(_BACKOFF, {"host": host, "until": stamp(until)})

    def set_crawl_delay(self, host: str, delay_s: float | None) -> None:
        """Note the Crawl-delay of `host`, None when it states none. The caller caps it."""
        self._store.run(_CRAWL_DELAY, {"host": host, "delay": delay_s})

    def robots(self, host: str) -> Robots | None:
        """Return what is known of the robots.txt of `host`, however old."""
        rows = self._store.rows("SELECT * FROM t_robots WHERE host = :host", {"host": host})
        if not rows:
            return None
        row = rows[0]
        return Robots(host, moment(row.fetched), row.verdict, row.rules, row.capture_id, row.crawl_delay_s)

    def put_robots(self, robots: Robots) -> None:
        """Keep what a robots.txt said in place of what was known; its Crawl-delay is in force for `robots.host`."""
        rules = robots.text.encode("utf-8", "replace")[:ROBOTS_LIMIT_BYTES].decode("utf-8", "ignore")
        row = {
            "host": robots.host,
            "fetched": stamp(robots.fetched),
            "verdict": robots.verdict,
            "rules": rules,
            "capture": robots.capture_id,
            "delay": robots.crawl_delay_s,
        }
        with self._store.write():
            self._store.run(_ROBOTS, row)
            self.set_crawl_delay(robots.host, robots.crawl_delay_s)


@dataclass(frozen=True, slots=True)
class _Ruling:
    count: int
    retry_at: datetime | None
    delay_s: float
    behind: bool
    """The last grant lies in the future: the clock was set back, and the row must be brought back too."""


def _rule(row: Any, held: Sequence[datetime], want: int, delay_s: float, concurrency: int, now: datetime) -> _Ruling:
    """Decide on a host's row (None: never asked) and the ends of the slots in use; pure."""
    granted = moment(row.granted) if row and row.granted else None
    delay = max(delay_s, (row.crawl_delay_s or 0.0) if row else 0.0)
    between = max(delay, row.granted_delay_s) if row else delay
    behind = granted is not None and granted > now
    waits = []
    if row and row.backoff_until:
        waits.append(moment(row.backoff_until))
    if granted is not None and between:
        waits.append(min(granted, now) + timedelta(seconds=between))
    start = max(waits, default=now)
    if start > now:
        return _Ruling(0, start, delay, behind)
    free = max(0, concurrency - len(held))
    count = min(want, free, 1 if delay else free)
    if count and count < free:
        return _Ruling(count, now + timedelta(seconds=delay), delay, behind)
    poll = now + timedelta(seconds=max(delay, _POLL_S))
    return _Ruling(count, min([*held, poll]), delay, behind)


def _at(host: str, now: datetime) -> dict[str, Any]:
    return {"host": host, "now": stamp(now)}


_HOST: Final = "SELECT granted, granted_delay_s, crawl_delay_s, backoff_until FROM t_host WHERE host = :host"
_HELD: Final = "SELECT until FROM t_host_slot WHERE host = :host AND until > :now"
_HOLD: Final = "INSERT INTO t_host_slot (host, holder, until) VALUES (:host, :holder, :until)"
_GRANTED: Final = (
    "INSERT INTO t_host (host, granted, granted_delay_s) VALUES (:host, :now, :delay) "
    "ON CONFLICT (host) DO UPDATE SET granted = excluded.granted, granted_delay_s = excluded.granted_delay_s"
)
_RELEASE: Final = (
    "DELETE FROM t_host_slot WHERE id IN "
    "(SELECT id FROM t_host_slot WHERE host = :host AND holder = :holder ORDER BY until, id LIMIT :count)"
)
_BACKOFF: Final = (
    "INSERT INTO t_host (host, backoff_until) VALUES (:host, :until) "
    "ON CONFLICT (host) DO UPDATE SET backoff_until = max(coalesce(backoff_until, ''), excluded.backoff_until)"
)
_CRAWL_DELAY: Final = (
    "INSERT INTO t_host (host, crawl_delay_s) VALUES (:host, :delay) "
    "ON CONFLICT (host) DO UPDATE SET crawl_delay_s = excluded.crawl_delay_s"
)
_ROBOTS: Final = (
    "INSERT OR REPLACE INTO t_robots (host, fetched, verdict, capture_id, crawl_delay_s, rules) "
    "VALUES (:host, :fetched, :verdict, :capture, :delay, :rules)"
)

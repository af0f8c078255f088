"""Owns the connections that are kept for the next request: bounded in number and in age, and cut at the end."""

from __future__ import annotations

import asyncio
from collections import deque

from crawler.connection import Connection
from crawler.request_head import Origin

__all__ = ["Pool"]


class Pool:
    """Idle connections by origin, most recently used first, and all others that are open."""

    def __init__(self, *, idle_per_origin: int = 16, idle_in_all: int = 128, idle_s: float = 15.0) -> None:
        """Keep so many connections, each idle for `idle_s` seconds at most (servers commonly cut at 15 to 75).

        As many to one origin as a source may use at once: with half as many, every third fetch dialled anew.
        """
        self._per_origin = idle_per_origin
        self._in_all = idle_in_all
        self._idle_s = idle_s
        self._idle: dict[Origin, deque[Connection]] = {}
        self._expiry: dict[Connection, tuple[Origin, float]] = {}
        """The oldest first, and by the loop's clock when each has been idle for long enough."""
        self._timer: asyncio.TimerHandle | None = None
        """For the oldest alone: one a connection cost every fetch 5 µs."""
        self._open: set[Connection] = set()
        self._closed = False

    def __len__(self) -> int:
        """Return how many connections are idle."""
        return len(self._expiry)

    @property
    def open(self) -> int:
        """Return how many connections are open, idle or not."""
        return len(self._open)

    def watch(self, connection: Connection) -> Connection:
        """Take note of a new connection, so that it can be cut at the end."""
        connection.on_lost = self._lost
        self._open.add(connection)
        if self._closed:
            connection.abort()
        return connection

    def take(self, origin: Origin) -> Connection | None:
        """Give the connection to `origin` that was used last, if one is kept."""
        while kept := self._idle.get(origin):
            connection = kept[-1]
            self._forget(connection)
            if connection.alive:
                return connection
        return None

    def keep(self, origin: Origin, connection: Connection) -> None:
        """Keep `connection` for the next request to `origin`; cut it if there are enough, or the oldest of all."""
        if self._closed or len(self._idle.get(origin, ())) >= self._per_origin:
            connection.abort()
            return
        if len(self._expiry) >= self._in_all:
            oldest = next(iter(self._expiry))
            self._forget(oldest)
            oldest.abort()
        self._idle.setdefault(origin, deque()).append(connection)
        loop = asyncio.get_running_loop()
        due = loop.time() + self._idle_s
        self._expiry[connection] = (origin, due)
        if self._timer is None:
            self._timer = loop.call_at(due, self._cut_expired)

    def close(self) -> None:
        """Cut every connection, and every one still to come."""
        self._closed = True
        for connection in tuple(self._open):
            connection.abort()
        if self._timer is not None:
            self._timer.cancel()

    def _cut_expired(self) -> None:
        loop, self._timer = asyncio.get_running_loop(), None
        for connection, (_, due) in tuple(self._expiry.items()):
            if due > loop.time():
                self._timer = loop.call_at(due, self._cut_expired)
                break
            self._forget(connection)
            connection.abort()

    def _lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        origin, _ = self._expiry.pop(connection, (None, 0.0))
        if origin is None:
            return
        kept = self._idle[origin]
        kept.remove(connection)
        if not kept:
            del self._idle[origin]

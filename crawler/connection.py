"""Owns one connection to a server or proxy: the bytes of one exchange at a time, and why reading them ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crawler.reply import End, Reply
from storage.errors import StorageError
from storage.http_framing import ResponseFramer, State
from storage.model import Tls
from storage.spool import Spool

__all__ = ["Connection", "Limits"]

_log = logging.getLogger(__name__)

MAX_INTERIM_BYTES = 512 * 1024
"""Of interim responses and an unfinished head together: an endless row of 103 must end too."""
MAX_SURPLUS_BYTES = 256 * 1024
SURPLUS_QUIET_S = 0.2
"""Once there is surplus the connection is lost to others anyway; waiting this long gets the rest of it on record. Bytes
that only begin to come after a whole answer belong to no request: they end the connection and are logged."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much one exchange may take; times are those of the loop's clock."""

    first_byte_at: float
    deadline: float
    max_bytes: int
    """Of the body as it passes on the wire."""
    spool_dir: Path | None = None
    """Where a response waits that is too long for memory; None: in the system's folder for temporary files."""


class Connection(asyncio.Protocol):
    """One transport; `exchange` once at a time. Bytes nobody asked for end it."""

    def __init__(self) -> None:
        """Wait for a transport."""
        self.alive = False
        self.used = 0
        """Exchanges begun."""
        self.ip: str | None = None
        self.tls: Tls | None = None
        self.notes: tuple[str, ...] = ()
        self.on_lost: Callable[[Connection], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._framer: ResponseFramer | None = None
        self._received = Spool()
        self._limits = Limits(0.0, 0.0, 0)
        self._ended: asyncio.Future[tuple[End, str | None]] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due: tuple[float, End] | None = None
        """When the exchange ends at the latest, and how."""

    async def exchange(self, request: bytes, method: str, limits: Limits) -> Reply:
        """Send `request` and read until the response is whole or cannot become so.

        The connection is `alive` afterwards only if it may carry another request.

        Raises:
            StorageError: the response is too long for memory and cannot be written to disk either.
        """
        framer = self._framer = ResponseFramer(method)
        received = self._received = Spool(limits.spool_dir)
        self._limits = limits
        ended = self._ended = self._loop.create_future()
        self.used += 1
        try:
            if self._transport is None or not self.alive:
                return Reply(received, framer, End.LOST, limits.max_bytes, sent=False)
            self._arm(min(limits.first_byte_at, limits.deadline))
            self._transport.write(request)
            end, error = await ended
        finally:
            self._ended = self._framer = self._due = None
            self._received = Spool()  # an idle connection must not hold the last page
            if not (ended.done() and not ended.cancelled() and ended.exception() is None and framer.persistent):
                self.abort()
        return Reply(received, framer, end, limits.max_bytes, error=error)

    def abort(self) -> None:
        """Cut the connection now, without waiting for anything to be flushed."""
        self.alive = False
        self._end(End.LOST, "cut by us")
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio.Protocol ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.alive = transport, True

    def data_received(self, data: bytes) -> None:
        """Take the next bytes."""
        framer = self._framer
        if framer is None:
            _log.info("%s sent %d bytes that nobody asked for; the connection is cut", self.ip, len(data))
            self.abort()
            return
        is_first = not self._received
        framer.feed(data)
        try:
            self._received.append(data)
        except StorageError as error:
            self._fail(error)
            return
        if framer.state is State.DONE:
            self._complete(framer)
        elif framer.state is State.BROKEN:
            self._end(End.BROKEN)
        elif framer.fed - (framer.body_start or 0) > self._allowance(framer):
            self._end(End.LENGTH)
        elif is_first:
            self._arm(self._limits.deadline)

    def eof_received(self) -> None:
        """Take the server's orderly close; the transport then closes itself."""
        self.alive = False
        if self._framer is not None:
            self._framer.eof()
            self._end(End.COMPLETE if self._framer.complete else End.CLOSED)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the transport."""
        self.alive = False
        if self._timer is not None:
            self._timer.cancel()
        self._end(End.LOST, None if exc is None else (getattr(exc, "strerror", None) or str(exc)))
        if self.on_lost is not None:
            self.on_lost(self)

    # --- how it ends ---------------------------------------------------------------------------

    def _allowance(self, framer: ResponseFramer) -> int:
        return MAX_INTERIM_BYTES if framer.body_start is None else self._limits.max_bytes

    def _complete(self, framer: ResponseFramer) -> None:
        surplus = framer.fed - (framer.body_end or 0)
        body = (framer.body_end or 0) - (framer.body_start or 0)
        if body > self._limits.max_bytes:
            self._end(End.LENGTH)
        elif not surplus or surplus >= MAX_SURPLUS_BYTES:
            self._end(End.COMPLETE)
        else:
            self._arm(min(self._limits.deadline, self._loop.time() + SURPLUS_QUIET_S), End.COMPLETE)

    def _arm(self, when: float, end: End = End.TIME) -> None:
        """Have the exchange end as `end` at `when` instead of what was due before.

        A timer that goes off before that is left to do so: the next exchange mostly needs it no earlier, and setting
        and cancelling one for each took 4 µs.
        """
        self._due = (when, end)
        if self._timer is None or self._timer.when() > when:
            self._set_timer(when)

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        if self._due is not None and self._due[0] > self._loop.time():
            self._set_timer(self._due[0])
        elif self._due is not None:
            self._end(self._due[1])

    def _fail(self, error: StorageError) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(error)

    def _end(self, end: End, error: str | None = None) -> None:
        if self._ended is not None and not self._ended.done():
            done = self._framer is not None and self._framer.complete and end is not End.LENGTH
            self._ended.set_result((End.COMPLETE if done else end, error))

"""Owns fetching over HTTP/1.1 so that an Exchange holds the very bytes that passed, whatever the server did."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from crawler.connection import Connection, Limits
from crawler.dial import Dialler
from crawler.guard import Guard
from crawler.pool import Pool
from crawler.proxy import Proxy
from crawler.reply import End
from crawler.request_head import RequestHead, write_request
from crawler.tls import TlsVerifier
from storage.errors import FetchError
from storage.model import Exchange, Failure

__all__ = ["STALE_NOTE", "Client", "WireRequest"]

STALE_NOTE = "the kept connection had died; sent again on a fresh one"
CUT_NOTE = "proxy-authorization cut from the request"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """What to ask for."""

    url: str
    """Canonical absolute http or https URL."""
    method: str = "GET"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Sent in this order and case, after Host; Accept-Encoding and Content-Length are added when absent."""
    body: bytes = b""
    timeout_s: float = 60.0
    """Seconds for all of it, name resolution to last byte."""
    max_bytes: int = 32 << 20
    """Bytes of body on the wire at most; the rest is not read."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One request on its way."""

    request: WireRequest
    head: RequestHead
    deadline: float
    notes: tuple[str, ...] = ()


class Client:
    """Fetches over kept connections; belongs to one event loop, any number of fetches at once."""

    def __init__(
        self,
        guard: Guard,
        *,
        tls: TlsVerifier | None = None,
        proxy: Proxy | None = None,
        connect_s: float = 20.0,
        first_byte_s: float = 45.0,
        pool: Pool | None = None,
        spool_dir: Path | None = None,
    ) -> None:
        """Fetch what `guard` permits, through `proxy` only if one is given (the environment is never asked).

        `connect_s` bounds name resolution, connecting and each handshake; `first_byte_s` the wait for an answer. A
        response too long for memory waits in `spool_dir`, or in the system's folder for temporary files.
        """
        self._dialler = Dialler(guard, tls or TlsVerifier(), proxy, connect_s)
        self._proxy = proxy
        self._proxy_address = proxy.address if proxy is not None else None
        self._first_byte_s = first_byte_s
        self._pool = Pool() if pool is None else pool
        self._spool_dir = spool_dir

    async def fetch(self, request: WireRequest, *, stale: list[Exchange] | None = None) -> Exchange:
        """Send `request` and give what passed; never raises for what a server or the network does.

        A try on a kept connection that turned out dead before its first byte is sent again once, on a fresh one; it is
        an attempt of its own and goes to `stale`. Only GET and HEAD go out on kept connections (RFC 9110 9.2.2).

        `failure` is set when no final head came; `truncated` when a response came but is not whole.

        Raises:
            StorageError: a long response could not be written to `spool_dir`.
        """
        loop = asyncio.get_running_loop()
        started, began = datetime.now(UTC), loop.time()
        notes: tuple[str, ...] = ()
        try:
            head = write_request(request.url, request.method, request.headers, request.body, self._proxy)
            attempt = _Attempt(request, head, began + request.timeout_s)
            kept = self._pool.take(head.origin) if request.method in ("GET", "HEAD") else None
            if kept is not None:
                exchange, dead = await self._on(kept, attempt)
                if not dead:
                    return exchange
                notes = (STALE_NOTE,)
                if stale is not None:
                    stale.append(exchange)
            connection = self._pool.watch(await self._dialler.connect(head.origin, attempt.deadline))
        except FetchError as error:
            return Exchange(
                *(request.url, request.method, b"", b"", started),
                duration_s=round(loop.time() - began, 6),
                proxy=self._proxy_address,
                failure=Failure(error.stage, str(error)),
                notes=notes,
            )
        exchange, _ = await self._on(connection, replace(attempt, notes=notes))
        return exchange

    async def close(self) -> None:
        """Cut every connection; fetches under way end with a failure."""
        self._pool.close()
        await asyncio.sleep(0)  # transports tell their protocols in the loop's next round

    async def _on(self, connection: Connection, attempt: _Attempt) -> tuple[Exchange, bool]:
        """Make the exchange on `connection`; also say whether that was a kept one found dead."""
        loop = asyncio.get_running_loop()
        started, began = datetime.now(UTC), loop.time()
        limits = Limits(
            began + self._first_byte_s, attempt.deadline, attempt.request.max_bytes, spool_dir=self._spool_dir
        )
        reply = await connection.exchange(attempt.head.wire, attempt.request.method, limits)
        if connection.alive:
            self._pool.keep(attempt.head.origin, connection)
        dead = connection.used > 1 and not reply.received and reply.end in (End.LOST, End.CLOSED)
        exchange = Exchange(
            url=attempt.request.url,
            method=attempt.request.method,
            request=attempt.head.recorded if reply.sent else b"",
            response=reply.response,
            started=started,
            duration_s=round(loop.time() - began, 6),
            interim=reply.interim,
            surplus=reply.surplus,
            ip=connection.ip,
            proxy=self._proxy_address,
            tls=connection.tls,
            truncated=reply.truncated,
            failure=reply.failure,
            notes=(*attempt.notes, *_cut(attempt.head), *connection.notes, *reply.notes),
        )
        return exchange, dead


def _cut(head: RequestHead) -> tuple[str, ...]:
    return () if head.recorded == head.wire else (CUT_NOTE,)

"""Owns what tests of the client share: a client for one test, and the bytes of answers as servers write them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TypeVar

from crawler.guard import Guard, parse_networks
from crawler.pool import Pool
from crawler.tls import TlsVerifier
from crawler.wire import Client, WireRequest
from storage.model import Exchange
from tests.server import Asked, Server, Step

__all__ = ["CHUNKED", "LOOPBACK", "TEXT", "all_of", "chunked", "endless", "fetch", "ok", "run", "sized", "stage_of"]

T = TypeVar("T")
LOOPBACK = Guard(parse_networks("127.0.0.0/8,::1/128"), allow_public=False)
TEXT = "人民日报 <p>正文</p> ".encode() * 40
CHUNKED = b"Transfer-Encoding: chunked"


def run(
    work: Callable[[Client], Awaitable[T]], *, first_byte_s: float = 45.0, pool: Pool | None = None,
    tls: TlsVerifier | None = None, spool_dir: Path | None = None,
) -> T:  # fmt: skip
    """Run `work` with a client of its own, in a loop of its own."""

    async def with_client() -> T:
        client = Client(LOOPBACK, first_byte_s=first_byte_s, pool=pool, tls=tls, spool_dir=spool_dir)
        try:
            return await work(client)
        finally:
            await client.close()

    return asyncio.run(with_client())


def fetch(server: Server, path: str = "/", *, timeout_s: float = 5, max_bytes: int = 32 << 20) -> Exchange:
    """Fetch one page with a client of its own."""
    request = WireRequest(server.url(path), timeout_s=timeout_s, max_bytes=max_bytes)
    return run(lambda client: client.fetch(request))


def all_of(exchange: Exchange) -> bytes:
    """Give every byte received, in order."""
    return exchange.interim + exchange.response[:] + exchange.surplus


def stage_of(exchange: Exchange) -> str | None:
    """Give the stage at which it failed."""
    return exchange.failure.stage if exchange.failure is not None else None


def ok(*lines: bytes, body: bytes = b"", status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """Write a response whose framing is up to `lines`."""
    return b"\r\n".join((status, *lines)) + b"\r\n\r\n" + body


def sized(body: bytes, *lines: bytes) -> bytes:
    """Write a response with Content-Length."""
    return ok(*lines, b"Content-Length: %d" % len(body), body=body)


def chunked(*chunks: bytes, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    """Write a chunked body."""
    framed = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    return framed + b"0" + extension + b"\r\n" + trailers + b"\r\n"


def endless(head: bytes, piece: bytes) -> Callable[[Asked], Iterable[Step]]:
    """Give a script that never ends."""

    def script(asked: Asked) -> Iterable[Step]:
        yield head
        while True:
            yield piece

    return script

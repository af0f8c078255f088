"""Owns fetching over HTTP/1.1 so that an Exchange holds the very bytes that passed, whatever the server did."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.guard import Guard
from crawler.proxy import Proxy
from crawler.tls import TlsVerifier
from storage.model import Exchange

__all__ = ["Client", "WireRequest"]


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


class Client:
    """Fetches over kept connections; one event loop, any number of fetches at once."""

    def __init__(self, guard: Guard, *, tls: TlsVerifier | None = None, proxy: Proxy | None = None) -> None:
        """Fetch through `guard`."""

    async def fetch(self, request: WireRequest, *, stale: list[Exchange] | None = None) -> Exchange:
        """Send `request` and give what passed; never raises for what a server or the network does.

        A try on a kept connection that had died goes to `stale` as an attempt of its own, and is sent again once.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Cut every connection; fetches under way end with a failure."""

"""Owns what an HTTP proxy is to us: an address given on purpose, never one found in the environment."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from storage.errors import UsageError

__all__ = ["Proxy", "parse_proxy"]


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: plain requests in absolute form, TLS through CONNECT."""

    host: str
    port: int
    authorization: bytes | None = None
    """Value of Proxy-Authorization; sent, never recorded."""

    @property
    def address(self) -> str:
        """Return `host:port`, brackets around IPv6."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_proxy(url: str) -> Proxy:
    """Read `http://[user:password@]host:port`.

    Raises: UsageError when it is anything else.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme != "http" or parts.path not in ("", "/") or parts.query:
        raise UsageError("proxy: give it as http://[user:password@]host:port")
    authorization = None
    if parts.username is not None:
        secret = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
        authorization = b"Basic " + base64.b64encode(secret)
    return Proxy(host, port or 80, authorization)

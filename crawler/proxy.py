"""Owns what an HTTP proxy is to us: an address given on purpose, never one found in the environment."""

from __future__ import annotations

import asyncio
import base64
import socket
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from storage.errors import ConnectFailed, UsageError
from storage.http_head import parse_head

__all__ = ["Proxy", "open_tunnel", "parse_proxy"]

_MAX_HEAD_BYTES = 64 * 1024


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
        raise UsageError("ARCHIVE_PROXY: must be http://[user:password@]host:port")
    authorization = None
    if parts.username is not None:
        secret = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
        authorization = b"Basic " + base64.b64encode(secret)
    return Proxy(host, port or 80, authorization)


async def open_tunnel(sock: socket.socket, authority: str, proxy: Proxy) -> None:
    """Ask the proxy at the other end of `sock` for a tunnel to `authority` (`host:port`); RFC 9110 9.3.6.

    Raises: ConnectFailed when it refuses or answers with anything but a 2xx head.
    """
    loop = asyncio.get_running_loop()
    lines = [f"CONNECT {authority} HTTP/1.1".encode("ascii"), f"Host: {authority}".encode("ascii")]
    if proxy.authorization is not None:
        lines.append(b"Proxy-Authorization: " + proxy.authorization)
    answer = b""
    try:
        await loop.sock_sendall(sock, b"\r\n".join(lines) + b"\r\n\r\n")
        while b"\r\n\r\n" not in answer and b"\n\n" not in answer and len(answer) < _MAX_HEAD_BYTES:
            received = await loop.sock_recv(sock, 4096)
            if not received:
                break
            answer += received
    except OSError as error:
        raise ConnectFailed(f"proxy {proxy.address}: {error.strerror or error}") from error
    head = parse_head(answer)
    if head.status is None or not 200 <= head.status < 300:
        reason = "".join(one for one in head.reason.decode("ascii", "replace") if one.isprintable())[:80]
        said = "an answer that is not HTTP" if head.status is None else f"{head.status} {reason}".strip()
        raise ConnectFailed(f"proxy {proxy.address} gave no tunnel to {authority}: {said}")

"""Owns how a request is written: origin, request target and header lines, none of which can break the head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

from crawler.proxy import Proxy
from storage.errors import HttpFailed

__all__ = ["ACCEPT_ENCODING", "Origin", "RequestHead", "origin_of", "write_request"]

ACCEPT_ENCODING = b"gzip, deflate, br, zstd"
_DEFAULT_PORT = {"http": 80, "https": 443}
_TARGET_SAFE = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[^\x00\r\n]*")
_CREDENTIALS = re.compile(r"//[^/?#]*@")
_PLAIN_URL = re.compile(
    r"(https?)://(?=[^:/]{1,253}[:/])([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([1-9][0-9]{0,4}))?(/[!$-;=?A-Z_a-z~]*)"
)
"""Canonical URLs that need no other reading than this one."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request goes."""

    scheme: str
    host: str
    """Name or literal, lower case, without brackets."""
    port: int

    @property
    def endpoint(self) -> str:
        """Return `host:port`, brackets around IPv6."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def authority(self) -> str:
        """Return the value of Host: as `endpoint`, but the port left out when it is the scheme's own."""
        default = self.port == _DEFAULT_PORT[self.scheme]
        return self.endpoint.removesuffix(f":{self.port}") if default else self.endpoint


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request ready to be sent."""

    origin: Origin
    wire: bytes
    """What goes on the wire."""
    recorded: bytes
    """The same without Proxy-Authorization."""


def origin_of(url: str) -> tuple[Origin, str]:
    """Split `url` into its origin and its request target (path and query; what may not stand there is escaped).

    Raises: HttpFailed when it is no http or https URL.
    """
    plain = _PLAIN_URL.fullmatch(url)
    if plain is not None and (origin := _plain_origin(plain[1], plain[2], plain[3])) is not None:
        return origin, plain[4]
    return _origin_of_any(url)


def write_request(
    url: str, method: str, headers: Sequence[tuple[bytes, bytes]], body: bytes, proxy: Proxy | None = None
) -> RequestHead:
    """Write a request: Host first, then `headers` as given, then what is missing of Accept-Encoding and Content-Length.

    A plain request through `proxy` gets the absolute form (RFC 9112 3.2.2) and Proxy-Authorization.

    Raises: HttpFailed when the URL cannot be fetched or a method or header would break the head.
    """
    origin, target = origin_of(url)
    through = proxy if origin.scheme == "http" else None
    if through is not None:
        target = f"http://{origin.authority}{target}"
    start = f"{method} {target} HTTP/1.1\r\n"
    lines = _lines(origin, method, tuple(headers), len(body))
    head = start.encode("ascii") + lines
    recorded = head + b"\r\n" + body
    if through is None or through.authorization is None:
        return RequestHead(origin, recorded, recorded)
    return RequestHead(origin, head + b"Proxy-Authorization: %b\r\n\r\n" % through.authorization + body, recorded)


def _origin_of_any(url: str) -> tuple[Origin, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        _check_host(host)
    except ValueError as error:  # UnicodeError is one
        raise HttpFailed(f"not a URL that can be fetched: {error}") from error
    if parts.scheme not in _DEFAULT_PORT or not host or _CREDENTIALS.search(url):
        raise HttpFailed("not a URL that can be fetched: it must be http or https, name a host and hold no credentials")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query or "?" in url.partition("#")[0] else "")
    return Origin(parts.scheme, host, port or _DEFAULT_PORT[parts.scheme]), quote(target, safe=_TARGET_SAFE)


@lru_cache(maxsize=4096)
def _plain_origin(scheme: str, host: str, port: str | None) -> Origin | None:
    """Return the origin, one object for all pages of a host; None when it is not as plain as it looks."""
    number = int(port) if port else _DEFAULT_PORT[scheme]
    try:
        _check_host(host)
    except UnicodeError:
        return None
    return Origin(scheme, host, number) if number <= 65535 else None


def _check_host(host: str) -> None:
    host.encode("ascii")
    host.encode("idna")  # neither DNS nor SNI carries an empty or overlong label


@lru_cache(maxsize=64)  # pages of one source are asked for with the same lines, which cost 8 µs to check and join
def _lines(origin: Origin, method: str, headers: tuple[tuple[bytes, bytes], ...], body_bytes: int) -> bytes:
    lines = [(b"Host", origin.authority.encode("ascii", "replace")), *headers]
    given = {name.lower() for name, _ in headers}
    if b"accept-encoding" not in given:
        lines.append((b"Accept-Encoding", ACCEPT_ENCODING))
    if (body_bytes or method == "POST") and b"content-length" not in given:
        lines.append((b"Content-Length", str(body_bytes).encode()))
    _check(method, lines)
    return b"".join([b"%b: %b\r\n" % line for line in lines])


def _check(method: str, lines: Sequence[tuple[bytes, bytes]]) -> None:
    if not _TOKEN.fullmatch(method.encode("utf-8")):
        raise HttpFailed(f"{method!r} is no method")
    for name, value in lines:
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise HttpFailed(f"header {name!r} cannot be sent: it would break the head")

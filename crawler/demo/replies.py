"""Owns how the servers of the bundled site answer: five software habits, so that every framing and oddity is met."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace

from crawler.demo.server import Reply, chunked

__all__ = ["HABITS", "NOT_FOUND", "announced", "html", "redirect", "slow", "text", "xml"]

CLOCK = "Sun, 22 Nov 2026 05:45:00 GMT"
"""Fixed, so that two runs send the same bytes."""


def html(body: bytes) -> Reply:
    """Answer with a page whose charset only the page itself declares."""
    return _sized("200 OK", "Content-Type: text/html", body)


def text(body: str) -> Reply:
    """Answer with plain text."""
    return _sized("200 OK", "Content-Type: text/plain", body.encode())


def xml(body: bytes, mime: str = "text/xml") -> Reply:
    """Answer with XML, or with a file of gzip when `mime` says so."""
    return _sized("200 OK", f"Content-Type: {mime}", body)


def redirect(location: str) -> Reply:
    """Answer 301 with an empty body."""
    return _sized("301 Moved Permanently", f"Location: {location}", b"")


def slow(reply: Reply, delay_s: float) -> Reply:
    """Send `reply` only after `delay_s` seconds."""
    return replace(reply, delay_s=delay_s)


def announced(reply: Reply) -> Reply:
    """Send a 103 before `reply` (RFC 8297)."""
    return replace(
        reply, interim=b"HTTP/1.1 103 Early Hints\r\nLink: </portal/style.css>; rel=preload; as=style\r\n\r\n"
    )


def _sized(status: str, line: str, body: bytes) -> Reply:
    head = f"HTTP/1.1 {status}\r\nServer: nginx\r\nDate: {CLOCK}\r\n{line}\r\nContent-Length: {len(body)}\r\n\r\n"
    return Reply(head.encode("latin-1"), body)


NOT_FOUND = _sized(
    "404 Not Found",
    "Content-Type: text/html; charset=utf-8",
    "<html><head><title>404</title></head><body><h1>您访问的页面不存在</h1></body></html>\n".encode(),
)


# --- the five sites ----------------------------------------------------------------------------


def _portal(body: bytes) -> Reply:
    """gzip in chunks, a header twice."""
    head = f"""HTTP/1.1 200 OK
Server: Tengine
Date: {CLOCK}
Content-Type: text/html
Transfer-Encoding: chunked
Connection: keep-alive
Content-Encoding: gzip
X-Via: cache 1
X-Via: cache 2
"""
    return Reply(_head(head), chunked(gzip.compress(body, mtime=0), 1024))


def _party(body: bytes) -> Reply:
    """Header case of its own, two cookies."""
    head = f"""HTTP/1.1 200 OK
Cache-control: private
Content-Length: {len(body)}
Content-Type: text/html
Server: Microsoft-IIS/6.0
X-Powered-By: ASP.NET
Set-Cookie: ASPSESSIONIDQQ=DEMO; path=/
Set-Cookie: visited=1; path=/party
Date: {CLOCK}
"""
    return Reply(_head(head), body)


def _mirror(body: bytes) -> Reply:
    """No reason phrase, small chunks of plain text that cut characters in two."""
    head = f"""HTTP/1.1 200 \nDate: {CLOCK}
Content-Type: text/html;charset=UTF-8
Transfer-Encoding: chunked
"""
    return Reply(_head(head), chunked(body, 700))


def _hijacked(body: bytes) -> Reply:
    """Lower-case names, no space after one colon, a reason phrase of its own."""
    head = f"""HTTP/1.1 200 Okay
server: openresty
date: {CLOCK}
content-type:text/html
content-length: {len(body)}
"""
    return Reply(_head(head), body)


def _company(body: bytes) -> Reply:
    """No length at all: the end of the connection is the end of the page."""
    head = f"""HTTP/1.1 200 OK
Server: Apache/2.2
Date: {CLOCK}
Connection: close
Content-Type: text/html
"""
    return Reply(_head(head), body, close=True)


def _head(lines: str) -> bytes:
    return lines.replace("\n", "\r\n").encode("latin-1") + b"\r\n"


HABITS: dict[str, Callable[[bytes], Reply]] = {
    "portal": _portal,
    "party": _party,
    "mirror": _mirror,
    "hijacked": _hijacked,
    "company": _company,
}
"""Site -> how its server frames an article page."""

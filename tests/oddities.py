"""Owns what real servers send that a textbook would not: each oddity as a script, and how its bytes are to be split."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass

import brotli
import zstandard

from tests.fetching import CHUNKED, TEXT, chunked, ok, sized
from tests.server import End, Step

__all__ = ["ODDITIES", "Oddity"]

GBK = "标题".encode("gbk")


@dataclass(frozen=True)
class Oddity:
    """What the server sends, and how the exchange is to be split; None: not asserted."""

    sent: tuple[Step, ...]
    method: str = "GET"
    interim: bytes = b""
    surplus: bytes = b""
    truncated: str | None = None
    failure: str | None = None
    kept: bool = False
    """The connection carries another request afterwards."""


def text(number: int) -> bytes:
    """Return a page like no other: an equal payload would be archived as a revisit."""
    return TEXT + b"<!-- %d -->" % number


ODDITIES = {
    "plain, kept": Oddity((sized(text(1)),), kept=True),
    "byte by byte": Oddity(tuple(bytes([one]) for one in sized(b"ok 2", b"X: y")), kept=True),
    "empty body": Oddity((sized(b""),), kept=True),
    "chunked": Oddity((ok(CHUNKED), chunked(text(4), b"b")), kept=True),
    "chunked in pieces": Oddity(
        (ok(CHUNKED, body=b"5"), 0.01, b"\r\nhel", 0.01, b"lo\r\n0\r", 0.01, b"\n\r\n"), kept=True
    ),
    "chunk extensions": Oddity((ok(CHUNKED), chunked(text(6), extension=b';a="b"')), kept=True),
    "chunk trailers": Oddity((ok(CHUNKED), chunked(text(7), trailers=b"X-Sum: 1\r\nX-T: 2\r\n")), kept=True),
    "chunk sizes with zeros and spaces": Oddity((ok(CHUNKED, body=b"0005 \r\nfifth\r\n000\r\n\r\n"),), kept=True),
    "gzip": Oddity((sized(gzip.compress(text(9)), b"Content-Encoding: gzip"),), kept=True),
    "deflate": Oddity((sized(zlib.compress(text(10)), b"Content-Encoding: deflate"),), kept=True),
    "br": Oddity((sized(brotli.compress(text(11)), b"Content-Encoding: br"),), kept=True),
    "zstd": Oddity((sized(zstandard.compress(text(12)), b"Content-Encoding: zstd"),), kept=True),
    "gzip in chunks": Oddity(
        (ok(CHUNKED, b"Content-Encoding: gzip"), chunked(gzip.compress(text(13))[:20], gzip.compress(text(13))[20:])),
        kept=True,
    ),
    "HEAD": Oddity((ok(b"Content-Length: 5000"),), method="HEAD", kept=True),
    "HEAD chunked": Oddity((ok(CHUNKED),), method="HEAD", kept=True),
    "204": Oddity((ok(status=b"HTTP/1.1 204 No Content"),), kept=True),
    "304": Oddity((ok(b"ETag: x", b"Content-Length: 77", status=b"HTTP/1.1 304 Not Modified"),), kept=True),
    "redirect": Oddity((sized(b"gone", b"Location: /there").replace(b"200 OK", b"302 Moved"),), kept=True),
    "GBK in Location": Oddity((sized(b"", b"Location: /" + GBK).replace(b"200 OK", b"301 " + GBK),), kept=True),
    "103 and 200": Oddity(
        (ok(b"Link: </a.css>", status=b"HTTP/1.1 103 Early Hints"), 0.02, sized(text(20))),
        interim=ok(b"Link: </a.css>", status=b"HTTP/1.1 103 Early Hints"),
        kept=True,
    ),
    "100, 103, 200 at once": Oddity(
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nLink: x\r\n\r\n" + sized(text(21)),),
        interim=b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nLink: x\r\n\r\n",
        kept=True,
    ),
    "bare LF": Oddity((b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",), kept=True),
    "folded": Oddity((sized(b"ok 23", b"X-A: one\r\n\ttwo\r\n  three"),), kept=True),
    "repeated": Oddity((sized(b"ok 24", b"Set-Cookie: a=1", b"set-cookie: b=2", b"SET-COOKIE: c=3"),), kept=True),
    "GBK in values": Oddity((sized(b"ok 25", b"X-Title: " + GBK),), kept=True),
    "names with spaces and bytes": Oddity(
        (sized(b"ok 26", b"X A : 1", b"\xc3\xa9: 2", b"X-B : 3", b"no colon"),), kept=True
    ),
    "no reason phrase": Oddity((sized(b"ok 27").replace(b"200 OK", b"200"),), kept=True),
    "transfer-encoding identity": Oddity((sized(b"ok 28", b"Transfer-Encoding: identity"),), kept=True),
    "header line of 100 KB": Oddity((sized(b"ok 29", b"X-Long: " + b"v" * 100_000),), kept=True),
    "900 header lines": Oddity((sized(b"ok 30", *(b"X-%d: v" % n for n in range(900))),), kept=True),
    "HTTP/1.0 to the close": Oddity((ok(b"Server: old", body=text(31), status=b"HTTP/1.0 200 OK"), End.CLOSE)),
    "HTTP/1.1 to the close": Oddity((ok(body=text(32)), End.CLOSE)),
    "HTTP/1.0 kept": Oddity((sized(b"ok 33", b"Connection: keep-alive").replace(b"1.1", b"1.0"),), kept=True),
    "Connection: close": Oddity((sized(b"ok 34", b"Connection: close"), End.CLOSE)),
    "two lengths alike": Oddity((sized(b"o2", b"Content-Length: 2"),), kept=True),
    "two lengths, the longer wins": Oddity((ok(b"Content-Length: 2", b"Content-Length: 5", body=b"hello"), End.CLOSE)),
    "length and chunked": Oddity((ok(b"Content-Length: 3", CHUNKED, body=chunked(text(37))),), kept=True),
    "surplus at once": Oddity((sized(b"ok 38") + b"more",), surplus=b"more"),
    "surplus a moment later": Oddity((sized(b"ok 39") + b"m", 0.05, b"ore"), surplus=b"more"),
    "surplus after chunks": Oddity((ok(CHUNKED, body=chunked(b"ok 40") + b"\r\n\r\n"),), surplus=b"\r\n\r\n"),
    "body to a 304": Oddity((ok(status=b"HTTP/1.1 304 N", body=b"<html>"), End.CLOSE), surplus=b"<html>"),
    "body to a HEAD": Oddity((sized(TEXT), End.CLOSE), method="HEAD", surplus=TEXT),
    "blank lines first": Oddity((b"\r\n\r\n" + sized(b"ok 43"),), interim=b"\r\n\r\n", kept=True),
    "chunked declared, body plain": Oddity((ok(CHUNKED, body=b"<html>plain</html>"), End.CLOSE)),
    "HTTP/0.9": Oddity((b"<html>no head</html>", End.CLOSE), failure="http"),
    "garbage": Oddity((bytes(range(256)) * 20, End.CLOSE), failure="http"),
    "SSH banner": Oddity((b"SSH-2.0-OpenSSH_9.2\r\n", End.CLOSE), failure="http"),
    "status that is no number": Oddity((b"HTTP/1.1 abc\r\n\r\nbody", End.CLOSE), failure="http"),
    "cut in the status line": Oddity((b"HTTP/1.", End.CLOSE), truncated="disconnect", failure="http"),
    "cut in the head": Oddity((b"HTTP/1.1 200 OK\r\nContent-Le", End.CLOSE), truncated="disconnect", failure="http"),
    "cut after an interim": Oddity(
        (b"HTTP/1.1 100 C\r\n\r\n", End.CLOSE), interim=b"HTTP/1.1 100 C\r\n\r\n", failure="http"
    ),
    "cut by length": Oddity((ok(b"Content-Length: 5000", body=text(52)), End.CLOSE), truncated="disconnect"),
    "cut in a chunk": Oddity((ok(CHUNKED, body=b"ff\r\nabc"), End.CLOSE), truncated="disconnect"),
    "cut before the last chunk": Oddity((ok(CHUNKED, body=b"3\r\nabc\r\n"), End.CLOSE), truncated="disconnect"),
    "bad chunk size": Oddity((ok(CHUNKED, body=b"3\r\nabc\r\nzz\r\n"),), truncated="disconnect"),
    "closed without a byte": Oddity((End.CLOSE,), failure="connect"),
    "reset without a byte": Oddity((End.RESET,), failure="connect"),
    "reset in the body": Oddity((ok(b"Content-Length: 99", body=b"abc"), 0.05, End.RESET), truncated="disconnect"),
    "reset where the close would end it": Oddity((ok(body=b"abc"), 0.05, End.RESET), truncated="disconnect"),
}

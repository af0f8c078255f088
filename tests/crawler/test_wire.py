"""Every oddity of real servers over a real connection: what passed is what the Exchange holds, byte for byte."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.wire import Client, WireRequest
from storage.model import Exchange
from tests.fetching import CHUNKED, TEXT, all_of, chunked, fetch, ok, run, sized, stage_of
from tests.server import End, Server, Site, Step, response

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


ODDITIES = {
    "plain, kept": Oddity((sized(TEXT),), kept=True),
    "byte by byte": Oddity(tuple(bytes([one]) for one in sized(b"ok", b"X: y")), kept=True),
    "empty body": Oddity((sized(b""),), kept=True),
    "chunked": Oddity((ok(CHUNKED), chunked(TEXT, b"b")), kept=True),
    "chunked in pieces": Oddity(
        (ok(CHUNKED, body=b"5"), 0.01, b"\r\nhel", 0.01, b"lo\r\n0\r", 0.01, b"\n\r\n"), kept=True
    ),
    "chunk extensions": Oddity((ok(CHUNKED), chunked(TEXT, extension=b';a="b"')), kept=True),
    "chunk trailers": Oddity((ok(CHUNKED), chunked(TEXT, trailers=b"X-Sum: 1\r\nX-T: 2\r\n")), kept=True),
    "chunk sizes with zeros and spaces": Oddity((ok(CHUNKED, body=b"0005 \r\nhello\r\n000\r\n\r\n"),), kept=True),
    "gzip": Oddity((sized(gzip.compress(TEXT), b"Content-Encoding: gzip"),), kept=True),
    "deflate": Oddity((sized(zlib.compress(TEXT), b"Content-Encoding: deflate"),), kept=True),
    "br": Oddity((sized(brotli.compress(TEXT), b"Content-Encoding: br"),), kept=True),
    "zstd": Oddity((sized(zstandard.compress(TEXT), b"Content-Encoding: zstd"),), kept=True),
    "gzip in chunks": Oddity(
        (ok(CHUNKED, b"Content-Encoding: gzip"), chunked(gzip.compress(TEXT)[:20], gzip.compress(TEXT)[20:])), kept=True
    ),
    "HEAD": Oddity((ok(b"Content-Length: 5000"),), method="HEAD", kept=True),
    "HEAD chunked": Oddity((ok(CHUNKED),), method="HEAD", kept=True),
    "204": Oddity((ok(status=b"HTTP/1.1 204 No Content"),), kept=True),
    "304": Oddity((ok(b"ETag: x", b"Content-Length: 77", status=b"HTTP/1.1 304 Not Modified"),), kept=True),
    "redirect": Oddity((sized(b"gone", b"Location: /there").replace(b"200 OK", b"302 Moved"),), kept=True),
    "GBK in Location": Oddity((sized(b"", b"Location: /" + GBK).replace(b"200 OK", b"301 " + GBK),), kept=True),
    "103 and 200": Oddity(
        (ok(b"Link: </a.css>", status=b"HTTP/1.1 103 Early Hints"), 0.02, sized(TEXT)),
        interim=ok(b"Link: </a.css>", status=b"HTTP/1.1 103 Early Hints"),
        kept=True,
    ),
    "100, 103, 200 at once": Oddity(
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nLink: x\r\n\r\n" + sized(TEXT),),
        interim=b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nLink: x\r\n\r\n",
        kept=True,
    ),
    "bare LF": Oddity((b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",), kept=True),
    "folded": Oddity((sized(b"ok", b"X-A: one\r\n\ttwo\r\n  three"),), kept=True),
    "repeated": Oddity((sized(b"ok", b"Set-Cookie: a=1", b"set-cookie: b=2", b"SET-COOKIE: c=3"),), kept=True),
    "GBK in values": Oddity((sized(b"ok", b"X-Title: " + GBK),), kept=True),
    "names with spaces and bytes": Oddity(
        (sized(b"ok", b"X A : 1", b"\xc3\xa9: 2", b"X-B : 3", b"no colon"),), kept=True
    ),
    "no reason phrase": Oddity((sized(b"ok").replace(b"200 OK", b"200"),), kept=True),
    "transfer-encoding identity": Oddity((sized(b"ok", b"Transfer-Encoding: identity"),), kept=True),
    "header line of 100 KB": Oddity((sized(b"ok", b"X-Long: " + b"v" * 100_000),), kept=True),
    "900 header lines": Oddity((sized(b"ok", *(b"X-%d: v" % n for n in range(900))),), kept=True),
    "HTTP/1.0 to the close": Oddity((ok(b"Server: old", body=TEXT, status=b"HTTP/1.0 200 OK"), End.CLOSE)),
    "HTTP/1.1 to the close": Oddity((ok(body=TEXT), End.CLOSE)),
    "HTTP/1.0 kept": Oddity((sized(b"ok", b"Connection: keep-alive").replace(b"1.1", b"1.0"),), kept=True),
    "Connection: close": Oddity((sized(b"ok", b"Connection: close"), End.CLOSE)),
    "two lengths alike": Oddity((sized(b"ok", b"Content-Length: 2"),), kept=True),
    "two lengths, the longer wins": Oddity((ok(b"Content-Length: 2", b"Content-Length: 5", body=b"hello"), End.CLOSE)),
    "length and chunked": Oddity((ok(b"Content-Length: 3", CHUNKED, body=chunked(TEXT)),), kept=True),
    "surplus at once": Oddity((sized(b"ok") + b"more",), surplus=b"more"),
    "surplus a moment later": Oddity((sized(b"ok") + b"m", 0.05, b"ore"), surplus=b"more"),
    "surplus after chunks": Oddity((ok(CHUNKED, body=chunked(b"ok") + b"\r\n\r\n"),), surplus=b"\r\n\r\n"),
    "body to a 304": Oddity((ok(status=b"HTTP/1.1 304 N", body=b"<html>"), End.CLOSE), surplus=b"<html>"),
    "body to a HEAD": Oddity((sized(TEXT), End.CLOSE), method="HEAD", surplus=TEXT),
    "blank lines first": Oddity((b"\r\n\r\n" + sized(b"ok"),), interim=b"\r\n\r\n", kept=True),
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
    "cut by length": Oddity((ok(b"Content-Length: 5000", body=TEXT), End.CLOSE), truncated="disconnect"),
    "cut in a chunk": Oddity((ok(CHUNKED, body=b"ff\r\nabc"), End.CLOSE), truncated="disconnect"),
    "cut before the last chunk": Oddity((ok(CHUNKED, body=b"3\r\nabc\r\n"), End.CLOSE), truncated="disconnect"),
    "bad chunk size": Oddity((ok(CHUNKED, body=b"3\r\nabc\r\nzz\r\n"),), truncated="disconnect"),
    "closed without a byte": Oddity((End.CLOSE,), failure="connect"),
    "reset without a byte": Oddity((End.RESET,), failure="connect"),
    "reset in the body": Oddity((ok(b"Content-Length: 99", body=b"abc"), 0.05, End.RESET), truncated="disconnect"),
    "reset where the close would end it": Oddity((ok(body=b"abc"), 0.05, End.RESET), truncated="disconnect"),
}


@pytest.mark.parametrize("name", ODDITIES)
def test_what_passed_is_what_is_held(name: str) -> None:
    oddity = ODDITIES[name]
    second = sized(b"second")
    with Server({"/": oddity.sent, "/second": [second]}) as server:

        async def twice(client: Client) -> tuple[Exchange, Exchange]:
            first = await client.fetch(WireRequest(server.url("/"), oddity.method, timeout_s=5))
            return first, await client.fetch(WireRequest(server.url("/second"), timeout_s=5))

        exchange, after = run(twice)
    asked, asked_again = server.served
    assert exchange.request == asked.request
    assert all_of(exchange) == bytes(asked.sent)
    assert (exchange.interim, exchange.surplus) == (oddity.interim, oddity.surplus)
    assert exchange.truncated == oddity.truncated
    assert stage_of(exchange) == oddity.failure
    assert (exchange.url, exchange.method, exchange.ip) == (server.url("/"), oddity.method, "127.0.0.1")
    assert (after.request, after.response, after.notes) == (asked_again.request, second, ())
    assert server.connections == (1 if oddity.kept else 2)


def test_the_comparison_would_catch_one_changed_byte() -> None:
    with Server({"/": [sized(TEXT)]}) as server:
        exchange = fetch(server)
    sent = bytearray(server.served[0].sent)
    sent[-1] ^= 1
    assert all_of(exchange) != bytes(sent)


def test_post_goes_out_with_its_body_and_never_on_a_kept_connection() -> None:
    body = "query=新闻".encode()
    with Server(lambda asked: [response(asked.body)]) as server:

        async def both(client: Client) -> Exchange:
            await client.fetch(WireRequest(server.url("/")))
            headers = ((b"Content-Type", b"application/x-www-form-urlencoded"), (b"rEferer", b"http://a.cn/"))
            return await client.fetch(WireRequest(server.url("/api?x=1"), "POST", headers, body))

        exchange = run(both)
    assert exchange.request == server.served[1].request
    assert exchange.request.endswith(
        b"rEferer: http://a.cn/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nContent-Length: 12\r\n\r\n" + body
    )
    assert exchange.response.endswith(body)
    assert server.connections == 2


def test_long_and_han_addresses_pass() -> None:
    path = "/%E6%96%B0%E9%97%BB/" + "a" * 4100 + "?q=%E4%B8%AD&r=[1]|'"
    with Server(lambda asked: [sized(b"ok")]) as server:
        exchange = fetch(server, path)
    assert server.served[0].asked.target == path
    assert exchange.request == server.served[0].request


def test_an_ipv6_literal_is_reached_and_named() -> None:
    with Server(Site(), host="::1") as server:
        exchange = fetch(server)
    assert server.served[0].asked.header("host") == f"[::1]:{server.port}"
    assert exchange.ip == "::1"


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://[::1", "http://127.0.0.1:99999/", "http://a..b/",
     "http://user:secret@127.0.0.1/", "javascript:1", "", "http://新华网.cn/", f"http://{'a' * 64}.cn/"],
)  # fmt: skip
def test_what_cannot_be_fetched_is_a_failure_not_an_exception(url: str) -> None:
    exchange = run(lambda client: client.fetch(WireRequest(url)))
    assert stage_of(exchange) == "http"
    assert "secret" not in str(exchange.failure)


@pytest.mark.parametrize(
    "request_",
    [
        {"headers": ((b"X", b"a\r\nInjected: 1"),)},
        {"headers": ((b"X\r\nY", b"a"),)},
        {"headers": ((b"", b"a"),)},
        {"method": "GET / HTTP/1.1\r\nX: y\r\n\r\n"},
    ],
)
def test_nothing_breaks_the_head(request_: dict[str, object]) -> None:
    with Server(Site()) as server:
        exchange = run(lambda client: client.fetch(WireRequest(server.url("/"), **request_)))  # type: ignore[arg-type]
    assert stage_of(exchange) == "http"
    assert not server.served


def test_a_refused_port_is_a_connect_failure() -> None:
    with Server(Site()) as server:
        pass
    exchange = run(lambda client: client.fetch(WireRequest(server.url("/"))))
    assert stage_of(exchange) == "connect"
    assert "127.0.0.1" in str(exchange.failure)
    assert exchange.request == b""


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [
                b"HTTP/1.1 200 OK\r\n",
                b"HTTP/1.1 103 E\r\n\r\n",
                b"HTTP/1.0 404 \n",
                b"\r\n\r\n",
                b"\n\n",
                b"5\r\nhello\r\n",
                b"Content-Length: 5\r\n",
                CHUNKED + b"\r\n",
                b"0\r\n\r\n",
                b"Connection: close\r\n",
                b"hello",
                b"\r",
            ]
        ),
    ),
    max_size=10,
)


def test_whatever_comes_nothing_raises_and_nothing_is_lost() -> None:
    answer: list[Step] = []
    with Server(lambda asked: [*answer, End.CLOSE]) as server:

        @settings(max_examples=150, deadline=None)
        @given(PIECES, st.sampled_from(["GET", "HEAD"]))
        def holds(pieces: list[bytes], method: str) -> None:
            answer[:] = [b"".join(pieces)]
            server.served.clear()
            exchange = run(lambda client: client.fetch(WireRequest(server.url("/"), method, timeout_s=5)))
            assert all_of(exchange) == b"".join(pieces)
            assert exchange.request == server.served[0].request
            assert exchange.failure is not None or exchange.response

        holds()

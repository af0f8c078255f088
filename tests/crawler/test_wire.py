"""Every oddity of real servers over a real connection: what passed is what the Exchange holds, byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.wire import Client, WireRequest
from storage.errors import StorageError
from storage.model import Exchange
from tests.fetching import CHUNKED, TEXT, all_of, chunked, fetch, ok, run, sized, stage_of
from tests.oddities import ODDITIES
from tests.server import End, Server, Site, Step, response


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


LONG = os.urandom(5_000_000)


@pytest.mark.parametrize(
    "answer",
    [sized(LONG), ok(CHUNKED, body=chunked(*(LONG[at : at + 70_000] for at in range(0, len(LONG), 70_000))))],
    ids=["length", "chunks"],
)
def test_a_long_response_waits_on_the_disk(answer: bytes, tmp_path: Path) -> None:
    interim = b"HTTP/1.1 103 E\r\n\r\n"
    with Server({"/": [interim + answer + b"more"]}) as server:
        exchange = run(lambda client: client.fetch(WireRequest(server.url("/"))), spool_dir=tmp_path)
    assert (exchange.interim, exchange.surplus, exchange.truncated) == (interim, b"more", None)
    assert not isinstance(exchange.response, bytes)
    assert exchange.response[:] == answer
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("steps", "truncated"), [((End.CLOSE,), "disconnect"), ((3.0,), "time"), ((LONG, End.CLOSE), "length")]
)
def test_a_long_response_is_cut_where_it_ended(steps: tuple[Step, ...], truncated: str, tmp_path: Path) -> None:
    head = ok(b"Content-Length: 20000000")
    with Server({"/": [head + LONG, *steps]}) as server:
        request = WireRequest(server.url("/"), timeout_s=1, max_bytes=6_000_000)
        exchange = run(lambda client: client.fetch(request), spool_dir=tmp_path)
    assert exchange.truncated == truncated
    kept = head + (LONG * 2)[: 6_000_000 if truncated == "length" else len(LONG)]
    assert exchange.response[:] == kept


def test_a_long_response_that_cannot_wait_is_an_error_of_ours(tmp_path: Path) -> None:
    with Server({"/": [sized(LONG)]}) as server:

        async def fails(client: Client) -> int:
            with pytest.raises(StorageError, match="long response"):
                await client.fetch(WireRequest(server.url("/")))
            return len((await client.fetch(WireRequest(server.url("/none")))).response)

        assert run(fails, spool_dir=tmp_path / "gone") > 0
    assert server.connections == 2


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

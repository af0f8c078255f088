from __future__ import annotations

import asyncio
import time
import tracemalloc

import pytest

from crawler.pool import Pool
from crawler.wire import Client, WireRequest
from storage.model import Exchange
from tests.fetching import CHUNKED, LOOPBACK, all_of, endless, fetch, ok, run, sized, stage_of
from tests.server import Script, Server, Step


@pytest.mark.parametrize(
    ("script", "truncated", "stage"),
    [
        ([9.0], None, "connect"),
        ([b"HTTP/1.1 200 OK\r\n", 9.0], "time", "http"),
        ([b"HTTP/1.1 200 OK\r\nX", *[0.05, b"y"] * 180], "time", "http"),
        ([ok(b"Content-Length: 99", body=b"abc"), 9.0], "time", None),
        ([ok(b"Content-Length: 99999"), *[0.05, b"y"] * 180], "time", None),
        ([ok(CHUNKED, body=b"3\r\nabc"), 9.0], "time", None),
        ([b"garbage", 9.0], "time", "http"),
    ],
)
def test_slow_servers_free_the_slot_in_time(script: list[Step], truncated: str | None, stage: str | None) -> None:
    with Server({"/": script}) as server:
        began = time.monotonic()
        exchange = fetch(server, timeout_s=0.4)
        assert time.monotonic() - began < 1.4
    assert exchange.truncated == truncated
    assert stage_of(exchange) == stage
    assert exchange.request == server.served[0].request
    assert bytes(server.served[0].sent).startswith(all_of(exchange))


def test_the_first_byte_has_a_limit_of_its_own() -> None:
    with Server({"/": [9.0]}) as server:
        exchange = run(lambda client: client.fetch(WireRequest(server.url("/"), timeout_s=5)), first_byte_s=0.2)
    assert stage_of(exchange) == "connect"
    assert exchange.duration_s < 1


def test_each_request_on_a_kept_connection_has_its_own_time() -> None:
    scripts: dict[str, Script] = {"/quick": [sized(b"fine")], "/slow": [0.5, sized(b"late")], "/never": [9.0]}
    with Server(scripts) as server:

        async def one_after_the_other(client: Client) -> list[Exchange]:
            asked = (("/quick", 0.3), ("/slow", 5.0), ("/quick", 5.0), ("/never", 0.3))
            return [await client.fetch(WireRequest(server.url(path), timeout_s=time_s)) for path, time_s in asked]

        exchanges = run(one_after_the_other)
    assert server.connections == 1
    assert [one.response for one in exchanges] == [sized(b"fine"), sized(b"late"), sized(b"fine"), b""]
    assert 0.25 < exchanges[-1].duration_s < 1


@pytest.mark.parametrize(
    ("script", "truncated", "stage", "most"),
    [
        (endless(ok(), b"x" * 60_000), "length", None, 100_100),
        (endless(ok(CHUNKED), b"ea60\r\n" + b"x" * 60_000 + b"\r\n"), "length", None, 100_100),
        (endless(ok(b"Content-Length: 99999999999"), b"x" * 60_000), "length", None, 100_100),
        (endless(ok(CHUNKED, body=b"1;"), b"x" * 60_000), "length", None, 100_100),
        (endless(b"HTTP/1.1 200 OK\r\n", b"X-Line: v\r\n" * 500), "length", "http", 1_000_000),
        (endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"v" * 60_000), "length", "http", 1_000_000),
        (endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500), "length", "http", 1_100_000),
        (endless(b"", b"\r\n" * 30_000), "length", "http", 1_100_000),
        (endless(b"", bytes(range(256)) * 200), "length", "http", 100_100),
        (endless(sized(b"ok"), b"more" * 10_000), None, None, 1_000_000),
    ],
)
def test_endless_answers_end(script: Script, truncated: str | None, stage: str | None, most: int) -> None:
    with Server({"/": script}) as server:
        exchange = fetch(server, max_bytes=100_000)
    assert exchange.truncated == truncated
    assert stage_of(exchange) == stage
    assert len(all_of(exchange)) <= most
    assert bytes(server.served[0].sent).startswith(all_of(exchange))


@pytest.mark.parametrize(("size", "truncated"), [(99_999, None), (100_000, None), (100_001, "length")])
def test_the_size_limit_is_exact(size: int, truncated: str | None) -> None:
    head = ok(b"Content-Length: %d" % size)
    with Server({"/": [head, b"x" * size]}) as server:
        exchange = fetch(server, max_bytes=100_000)
    assert exchange.truncated == truncated
    assert exchange.failure is None
    assert exchange.response == head + b"x" * min(size, 100_000)


def test_closing_the_client_ends_what_is_under_way() -> None:
    with Server({"/": [9.0]}) as server:

        async def close_meanwhile(client: Client) -> Exchange:
            fetching = asyncio.ensure_future(client.fetch(WireRequest(server.url("/"))))
            await asyncio.sleep(0.05)
            await client.close()
            return await asyncio.wait_for(fetching, 1)

        exchange = run(close_meanwhile)
    assert stage_of(exchange) == "connect"


def test_a_cancelled_fetch_leaves_no_connection() -> None:
    with Server({"/": [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 9.0]}) as server:

        async def cancel() -> int:
            pool = Pool()
            client = Client(LOOPBACK, pool=pool)
            fetching = asyncio.ensure_future(client.fetch(WireRequest(server.url("/"))))
            await asyncio.sleep(0.05)
            fetching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetching
            await asyncio.sleep(0.01)
            return pool.open

        assert asyncio.run(cancel()) == 0


def test_bytes_nobody_asked_for_end_the_connection() -> None:
    with Server({"/": [sized(b"ok"), 0.03, b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", 0.3]}) as server:

        async def twice(client: Client) -> Exchange:
            await client.fetch(WireRequest(server.url("/")))
            await asyncio.sleep(0.1)
            return await client.fetch(WireRequest(server.url("/")))

        assert run(twice).response == sized(b"ok")
    assert server.connections == 2


def test_an_idle_connection_does_not_hold_the_last_page() -> None:
    with Server({"/": [sized(b"x" * 8_000_000)]}) as server:

        async def measure() -> int:
            pool = Pool()
            client = Client(LOOPBACK, pool=pool)
            tracemalloc.start()
            exchange = await client.fetch(WireRequest(server.url("/")))
            assert len(pool) == 1
            del exchange
            held, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            await client.close()
            return held

        # The server, in this process too, holds its own copy of what it sent.
        assert asyncio.run(measure()) < 12_000_000

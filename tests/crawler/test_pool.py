from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest

from crawler.pool import Pool
from crawler.wire import STALE_NOTE, Client, WireRequest
from storage.model import Exchange
from tests.fetching import LOOPBACK, fetch, run, sized, stage_of
from tests.server import Asked, End, Server, Site, Step


def stale_server(end: End, *, pause_s: float) -> Callable[[Asked], Iterable[Step]]:
    """Answer the first request of a connection, then end it: by itself, or only once the second was read."""

    def script(asked: Asked) -> Iterable[Step]:
        if asked.connection == 1 and asked.ordinal == 2:
            return [end]
        steps: list[Step] = [sized(b"fine")]
        return [*steps, pause_s, end] if asked.connection == 1 and pause_s else steps

    return script


@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
def test_a_connection_that_died_under_the_request_is_told_of_and_tried_anew(end: End) -> None:
    with Server(stale_server(end, pause_s=0)) as server:
        dead: list[Exchange] = []

        async def twice(client: Client) -> Exchange:
            await client.fetch(WireRequest(server.url("/1")))
            return await client.fetch(WireRequest(server.url("/2")), stale=dead)

        exchange = run(twice)
    first, lost, again = server.served
    assert exchange.response == bytes(again.sent) == sized(b"fine")
    assert exchange.notes == (STALE_NOTE,)
    assert exchange.failure is None
    assert [one.request for one in dead] == [lost.request]
    assert dead[0].response == b""
    assert stage_of(dead[0]) == "connect"
    assert dead[0].started < exchange.started
    assert (first.asked.connection, lost.asked.connection, again.asked.connection) == (1, 1, 2)


@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
def test_a_connection_that_died_while_idle_is_not_used(end: End) -> None:
    with Server(stale_server(end, pause_s=0.02)) as server:
        dead: list[Exchange] = []

        async def twice(client: Client) -> Exchange:
            await client.fetch(WireRequest(server.url("/1")))
            await asyncio.sleep(0.1)
            return await client.fetch(WireRequest(server.url("/2")), stale=dead)

        assert run(twice).notes == ()
    assert not dead
    assert [one.asked.connection for one in server.served] == [1, 2]


def test_a_fresh_connection_that_dies_is_not_tried_again() -> None:
    with Server(lambda asked: [End.RESET]) as server:
        exchange = fetch(server)
    assert len(server.served) == 1
    assert stage_of(exchange) == "connect"
    assert exchange.notes == ()


def test_sixteen_at_once_get_each_their_own() -> None:
    def script(asked: Asked) -> Iterable[Step]:
        number = int(asked.target[1:])
        return [0.001 * (number % 7), sized(b"answer %d " % number * 50)]

    with Server(script) as server:

        async def all_at_once(client: Client) -> list[Exchange]:
            gate = asyncio.Semaphore(16)

            async def one(number: int) -> Exchange:
                async with gate:
                    return await client.fetch(WireRequest(server.url(f"/{number}")))

            return list(await asyncio.gather(*map(one, range(200))))

        exchanges = run(all_at_once)
    for number, exchange in enumerate(exchanges):
        assert exchange.request.startswith(b"GET /%d HTTP/1.1\r\n" % number)
        assert exchange.response == sized(b"answer %d " % number * 50)
    assert server.connections <= 64
    assert {one.request for one in server.served} == {exchange.request for exchange in exchanges}


def test_idle_connections_are_few_and_do_not_last() -> None:
    with Server(Site()) as server:

        async def measure() -> tuple[int, int]:
            pool = Pool(idle_per_origin=2, idle_s=0.1)
            client = Client(LOOPBACK, pool=pool)
            await asyncio.gather(*(client.fetch(WireRequest(server.url(f"/{n}"))) for n in range(8)))
            few = len(pool)
            await asyncio.sleep(0.25)
            left = pool.open
            await client.close()
            return few, left

        assert asyncio.run(measure()) == (2, 0)


def test_each_idle_connection_has_its_own_time() -> None:
    with Server(Site()) as server:

        async def measure() -> list[int]:
            pool = Pool(idle_s=2.0)
            client = Client(LOOPBACK, pool=pool)
            counts = []
            for host in ("127.0.0.1", "localhost", "127.0.0.1"):  # the first is used again, so it lasts longest
                await client.fetch(WireRequest(server.url("/", host=host)))
                await asyncio.sleep(0.6)
                counts.append(pool.open)
            for pause_s in (1.0, 1.0):
                await asyncio.sleep(pause_s)
                counts.append(pool.open)
            await client.close()
            return counts

        assert asyncio.run(measure()) == [1, 2, 2, 1, 0]


def test_idle_connections_are_bounded_over_all_origins() -> None:
    with Server(Site()) as server:

        async def measure() -> tuple[int, int]:
            pool = Pool(idle_in_all=3)
            client = Client(LOOPBACK, pool=pool)
            for host in ("127.0.0.1", "localhost", "127.1", "127.0.1", "0x7f.1"):
                await client.fetch(WireRequest(server.url("/", host=host)))
            await asyncio.sleep(0.05)
            few = len(pool), pool.open
            await client.close()
            return few

        assert asyncio.run(measure()) == (3, 3)

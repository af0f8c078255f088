from __future__ import annotations

import asyncio
import os
import socket
import time
from pathlib import Path

import pytest

from crawler.guard import Guard, parse_networks
from crawler.tls import TlsVerifier
from crawler.wire import Client, WireRequest
from storage.model import Exchange
from tests.fetching import LOOPBACK, fetch, sized, stage_of
from tests.server import End, Server, Site
from tests.tls_certificates import Authority


def resolve_to(monkeypatch: pytest.MonkeyPatch, addresses: list[str], *, after_s: float = 0) -> None:
    """Let every name resolve to `addresses`."""

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[object]:
        time.sleep(after_s)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def once(url: str, *, guard: Guard = LOOPBACK, connect_s: float = 0.4, timeout_s: float = 3) -> Exchange:
    async def fetching() -> Exchange:
        client = Client(guard, connect_s=connect_s)
        try:
            return await client.fetch(WireRequest(url, timeout_s=timeout_s))
        finally:
            await client.close()

    return asyncio.run(fetching())


def test_the_next_address_is_tried_when_one_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(Site()) as server:
        resolve_to(monkeypatch, ["127.0.0.2", "127.0.0.1"])
        exchange = once(server.url("/", host="two.example.cn"))
    assert exchange.failure is None
    assert exchange.ip == "127.0.0.1"


def test_when_all_refuse_each_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(Site()) as server:
        resolve_to(monkeypatch, ["127.0.0.2", "127.0.0.3"])
        exchange = once(server.url("/", host="none.example.cn"))
    assert stage_of(exchange) == "connect"
    assert "127.0.0.2" in str(exchange.failure)
    assert "127.0.0.3" in str(exchange.failure)


def full_listener() -> tuple[socket.socket, list[socket.socket]]:
    """Give a listener whose queue is full, so that a connection to it neither succeeds nor fails."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = []
    for _ in range(3):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
        waiting.append(one)
    return listener, waiting


def test_an_address_that_does_not_answer_ends_in_time_as_a_connect_failure() -> None:
    listener, waiting = full_listener()
    try:
        exchange = once(f"http://127.0.0.1:{listener.getsockname()[1]}/", connect_s=0.3)
    finally:
        for sock in (listener, *waiting):
            sock.close()
    assert stage_of(exchange) == "connect"
    assert "time limit" in str(exchange.failure)
    assert exchange.duration_s < 1.3


def test_a_slow_name_server_ends_in_time_as_a_dns_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["127.0.0.1"], after_s=1.5)
    exchange = once("http://slow.example.cn/", connect_s=0.2)
    assert stage_of(exchange) == "dns"
    assert exchange.duration_s < 1.2


def test_slow_name_servers_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["127.0.0.1"], after_s=1.0)

    async def beside() -> float:
        client = Client(LOOPBACK, connect_s=0.2)
        fetches = [asyncio.ensure_future(client.fetch(WireRequest(f"http://h{n}.example.cn/"))) for n in range(12)]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await asyncio.to_thread(lambda: None)
        waited_s = time.monotonic() - began
        await asyncio.gather(*fetches)
        await client.close()
        return waited_s

    assert asyncio.run(beside()) < 0.5


def test_the_whole_limit_covers_connecting_too(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["127.0.0.1"], after_s=1.5)
    assert once("http://slow.example.cn/", connect_s=9, timeout_s=0.2).duration_s < 1.2


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_no_failure_leaves_a_descriptor_open(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with (
        Server(
            {
                "/reset": [End.RESET],
                "/cut": [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", End.CLOSE],
                "/never": [9.0],
            }
        ) as plain,
        Server({"/": [sized(b"ok")]}, tls=authority.server(self_signed=True)) as bad,
    ):
        urls = [
            *(plain.url(path) for path in ("/reset", "/cut", "/never")),
            plain.url("/").replace("http:", "https:"),
            bad.url("/"),
            bad.url("/").replace("https:", "http:"),
            "http://127.0.0.1:9/",
            "http://10.0.0.1/",
            "http://nowhere.invalid/",
        ]

        async def rounds(count: int) -> tuple[int, int]:
            before = open_files()
            for _ in range(count):
                client = Client(LOOPBACK, tls=TlsVerifier(authority.cafile), connect_s=0.1)
                await asyncio.gather(*(client.fetch(WireRequest(url, timeout_s=0.3)) for url in urls))
                await client.close()
            await asyncio.sleep(0.1)
            return before, open_files()

        asyncio.run(rounds(1))
        before, after = asyncio.run(rounds(4))
    # The server's own ends live in this process too and may close a moment later.
    assert after - before <= 4


def test_a_fetch_cancelled_in_the_handshake_leaves_nothing() -> None:
    with Server(Site()) as silent:

        async def cancel() -> tuple[int, int]:
            client = Client(LOOPBACK)
            before = open_files()
            fetching = asyncio.ensure_future(client.fetch(WireRequest(silent.url("/").replace("http:", "https:"))))
            await asyncio.sleep(0.15)
            fetching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetching
            await asyncio.sleep(0.1)
            await client.close()
            return before, open_files()

        before, after = asyncio.run(cancel())
    assert after <= before


def test_an_exempt_address_alone_is_reached_without_a_contact() -> None:
    with Server(Site()) as server:
        assert fetch(server).failure is None
        refused = once(server.url("/"), guard=Guard(parse_networks("10.0.0.0/8"), allow_public=False))
    assert stage_of(refused) == "guard"

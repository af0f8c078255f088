from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from crawler.guard import Guard, parse_networks
from crawler.proxy import Proxy, parse_proxy
from crawler.tls import TlsVerifier
from crawler.wire import CUT_NOTE, Client, WireRequest
from storage.errors import UsageError
from storage.model import Exchange
from tests.server import End, Server, response
from tests.tls_certificates import Authority
from tests.tunnel import tunnel

LOOPBACK = Guard(parse_networks("127.0.0.0/8"))
SECRET = b"Basic " + base64.b64encode(b"user:p w")


def fetch(url: str, proxy: Proxy, *, guard: Guard = LOOPBACK, cafile: str | None = None) -> Exchange:
    async def once() -> Exchange:
        client = Client(guard, tls=TlsVerifier(cafile), proxy=proxy, connect_s=2)
        try:
            return await client.fetch(WireRequest(url, timeout_s=4))
        finally:
            await client.close()

    return asyncio.run(once())


def test_a_plain_request_goes_in_absolute_form_and_its_secret_is_not_recorded() -> None:
    with Server(lambda asked: [response(b"through")]) as server:
        proxy = Proxy("127.0.0.1", server.port, SECRET)
        exchange = fetch("http://localhost/a?b=1", proxy)
    received = server.served[0].request
    assert received.startswith(b"GET http://localhost/a?b=1 HTTP/1.1\r\nHost: localhost\r\n")
    assert b"Proxy-Authorization: " + SECRET in received
    assert exchange.request == received.replace(b"Proxy-Authorization: " + SECRET + b"\r\n", b"")
    assert exchange.notes == (CUT_NOTE,)
    assert (exchange.proxy, exchange.ip) == (f"127.0.0.1:{server.port}", "127.0.0.1")
    assert exchange.response.endswith(b"through")


def test_without_a_secret_the_request_is_recorded_whole() -> None:
    with Server(lambda asked: [response(b"through")]) as server:
        exchange = fetch("http://localhost/", Proxy("127.0.0.1", server.port))
    assert exchange.request == server.served[0].request
    assert exchange.notes == ()


def test_tls_goes_through_a_tunnel_that_is_not_recorded(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with Server(lambda asked: [response(b"secure")], tls=authority.server()) as server, tunnel() as proxy:
        exchange = fetch(server.url("/x"), Proxy("127.0.0.1", proxy.port, SECRET), cafile=authority.cafile)
    assert proxy.heads[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: " + SECRET in proxy.heads[0]
    assert exchange.request == server.served[0].request
    assert b"Proxy-Authorization" not in exchange.request
    assert exchange.response == bytes(server.served[0].sent)
    assert exchange.proxy == f"127.0.0.1:{proxy.port}"
    assert exchange.tls is not None
    assert exchange.tls.verified


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407"),
        (b"HTTP/1.1 502 \x1b[31mBad\r\n\r\n", "502"),
        (b"what?\r\n\r\n", "not HTTP"),
        (b"", "not HTTP"),
    ],
)
def test_a_proxy_that_refuses_is_a_connect_failure(answer: bytes, said: str) -> None:
    with tunnel(answer) as proxy:
        exchange = fetch("https://localhost/", Proxy("127.0.0.1", proxy.port))
    assert exchange.failure is not None
    assert exchange.failure.stage == "connect"
    assert said in exchange.failure.reason
    assert "\x1b" not in exchange.failure.reason
    assert exchange.proxy == f"127.0.0.1:{proxy.port}"


def test_the_guard_judges_what_is_behind_the_proxy() -> None:
    with Server(lambda asked: [End.CLOSE]) as server:
        for url in ("http://127.0.0.1/", "http://2130706433/", "https://localhost/", "http://169.254.169.254/"):
            exchange = fetch(url, Proxy("127.0.0.1", server.port), guard=Guard())
            assert exchange.failure is not None
            assert exchange.failure.stage == "guard"
        assert server.connections == 0


def test_a_name_known_only_to_the_proxy_is_left_to_it_unless_nobody_says_who_asks() -> None:
    with Server(lambda asked: [response(b"through")]) as server:
        proxy = Proxy("127.0.0.1", server.port)
        assert fetch("http://elsewhere.invalid/", proxy).failure is None
        refused = fetch("http://elsewhere.invalid/", proxy, guard=Guard(allow_public=False))
    assert refused.failure is not None
    assert refused.failure.stage == "guard"


def test_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(lambda asked: [response(b"direct")]) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")

        async def once() -> Exchange:
            client = Client(LOOPBACK)
            try:
                return await client.fetch(WireRequest(server.url("/")))
            finally:
                await client.close()

        exchange = asyncio.run(once())
    assert exchange.failure is None
    assert exchange.proxy is None


def test_proxies_are_read() -> None:
    assert parse_proxy("http://proxy.example.cn:3128") == Proxy("proxy.example.cn", 3128)
    assert parse_proxy("http://user:p%20w@[::1]:3128/") == Proxy("::1", 3128, SECRET)
    assert parse_proxy("http://[::1]:3128").address == "[::1]:3128"
    for text in (
        "https://a:1",
        "socks5://a:1",
        "a:1",
        "http://",
        "http://a:b",
        "http://a:1/path",
        "http://user:secret@",
    ):
        with pytest.raises(UsageError, match=r"^ARCHIVE_PROXY: must be http://") as caught:
            parse_proxy(text)
        assert "secret" not in str(caught.value)

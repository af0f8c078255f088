from __future__ import annotations

import asyncio
import socket

import pytest

from crawler.guard import Guard, parse_networks
from crawler.wire import Client, WireRequest
from storage.errors import UsageError
from storage.model import Exchange
from tests.server import Server, response

LOOPBACK = parse_networks("127.0.0.0/8, ::1/128, 0.0.0.0/8, ::/128")

SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7F.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.0x0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "127.8.9.10",
    "127.255.255.254",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::0001]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
]


def fetch(url: str, guard: Guard) -> Exchange:
    async def once() -> Exchange:
        client = Client(guard, connect_s=0.3)
        try:
            return await client.fetch(WireRequest(url, timeout_s=4))
        finally:
            await client.close()

    return asyncio.run(once())


@pytest.fixture
def server() -> Server:
    return Server(lambda asked: [response(b"inner secrets")])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_loopback_is_reached(spelling: str, server: Server) -> None:
    with server:
        exchange = fetch(server.url(host=spelling), Guard())
        assert server.connections == 0
    assert exchange.failure is not None
    # A resolver may not know a spelling at all; then there is nothing to reach either.
    assert exchange.failure.stage in ("guard", "dns", "http")
    assert exchange.request == exchange.response == b""


def test_without_the_guard_most_spellings_do_reach(server: Server) -> None:
    with server:
        reached = [s for s in SPELLINGS if fetch(server.url(host=s), Guard(LOOPBACK)).response.endswith(b"secrets")]
    assert len(reached) >= 15
    assert {"2130706433", "0x7F.1", "017700000001", "localhost", "[::ffff:127.0.0.1]"} <= set(reached)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "unspecified"),
        ("10.1.2.3", "private"),
        ("100.64.0.1", "shared"),
        ("100.100.100.200", "shared"),
        ("127.0.0.1", "loopback"),
        ("168.63.129.16", "metadata"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("172.31.255.255", "private"),
        ("192.0.0.192", "reserved"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "benchmarking"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:0:10.0.0.1", "private"),
        ("::10.0.0.1", "private"),
        ("64:ff9b::a00:1", "private"),
        ("64:ff9b:1::a00:1", "NAT64"),
        ("2002:a00:1::1", "private"),
        ("2001:0:a00:1::1", "private"),
        ("2001:0:808:808::f5ff:fffe", "private"),
        ("2400:da00::5efe:10.0.0.1", "private"),
        ("2001:db8::1", "documentation"),
        ("fc00::1", "private"),
        ("fd00:ec2::254", "metadata"),
        ("fe80::1", "link-local"),
        ("fe80::1%lo", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("4000::1", "reserved"),
    ],
)
def test_inner_addresses_are_refused_by_kind(address: str, kind: str) -> None:
    assert kind in (Guard().refusal(address) or "")


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.32.0.1", "100.128.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2400:3200::1"],
)
def test_public_addresses_pass_unless_nobody_says_who_asks(address: str) -> None:
    assert Guard().refusal(address) is None
    assert "ARCHIVE_CONTACT" in (Guard(allow_public=False).refusal(address) or "")


def test_exempt_networks_pass_also_without_a_contact() -> None:
    guard = Guard(parse_networks("127.0.0.0/8"), allow_public=False)
    assert guard.refusal("127.0.0.1") is None
    assert guard.refusal("::ffff:127.0.0.1") is None
    assert guard.refusal("::1") is not None
    assert guard.refusal("10.0.0.1") is not None


def test_an_exempt_inner_address_does_not_carry_others_along() -> None:
    guard = Guard(parse_networks("10.0.0.0/8"), allow_public=False)
    assert guard.refusal("2001:0:a00:1::80ff:fffe") is not None, "Teredo: server 10.0.0.1, client 127.0.0.1"
    assert guard.refusal("2400:da00::5efe:10.0.0.1") is not None, "ISATAP inside a public prefix"


@pytest.mark.parametrize("text", ["127.0.0.1/8", "10.0.0.0/33", "loopback", "127.0.0.0/8;::1/128"])
def test_a_bad_network_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="ARCHIVE_ALLOW_NETWORKS") as caught:
        parse_networks(f"192.168.0.0/16,{text}")
    assert text in str(caught.value)
    assert "192.168.0.0/16" not in str(caught.value).partition("(")[0]


def test_networks_are_read() -> None:
    assert [str(one) for one in parse_networks(" 127.0.0.0/8 ,::1/128,, 10.1.2.3 ")] == [
        "127.0.0.0/8",
        "::1/128",
        "10.1.2.3/32",
    ]
    assert parse_networks("") == ()


def answers(monkeypatch: pytest.MonkeyPatch, *rounds: list[str]) -> list[str]:
    """Let every name resolve to the next of `rounds`, the last one for good; give the names asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[object]:
        asked.append(host)
        found = rounds[min(len(asked), len(rounds)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_name_that_resolves_to_loopback_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with server:
        answers(monkeypatch, ["127.0.0.1"])
        exchange = fetch(server.url(host="harmless.example.cn"), Guard())
        assert server.connections == 0
    assert exchange.failure is not None
    assert exchange.failure.stage == "guard"
    assert "harmless.example.cn" in exchange.failure.reason
    assert "127.0.0.1" in exchange.failure.reason


def test_rebinding_finds_no_second_look_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with server:
        # Exempt stands for public here: the first answer passes, a second look-up would give loopback.
        asked = answers(monkeypatch, ["127.0.0.9"], ["127.0.0.1"])
        exchange = fetch(server.url(host="rebinds.example.cn"), Guard(parse_networks("127.0.0.9/32")))
        assert server.connections == 0
    assert asked == ["rebinds.example.cn"]
    assert exchange.failure is not None
    assert exchange.failure.stage == "connect"
    assert "127.0.0.9" in exchange.failure.reason


def test_of_several_addresses_only_permitted_ones_are_dialled(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with server:
        answers(monkeypatch, ["10.0.0.1", "127.0.0.1"])
        exchange = fetch(server.url(host="mixed.example.cn"), Guard(parse_networks("127.0.0.1/32")))
    assert exchange.failure is None
    assert exchange.ip == "127.0.0.1"


def test_an_unknown_name_is_a_dns_failure() -> None:
    exchange = fetch("http://nowhere.invalid/", Guard())
    assert exchange.failure is not None
    assert exchange.failure.stage == "dns"
    assert "nowhere.invalid" in exchange.failure.reason

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.guard import Guard, parse_networks
from crawler.pool import Pool
from crawler.tls import Handshake, TlsVerifier
from crawler.wire import Client, WireRequest
from storage.model import Exchange
from tests.server import Asked, End, Server, Site, Step, response
from tests.tls_certificates import Authority

GUARD = Guard(parse_networks("127.0.0.0/8,::1/128"))
BODY = "可信的正文".encode() * 3000


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def answer(asked: Asked) -> list[Step]:
    return [response(BODY)]


def fetch(
    server: Server, verifier: TlsVerifier, *, host: str | None = None, times: int = 1, keep: bool = True
) -> Exchange:
    """Fetch `times` over and give the last exchange."""

    async def over() -> Exchange:
        client = Client(GUARD, tls=verifier, pool=Pool(idle_per_origin=4 if keep else 0))
        for _ in range(times):
            exchange = await client.fetch(WireRequest(server.url("/", host=host), timeout_s=5))
        await client.close()
        return exchange

    return asyncio.run(over())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_good_certificate_is_verified_and_named(authority: Authority, version: ssl.TLSVersion) -> None:
    with Server(answer, tls=authority.server(version=version)) as server:
        exchange = fetch(server, TlsVerifier(authority.cafile), times=3)
    assert exchange.tls is not None
    assert exchange.tls.version == version.name.replace("_", ".")
    assert exchange.tls.cipher.replace("-", "_").upper().count("_") >= 2
    assert (exchange.tls.verified, exchange.tls.reason) == (True, None)
    assert len(exchange.tls.chain_sha256 or "") == 64
    assert exchange.response == bytes(server.served[-1].sent)
    assert exchange.request == server.served[-1].request
    assert (server.connections, server.handshakes_failed) == (1, 0)


def test_the_chain_digest_is_over_all_that_was_received(authority: Authority) -> None:
    with Server(answer, tls=authority.server(with_authority=True)) as server:
        exchange = fetch(server, TlsVerifier(authority.cafile))
    assert exchange.tls is not None
    assert exchange.tls.chain_sha256 == hashlib.sha256(authority.issued + authority.der).hexdigest()


BAD: dict[str, tuple[Callable[[Authority], ssl.SSLContext], str, bool]] = {
    "self-signed": (lambda a: a.server(self_signed=True), "self-signed", True),
    "expired": (lambda a: a.server(expired=True), "expired", True),
    "another host": (lambda a: a.server(["www.example.cn"]), "mismatch", True),
    "unknown authority": (lambda a: a.server(), "issuer", False),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_certificate_is_archived_with_its_reason(authority: Authority, name: str) -> None:
    context, reason, trusted = BAD[name]
    with Server(answer, tls=context(authority)) as server:
        exchange = fetch(server, TlsVerifier(authority.cafile if trusted else None))
    assert exchange.failure is None
    assert exchange.response == bytes(server.served[0].sent)
    assert exchange.tls is not None
    assert exchange.tls.verified is False
    assert reason in (exchange.tls.reason or "")
    assert exchange.tls.chain_sha256 is not None


def test_a_host_name_is_checked_and_sent(authority: Authority) -> None:
    asked: list[str | None] = []
    context = authority.server(["localhost"])
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with Server(answer, tls=context) as server:
        named = fetch(server, TlsVerifier(authority.cafile), host="localhost")
        numbered = fetch(server, TlsVerifier(authority.cafile))
    assert named.tls is not None
    assert named.tls.verified
    assert numbered.tls is not None
    assert "mismatch" in (numbered.tls.reason or "")
    assert asked[0] == "localhost"
    assert asked[1] is None, "RFC 6066: an address is no server name"


def test_a_bad_host_costs_one_more_handshake_in_all(authority: Authority) -> None:
    with Server(answer, tls=authority.server(self_signed=True)) as server:
        exchange = fetch(server, TlsVerifier(authority.cafile), times=5, keep=False)
        assert server.connections == 6
        assert server.handshakes_failed == 1
    assert exchange.tls is not None
    assert "self-signed" in (exchange.tls.reason or "")


def test_a_bad_host_that_changes_its_chain_is_judged_anew(authority: Authority) -> None:
    verifier = TlsVerifier(authority.cafile)
    with Server(answer, tls=authority.server(self_signed=True)) as server:
        before = fetch(server, verifier)
        server._tls = authority.server()  # the operator of the site repairs it
        after = fetch(server, verifier)
    assert before.tls is not None
    assert after.tls is not None
    assert (before.tls.verified, after.tls.verified, after.tls.reason) == (False, True, None)
    assert before.tls.chain_sha256 != after.tls.chain_sha256


def test_an_old_server_is_met_and_marked(authority: Authority) -> None:
    context = authority.server(version=ssl.TLSVersion.TLSv1, ciphers="ALL:@SECLEVEL=0")
    with Server(answer, tls=context) as server:
        exchange = fetch(server, TlsVerifier(authority.cafile), times=2, keep=False)
        assert server.connections == 3
    assert exchange.tls is not None
    assert exchange.tls.version == "TLSv1"
    assert exchange.tls.verified
    assert any("OpenSSL" in note for note in exchange.notes)


def test_an_old_server_with_a_bad_certificate_is_met_all_the_same(authority: Authority) -> None:
    context = authority.server(self_signed=True, version=ssl.TLSVersion.TLSv1, ciphers="ALL:@SECLEVEL=0")
    with Server(answer, tls=context) as server:
        exchange = fetch(server, TlsVerifier(authority.cafile))
    assert exchange.failure is None
    assert exchange.tls is not None
    assert not exchange.tls.verified


def test_legacy_parameters_never_do_without_a_certificate() -> None:
    context = TlsVerifier().context(Handshake(legacy=True))
    assert not [
        one["name"] for one in context.get_ciphers() if "Au=None" in one["description"] and one["protocol"] != "TLSv1.3"
    ]


def test_what_does_not_speak_tls_is_a_tls_failure(authority: Authority) -> None:
    with Server(lambda asked: [b"HTTP/1.1 400 Bad Request\r\n\r\n", End.CLOSE]) as server:
        server_url = server.url("/").replace("http:", "https:")

        async def once() -> Exchange:
            client = Client(GUARD, tls=TlsVerifier(authority.cafile), connect_s=0.5)
            try:
                return await client.fetch(WireRequest(server_url, timeout_s=3))
            finally:
                await client.close()

        exchange = asyncio.run(once())
    assert exchange.failure is not None
    assert exchange.failure.stage == "tls"
    assert exchange.duration_s < 1.5


def cut(*steps: Step) -> Callable[[Asked], list[Step]]:
    return lambda asked: list(steps)


@pytest.mark.parametrize(
    ("steps", "truncated"),
    [
        ((b"HTTP/1.1 200 OK\r\n\r\nto the close", End.CLOSE), None),
        ((b"HTTP/1.1 200 OK\r\n\r\nto the end without goodbye", End.DROP), None),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut", End.DROP), "disconnect"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut", End.CLOSE), "disconnect"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut", 0.05, End.RESET), "disconnect"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nmore",), None),
    ],
)
def test_cut_answers_over_tls(authority: Authority, steps: tuple[Step, ...], truncated: str | None) -> None:
    with Server(cut(*steps), tls=authority.server()) as server:
        exchange = fetch(server, TlsVerifier(authority.cafile))
    assert exchange.response + exchange.surplus == bytes(server.served[0].sent)
    assert (exchange.truncated, exchange.failure) == (truncated, None)


def test_a_slow_handshake_ends_in_time() -> None:
    """A server that accepts and never says a word of TLS."""
    with Server(Site()) as server:

        async def once() -> Exchange:
            client = Client(GUARD, connect_s=0.3)
            try:
                return await client.fetch(WireRequest(server.url("/").replace("http:", "https:"), timeout_s=3))
            finally:
                await client.close()

        exchange = asyncio.run(once())
    assert exchange.failure is not None
    assert exchange.failure.stage == "tls"
    assert "time limit" in exchange.failure.reason
    assert exchange.duration_s < 1.3


def test_what_is_remembered_is_bounded(authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("crawler.tls._MAX_REMEMBERED", 2)
    verifier = TlsVerifier(authority.cafile)
    with Server(answer, tls=authority.server(["elsewhere.example.cn"])) as server:
        for host in ("127.0.0.1", "localhost", "127.1", "127.0.1"):
            fetch(server, verifier, host=host)
    assert len(verifier._known) == 2

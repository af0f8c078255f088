"""The two servers of a replay: what they answer, what they refuse, and under which policies."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.player import Player
from crawler.replay_pages import Moment
from crawler.replay_server import Performance, ReplayServer
from storage.errors import UsageError

URL = 'http://news.cn/a"><script>alert(1)</script>?b=1&c=2'
EARLY, LATE = Moment("20261122134500123", "early"), Moment("20261123134500123", "late <b>")
CONTENT = bytes(range(256)) * 5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReplayServer]:
    package = tmp_path / "page.wacz"
    package.write_bytes(CONTENT)
    show = Performance(URL, LATE, [EARLY, LATE], package, "token")
    with ReplayServer(show, Player({"sw.js": b"worker", "ui.js": b"page"})) as made:
        yield made


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers (lower case) and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_the_frame_says_what_is_shown_and_holds_the_stage(server: ReplayServer) -> None:
    status, headers, body = ask(server.url)
    assert status == 200
    page = body.decode()
    assert "<script" not in page and "&lt;script&gt;" in page, "an address is text"
    assert '<a href="?at=20261122134500123">early</a> <b>late &lt;b&gt;</b>' in page
    stage = server.stage.removesuffix("/token/")
    assert f"frame-src {stage}" in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'none'")
    source = page.partition('<iframe src="')[2].partition('"')[0].replace("&amp;", "&")
    assert source.startswith(server.stage)
    assert parse_qs(urlsplit(source).query) == {"source": [f"{server.stage}page.wacz"], "embed": ["default"]}
    assert parse_qs(urlsplit(source).fragment) == {"url": [URL], "ts": [LATE.timestamp]}


def test_another_moment_is_shown_on_demand(server: ReplayServer) -> None:
    page = ask(f"{server.url}?at={EARLY.timestamp}")[2].decode()
    assert f"ts={EARLY.timestamp}" in page
    assert f"ts={LATE.timestamp}" in ask(f"{server.url}?at=nonsense")[2].decode()


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("", b"<!doctype html>"),
        ("ui.js", b"page"),
        ("player.js", b"worker"),
        ("sw.js", b"// Runs the player's own worker unchanged"),
        ("page.wacz", CONTENT),
    ],
)
def test_the_stage_has_the_player_and_the_package_under_one_policy(
    server: ReplayServer, path: str, begins: bytes
) -> None:
    status, headers, body = ask(server.stage + path)
    assert status == 200 and body.startswith(begins)
    policy = headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-same-origin")
    assert "allow-popups" not in policy and "allow-top-navigation" not in policy
    assert "default-src 'self' data: blob:" in policy and "http:" not in policy.replace(server.url.rstrip("/"), "")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_the_worker_carries_the_policy_of_the_stage(server: ReplayServer) -> None:
    _, headers, body = ask(f"{server.stage}sw.js")
    assert f'const POLICY = "{headers["content-security-policy"]}";' in body.decode()


@pytest.mark.parametrize(
    "path", ["", "token", "token/no.js", "token/../token/", "other/ui.js", "token/ui.js/", "etc/passwd"]
)
def test_there_is_nothing_else(server: ReplayServer, path: str) -> None:
    root = server.stage.removesuffix("token/")
    assert ask(root + path)[0] == 404
    assert ask(server.url + "x")[0] == 404


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-9", 206, (0, 10)),
        ("bytes=1270-", 206, (1270, 1280)),
        ("bytes=-7", 206, (1273, 1280)),
        ("bytes=-9999", 206, (0, 1280)),
        ("bytes=5-99999", 206, (5, 1280)),
        ("bytes=1280-", 416, (0, 0)),
        ("bytes=9-5", 416, (0, 0)),
        ("bytes=-0", 416, (0, 0)),
        ("bytes=0-1,3-4", 416, (0, 0)),
        ("lines=1-2", 416, (0, 0)),
        ("bytes=" + "9" * 40 + "-", 416, (0, 0)),
    ],
)
def test_ranges_of_the_package(server: ReplayServer, asked: str, status: int, span: tuple[int, int]) -> None:
    got, headers, body = ask(f"{server.stage}page.wacz", Range=asked)
    assert (got, body) == (status, CONTENT[span[0] : span[1]])
    expected = f"bytes {span[0]}-{span[1] - 1}/1280" if status == 206 else "bytes */1280"
    assert headers["content-range"] == expected
    head = ask(f"{server.stage}page.wacz", "HEAD", Range=asked)
    assert (head[0], head[1]["content-length"], head[2]) == (status, str(span[1] - span[0]), b"")


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_host_name_is_refused(server: ReplayServer, host: str) -> None:
    """A page elsewhere whose own name was made to point here sends its own name."""
    for url in (server.url, server.stage, f"{server.stage}page.wacz"):
        status, _, body = ask(url, Host=host)
        assert (status, body) == (421, b"wrong Host")


def test_two_hosts_are_none(server: ReplayServer) -> None:
    parts = urlsplit(server.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=5) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {parts.netloc}\r\nHost: evil\r\n\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_answered(server: ReplayServer, method: str) -> None:
    assert ask(server.url, method)[0] == 501


def test_only_loopback_is_bound(server: ReplayServer) -> None:
    for url in (server.url, server.stage):
        assert urlsplit(url).hostname == "127.0.0.1"
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", urlsplit(server.url).port or 0))


def test_a_port_that_cannot_be_had_is_said(server: ReplayServer) -> None:
    port = urlsplit(server.url).port or 0
    show = Performance(URL, LATE, [LATE], Path("x"), "token")
    with pytest.raises(UsageError, match=f"replay: --port {port}: cannot be had .*; give another, or none"):
        ReplayServer(show, Player({}), port)

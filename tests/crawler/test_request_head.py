from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.request_head import ACCEPT_ENCODING, Origin, _origin_of_any, origin_of, write_request
from storage.errors import HttpFailed


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("http://a.cn", "a.cn", "/"),
        ("http://a.cn:80/x", "a.cn", "/x"),
        ("http://a.cn:443/x", "a.cn:443", "/x"),
        ("https://a.cn:443/x", "a.cn", "/x"),
        ("https://a.cn:80/x", "a.cn:80", "/x"),
        ("http://a.cn:8080/x?y=1#z", "a.cn:8080", "/x?y=1"),
        ("http://a.cn?", "a.cn", "/?"),
        ("http://a.cn/?#?", "a.cn", "/?"),
        ("http://[2400:3200::1]/", "[2400:3200::1]", "/"),
        ("http://[2400:3200::1]:8080/", "[2400:3200::1]:8080", "/"),
        ("http://a.cn/%e4%B8/a%2Fb;c=d/[1]|'", "a.cn", "/%e4%B8/a%2Fb;c=d/[1]|'"),
        ("http://a.cn/新 闻", "a.cn", "/%E6%96%B0%20%E9%97%BB"),
        ("http://xn--fiq228c.cn/", "xn--fiq228c.cn", "/"),
    ],
)
def test_host_and_target(url: str, host: str, target: str) -> None:
    lines = write_request(url, "GET", (), b"").wire.decode().split("\r\n")
    assert lines[:2] == [f"GET {target} HTTP/1.1", f"Host: {host}"]


def test_headers_keep_case_order_and_number_and_win_over_ours() -> None:
    headers = ((b"uSER-aGENT", b"shilu"), (b"X", b"1"), (b"X", b"\xd6\xd0"), (b"accept-encoding", b"identity"))
    wire = write_request("http://a.cn/", "GET", headers, b"").wire
    assert wire == (
        b"GET / HTTP/1.1\r\nHost: a.cn\r\nuSER-aGENT: shilu\r\nX: 1\r\nX: \xd6\xd0\r\naccept-encoding: identity\r\n\r\n"
    )


def test_a_post_without_a_body_says_so() -> None:
    assert b"\r\nContent-Length: 0\r\n" in write_request("http://a.cn/", "POST", (), b"").wire
    assert b"Content-Length" not in write_request("http://a.cn/", "GET", (), b"").wire
    assert ACCEPT_ENCODING in write_request("http://a.cn/", "GET", (), b"").wire


@given(st.text(max_size=40), st.binary(max_size=12), st.binary(max_size=12))
def test_whatever_is_asked_for_is_one_head_or_refused(path: str, name: bytes, value: bytes) -> None:
    try:
        wire = write_request(f"http://a.cn/{path}", "GET", ((name, value),), b"").wire
    except HttpFailed:
        return
    head, _, rest = wire.partition(b"\r\n\r\n")
    assert rest == b""
    lines = head.split(b"\r\n")
    assert len(lines) == (3 if name.lower() == b"accept-encoding" else 4)
    assert re.fullmatch(rb"GET /[!-~]* HTTP/1\.1", lines[0])
    assert not re.search(rb"[\r\n\x00]", b"".join(lines))


def either(read: Callable[[str], tuple[Origin, str]], url: str) -> tuple[Origin, str] | None:
    try:
        return read(url)
    except HttpFailed:
        return None


PARTS = st.sampled_from(
    [
        *"az09-._~!$&'()*+,;=:@/?#[]%\\|^ ",
        "//",
        "%e4",
        "xn--",
        ":80",
        ":65535",
        ":65536",
        ":0",
        "..",
        "新",
        "a" * 63,
        "A",
    ]
)


@given(st.sampled_from(["http://", "https://", "http:/", "HTTP://", "ftp://"]), st.lists(PARTS, max_size=8), PARTS)
def test_plain_urls_are_read_as_all_others(scheme: str, host: list[str], tail: str) -> None:
    for url in (f"{scheme}{''.join(host)}", f"{scheme}a.cn{''.join(host)}", f"{scheme}a.cn/{tail}{''.join(host)}"):
        assert either(origin_of, url) == either(_origin_of_any, url)


def test_the_same_lines_go_to_all_pages_but_not_to_all_hosts() -> None:
    headers = ((b"X", b"1"),)
    first, second = (write_request(url, "GET", headers, b"").wire for url in ("http://a.cn/1", "http://a.cn/2"))
    assert first.replace(b"GET /1 ", b"GET /2 ") == second
    assert b"Host: b.cn\r\n" in write_request("http://b.cn/1", "GET", headers, b"").wire
    assert b"X: 2\r\n" in write_request("http://a.cn/1", "GET", ((b"X", b"2"),), b"").wire
    assert b"Content-Length: 3\r\n" in write_request("http://a.cn/1", "POST", headers, b"abc").wire
    for _ in range(2):
        with pytest.raises(HttpFailed, match="would break the head"):
            write_request("http://a.cn/1", "GET", ((b"X", b"1\r\nY: 2"),), b"")

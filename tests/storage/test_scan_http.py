from __future__ import annotations

import gzip
import itertools
from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.http_message import payload_of, split
from storage.scan_http import RequestBlock, ResponseBlock

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def read(pieces: Iterable[bytes]) -> tuple[ResponseBlock, bytes, bytes]:
    payload, body = bytearray(), bytearray()
    block = ResponseBlock(payload.extend, body.extend)
    for piece in pieces:
        block.feed(piece)
    block.finish()
    return block, bytes(payload), bytes(body)


def cut(content: bytes, places: Iterable[int]) -> list[bytes]:
    ends = sorted({place % (len(content) + 1) for place in places} | {0, len(content)})
    return [content[start:stop] for start, stop in itertools.pairwise(ends)]


def responses() -> st.SearchStrategy[bytes]:
    """Responses as servers send them, and what is only nearly one."""
    heads = st.lists(
        st.sampled_from(
            [
                b"Content-Length: 5",
                b"Content-Length: 12",
                b"Content-Length: none",
                b"Transfer-Encoding: chunked",
                b"Transfer-Encoding: gzip, chunked",
                b"Transfer-Encoding: identity",
                b"Connection: close",
            ]
        ),
        max_size=3,
    ).map(lambda lines: b"\r\n".join([*lines, b"", b""]))
    bodies = st.lists(
        st.sampled_from(
            [b"5\r\nhello\r\n", b"0\r\n", b"\r\n", b"12zzz", b"a;x=y\r\n0123456789\r\n", b"x: y\r\n", b"hello"]
        )
        | st.binary(max_size=9),
        max_size=6,
    ).map(b"".join)
    first = st.sampled_from(
        [OK, b"HTTP/1.0 304 Not\n", b"HTTP/1.1 103 Early\r\n\r\n" + OK, b"<html>", b"", b"\r\n" + OK]
    )
    return st.builds(lambda line, head, body: line + head + body, first, heads, bodies)


@settings(deadline=None)
@given(responses(), st.lists(st.integers(0, 400), max_size=6))
@example(OK + CHUNKED + LENGTH % 2 + b"12zzz", [60])
@example(b"\r\nHTTxP/1.1", range(9))
@example(OK + CHUNKED + b"Content-Length: 30000\r\n\r\n" + b"<p>" * 40_000, range(0, 120_000, 9000))
@example(OK + CHUNKED + b"\r\n" + b"0\r\n" + b"a: bcdefghijklmnop\r\n" * 2000, range(0, 50_000, 7000))
def test_the_payload_is_the_one_that_was_digested(response: bytes, places: list[int]) -> None:
    block, payload, body = read(cut(response, places))
    assert payload == payload_of(response, "GET")
    message = split(response, "GET")
    if message.complete and message.problem is None:
        assert body == message.body
        ended = message.head_bytes + message.body
        assert bool(list(block.problems())) == (not response.endswith(ended))


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (OK + LENGTH % 5 + b"hello", None),
        (OK + LENGTH % 5 + b"hell", "http-length"),
        (OK + LENGTH % 5 + b"hello!", "http-length"),
        (OK + LENGTH % 5, "http-length"),
        (OK + b"\r\nas long as it goes", None),
        (OK + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n", None),
        (OK + CHUNKED + b"\r\n5\r\nhello\r\n", "http-length"),
        (OK + CHUNKED + b"\r\n5\r\nhello\r\nz\r\n", "http-length"),
        (OK + CHUNKED + b"\r\nhello", "transfer-coding"),
        (OK + b"Content-Length: 5", "http-length"),
        (b"HTTP/1.1 304 Not Modified\r\n" + LENGTH % 5, None),
        (b"<html>no HTTP at all", None),
    ],
)
def test_framing_that_is_not_what_the_head_says(response: bytes, kind: str | None) -> None:
    block, _, _ = read([response])
    assert [found for found, _ in block.problems()] == ([kind] if kind else [])


@pytest.mark.parametrize("size", [50, 51, 90])
def test_a_coded_body_too_long_to_be_undone_is_digested_as_it_is(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("storage.http_message.MAX_TRANSFER_DECODED_BYTES", 50)
    monkeypatch.setattr("storage.scan_http.MAX_TRANSFER_DECODED_BYTES", 50)
    coded = gzip.compress(bytes(40), mtime=0)
    head = OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n"
    body = b"%x\r\n%s\r\n" % (len(coded), coded)
    response = head + body + b"0\r\n" + b"x: y\r\n" * 100
    response = response[: len(head) + size]
    for places in ([], [60, 70, 80, 90, 100]):
        assert read(cut(response, places))[1] == payload_of(response, "GET")


def test_what_head_is_answered_with_has_no_byte_of_body() -> None:
    assert read([OK + LENGTH % 5])[0].is_bodiless
    assert not read([OK + LENGTH % 5 + b"h"])[0].is_bodiless
    assert not read([OK + b"Content-Length: 5"])[0].is_bodiless


def test_an_interim_response_in_the_block_is_seen() -> None:
    assert read([b"HTTP/1.1 103 Early\r\n\r\n" + OK + b"\r\n"])[0].begins_interim
    assert not read([OK + b"\r\n"])[0].begins_interim


def asked(*pieces: bytes) -> tuple[RequestBlock, bytes]:
    payload = bytearray()
    block = RequestBlock(payload.extend)
    for piece in pieces:
        block.feed(piece)
    return block, bytes(payload)


@given(st.lists(st.integers(0, 80), max_size=5))
def test_a_request_is_read_however_it_comes(places: list[int]) -> None:
    request = b"POST /search HTTP/1.1\r\nHost: a.cn\r\nContent-Length: 7\r\n\r\nq=\xc4\xe3&p"
    block, payload = asked(*cut(request, places))
    assert (block.method, payload) == ("POST", b"q=\xc4\xe3&p")
    assert [kind for kind, _ in block.problems()] == ["http-length"]


@pytest.mark.parametrize(
    ("request_", "method"),
    [
        (b"HEAD / HTTP/1.1\r\n\r\n", "HEAD"),
        (b"head / HTTP/1.1\r\n\r\n", "HEAD"),
        (b"GET / HTTP/1.1\nHost: a.cn\n\n", "GET"),
        (b"\x16\x03\x01 x\r\n\r\n", ""),
        (b"GET / HTTP/1.1\r\nHost: a.cn\r\n", ""),
        (b"x" * (1 << 21), ""),
    ],
)
def test_the_method_of_a_request(request_: bytes, method: str) -> None:
    block, _ = asked(request_[:1000], request_[1000:])
    assert block.method == method
    assert list(block.problems()) == []

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.http_message import Head, body_of, mime_of, parse_head, payload_of, split, transfer_decode

OK = b"HTTP/1.1 200 OK\r\n"


def chunked(content: bytes, size: int, extension: bytes = b"") -> bytes:
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces) + b"0\r\n\r\n"


def test_split_leaves_out_what_is_not_the_response() -> None:
    final = OK + b"Content-Length: 2\r\n\r\nhi"
    message = split(b"HTTP/1.1 103 Early\r\n\r\n" + final + b"surplus", "GET")
    assert (message.head_bytes, message.body, message.complete) == (OK + b"Content-Length: 2\r\n\r\n", b"hi", True)


def test_split_of_nothing() -> None:
    message = split(b"", "GET")
    assert (message.head.status, message.head_bytes, message.body, message.complete) == (None, b"", b"", False)


def test_the_payload_is_without_chunks_and_with_content_coding() -> None:
    page = gzip.compress(b"page" * 100)
    response = OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(page, 7, b";x=y")
    assert payload_of(response, "GET") == page
    assert body_of(response, "GET", 1000).body == b"page" * 100
    assert body_of(response, "GET", 1000).complete


def test_the_payload_of_cut_and_broken_chunks_is_what_came() -> None:
    head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    assert payload_of(head + b"5\r\nhello\r\n5\r\nwo", "GET") == b"hellowo"
    assert payload_of(head + b"5\r\nhello\r\nxyz\r\nwo", "GET") == b"hello"
    assert payload_of(head + b"<html>\n", "GET") == b"<html>\n"


def test_a_compressing_transfer_coding_belongs_to_the_transfer() -> None:
    head = parse_head(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n")
    assert transfer_decode(head, chunked(gzip.compress(b"page"), 5)) == b"page"
    bomb = gzip.compress(bytes(65 << 20), compresslevel=9)
    assert transfer_decode(head, chunked(bomb, 10_000)) == bomb


def test_no_payload_where_there_is_no_body() -> None:
    assert payload_of(OK + b"Content-Length: 9\r\n\r\n", "HEAD") == b""
    assert payload_of(b"HTTP/1.1 304 Not Modified\r\n\r\nsurplus", "GET") == b""


def test_body_says_what_is_wrong() -> None:
    cut = body_of(OK + b"Content-Length: 9\r\n\r\nhell", "GET", 100)
    assert (cut.body, cut.complete) == (b"hell", False)
    capped = body_of(OK + b"Content-Length: 4\r\n\r\nhell", "GET", 3)
    assert (capped.body, capped.complete, capped.problem) == (b"hel", False, "longer than 3 bytes")
    garbage = body_of(b"no http", "GET", 100)
    assert (garbage.head, garbage.body, garbage.complete) == (Head(None, b"", "0.9", ()), b"no http", True)


def test_two_content_encoding_lines_are_one_list() -> None:
    page = gzip.compress(gzip.compress(b"page"))
    response = OK + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(page) + page
    assert body_of(response, "GET", 100).body == b"page"


@given(st.binary(max_size=300), st.integers(1, 50), st.integers(1, 50))
def test_identical_payloads_chunked_differently_are_identical(content: bytes, one: int, other: int) -> None:
    head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    assert (
        payload_of(head + chunked(content, one), "GET") == payload_of(head + chunked(content, other), "GET") == content
    )


@given(st.binary(max_size=100))
def test_any_bytes_have_a_body(content: bytes) -> None:
    for response in (
        content,
        OK + content,
        OK + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n" + content,
    ):
        assert len(body_of(response, "GET", 50).body) <= 50
        message = split(response, "GET")
        assert message.head_bytes + message.body in response


@pytest.mark.parametrize(
    ("declared", "mime"),
    [
        (b"Text/HTML; charset=gbk", "text/html"),
        (b"application/rss+xml", "application/rss+xml"),
        (b"text/html,text/plain", "text/html"),
        (b"", None),
        (b"html", None),
        (b"text/html\xff", None),
        (b"text/ht ml", None),
        (b"a/b/c", None),
        (b"x/" + b"y" * 300, None),
    ],
)
def test_media_types(declared: bytes, mime: str | None) -> None:
    assert mime_of(parse_head(b"HTTP/1.1 200 OK\r\nContent-Type: " + declared + b"\r\n\r\n")) == mime


def test_no_content_type_is_no_media_type() -> None:
    assert mime_of(parse_head(b"HTTP/1.1 200 OK\r\n\r\n")) is None

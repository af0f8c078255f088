from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.digest import EMPTY, sha256_of
from storage.http_message import parse_head
from storage.payload import MAX_FRAMING_BYTES, abridge, payload_seen, put_together, wrapping_of
from tests.storage.exchanges import EXCHANGE

PAGE = "<p>一条消息。</p>".encode()
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunked(*chunks: bytes, extension: bytes = b"", end: bytes = b"\r\n", trailer: bytes = b"") -> bytes:
    lines = [b"%x%b%b%b%b" % (len(chunk), extension, end, chunk, end) for chunk in chunks]
    return CHUNKED + b"".join(lines) + b"0" + end + trailer + end


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(PAGE), PAGE),
        b"HTTP/1.0 200 OK\r\n\r\n" + PAGE,
        b"HTTP/1.1 404 Not Found\nContent-Length: %d\n\n%b" % (len(PAGE), PAGE),
        chunked(PAGE),
        chunked(PAGE[:3], PAGE[3:], extension=b";n=1", trailer=b"X-Sum: 1\r\n"),
        chunked(PAGE[:3], PAGE[3:], end=b"\n"),
    ],
)
def test_one_payload_has_one_digest_however_it_was_framed_and_the_response_can_be_made_again(response: bytes) -> None:
    seen = payload_seen(replace(EXCHANGE, response=response))
    assert (seen.digest, seen.whole_bytes) == (sha256_of(PAGE), len(PAGE))
    rest = abridge(response)
    assert rest is not None
    assert PAGE not in rest.head + rest.framing
    assert put_together(rest.head, rest.framing, PAGE) == response
    assert rest.response_bytes == len(response)


@given(
    st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6),
    st.sampled_from([b"", b";a", b' ; q="x"']),
    st.sampled_from([b"\r\n", b"\n"]),
)
def test_any_chunking_is_kept(chunks: list[bytes], extension: bytes, end: bytes) -> None:
    response = chunked(*chunks, extension=extension, end=end)
    rest = abridge(response)
    assert rest is not None
    assert put_together(rest.head, rest.framing, b"".join(chunks)) == response


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST"},
        {"method": "HEAD"},
        {"truncated": "length"},
        {"truncated": "disconnect"},
        {"response": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + PAGE},
        {"response": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
        {"response": CHUNKED + PAGE},
        {"response": CHUNKED + b"3\r\nabc"},
        {"response": PAGE},
        {"response": b""},
        {"response": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc"},
        {"response": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
    ],
)
def test_what_is_cut_doubtful_or_no_answer_to_get_is_not_shared(changes: dict[str, object]) -> None:
    assert payload_seen(replace(EXCHANGE, **changes)).whole_bytes is None


@pytest.mark.parametrize(
    ("headers", "wrapping"),
    [
        (b"", ""),
        (b"Content-Length: 3\r\nTransfer-Encoding: identity\r\n", ""),
        (b"transfer-encoding: Chunked\r\n", "chunked"),
        (b"Content-Encoding: GZip \r\n", "gzip"),
        (
            b"Content-Encoding: br\r\nContent-Encoding: identity, gzip\r\nTransfer-Encoding: chunked\r\n",
            "chunked br gzip",
        ),
    ],
)
def test_a_wrapping_is_what_a_player_undoes(headers: bytes, wrapping: str) -> None:
    response = b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n0\r\n\r\n"
    assert wrapping_of(parse_head(response)) == wrapping == payload_seen(replace(EXCHANGE, response=response)).wrapping


def test_no_response_has_the_digest_of_no_bytes() -> None:
    assert payload_seen(replace(EXCHANGE, response=b"")).digest == EMPTY


def test_framing_that_outweighs_its_payload_stays_in_the_record() -> None:
    assert abridge(chunked(*[b"x"] * (MAX_FRAMING_BYTES // 3))) is None


@pytest.mark.parametrize("payload", [PAGE[:-1], PAGE + b"x"])
def test_another_payload_does_not_fit_the_framing(payload: bytes) -> None:
    rest = abridge(chunked(PAGE))
    assert rest is not None
    assert put_together(rest.head, rest.framing, payload) is None


@pytest.mark.parametrize("framing", [b"x", b"3\r\n", b"3\r\n\r\n", b"3\r\nX\r\n0\r\n\r\n"])
def test_framing_that_is_none_puts_nothing_together(framing: bytes) -> None:
    assert put_together(b"", framing, b"abc") is None

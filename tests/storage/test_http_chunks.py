from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.http_chunks import MAX_CHUNK_LINE_BYTES, ChunkScanner, ChunkState


def scan(body: bytes, step: int = 0) -> tuple[ChunkState, bytes, int]:
    payload = bytearray()
    scanner = ChunkScanner(payload)
    stopped = 0
    for at in range(0, len(body), step or len(body) or 1):
        if scanner.state is ChunkState.OPEN:
            piece = body[at : at + (step or len(body))]
            stopped = at + scanner.feed(piece)
    return scanner.close(), bytes(payload), stopped


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"5\nhello\n0\n\n", b"hello"),
        (b"5;name=value\r\nhello\r\n 06 ; x\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n", b"hello world"),
        (b"a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n", b"0123456789" * 2),
        (b"0\r\n\r\n", b""),
        (b"5\r\nhello\r\n0\r\n", b"hello"),
        (b"5\r\nhello\r\n0\r\n\r", b"hello"),
    ],
)
def test_whole_bodies(body: bytes, payload: bytes) -> None:
    for step in (0, 1, 2, 3):
        state, found, _ = scan(body, step)
        assert (state, found) == (ChunkState.DONE, payload)


def test_the_end_is_where_the_body_ends_and_no_further() -> None:
    body = b"5\r\nhello\r\n0\r\nA: b\r\n\r\n"
    for step in (0, 1, 5):
        assert scan(body + b"HTTP/1.1 200 OK\r\n", step)[2] == len(body)


@pytest.mark.parametrize(
    "body", [b"5\r\nhel", b"5\r\nhello", b"5\r\nhello\r\n", b"5\r\nhello\r\n1", b"", b"1f", b"5;x"]
)
def test_a_cut_body_is_neither_done_nor_plain(body: bytes) -> None:
    assert scan(body)[0] is ChunkState.OPEN
    assert scan(body)[1] == body[3:8]


@pytest.mark.parametrize(
    "body", [b"<html>\nhello", b"hello", b"\r\nhello\r\n", b"x" * (MAX_CHUNK_LINE_BYTES + 1), b"-5\r\nhello\r\n"]
)
def test_a_body_that_is_not_chunked_is_plain(body: bytes) -> None:
    for step in (0, 1):
        assert scan(body, step)[0] is ChunkState.PLAIN


@pytest.mark.parametrize("rest", [b"oops\r\n", b"\r\nzz\r\n", b"\r\n\r\n", b"\r\n11111111111111111\r\n"])
def test_a_later_size_that_is_none_breaks_it(rest: bytes) -> None:
    for step in (0, 1):
        state, payload, _ = scan(b"5\r\nhello" + rest, step)
        assert (state, payload) == (ChunkState.BROKEN, b"hello")


def test_an_endless_trailer_and_an_endless_size_line_break_it() -> None:
    assert scan(b"0\r\n" + b"A: b\r\n" * 50_000)[0] is ChunkState.BROKEN
    assert scan(b"1\r\na\r\n1;" + b"x" * 100_000)[0] is ChunkState.BROKEN


def test_a_body_of_tiny_chunks_costs_time_in_proportion() -> None:
    def cost_s(chunks: int) -> float:
        body = b"1\r\na\r\n" * chunks + b"0\r\n\r\n"
        begun = time.process_time()
        assert scan(body)[0] is ChunkState.DONE
        return time.process_time() - begun

    cost_s(1000)
    assert cost_s(200_000) < 40 * max(cost_s(10_000), 0.002)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.binary(max_size=5), st.integers(1, 50))
def test_the_result_does_not_depend_on_the_split(chunks: list[bytes], surplus: bytes, step: int) -> None:
    body = b"".join(b"%x;e\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nT: 1\r\n\r\n"
    assert scan(body + surplus, step) == scan(body + surplus) == (ChunkState.DONE, b"".join(chunks), len(body))


@given(st.text(alphabet="0123af;\r\n zA", max_size=40), st.integers(1, 5))
def test_nor_for_any_bytes(text: str, step: int) -> None:
    whole, split = scan(text.encode()), scan(text.encode(), step)
    assert split[:2] == whole[:2]

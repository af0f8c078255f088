from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.http_framing import ResponseFramer, State
from storage.http_head import MAX_HEAD_BYTES

OK = b"HTTP/1.1 200 OK\r\n"


def frame(received: bytes, method: str = "GET", step: int = 0, *, close: bool = True) -> ResponseFramer:
    framer = ResponseFramer(method)
    for at in range(0, len(received), step or len(received) or 1):
        framer.feed(received[at : at + (step or len(received))])
    if close:
        framer.eof()
    return framer


def all_of(framer: ResponseFramer) -> tuple[object, ...]:
    return (
        framer.state,
        framer.start,
        framer.head,
        framer.body_start,
        framer.body_end,
        framer.interim,
        framer.problem,
        framer.oddity,
        framer.until_close,
        framer.fed,
        framer.persistent,
    )


def parts(received: bytes, framer: ResponseFramer) -> tuple[bytes, bytes, bytes]:
    assert framer.body_end is not None
    return received[: framer.start], received[framer.start : framer.body_end], received[framer.body_end :]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (OK + b"Content-Length: 5\r\n\r\n", b"hello"),
        (b"HTTP/1.1 200 OK\nContent-Length: 5\n\n", b"hello"),
        (b"http/1.1 200 OK\r\ncontent-length:5\r\n\r\n", b"hello"),
        (OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n", b"hello"),
        (OK + b"Content-Length: 5, 5\r\n\r\n", b"hello"),
        (OK + b"Content-Length:\r\n 5\r\n\r\n", b"hello"),
        (OK + b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\n", b"hello"),
        (OK + b"Transfer-Encoding: Chunked\r\n\r\n", b"5;e=1\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (OK + b"Content-Length: 3\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", b""),
        (OK + b"X Y: 1\r\nX-A : 2\r\nX-\xc4\xe3: \xba\xba\r\nnonsense\r\nContent-Length: 5\r\n\r\n", b"hello"),
        (OK + b"X-Long: " + b"v" * 100_000 + b"\r\nContent-Length: 5\r\n\r\n", b"hello"),
        (OK + b"Content-Length: 0\r\n\r\n", b""),
    ],
)
def test_the_framed_end_and_what_lies_behind_it(head: bytes, body: bytes) -> None:
    for surplus in (b"", b"surplus", b"\r\nHTTP/1.1 200 OK\r\n\r\n"):
        received = head + body + surplus
        framer = frame(received, close=False)
        assert framer.complete
        assert framer.body_start == len(head)
        assert parts(received, framer) == (b"", head + body, surplus)
        assert framer.persistent == (not surplus and b" 101 " not in head)


def test_the_answer_to_head_has_no_body() -> None:
    received = OK + b"Content-Length: 500\r\n\r\n"
    framer = frame(received + b"x", "head", close=False)
    assert parts(received + b"x", framer) == (b"", received, b"x")


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.0 200 OK\r\n\r\nto the close",
        OK + b"Connection: close\r\n\r\n",
        OK + b"Content-Length: many\r\n\r\nto the close",
        OK + b"Content-Length: -1\r\n\r\nto the close",
        OK + b"Content-Length: 5, x\r\n\r\nto the close",
        OK + b"Transfer-Encoding: gzip\r\n\r\nto the close",
        OK + b"Transfer-Encoding: chunked\r\n\r\n<html>\n not chunked at all",
        OK + b"Transfer-Encoding: chunked\r\n\r\nplain without line",
        b"<html>no status line</html>",
        b"HTML",
        b"h",
        b"HTTP/1.1 garbage\r\n\r\nto the close",
    ],
)
def test_only_the_close_ends_it(received: bytes) -> None:
    framer = frame(received, close=False)
    if received != b"h":
        assert framer.state is State.BODY
        assert not framer.complete
    framer.eof()
    if received == b"h":  # may be the beginning of a status line: cut
        assert (framer.state, framer.head and framer.head.status) == (State.HEAD, None)
        return
    assert framer.complete
    assert framer.body_end == len(received)
    assert not framer.persistent


def test_no_status_line_is_a_body_without_head() -> None:
    framer = frame(b"<html>\r\n\r\n</html>")
    assert framer.head is not None
    assert (framer.head.status, framer.head.version, framer.body_start) == (None, "0.9", 0)


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"\r\n",
        b"HTTP/1.1 200",
        OK + b"Content-Le",
        OK + b"Content-Length: 5\r\n\r\nhell",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1",
        b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
    ],
)
def test_cut_responses_are_not_complete(received: bytes) -> None:
    framer = frame(received)
    assert not framer.complete
    assert framer.body_end is None
    assert not framer.persistent


def test_a_cut_head_is_known_as_far_as_its_whole_lines() -> None:
    framer = frame(OK + b"A: b\r\nContent-Le")
    assert framer.head is not None
    assert (framer.head.status, framer.head.headers) == (200, ((b"A", b"b"),))


def test_interim_responses_come_before() -> None:
    early = b"\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n\r\n"
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    framer = frame(early + final + b"!", close=False)
    assert parts(early + final + b"!", framer) == (early, final, b"!")
    assert [head.status for head in framer.interim] == [103, 100]
    assert framer.head is not None
    assert framer.head.status == 200


def test_lengths_that_differ_end_at_the_longest_or_the_close() -> None:
    head = OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\n"
    assert frame(head + b"hello!", close=False).body_end == len(head) + 5
    assert not frame(head + b"hello", close=False).persistent
    assert frame(head + b"hell", close=False).state is State.BODY
    assert frame(head + b"hell").complete
    assert "differ" in (frame(head).oddity or "")


def test_plain_in_place_of_chunked_still_obeys_its_length() -> None:
    head = OK + b"Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n"
    framer = frame(head + b"<html>\n12surplus", close=False)
    assert framer.complete
    assert framer.body_end == len(head) + 9
    assert not framer.persistent


def test_broken_chunks_have_no_end() -> None:
    received = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nwhat?\r\n" + b"x" * 100
    framer = frame(received)
    assert framer.state is State.BROKEN
    assert framer.problem == "a chunk size is no hexadecimal number"
    assert framer.fed == len(received)


@pytest.mark.parametrize(
    ("received", "problem"),
    [
        (OK + b"A: " + b"x" * MAX_HEAD_BYTES, "longer than 262144 bytes"),
        (OK + b"A: b\r\n" * 1001 + b"\r\n", "more than 1000 header lines"),
        (b"HTTP/1.1 103 Early\r\n\r\n" * 20_000, "longer than 262144 bytes"),
        (b"\r\n" * 200_000, "longer than 262144 bytes"),
    ],
)
def test_heads_are_capped(received: bytes, problem: str) -> None:
    for step in (0, 1000, 4096):
        framer = frame(received, step=step)
        assert framer.state is State.BROKEN
        assert problem in (framer.problem or "")


def test_a_thousand_header_lines_are_not_too_many() -> None:
    assert frame(OK + b"A: b\r\n" * 999 + b"Content-Length: 0\r\n\r\n", close=False).complete


@pytest.mark.parametrize(
    ("head", "persistent"),
    [
        (OK + b"Content-Length: 0\r\n\r\n", True),
        (OK + b"Content-Length: 0\r\nConnection: Keep-Alive, Close\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", True),
    ],
)
def test_which_connections_live_on(head: bytes, persistent: bool) -> None:
    assert frame(head, close=False).persistent is persistent


def test_byte_by_byte_costs_time_in_proportion() -> None:
    def cost_s(size: int) -> float:
        received = OK + b"X: " + b"v" * size + b"\r\nContent-Length: 1\r\n\r\n"
        begun = time.process_time()
        frame(received, step=1)
        return time.process_time() - begun

    cost_s(1000)
    assert cost_s(200_000) < 40 * max(cost_s(10_000), 0.002)


PIECES = st.sampled_from(
    [
        OK,
        b"HTTP/1.1 103 Early\r\n",
        b"HTTP/1.0 404 No\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"Content-Length: 3\r\n",
        b"Content-Length: 4\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"X: y\r\n",
        b" folded\r\n",
        b"3\r\nabc\r\n",
        b"0\r\n",
        b"3;x\n",
        b"abc",
        b"HT",
    ]
)


@given(st.lists(PIECES, max_size=9).map(b"".join), st.sampled_from(["GET", "HEAD"]), st.integers(1, 7))
def test_the_result_does_not_depend_on_the_split(received: bytes, method: str, step: int) -> None:
    assert all_of(frame(received, method, step)) == all_of(frame(received, method))


@given(st.binary(max_size=80), st.integers(1, 7))
def test_nor_for_any_bytes(received: bytes, step: int) -> None:
    for begin in (b"", OK, OK + b"Transfer-Encoding: chunked\r\n\r\n"):
        framer = frame(begin + received, step=step)
        assert all_of(framer) == all_of(frame(begin + received))
        assert 0 <= framer.start <= (framer.body_end or framer.fed) <= framer.fed

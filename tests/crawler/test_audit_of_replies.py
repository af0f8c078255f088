"""Whatever a server sends and however a crawl reads it, the archive of it gives the audit nothing to find."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crawler.reply import End, Reply
from storage.http_framing import ResponseFramer, State
from storage.model import Exchange
from storage.payload import payload_seen
from storage.scanner import scan
from storage.spool import Spool
from tests.storage.exchanges import ATTEMPT, exchange, files, revisit, writer

numbers = count()

HEADS = [
    b"Content-Length: 5",
    b"Content-Length: 12",
    b"Content-Length: 5, 5",
    b"Content-Length: none",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: identity",
    b"X-\xc4\xe3: \xc4\xe3",
    b" folded",
    b"no colon",
    b"Content-Encoding: gzip",
]
BODIES = [
    b"5\r\nhello\r\n",
    b"0\r\n",
    b"\r\n",
    b"12zzz",
    b"a;x=y\r\n0123456789\r\n",
    b"x: y\r\n",
    b"hello",
    b"\x1f\x8b",
]
FIRST = [
    b"HTTP/1.1 200 OK",
    b"HTTP/1.0 304 Not",
    b"HTTP/1.1 204",
    b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK",
    b"HTTP/1.1 100\r\n\r\n\r\nHTTP/1.1 404 \xc4\xe3",
    b"HTTP/1.1 abc",
    b"<html>",
    b"",
]


def wires() -> st.SearchStrategy[bytes]:
    """What may come over a connection."""
    line_ends = st.sampled_from([b"\r\n", b"\n"])
    bodies = st.lists(st.sampled_from(BODIES) | st.binary(max_size=9), max_size=6).map(b"".join)

    def join(first: bytes, heads: list[bytes], line: bytes, body: bytes) -> bytes:
        return line.join([first, *heads, b"", b""]) + body

    return st.builds(join, st.sampled_from(FIRST), st.lists(st.sampled_from(HEADS), max_size=4), line_ends, bodies)


def received(wire: bytes, method: str, max_bytes: int) -> Exchange:
    """Return the exchange that a crawl makes of a connection that brought `wire` and was closed."""
    framer = ResponseFramer(method)
    framer.feed(wire)
    framer.eof()
    end = End.COMPLETE if framer.complete else End.BROKEN if framer.state is State.BROKEN else End.CLOSED
    body_start = framer.body_start
    if body_start is not None and (framer.body_end or framer.fed) - body_start > max_bytes:
        end = End.LENGTH
    spool = Spool()
    spool.append(wire)
    reply = Reply(spool, framer, end, max_bytes)
    return exchange(
        next(numbers),
        method=method,
        request=b"%s /a.html HTTP/1.1\r\nHost: www.example.cn\r\n\r\n" % method.encode(),
        response=reply.response,
        interim=reply.interim,
        surplus=reply.surplus,
        truncated=reply.truncated,
        failure=reply.failure,
        notes=reply.notes,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(wires(), st.sampled_from(["GET", "HEAD", "POST"]), st.sampled_from([7, 1000])), max_size=8))
@example([(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "GET", 1000)] * 2)
@example([(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello", "GET", 1000)])
@example([(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", 1000)])
def test_whatever_comes_is_archived_without_a_finding(tmp_path: Path, replies: list[tuple[bytes, str, int]]) -> None:
    folder = tmp_path / str(next(numbers))
    made = writer(folder)
    for wire, method, max_bytes in replies:
        capture = made.append(first := received(wire, method, max_bytes), ATTEMPT)
        if capture is not None and payload_seen(first).whole_bytes is not None:
            made.append(received(wire, method, max_bytes), ATTEMPT, revisit=revisit(capture))
    made.close()
    assert list(scan(files(folder))) == []

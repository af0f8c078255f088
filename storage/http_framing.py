"""Owns where an HTTP/1.x response ends: an incremental framer that keeps offsets and heads, never bodies.

Framing follows RFC 9112 section 6.3 and then gives way to what servers send: both Content-Length and chunked (chunked
wins), chunked declared over a body that is not (read as if not declared), two different lengths (the longest, or the
close), no status line at all (everything up to the close). The work is linear in the bytes fed and independent of how
they are split.
"""

from __future__ import annotations

import re
from enum import StrEnum

from storage.http_chunks import ChunkScanner, ChunkState
from storage.http_head import MAX_HEAD_BYTES, MAX_HEAD_LINES, Head, head_of_lines, whole_head

__all__ = ["ResponseFramer", "State", "is_chunked", "transfer_codings"]

_LENGTH = re.compile(rb"\d{1,18}")
_MAGIC = b"HTTP/"


class State(StrEnum):
    """Where a framer stands."""

    HEAD = "head"
    """Waiting for, or within, a head."""
    BODY = "body"
    DONE = "done"
    """The framed end was found: what is fed from now on is surplus."""
    BROKEN = "broken"
    """The end cannot be found, `problem` says why: stop reading; all bytes so far belong to the response."""


class ResponseFramer:
    """Find where one final response begins and ends in the bytes of a connection.

    All offsets count from the first byte fed. `[0, start)` is interim (1xx responses but 101, and blank lines before
    the status line), `[start, body_start)` the head, `[body_start, body_end)` the body with its framing, the rest
    surplus.
    """

    def __init__(self, method: str) -> None:
        """Frame the response to a request of `method` (`HEAD` has no body whatever its headers say)."""
        self.method = method.upper()
        self.state = State.HEAD
        self.fed = 0
        """Bytes fed so far."""
        self.start = 0
        self.head: Head | None = None
        """Head of the final response; of its whole lines only when it was cut or broken."""
        self.body_start: int | None = None
        self.body_end: int | None = None
        """Framed end; None until `state` is done."""
        self.interim: list[Head] = []
        """Heads of the 1xx responses before the final one."""
        self.problem: str | None = None
        """Why the end cannot be found."""
        self.oddity: str | None = None
        """What was wrong with the framing and how it was read all the same."""
        self.until_close = False
        """True when only the close of the connection ends the body."""
        self._line = bytearray()
        self._lines: list[bytes] = []
        self._head_bytes = 0
        self._chunks: ChunkScanner | None = None
        self._stop: int | None = None

    @property
    def complete(self) -> bool:
        """Whether the whole response was seen."""
        return self.state is State.DONE

    @property
    def persistent(self) -> bool:
        """Whether the connection may carry another request after this response (RFC 9112 section 9.3)."""
        if not self.complete or self.head is None or self.until_close or self.oddity or self.fed != self.body_end:
            return False
        tokens = _tokens(self.head, b"connection") + _tokens(self.head, b"proxy-connection")
        if b"close" in tokens or self.head.status == 101:
            return False
        return self.head.version not in ("0.9", "1.0") or b"keep-alive" in tokens

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the connection."""
        base, at = self.fed, 0
        self.fed += len(data)
        while at < len(data) and self.state is State.HEAD:
            at = self._feed_whole_head(data, at, base) or self._feed_head(data, at, base)
        if self.state is State.BODY:
            self._feed_body(data, at, base)

    def eof(self) -> None:
        """Take the close of the connection; the response is then complete or cut for good."""
        if self.state is State.HEAD:
            self._eof_in_head()
        elif self.state is State.BODY and self._ends_with_close():
            self._done(self.fed)

    def _eof_in_head(self) -> None:
        if self._lines or self._line.strip(b"\r"):  # cut within; a first line that was cut says nothing
            self.head = head_of_lines(self._lines)

    def _ends_with_close(self) -> bool:
        if self._chunks is None:
            return self.until_close
        state = self._chunks.close()
        if state is ChunkState.PLAIN:
            self._read_as_plain(self.head or head_of_lines([]))
            return self.until_close or self._stop == self.fed
        return state is ChunkState.DONE

    # --- head ----------------------------------------------------------------------------------

    def _feed_whole_head(self, data: bytes, at: int, base: int) -> int | None:
        """Take a head that came in one piece, as most do, at a tenth of the cost of its lines; None when it did not."""
        found = None if self._line or self._lines else whole_head(data, at)
        if found is None or self._head_bytes + found[1] - at > MAX_HEAD_BYTES:
            return None
        head, end = found
        self._head_bytes += end - at
        self._end_head(head, base + end)
        return end

    def _feed_head(self, data: bytes, at: int, base: int) -> int:
        stop = data.find(b"\n", at, at + MAX_HEAD_BYTES)
        upto = min(len(data), at + MAX_HEAD_BYTES) if stop < 0 else stop + 1
        self._line += data[at:upto]
        self._head_bytes += upto - at
        if not self._lines and self._is_garbage():
            self._begin_body(head_of_lines([]), self.start)
        elif self._head_bytes > MAX_HEAD_BYTES:
            self._break(f"the head is longer than {MAX_HEAD_BYTES} bytes")
        elif stop >= 0:
            self._take_line(base + upto)
        return upto

    def _is_garbage(self) -> bool:
        begin = bytes(self._line[: len(_MAGIC)]).upper()
        return begin[:2] not in (b"\n", b"\r", b"\r\n") and not _MAGIC.startswith(begin)

    def _take_line(self, end: int) -> None:
        line = bytes(self._line[:-2] if self._line.endswith(b"\r\n") else self._line[:-1])
        self._line.clear()
        if line:
            self._lines.append(line)
            if len(self._lines) > MAX_HEAD_LINES + 1:
                self._break(f"the head has more than {MAX_HEAD_LINES} header lines")
        elif not self._lines:
            self.start = end
        else:
            self._end_head(head_of_lines(self._lines), end)

    def _end_head(self, head: Head, end: int) -> None:
        self._lines.clear()
        if head.status is not None and 100 <= head.status < 200 and head.status != 101:
            self.interim.append(head)
            self.start = end
        else:
            self._begin_body(head, end)

    # --- body ----------------------------------------------------------------------------------

    def _begin_body(self, head: Head, at: int) -> None:
        self.head, self.body_start, self.state = head, at, State.BODY
        if head.version != "0.9" and (self.method == "HEAD" or head.status in (101, 204, 304)):
            self._done(at)
        elif is_chunked(head):
            self._chunks = ChunkScanner()
        else:
            self._read_lengths(head, at)

    def _read_lengths(self, head: Head, at: int) -> None:
        declared = head.values(b"content-length")
        values = [part.strip(b" \t") for part in b",".join(declared).split(b",")] if declared else []
        lengths = {int(value) for value in values if _LENGTH.fullmatch(value)}
        if len(lengths) == 1 and all(map(_LENGTH.fullmatch, values)):
            self._stop = at + lengths.pop()
            return
        self.until_close = True
        if len(lengths) > 1:
            self._stop = at + max(lengths)
            self._note("several Content-Lengths that differ: read to the longest or the close")
        elif values:
            self._note("a Content-Length that is no number: read to the close")

    def _feed_body(self, data: bytes, at: int, base: int) -> None:
        if self._chunks is not None:
            at = self._chunks.feed(data, at)
            if self._chunks.state is ChunkState.DONE:
                self._done(base + at)
            elif self._chunks.state is ChunkState.BROKEN:
                self._break("a chunk size is no hexadecimal number")
            elif self._chunks.state is ChunkState.PLAIN:
                self._read_as_plain(self.head or head_of_lines([]))
        if self.state is State.BODY and self._stop is not None and self.fed >= self._stop:
            self._done(self._stop)

    def _read_as_plain(self, head: Head) -> None:
        self._chunks = None
        self._note("chunked is declared but the body is not: read as plain")
        self._read_lengths(head, self.body_start or 0)

    def _note(self, oddity: str) -> None:
        self.oddity = f"{self.oddity}; {oddity}" if self.oddity else oddity

    def _done(self, end: int) -> None:
        self.state, self.body_end = State.DONE, end

    def _break(self, problem: str) -> None:
        self.state, self.problem = State.BROKEN, problem
        if self.head is None:
            self.head = head_of_lines(self._lines)


def transfer_codings(head: Head) -> list[bytes]:
    """Return the transfer codings of a response in the order applied, lower case, without `identity`."""
    return [coding for coding in _tokens(head, b"transfer-encoding") if coding != b"identity"]


def content_codings(head: Head) -> list[bytes]:
    """Return the content codings of a body in the order applied, lower case, without `identity`."""
    return [coding for coding in _tokens(head, b"content-encoding") if coding != b"identity"]


def is_chunked(head: Head) -> bool:
    """Whether the body is declared as chunked."""
    return b"chunked" in transfer_codings(head)


def _tokens(head: Head, name: bytes) -> list[bytes]:
    values = head.values(name)
    if not values:
        return []
    parts = [part for value in values for part in value.split(b",")]
    tokens = [part.partition(b";")[0].strip(b" \t").lower() for part in parts]
    return [token for token in tokens if token]

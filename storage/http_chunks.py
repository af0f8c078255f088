"""Owns chunk framing (RFC 9112 section 7.1): an incremental scanner that finds the end and keeps the payload.

Bare LF, white space around the size, extensions and trailers are taken; a size line that is none makes the body plain
when it is the first one (chunked declared, not done) and broken when it is a later one.
"""

from __future__ import annotations

import re
from enum import Enum, auto

__all__ = ["MAX_CHUNK_LINE_BYTES", "ChunkScanner", "ChunkState"]

MAX_CHUNK_LINE_BYTES = 16 * 1024
MAX_TRAILER_BYTES = 256 * 1024

_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?", re.DOTALL)
_SIZE_BEGUN = re.compile(rb"[ \t]*[0-9A-Fa-f]{0,16}[ \t\r]*(?:;.*)?", re.DOTALL)
_NEXT_CHUNK = re.compile(rb"\r?\n[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]{0,4096})?\r?\n")
"""Line end after one chunk and size line of the next: one match a chunk keeps a body of tiny chunks quick."""


class ChunkState(Enum):
    """Where a scan stands."""

    OPEN = auto()
    DONE = auto()
    PLAIN = auto()
    """The first size line is none: the body is not chunked at all."""
    BROKEN = auto()
    """A later size line is none: no end can be found."""


class _Expect(Enum):
    SIZE = auto()
    DATA = auto()
    GAP = auto()
    TRAILER = auto()


class ChunkScanner:
    """Scan one chunked body fed in pieces."""

    def __init__(self, payload: bytearray | None = None) -> None:
        """Append the data of each chunk to `payload`, if given."""
        self.state = ChunkState.OPEN
        self._payload = payload
        self._expect = _Expect.SIZE
        self._line = bytearray()
        self._left = 0
        self._first = True
        self._trailer_bytes = 0

    def feed(self, data: bytes, at: int = 0) -> int:
        """Scan `data` from `at` and return where scanning stopped: the end of `data`, or of the body once done."""
        while at < len(data) and self.state is ChunkState.OPEN:
            at = self._take_chunk(data, at) if self._expect is _Expect.DATA else self._take_line(data, at)
        return at

    def close(self) -> ChunkState:
        """Take the close of the connection and return the final state; still OPEN means cut."""
        if self.state is ChunkState.OPEN and self._at_last_line():
            self.state = ChunkState.DONE  # the empty line after the last chunk is often forgotten
        elif self.state is ChunkState.OPEN and self._first and not _SIZE_BEGUN.fullmatch(self._line):
            self.state = ChunkState.PLAIN
        return self.state

    def _at_last_line(self) -> bool:
        return self._expect is _Expect.TRAILER and bytes(self._line) in (b"", b"\r")

    def _take_chunk(self, data: bytes, at: int) -> int:
        stop = min(len(data), at + self._left)
        if self._payload is not None:
            self._payload += data[at:stop]
        self._left -= stop - at
        if self._left:
            return stop
        following = _NEXT_CHUNK.match(data, stop)
        if following and (size := int(following[1], 16)):
            self._left = size
            return following.end()
        self._expect = _Expect.GAP
        return stop

    def _take_line(self, data: bytes, at: int) -> int:
        stop = data.find(b"\n", at)
        upto = len(data) if stop < 0 else stop + 1
        self._line += data[at : min(upto, at + MAX_CHUNK_LINE_BYTES + 1)]
        if self._expect is _Expect.TRAILER:
            self._trailer_bytes += upto - at
        if len(self._line) > MAX_CHUNK_LINE_BYTES or self._trailer_bytes > MAX_TRAILER_BYTES:
            self._fail()
        elif stop >= 0:
            line = bytes(self._line[:-2] if self._line.endswith(b"\r\n") else self._line[:-1])
            self._line.clear()
            self._read_line(line)
        return upto

    def _read_line(self, line: bytes) -> None:
        if self._expect is _Expect.SIZE:
            self._read_size(line)
        elif self._expect is _Expect.TRAILER:
            if not line:
                self.state = ChunkState.DONE
        elif line:
            self._fail()
        else:
            self._expect = _Expect.SIZE

    def _read_size(self, line: bytes) -> None:
        match = _SIZE.fullmatch(line)
        if match is None:
            self._fail()
            return
        self._first = False
        self._left = int(match[1], 16)
        self._expect = _Expect.DATA if self._left else _Expect.TRAILER

    def _fail(self) -> None:
        self.state = ChunkState.PLAIN if self._first else ChunkState.BROKEN

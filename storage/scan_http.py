"""Owns HTTP messages as an audit meets them: fed piece by piece, their payload digested, their framing judged.

The payload is the one that `http_message.payload_of` gives, without the block ever being whole in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from storage.http_chunks import MAX_CHUNK_LINE_BYTES, ChunkScanner
from storage.http_framing import is_chunked, transfer_codings
from storage.http_message import MAX_TRANSFER_DECODED_BYTES, Head, ResponseFramer, header_values, transfer_decode
from storage.scan_digest import Feed
from storage.scan_header import Problem, split_header

__all__ = ["FRAMING_NOTE", "RequestBlock", "ResponseBlock"]

FRAMING_NOTE: Final = "chunked is declared"
"""How the framer begins to say that a body is not chunked; a crawl that met such a server noted it."""
_MAX_REQUEST_HEAD_BYTES: Final = 1 << 20
_MOST_TAKEN_BACK_BYTES: Final = 8
"""What may have been a status line, and turns out to be a body without a head, begins so far back at most."""


class ResponseBlock:
    """The block of a response record, read as the answer to a GET: so it was digested, and so readers read it."""

    def __init__(self, payload: Feed, body: Feed | None = None) -> None:
        """Feed the payload to `payload`; the body with its chunk framing to `body`, if given."""
        self._framer = ResponseFramer("GET")
        self._payload = payload
        self._body = body
        self._chunks: _Chunks | None = None
        self._coded: bytearray | None = None
        self._last = b""

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the block."""
        framer, before, headless = self._framer, self._framer.fed, self._framer.body_start is None
        framer.feed(piece)
        if headless:
            piece, before = self._last + piece, before - len(self._last)
            self._last = piece[-_MOST_TAKEN_BACK_BYTES:]
        if framer.body_start is None or framer.head is None:
            return
        if headless:
            self._begin(framer.head)
        start = max(framer.body_start - before, 0)
        stop = len(piece) if framer.body_end is None else framer.body_end - before
        if stop > start:
            self._take(piece[start:stop])

    def finish(self) -> None:
        """Take the end of the block."""
        framer = self._framer
        framer.eof()
        if framer.head is None or framer.body_start is None:
            return
        body_bytes = (framer.fed if framer.body_end is None else framer.body_end) - framer.body_start
        held = self._chunks.held if self._chunks is not None else None
        held = held if self._coded is None else self._coded
        if held is not None:
            self._payload(transfer_decode(framer.head, bytes(held[:body_bytes])))

    @property
    def is_bodiless(self) -> bool:
        """Whether there is a head and not one byte of body: what HEAD is answered with."""
        return self._framer.body_start == self._framer.fed

    @property
    def begins_interim(self) -> bool:
        """Whether another response, or blank lines, come before the final one."""
        return self._framer.start > 0

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the framing of a response that is not stated to be truncated."""
        framer = self._framer
        if framer.oddity is not None and framer.oddity.startswith(FRAMING_NOTE):
            yield "transfer-coding", "Transfer-Encoding: chunked is in the head, but the body is not chunked"
        if not framer.complete:
            yield "http-length", _missing(framer)
        elif framer.body_end is not None and framer.body_end < framer.fed:
            yield "http-length", f"{framer.fed - framer.body_end} bytes stand behind the end of the HTTP response"

    def _begin(self, head: Head) -> None:
        if is_chunked(head):
            self._chunks = _Chunks(self._payload)
        if any(coding != b"chunked" for coding in transfer_codings(head)):
            self._coded = bytearray()

    def _take(self, piece: bytes) -> None:
        if self._body is not None:
            self._body(piece)
        if self._coded is not None:
            self._coded += piece
            if len(self._coded) <= MAX_TRANSFER_DECODED_BYTES:
                return  # such codings are undone as a whole, or, if it is longer than that, not at all
            piece, self._coded = bytes(self._coded), None
        if self._chunks is not None:
            self._chunks.feed(piece, is_plain=self._framer.oddity is not None)
        else:
            self._payload(piece)


class _Chunks:
    """A body that is declared as chunked, on its way to being its payload."""

    def __init__(self, payload: Feed) -> None:
        self.held: bytearray | None = bytearray()
        """All of it so far, until it is sure to be chunked, or too long to be taken back."""
        self._payload = payload
        self._chunk_bytes = bytearray()
        self._scanner = ChunkScanner(self._chunk_bytes)

    def feed(self, piece: bytes, *, is_plain: bool) -> None:
        """Take the next bytes; `is_plain` says that the framer found the body not to be chunked after all."""
        if is_plain:
            self._feed_plain(piece)
            return
        self._scanner.feed(piece)
        if self.held is not None:
            self.held += piece
            # A size line is never longer: what goes on beyond that without data is in its trailer.
            if self._chunk_bytes or len(self.held) > 2 * MAX_CHUNK_LINE_BYTES:
                self.held = None
        self._payload(bytes(self._chunk_bytes))
        self._chunk_bytes.clear()

    def _feed_plain(self, piece: bytes) -> None:
        if self.held is not None and len(self.held) <= 2 * MAX_CHUNK_LINE_BYTES:
            self.held += piece  # the body may still turn out to end before it seemed plain
            return
        self._payload(bytes(self.held or b""))
        self.held = None
        self._payload(piece)


class RequestBlock:
    """The block of a request record."""

    def __init__(self, payload: Feed) -> None:
        """Feed what stands behind the head to `payload`."""
        self.method = ""
        """Upper case; empty until the head is read, and when there is none."""
        self._payload = payload
        self._head: bytearray | None = bytearray()
        self._declared: int | None = None
        self._body_bytes = 0

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the block."""
        if self._head is None:
            self._body_bytes += len(piece)
            self._payload(piece)
            return
        self._head += piece
        parts = split_header(bytes(self._head))
        if parts is not None:
            self._head = None
            self._read(parts[0])
            self.feed(parts[2])
        elif len(self._head) > _MAX_REQUEST_HEAD_BYTES:
            self._head = None

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with a request that is not stated to be truncated."""
        if self._declared is not None and self._declared != self._body_bytes:
            yield (
                "http-length",
                f"the request declares {self._declared} bytes of body, {self._body_bytes} are there",
            )

    def _read(self, head: bytes) -> None:
        line, _, rest = head.partition(b"\n")
        word = line.partition(b" ")[0]
        self.method = word.decode("ascii").upper() if word.isalpha() and word.isascii() else ""
        fields = [field.partition(b":") for field in rest.splitlines()]
        values = [value.strip() for name, _, value in fields if name.strip().lower() == b"content-length"]
        if len(values) == 1 and values[0].isdigit() and len(values[0]) <= 18:
            self._declared = int(values[0])


def _missing(framer: ResponseFramer) -> str:
    if framer.problem is not None:
        return f"its framing is broken: {framer.problem}"
    if framer.head is None or framer.body_start is None:
        return "the head of the HTTP response has no end"
    if is_chunked(framer.head) and not (framer.oddity or "").startswith(FRAMING_NOTE):
        return "its chunks have no end"
    declared = b", ".join(header_values(framer.head.headers, b"content-length"))
    return f"Content-Length is {declared[:40].decode('latin-1')!a}, {framer.fed - framer.body_start} bytes are there"

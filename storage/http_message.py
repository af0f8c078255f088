"""Owns what an archived response says: its head, payload (transfer-decoded) and body (content-decoded).

The one entrance to HTTP messages: the parts live in http_head, http_chunks, http_framing and content_coding. The same
functions serve the wire, the reader, extraction and the digests, so that all of them mean the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from storage.block import Block, part_of, pieces_of
from storage.content_coding import MAX_CODINGS, Decoded, content_decode
from storage.digest import sha256_of_pieces
from storage.http_chunks import ChunkScanner, ChunkState
from storage.http_framing import ResponseFramer, State, is_chunked, transfer_codings
from storage.http_head import MAX_HEAD_BYTES, MAX_HEAD_LINES, Head, header, header_values, parse_head

__all__ = [
    "MAX_CODINGS",
    "MAX_HEAD_BYTES",
    "MAX_HEAD_LINES",
    "Body",
    "Decoded",
    "Head",
    "Message",
    "ResponseFramer",
    "State",
    "body_of",
    "content_decode",
    "header",
    "header_values",
    "mime_of",
    "parse_head",
    "payload_digest",
    "payload_of",
    "payload_pieces",
    "split",
    "transfer_decode",
]

_MIME_CHARS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+/")

MAX_TRANSFER_DECODED_BYTES = 64 * 1024 * 1024
"""A compressing transfer coding is undone up to here, of what it is given and of what it gives; beyond, the payload
stays as chunked framing left it."""

_NO_HEAD = Head(None, b"", "0.9", ())


@dataclass(frozen=True, slots=True)
class Message:
    """A response cut into its parts."""

    head: Head
    head_bytes: bytes
    body: Block
    """The body with its framing, up to the framed end or, when there is none, to the end of the bytes; bytes if the
    response is."""
    complete: bool
    """Whether the framed end was reached; a body that the close ends is complete."""
    problem: str | None
    """What is wrong with the framing."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a response with all codings removed."""

    head: Head
    body: bytes
    complete: bool
    """False when bytes are missing: cut on the wire, damaged, or longer than the cap."""
    problem: str | None


def split(response: Block, method: str) -> Message:
    """Cut the response to a request of `method` into head and body; what comes before (1xx) and after is left out."""
    framer = ResponseFramer(method)
    for piece in pieces_of(response):
        framer.feed(piece)
    framer.eof()
    end = len(response) if framer.body_end is None else framer.body_end
    start = end if framer.body_start is None else framer.body_start
    return Message(
        framer.head or _NO_HEAD,
        response[framer.start : start],
        part_of(response, start, end),
        framer.complete,
        framer.problem or framer.oddity,
    )


def transfer_decode(head: Head, body: Block) -> bytes:
    """Return the payload: `body` without its transfer codings; as far as it goes when chunks are cut or broken.

    This is what WARC-Payload-Digest is of (WARC/1.1 section 5.9 as read in iipc/warc-specifications issue 22).
    """
    return b"".join(payload_pieces(head, body))


def payload_pieces(head: Head, body: Block) -> Iterator[bytes]:
    """Yield what `transfer_decode` returns, so that memory does not grow with it."""
    payload = _unchunked(body) if is_chunked(head) else pieces_of(body)
    others = [coding for coding in transfer_codings(head) if coding != b"chunked"]
    if not others or len(body) > MAX_TRANSFER_DECODED_BYTES:
        yield from payload
        return
    coded = b"".join(payload)
    decoded = content_decode(coded, b",".join(others), MAX_TRANSFER_DECODED_BYTES) if coded else None
    yield decoded.body if decoded is not None and decoded.complete else coded


def payload_of(response: Block, method: str) -> bytes:
    """Return the payload of the response to a request of `method`."""
    message = split(response, method)
    return transfer_decode(message.head, message.body)


def payload_digest(response: Block, method: str) -> str:
    """Return the digest of `payload_of`, in memory that does not grow with the response."""
    message = split(response, method)
    return sha256_of_pieces(payload_pieces(message.head, message.body))


def body_of(response: bytes, method: str, max_bytes: int) -> Body:
    """Return the content-decoded body, at most `max_bytes` of it; never raises."""
    message = split(response, method)
    payload = transfer_decode(message.head, message.body)
    encoding = b",".join(message.head.values(b"content-encoding"))
    decoded = content_decode(payload, encoding, max_bytes)
    problems = [problem for problem in (message.problem, decoded.problem) if problem]
    return Body(message.head, decoded.body, message.complete and decoded.complete, "; ".join(problems) or None)


def mime_of(head: Head) -> str | None:
    """Return the media type that the head declares, lower case, without parameters; None when it declares none."""
    declared = head.values(b"content-type")
    mime = (declared[0] if declared else b"").partition(b";")[0].partition(b",")[0].strip(b" \t").lower()
    if not 3 <= len(mime) <= 255 or mime.count(b"/") != 1 or not _MIME_CHARS.issuperset(mime):
        return None
    return mime.decode("ascii")


def _unchunked(body: Block) -> Iterator[bytes]:
    payload = bytearray()
    scanner = ChunkScanner(payload)
    for piece in pieces_of(body):
        scanner.feed(piece)
        yield bytes(payload)
        payload.clear()
    if scanner.close() is ChunkState.PLAIN:  # known before the first byte of payload
        yield from pieces_of(body)

"""Owns the payload of a response as a thing apart: what it is, and how the response is made of head, framing, payload.

A revisit record keeps the head alone. With the framing (chunk sizes, extensions, trailers) in the attempt's metadata
and the payload in the record that the revisit refers to, the response can be put together again to the byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from storage.block import Block
from storage.http_framing import content_codings, is_chunked, transfer_codings
from storage.http_message import Head, Message, payload_pieces, split, transfer_decode
from storage.model import Exchange

__all__ = ["Abridged", "Payload", "abridge", "payload_seen", "put_together", "wrapping_of"]

MAX_FRAMING_BYTES: Final = 64 * 1024
"""A body whose framing is longer is archived whole: to keep that alone saves little."""

_SIZE_LINE: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_LINE_END: Final = re.compile(rb"\r?\n")


@dataclass(frozen=True, slots=True)
class Payload:
    """The payload of one response."""

    digest: str
    """What WARC-Payload-Digest says of it."""
    whole_bytes: int | None
    """Its size, where it may be shared between records: of a complete, untruncated answer to GET whose end was framed
    without doubt, and not empty; else None."""
    wrapping: str = ""
    """What `wrapping_of` says of its response."""


@dataclass(frozen=True, slots=True)
class Abridged:
    """What of a response remains without its payload, and what it was whole."""

    head: bytes
    """From the status line to the empty line."""
    framing: bytes
    """All of the body that is not payload, in order; empty when the body is the payload."""
    response_bytes: int
    """Of the whole response."""


def payload_seen(exchange: Exchange, digest: str | None = None) -> Payload:
    """Return the payload of what `exchange` received, an empty one when no response came; `digest` if it is known."""
    # As GET: whoever checks the digest has the block alone, and that of an answer to HEAD holds no body anyway.
    message = split(exchange.response, "GET")
    hashed, size = sha256(), 0
    for piece in payload_pieces(message.head, message.body):
        size += len(piece)
        if digest is None:
            hashed.update(piece)
    doubtful = exchange.truncated is not None or not message.complete or message.problem is not None
    plain = message.head.status is not None and _frames_only(message.head)
    shared = size and plain and exchange.method == "GET" and not doubtful
    return Payload(digest or f"sha256:{hashed.hexdigest()}", size if shared else None, wrapping_of(message.head))


def wrapping_of(head: Head) -> str:
    """Return what a player undoes to the body behind `head`: `chunked` or nothing, then its content codings."""
    codings = b" ".join(content_codings(head)).decode("latin-1")
    return f"chunked {codings}".rstrip() if is_chunked(head) else codings


def abridge(response: Block) -> Abridged | None:
    """Take the payload out of the response to a GET; None when it could not be put together again from the rest."""
    message = split(response, "GET")
    if not isinstance(response, bytes) or not isinstance(message.body, bytes):
        return _abridged_long(response, message)
    framing: bytes | None = b""
    if is_chunked(message.head):
        framing = _framing_of(message.body)
    if framing is None or len(framing) > MAX_FRAMING_BYTES:
        return None
    payload = transfer_decode(message.head, message.body)
    if put_together(message.head_bytes, framing, payload) != response:
        return None
    return Abridged(message.head_bytes, framing, len(response))


def put_together(head: bytes, framing: bytes, payload: bytes) -> bytes | None:
    """Return the response that `abridge` took apart; None when framing and payload do not fit each other."""
    if not framing:
        return head + payload
    parts, at, taken = [head], 0, 0
    while match := _SIZE_LINE.match(framing, at):
        size = int(match[1], 16)
        if not size:
            return b"".join((*parts, framing[at:])) if taken == len(payload) else None
        end = _LINE_END.match(framing, match.end())
        if end is None:
            return None
        parts += (match[0], payload[taken : taken + size], end[0])
        at, taken = end.end(), taken + size
    return None


def _abridged_long(response: Block, message: Message) -> Abridged | None:
    """Take the payload out of a response that is not held, if its body is the payload."""
    head = message.head_bytes
    if transfer_codings(message.head) or len(head) + len(message.body) != len(response):
        return None
    return Abridged(head, b"", len(response))


def _framing_of(body: bytes) -> bytes | None:
    """Return the size lines, line ends and trailers of a chunked body; None when they are not to be found."""
    parts: list[bytes] = []
    at = 0
    while match := _SIZE_LINE.match(body, at):
        size = int(match[1], 16)
        if not size:
            return b"".join((*parts, body[at:]))
        end = _LINE_END.match(body, match.end() + size)
        if end is None:
            return None
        parts += (match[0], end[0])
        at = end.end()
    return None


def _frames_only(head: Head) -> bool:
    """Whether the body is the payload but for chunk framing; another transfer coding cannot be made again."""
    return all(coding == b"chunked" for coding in transfer_codings(head))

"""Owns the removal of content codings: gzip, deflate (zlib or raw), br and zstd, nested, with bombs capped.

Lenient as an archive must be: what a cut or damaged stream yields before the damage is kept, a coding that is declared
but not done is passed over, a coding nobody knows is left as browsers leave it. `problem` says so; nothing is raised.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from zlib_ng import zlib_ng

__all__ = ["MAX_CODINGS", "Decoded", "content_decode"]

MAX_CODINGS = 5
_MAX_MEMBERS = 1000
"""Each costs a decoder, however empty."""
_PIECE_BYTES = 16 * 1024
_ZSTD_PIECE_BYTES = 256
"""A block of 4 bytes may yield 128 KiB: 8 MiB at most come out of one piece."""
_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024
"""RFC 9659: what a decoder of web content must offer, and may refuse to exceed."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body and what is known of its wholeness."""

    body: bytes
    complete: bool
    """False when bytes are missing: stream cut, damaged or longer than the cap."""
    problem: str | None


class _Sink:
    """Bytes decoded so far, never more than the cap."""

    def __init__(self, max_bytes: int) -> None:
        self.data = bytearray()
        self.max_bytes = max_bytes
        self.problem: str | None = None

    @property
    def room(self) -> int:
        """What may still be asked of a decoder: one byte beyond the cap, so that a body of exactly the cap is whole."""
        return self.max_bytes + 1 - len(self.data)

    def restart(self) -> None:
        """Forget everything."""
        self.data.clear()
        self.problem = None

    def add(self, piece: bytes) -> bool:
        """Take one piece; False when the cap is passed."""
        self.data += piece
        if len(self.data) <= self.max_bytes:
            return True
        del self.data[self.max_bytes :]
        self.problem = f"longer than {self.max_bytes} bytes when decoded"
        return False


def content_decode(payload: bytes, encoding: bytes | str | None, max_bytes: int) -> Decoded:
    """Remove the codings of a Content-Encoding value (comma-separated, in the order applied) from `payload`.

    No more than `max_bytes` come out, nor out of any layer. Never raises. RFC 9110 section 8.4.
    """
    problems: list[str] = []
    complete, body = True, payload
    codings = _codings(encoding)
    if len(codings) > MAX_CODINGS:
        return Decoded(payload[:max_bytes], False, f"{len(codings)} content codings, more than {MAX_CODINGS}")
    for coding in reversed(codings):
        sink = _Sink(max_bytes)
        if _undo(coding, body, sink):
            body = bytes(sink.data)
            complete = complete and sink.problem is None
        if sink.problem:
            problems.append(f"{coding}: {sink.problem}")
    if len(body) > max_bytes:
        body, complete = body[:max_bytes], False
        problems.append(f"longer than {max_bytes} bytes")
    return Decoded(body, complete, "; ".join(problems) or None)


def _codings(encoding: bytes | str | None) -> list[str]:
    text = encoding.decode("latin-1") if isinstance(encoding, bytes) else encoding or ""
    tokens = [token.strip().lower() for token in text.split(",")]
    return [token for token in tokens if token and token != "identity"]


def _undo(coding: str, body: bytes, sink: _Sink) -> bool:
    """Decode `body` into `sink`; False when the coding is unknown or not there and the body stays as it is."""
    decode = _DECODERS.get(coding)
    if decode is None:
        sink.problem = "unknown content coding, left as it is"
        return False
    if not body:
        return False
    decode(body, sink)
    if sink.problem and not sink.data and not body.startswith(_MAGIC.get(coding, _NO_MAGIC)):
        sink.problem += ", left as it is"
        return False
    return True


def _gunzip(body: bytes, sink: _Sink) -> None:
    """Members one after the other (RFC 1952 section 2.2); what follows the last is passed over."""
    at = _inflate(body, 0, 31, sink)
    for _ in range(_MAX_MEMBERS):
        if sink.problem is not None or not body.startswith(b"\x1f\x8b\x08", at):
            return
        at = _inflate(body, at, 31, sink)
    sink.problem = sink.problem or f"more than {_MAX_MEMBERS} members"


def _undeflate(body: bytes, sink: _Sink) -> None:
    zlib_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    _inflate(body, 0, 15 if zlib_header else -15, sink)


def _inflate(body: bytes, at: int, wbits: int, sink: _Sink) -> int:
    """Inflate one stream from `at` and return its end; when it is cut, damaged or too long `sink.problem` says so."""
    end = _inflate_sound(body, wbits, sink) if at == 0 else None
    return _inflate_in_pieces(body, at, wbits, sink) if end is None else end


def _inflate_sound(body: bytes, wbits: int, sink: _Sink) -> int | None:
    """Inflate the stream that `body` begins with and return its end; None, and nothing done, when anything is amiss.

    At once and by zlib-ng, which takes and refuses the same streams as zlib, in half of its time. (ISA-L is faster
    still, but takes incomplete Huffman codes, which nobody who browses would see.)
    """
    inflater = zlib_ng.decompressobj(wbits)
    try:
        out = inflater.decompress(body, sink.room)
    except zlib_ng.error:  # type: ignore[misc]  # which is a class, whatever its stub says
        return None
    if not inflater.eof and len(out) < sink.room:
        return None
    return len(body) - len(inflater.unused_data) if sink.add(out) else len(body)


def _inflate_in_pieces(body: bytes, at: int, wbits: int, sink: _Sink) -> int:
    """Inflate as `_inflate` does, so that all that comes before damage is kept and the damage has a name."""
    inflater = zlib.decompressobj(wbits)
    while at < len(body):
        piece = body[at : at + _PIECE_BYTES]
        before = inflater.copy()
        try:
            out = inflater.decompress(piece, sink.room)
        except zlib.error as error:
            _salvage(before, piece, sink)
            sink.problem = sink.problem or f"damaged ({error})"
            return len(body)
        if not sink.add(out):
            return len(body)
        at += len(piece) - len(inflater.unused_data)
        if inflater.eof:
            return at
    sink.problem = "ends early"
    return at


def _salvage(inflater: zlib._Decompress, piece: bytes, sink: _Sink) -> None:
    """Feed byte by byte what failed as a piece: all that was sent before the damage comes out."""
    for at in range(len(piece)):
        try:
            out = inflater.decompress(piece[at : at + 1], sink.room)
        except zlib.error:
            return
        if not sink.add(out):
            return


def _unbrotli(body: bytes, sink: _Sink) -> None:
    damaged_at = _debrotli(body, len(body), sink)
    if damaged_at is not None:  # or junk behind the end, which this decoder takes for damage and keeps nothing
        sink.restart()
        _debrotli(body, damaged_at, sink)


def _debrotli(body: bytes, bytewise_from: int, sink: _Sink) -> int | None:
    """Decode piece by piece, then byte by byte; return where the piece begins that is damaged, None when none is."""
    import brotli

    decoder = brotli.Decompressor()
    at = 0
    while not decoder.is_finished():
        size = _PIECE_BYTES if at < bytewise_from else 1
        piece = body[at : at + size] if decoder.can_accept_more_data() else b""
        try:
            out = decoder.process(piece, output_buffer_limit=min(sink.room, _PIECE_BYTES * 16))
        except brotli.error as error:
            sink.problem = f"damaged ({error})"
            return at
        if not sink.add(out):
            return None
        at += len(piece)
        if at >= len(body) and not out and not decoder.is_finished():  # output may be pending after the last input
            sink.problem = "ends early"
            return None
    return None


def _unzstd(body: bytes, sink: _Sink) -> None:
    """Frames one after the other (RFC 8878 section 3); its decoder knows no output limit, so the pieces are small."""
    import zstandard

    decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    frame, at, frames = decoder.decompressobj(), 0, 1
    while at < len(body) and frames <= _MAX_MEMBERS:
        piece = body[at : at + _ZSTD_PIECE_BYTES]
        try:
            out = frame.decompress(piece)
        except zstandard.ZstdError as error:
            sink.problem = f"damaged ({error})"
            return
        if not sink.add(out):
            return
        at += len(piece)
        if frame.eof:
            at -= len(frame.unused_data)
            if not body.startswith(_MAGIC["zstd"], at):
                return
            frame, frames = decoder.decompressobj(), frames + 1
    sink.problem = "ends early" if at >= len(body) else f"more than {_MAX_MEMBERS} frames"


_MAGIC = {"gzip": b"\x1f\x8b", "x-gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_NO_MAGIC = ()
_DECODERS: dict[str, Callable[[bytes, _Sink], None]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}

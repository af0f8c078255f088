"""Owns what a contestant's WARC files hold and how small gzip at level 9 would have made the same members.

Runs after the clock has stopped: it reads every member of every file, and compresses it again where it is asked to.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["WarcSizes", "sizes_of"]

_BEST = 9
_GZIP = 31
"""`wbits` of zlib: a window of 32 KB and a gzip wrapper."""
_CAPTURE = re.compile(rb"^WARC-Type: ?(?:response|revisit)\r$", re.M | re.I)
_HEAD_BYTES = 2000
_PIECE_BYTES = 1 << 15


@dataclass(frozen=True, slots=True)
class WarcSizes:
    """All files of one crawl."""

    size_bytes: int
    captures: int
    """Members that hold a response or a revisit."""
    best_bytes: int | None
    """Of the same members at gzip level 9, each by itself; None when that was not asked for."""

    @property
    def over_best(self) -> float | None:
        """Return the bytes over gzip 9's."""
        return self.size_bytes / self.best_bytes if self.best_bytes else None


def sizes_of(folder: Path, *, against_best: bool) -> WarcSizes:
    """Read all that ends in .warc.gz under `folder`.

    Raises:
        zlib.error: a file is not gzip, or is torn.
    """
    size_bytes = captures = best_bytes = 0
    for path in sorted(folder.rglob("*.warc.gz")):
        size_bytes += path.stat().st_size
        for member in _members(path):
            captures += _CAPTURE.search(member[:_HEAD_BYTES]) is not None
            if against_best:
                best_bytes += len(_deflated(member))
    return WarcSizes(size_bytes, captures, best_bytes if against_best else None)


def _members(path: Path) -> Iterator[bytes]:
    file, at = memoryview(path.read_bytes()), 0
    while at < len(file):
        inflater, pieces = zlib.decompressobj(_GZIP), []
        while not inflater.eof:
            piece = file[at : at + _PIECE_BYTES]
            if not piece:
                raise zlib.error(f"{path.name}: its last member is torn")
            pieces.append(inflater.decompress(piece))
            at += len(piece)
        at -= len(inflater.unused_data)
        yield b"".join(pieces)


def _deflated(member: bytes) -> bytes:
    deflater = zlib.compressobj(_BEST, zlib.DEFLATED, _GZIP)
    return deflater.compress(member) + deflater.flush()

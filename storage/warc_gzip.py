"""Owns the gzip member of a record: made at once, or in pieces where its block is long; compressed if that helps."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Final

from storage.block import Block, pieces_of

try:
    from isal import isal_zlib as deflate
except ImportError:  # there is none but for x86-64 and ARM64
    import zlib as deflate  # type: ignore[no-redef]

__all__ = ["gzip_member", "write_gzip_member"]

_LEVEL: Final = 6 if deflate is zlib else 3
"""isal's, over whole archives of the bench's newspaper, half of it gzipped on the wire: µs for the members of a page,
and bytes of what zlib makes at level 9: zlib 6 483, 1.002; zlib-ng 4 247, 1.019; isal 3 91, 1.037; isal 2 68, 1.042.
Of the plain pages alone isal 3 makes 1.072, isal 2 1.085; of real ones 1.11 and 1.14, zlib-ng 4 1.04.
"""
_GZIP: Final = 31
_SAMPLED_FROM_BYTES: Final = 64 * 1024
_SAMPLE_BYTES: Final = 16 * 1024


def gzip_member(before: bytes, block: bytes, after: bytes) -> bytes:
    """Return the member of a record whose block is held."""
    content = b"".join((before, block, after))
    return zlib.compress(content, 0, _GZIP) if _is_dense(block) else deflate.compress(content, _LEVEL, _GZIP)


def write_gzip_member(before: bytes, block: Block, after: bytes, write: Callable[[bytes], object]) -> None:
    """Hand the member of a record to `write` in pieces, so that memory does not grow with the block."""
    method = zlib.DEFLATED
    compressor = zlib.compressobj(0, method, _GZIP) if _is_dense(block) else deflate.compressobj(_LEVEL, method, _GZIP)
    for piece in _pieces(before, block, after):
        if compressed := compressor.compress(piece):
            write(compressed)
    write(compressor.flush())


def _pieces(before: bytes, block: Block, after: bytes) -> Iterator[bytes]:
    yield before
    yield from pieces_of(block)
    yield after


def _is_dense(block: Block) -> bool:
    """Whether compression gains nothing: of films and pictures. Storing them is 20 times as quick."""
    if len(block) < _SAMPLED_FROM_BYTES:
        return False
    middle = len(block) // 2
    sample = block[middle : middle + _SAMPLE_BYTES]
    return len(deflate.compress(sample, 1)) > 0.98 * len(sample)

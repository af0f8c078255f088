"""Owns what a block of bytes is to whoever must not hold it whole: something with a length that gives slices.

`bytes` are a block. So is a response that waits in a file (see spool), and a record's block read anew from its WARC
file: a film of 500 MB is digested, framed and written in pieces, and memory stays flat. `block[:]` makes bytes of it,
and says where memory is spent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

__all__ = ["HELD_BYTES", "PIECE_BYTES", "Block", "part_of", "pieces_of"]

HELD_BYTES: Final = 1 << 20
"""A block is held in memory up to here: news pages stay below, so that only films and the like pay for a file."""
PIECE_BYTES: Final = 256 * 1024


class Block(Protocol):
    """Bytes of known number, given in slices without a step."""

    def __len__(self) -> int:
        """Return how many bytes it has."""
        ...

    def __getitem__(self, part: slice, /) -> bytes:
        """Return the bytes of a slice."""
        ...


def pieces_of(block: Block) -> Iterator[bytes]:
    """Yield all of `block` in order, so that no more than one piece is in memory; bytes held already come as one."""
    if isinstance(block, bytes):
        yield block
        return
    for at in range(0, len(block), PIECE_BYTES):
        yield block[at : at + PIECE_BYTES]


def part_of(block: Block, start: int, stop: int) -> Block:
    """Return the bytes of `block` from `start` to `stop` as a block of their own, without reading more than it held."""
    return block[start:stop] if isinstance(block, bytes) else _Part(block, start, max(start, min(stop, len(block))))


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the bytes of a block, which it keeps alive."""

    whole: Block
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, part: slice, /) -> bytes:
        start, stop, step = part.indices(len(self))
        assert step == 1
        return self.whole[self.start + start : self.start + max(start, stop)]

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.block import PIECE_BYTES, Block, part_of, pieces_of
from storage.spool import Spool


def filed(content: bytes) -> Block:
    """Return `content` as a block that is not in memory."""
    spool = Spool(held_bytes=-1)
    spool.append(content)
    return spool


@given(st.binary(max_size=50), st.integers(0, 60), st.integers(0, 60), st.integers(-60, 60), st.integers(-60, 60))
def test_a_part_is_what_the_bytes_would_give(content: bytes, start: int, stop: int, one: int, other: int) -> None:
    expected = content[start:stop]
    for block in (part_of(content, start, stop), part_of(filed(content), start, stop)):
        assert (len(block), block[:], bool(block)) == (len(expected), expected, bool(expected))
        assert block[one:other] == expected[one:other]
        assert b"".join(pieces_of(block)) == expected


def test_pieces_are_of_bounded_size() -> None:
    content = bytes(PIECE_BYTES * 2 + 7)
    assert [len(piece) for piece in pieces_of(filed(content))] == [PIECE_BYTES, PIECE_BYTES, 7]
    assert list(pieces_of(content)) == [content]

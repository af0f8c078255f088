from __future__ import annotations

import gzip
import os

import pytest

from storage.block import Block
from storage.spool import Spool
from storage.warc_gzip import BlockStream, GzipMember

TEXT = "本报讯，秋粮入库。".encode() * 20_000
NOISE = os.urandom(500_000)


def filed(content: bytes) -> Block:
    spool = Spool(held_bytes=0)
    spool.append(content)
    return spool


def member_of(block: Block) -> bytes:
    pieces: list[bytes] = []
    member, stream = GzipMember(block, pieces.append), BlockStream(block)
    while piece := stream.read(16_384):
        member.write(piece)
    member.flush()
    return b"".join(pieces)


@pytest.mark.parametrize("content", [b"", b"short", TEXT, NOISE, NOISE[:70_000] + TEXT])
def test_a_member_holds_its_block_wherever_that_lies(content: bytes) -> None:
    for block in (content, filed(content)):
        assert gzip.decompress(member_of(block)) == content


def test_what_is_compressed_already_is_stored_and_text_is_not() -> None:
    assert len(NOISE) < len(member_of(NOISE)) < len(NOISE) * 1.0002
    assert NOISE[1000:1100] in member_of(NOISE)
    assert len(member_of(TEXT)) < len(TEXT) / 50

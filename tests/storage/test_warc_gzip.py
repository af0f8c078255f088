from __future__ import annotations

import gzip
import importlib
import os
import sys
import zlib
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import storage.warc_gzip as warc_gzip
from storage.block import Block
from storage.spool import Spool

TEXT = "本报讯，秋粮入库。".encode() * 20_000
NOISE = os.urandom(500_000)


def filed(content: bytes) -> Block:
    spool = Spool(held_bytes=0)
    spool.append(content)
    return spool


def in_pieces(block: Block) -> bytes:
    pieces: list[bytes] = []
    warc_gzip.write_gzip_member(b"before ", block, b" after", pieces.append)
    return b"".join(pieces)


def at_once(block: bytes) -> bytes:
    return warc_gzip.gzip_member(b"before ", block, b" after")


@pytest.mark.parametrize("content", [b"", b"short", TEXT, NOISE, NOISE[:70_000] + TEXT])
def test_a_member_holds_its_block_wherever_that_lies(content: bytes) -> None:
    for member in (at_once(content), in_pieces(content), in_pieces(filed(content))):
        inflater = zlib.decompressobj(31)
        assert inflater.decompress(member) == b"before " + content + b" after"
        assert inflater.eof
        assert not inflater.unused_data


@given(st.binary(max_size=300))
def test_the_same_record_gives_the_same_member(block: bytes) -> None:
    assert at_once(block) == at_once(block)
    assert at_once(block)[:9] == b"\x1f\x8b\x08" + bytes(6), "no name, no time: only the bytes make the member"


def test_what_is_compressed_already_is_stored_and_text_is_not() -> None:
    for member_of in (at_once, in_pieces):
        assert len(NOISE) < len(member_of(NOISE)) < len(NOISE) * 1.0002
        assert NOISE[1000:1100] in member_of(NOISE)
        assert len(member_of(TEXT)) < len(TEXT) / 50


def test_members_are_hardly_larger_than_the_least_that_gzip_makes() -> None:
    page = "".join(
        f"<li><a href='/{n * 7919 % 104729}.html'>第{n * 31 % 997}条新闻</a></li>\n" for n in range(800)
    ).encode()
    assert len(at_once(page)) <= 1.08 * len(gzip.compress(page, 9))


@pytest.fixture
def without_isal(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setitem(sys.modules, "isal", None)
    try:
        yield importlib.reload(warc_gzip)
    finally:
        monkeypatch.undo()
        importlib.reload(warc_gzip)


def test_on_other_processors_zlib_does_it(without_isal: ModuleType) -> None:
    assert without_isal.deflate is zlib
    assert at_once(TEXT) == zlib.compress(b"before " + TEXT + b" after", 6, 31)
    assert zlib.decompress(in_pieces(filed(NOISE)), 31) == b"before " + NOISE + b" after"

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import StorageError, WarcError
from storage.warc_block import FiledBlock, inflated, open_warc

CONTENT = os.urandom(100_000) + bytes(900_000) + b"end"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("warc") / "f.warc.gz"
    path.write_bytes(b"before" + gzip.compress(b"header" + CONTENT + b"\r\n\r\n") + b"after")
    return path


def block_in(path: Path) -> FiledBlock:
    return FiledBlock(path, 6, 6, len(CONTENT), CONTENT[:1000])


@given(st.lists(st.tuples(st.integers(0, 1_000_100), st.integers(0, 1_000_100)), max_size=5))
def test_slices_in_any_order_are_those_of_the_bytes(path: Path, parts: list[tuple[int, int]]) -> None:
    block = block_in(path)
    assert len(block) == len(CONTENT)
    for start, stop in parts:
        assert block[start:stop] == CONTENT[start:stop]


def test_going_through_it_inflates_it_once_and_lets_go_of_the_file(path: Path) -> None:
    block = block_in(path)
    before = len(os.listdir("/proc/self/fd"))
    assert block[:1000] == CONTENT[:1000]
    assert len(os.listdir("/proc/self/fd")) == before, "its first bytes are held"
    for at in range(0, len(CONTENT), 7000):
        assert block[at : at + 7000] == CONTENT[at : at + 7000]
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_that_changed_is_an_error_and_not_other_bytes(tmp_path: Path) -> None:
    path = tmp_path / "f.warc.gz"
    content = b"before" + gzip.compress(b"header" + CONTENT + b"\r\n\r\n")
    for changed in (content[:2000], b"x" * len(content)):
        path.write_bytes(changed)
        with pytest.raises(WarcError, match=r"record at 6: (has changed|ends where it did not)"):
            block_in(path)[:]
    path.unlink()
    with pytest.raises(StorageError, match="cannot be read"):
        block_in(path)[:]


def test_a_file_finished_in_the_meantime_is_found(path: Path) -> None:
    with open_warc(path.with_name(path.name + ".open")) as file:
        assert file.read(6) == b"before"


def test_what_follows_a_member_is_left_as_surplus() -> None:
    first, second = gzip.compress(bytes(600_000)), gzip.compress(b"second")
    inflater = zlib.decompressobj(31)
    assert b"".join(inflated(inflater, first + second)) == bytes(600_000)
    assert (inflater.eof, inflater.unused_data) == (True, second)


def test_a_bomb_inflates_in_pieces() -> None:
    bomb = gzip.compress(bytes(50 << 20))
    pieces = [len(piece) for piece in inflated(zlib.decompressobj(31), bomb)]
    assert sum(pieces) == 50 << 20
    assert max(pieces) <= 1 << 18

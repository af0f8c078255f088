from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import StorageError, TornRecord, WarcError
from storage.scan_members import GzipMembers, NoMember

PATH = Path("x.warc.gz")
RECORDS = [b"WARC/1.1 %d " % number + bytes(range(256)) * number for number in range(1, 4)]
GOOD = [gzip.compress(record, mtime=0) for record in RECORDS]


def members(content: bytes) -> GzipMembers:
    return GzipMembers(io.BytesIO(content), PATH)


def whole(found: GzipMembers) -> bytes:
    plain = bytearray()
    while piece := found.piece():
        plain += piece
    return bytes(plain)


def salvage(content: bytes) -> list[tuple[int, bytes]]:
    """Give every member that inflates, and go on behind every one that does not."""
    found, good = members(content), []
    while True:
        try:
            if not found.begin():
                assert found.offset == len(content)
                return good
            good.append((found.offset, whole(found)))
        except WarcError:
            before = found.offset
            passed = found.skip()
            assert passed > 0
            assert found.offset == before + passed


def test_members_come_in_order_and_say_where_they_lie() -> None:
    found, offset = members(b"".join(GOOD)), 0
    for member, record in zip(GOOD, RECORDS, strict=True):
        assert found.begin()
        assert (found.offset, whole(found)) == (offset, record)
        assert found.length == len(member)
        offset += len(member)
    assert not found.begin()
    assert not members(b"").begin()


def test_a_large_member_comes_in_pieces() -> None:
    found = members(gzip.compress(bytes(5 << 20)))
    assert found.begin()
    sizes = []
    while piece := found.piece():
        sizes.append(len(piece))
    assert sum(sizes) == 5 << 20
    assert max(sizes) <= 1 << 20


@pytest.mark.parametrize("cut", [1, 4, 8, 12])
def test_the_end_of_the_file_within_a_member(cut: int) -> None:
    found = members(GOOD[0][:-cut])
    assert found.begin()
    with pytest.raises(TornRecord):
        whole(found)


def test_what_is_no_member_is_told_from_one_that_is_broken() -> None:
    with pytest.raises(NoMember):
        members(b"WARC/1.1\r\n").begin()
    with pytest.raises(NoMember):
        members(b"\x1f\x8b").begin()
    found = members(GOOD[0][:20] + b"\xff\xff\xff" + GOOD[0][23:])
    assert found.begin()
    with pytest.raises(WarcError):
        whole(found)


@settings(deadline=None)
@given(st.integers(0, 2), st.integers(0, 2000), st.binary(min_size=1, max_size=40))
def test_whatever_is_broken_the_others_are_read(which: int, place: int, noise: bytes) -> None:
    at = place % len(GOOD[which])
    broken = [*GOOD]
    broken[which] = GOOD[which][:at] + noise + GOOD[which][at + len(noise) :]
    good = [record for number, record in enumerate(RECORDS) if number != which]
    assert [record for _, record in salvage(b"".join(broken)) if record in good] == good


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([0, 4090, 32760, 32768, 70000]))
def test_whatever_lies_between_members_is_passed_over(noise: bytes, more: int) -> None:
    stray = b"\x1f\x8b\x08" + noise + bytes(more)
    content = GOOD[0] + stray + GOOD[1] + stray
    offsets = [offset for offset, record in salvage(content) if record in RECORDS]
    assert offsets == [0, len(GOOD[0]) + len(stray)]


def test_a_gzip_member_that_begins_no_record_is_passed_over_with_the_damage() -> None:
    other = gzip.compress(b"<html>")
    assert [record for _, record in salvage(b"\0" + other + GOOD[1])] == [RECORDS[1]]


def test_damage_in_a_member_longer_than_what_is_kept_of_it() -> None:
    import random

    noise = random.Random(1).randbytes(9 << 20)
    large = gzip.compress(b"WARC/1.1 " + noise, 1)
    content = GOOD[0] + large[:-6] + b"\xff" + large[-5:] + GOOD[1]
    assert [record for _, record in salvage(content)] == [RECORDS[0], RECORDS[1]]


class Broken(io.RawIOBase):
    def read(self, size: int = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_disk_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(StorageError, match=r"x\.warc\.gz: cannot be read"):
        GzipMembers(cast(io.BytesIO, Broken()), PATH).begin()

from __future__ import annotations

import gzip
import hashlib
import io
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.block import HELD_BYTES
from storage.digest import sha256_of
from storage.errors import StorageError, TornRecord, WarcError
from storage.warc_members import (
    MAX_BLOCK_BYTES,
    Members,
    WarcRecord,
    open_warc,
    read_beginning,
    read_fields,
    read_record,
)

HEAD = b"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"


def plain(block: bytes, *, length: int | None = None, head: bytes = HEAD, end: bytes = b"\r\n\r\n") -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % (len(block) if length is None else length) + block + end


def read_all(content: bytes) -> list[WarcRecord]:
    members = Members(io.BytesIO(content), Path("f.warc.gz"))
    found = []
    while (record := members.next()) is not None:
        found.append(record)
    return found


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_records_are_found_where_they_lie(blocks: list[bytes]) -> None:
    members = [gzip.compress(plain(block)) for block in blocks]
    found = read_all(b"".join(members))
    assert [record.block for record in found] == blocks
    assert [record.length for record in found] == [len(member) for member in members]
    assert [record.offset for record in found] == [sum(map(len, members[:at])) for at in range(len(members))]


@pytest.mark.parametrize("size", [HELD_BYTES - 1, HELD_BYTES, HELD_BYTES + 1, 5_000_000])
def test_a_record_larger_than_any_buffer(tmp_path: Path, size: int) -> None:
    block = (bytes(range(256)) * 20_000)[:size]
    path = tmp_path / "f.warc.gz"
    for level in (0, 9):
        first = gzip.compress(plain(b"first"))
        long = gzip.compress(plain(block), level)
        path.write_bytes(first + long + gzip.compress(plain(b"next")))
        with open_warc(path) as file:
            members = Members(file, path)
            found = [members.next() for _ in range(4)]
        assert found[3] is None
        assert [one and one.block[:] for one in found[:3]] == [b"first", block, b"next"]
        assert found[1] is not None
        assert isinstance(found[1].block, bytes) == (size <= HELD_BYTES)
        assert found[1].place.block_digest == sha256_of(block)
        again = read_record(path, len(first), len(long))
        assert (again.block[:], len(again.block)) == (block, size)


@pytest.mark.parametrize("padding", [0, 1500, 3000, 30_000])
def test_the_fields_of_a_record_are_read_without_its_block(tmp_path: Path, padding: int) -> None:
    path = tmp_path / "f.warc.gz"
    head = HEAD + b"X-Hex: " + hashlib.shake_256(b"x").hexdigest(padding).encode() + b"\r\n"
    first = gzip.compress(plain(b"one", head=head))
    path.write_bytes(first + gzip.compress(plain(bytes(range(256)) * 4000)) + b"no member")
    assert dict(read_fields(path, 0))["Content-Length"] == "3"
    assert dict(read_fields(path, len(first)))["Content-Length"] == "1024000"
    assert read_beginning(path, 0) == (read_fields(path, 0), b"one")
    for offset in (1, path.stat().st_size - 9, path.stat().st_size):
        with pytest.raises(WarcError, match=f"record at {offset}: "):
            read_fields(path, offset)
    with pytest.raises(StorageError, match="cannot be read"):
        read_fields(tmp_path / "absent", 0)


@pytest.mark.parametrize("empty_line", [b"\r\n\r\n", b"\n\n", b"\n\r\n"])
@pytest.mark.parametrize("padding", [0, 5000, 100_000])
def test_the_beginning_of_a_block_reaches_to_its_first_empty_line(
    tmp_path: Path, padding: int, empty_line: bytes
) -> None:
    path = tmp_path / "f.warc.gz"
    head = b"HTTP/1.1 200 OK\r\nX: " + hashlib.shake_256(b"x").hexdigest(padding).encode() + empty_line
    body = hashlib.shake_256(b"y").digest(900_000)
    path.write_bytes(gzip.compress(plain(head + body))[:-600_000])
    fields, block = read_beginning(path, 0)
    assert dict(fields)["Content-Length"] == str(len(head + body))
    assert (head + body).startswith(block) and block.startswith(head) and len(block) < len(head) + 40_000
    with pytest.raises(WarcError, match="record at 1: "):
        read_beginning(path, 1)


def test_a_member_that_holds_no_header_has_no_fields(tmp_path: Path) -> None:
    path = tmp_path / "f.warc.gz"
    path.write_bytes(gzip.compress(b"WARC/1.1\r\nWARC-Type: met"))
    with pytest.raises(WarcError, match="no WARC header"):
        read_fields(path, 0)


def test_named_fields_are_found_whatever_their_case() -> None:
    head = HEAD + b"warc-concurrent-to: <a>\r\nWARC-Concurrent-To: <b>\r\nX: \xe6\x96\xb0\r\n"
    record = read_all(gzip.compress(plain(b"", head=head)))[0]
    assert (record.type, record.record_id, record.field("x")) == ("metadata", "urn:uuid:1", "新")
    assert record.concurrent_to == {"a", "b"}
    assert record.field("Absent") is None


def test_a_file_cut_anywhere_keeps_its_whole_records_and_says_torn() -> None:
    first, second = gzip.compress(plain(b"one")), gzip.compress(plain(b"two" * 50))
    for cut in range(len(first) + 1, len(first + second)):
        members = Members(io.BytesIO((first + second)[:cut]), Path("f"))
        record = members.next()
        assert record is not None
        assert record.block == b"one"
        with pytest.raises(TornRecord, match=f"f: record at {len(first)}: the file ends within it"):
            members.next()
        assert members.offset == len(first)


@pytest.mark.parametrize(
    ("member", "complaint"),
    [
        (b"\x00" * 100, "no whole gzip member"),
        (b"WARC/1.1\r\n", "no whole gzip member"),
        (gzip.compress(b""), "no WARC header"),
        (gzip.compress(b"hello"), "no WARC header"),
        (gzip.compress(plain(b"x", length=2)), "not of the declared length"),
        (gzip.compress(plain(b"xxx", length=2)), "more bytes than it declares"),
        (gzip.compress(plain(b"x", end=b"")), "not of the declared length"),
        (gzip.compress(plain(b"x", end=b"\n\n\n\n")), "followed by CRLF CRLF"),
        (gzip.compress(plain(b"x") * 2), "more bytes than it declares"),
        (gzip.compress(plain(b"x", head=HEAD.replace(b"1.1", b"0.9"))), "does not begin with WARC"),
        (gzip.compress(plain(b"x", head=HEAD + b"no colon\r\n")), "no header line"),
        (gzip.compress(plain(b"x", head=HEAD + b"A: b\r\n" * 1000)), "more than 1000 header lines"),
        (gzip.compress(plain(b"x", head=HEAD + b" folded: x\r\n")), "no header line"),
        (gzip.compress(plain(b"x", head=HEAD + b"X: \xff\r\n")), "no UTF-8"),
        (gzip.compress(plain(b"x", head=HEAD + b"Content-Length: 1\r\n")), "Content-Length must be there once, not 2"),
        (gzip.compress(plain(b"x", head=HEAD.replace(b"WARC-Date", b"Date"))), "WARC-Date must be there once, not 0"),
        (gzip.compress(plain(b"x", head=HEAD.replace(b"<urn:uuid:1>", b"urn:uuid:1"))), "WARC-Record-ID cannot be"),
        (gzip.compress(plain(b"x").replace(b"Length: 1", b"Length: -1")), "Content-Length cannot be"),
        (gzip.compress(plain(b"x").replace(b"Length: 1", b"Length: " + b"9" * 5000)), "Content-Length cannot be"),
    ],
)
def test_what_is_no_record_is_refused_by_file_and_offset(member: bytes, complaint: str) -> None:
    first = gzip.compress(plain(b"one"))
    with pytest.raises(WarcError, match=f"f.warc.gz: record at {len(first)}: .*{complaint}"):
        read_all(first + member)


def test_a_flipped_bit_is_found() -> None:
    member = gzip.compress(plain(b"a page" * 20))
    for at in range(10, len(member)):
        with pytest.raises(WarcError):
            read_all(member[:at] + bytes([member[at] ^ 0x10]) + member[at + 1 :])


def peak_bytes(content: bytes) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(WarcError):
            read_all(content)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_gigantic_length_and_a_bomb_cost_no_memory() -> None:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    head = HEAD + b"Content-Length: 10\r\n\r\n"
    bomb = compressor.compress(head) + b"".join(compressor.compress(zeros) for _ in range(200)) + compressor.flush()
    assert peak_bytes(bomb) < 4 << 20
    assert peak_bytes(gzip.compress(bytes(64 << 20))) < 4 << 20
    assert peak_bytes(gzip.compress(plain(b"x", length=MAX_BLOCK_BYTES + 1))) < 1 << 20
    assert peak_bytes(gzip.compress(plain(b"x", length=MAX_BLOCK_BYTES))) < 1 << 20


def test_one_record_is_read_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "f.warc.gz"
    first, second = gzip.compress(plain(b"one")), gzip.compress(plain(b"two"))
    path.write_bytes(first + second)
    assert read_record(path, len(first), len(second)).block == b"two"
    for offset, length, complaint in [
        (len(first), len(second) - 1, "not whole in"),
        (0, len(first) + 1, f"is {len(first)} bytes long"),
        (1, len(first), "no whole gzip member"),
        (len(first + second), 10, "the file ends before"),
        (-1, 10, "cannot be 10 bytes"),
        (0, 0, "cannot be 0 bytes"),
    ]:
        with pytest.raises(WarcError, match=complaint):
            read_record(path, offset, length)
    with pytest.raises(StorageError, match=r"absent: cannot be read \(No such file"):
        read_record(tmp_path / "absent", 0, 1)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(content: bytes) -> None:
    for hostile in (
        content,
        gzip.compress(content),
        gzip.compress(HEAD + content),
        gzip.compress(plain(content)) + content,
    ):
        try:
            read_all(hostile)
        except WarcError as error:
            assert str(error).startswith("f.warc.gz: record at ")

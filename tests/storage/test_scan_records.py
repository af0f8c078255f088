from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from storage.finding import Finding
from storage.scan_records import RecordScan, Scanned

PATH = Path("x.warc.gz")


def record(number: int, block: bytes = b"hello", *, more: bytes = b"", size: int | None = None) -> bytes:
    fields = b"WARC-Type: resource\r\nWARC-Record-ID: <urn:n:%d>\r\nWARC-Date: 2026\r\n" % number
    fields += b"WARC-Target-URI: http://a.cn/\r\n"
    length = b"Content-Length: %d\r\n" % (len(block) if size is None else size)
    return b"WARC/1.1\r\n" + fields + more + length + b"\r\n" + block + b"\r\n\r\n"


def scan(content: bytes, *, growing: bool = False) -> tuple[list[Scanned], list[Finding], int]:
    reader = RecordScan(io.BytesIO(content), PATH, "x", growing=growing)
    found = list(reader)
    return found, reader.findings(), reader.offset


def ids(content: bytes) -> list[str]:
    return [one.id for one in scan(content)[0]]


def kinds(content: bytes) -> list[tuple[str, int | None]]:
    return [(finding.kind, finding.offset) for finding in scan(content)[1]]


A, B, C = (gzip.compress(record(number), mtime=0) for number in range(3))


def test_records_come_with_their_places() -> None:
    found, findings, end = scan(A + B + C)
    assert findings == []
    assert [(one.id, one.offset, one.length, one.whole) for one in found] == [
        ("urn:n:0", 0, len(A), True),
        ("urn:n:1", len(A), len(B), True),
        ("urn:n:2", len(A + B), len(C), True),
    ]
    assert end == len(A + B + C)


def test_a_block_larger_than_a_piece_is_fed_whole() -> None:
    block = bytes(3 << 20)
    digest = b"WARC-Block-Digest: sha256:bd9d3e0b8f2b4d4a4b8e0bd3f8c4e7b5e1f4d2c3b4a5968778695a4b3c2d1e0f\r\n"
    found, findings, _ = scan(A + gzip.compress(record(1, block, more=digest)) + C)
    assert [one.whole for one in found] == [True] * 3
    assert [finding.kind for finding in findings] == ["block-digest"]


@pytest.mark.parametrize(
    ("middle", "kind", "expected"),
    [
        (gzip.compress(record(1, size=4)), "record-length", [0, 1, 2]),
        (gzip.compress(record(1, size=500)), "record-length", [0, 1, 2]),
        (gzip.compress(record(1)[:-4]), "record-length", [0, 1, 2]),
        (gzip.compress(record(1)[:-2]), "record-length", [0, 1, 2]),
        (gzip.compress(record(1) + b"more"), "record-length", [0, 1, 2]),
        (gzip.compress(record(1) + bytes(3 << 20)), "record-length", [0, 1, 2]),
        (gzip.compress(record(1) + record(3)), "several-records", [0, 1, 3, 2]),
        (gzip.compress(record(1)[:-7]) + gzip.compress(record(1)[-7:]), "split-record", [0, 1, 2]),
        (gzip.compress(b"WARC/1.1\r\nWARC-Type: resource\r\n"), "header-line", [0, 2]),
        (gzip.compress(b"<html>"), "version", [0, 2]),
        (gzip.compress(b""), "version", [0, 2]),
        (b"<html>", "stray-bytes", [0, 2]),
        (B[:-9], "damaged-member", [0, 2]),
        (B[:30] + b"\xff\xff\xff\xff" + B[34:], "damaged-member", [0, 2]),
        (gzip.compress(record(1).replace(b"Content-Length: 5\r\n", b"")), "missing-field", [0, 1, 2]),
    ],
)
def test_whatever_is_wrong_in_the_middle_the_next_is_read(middle: bytes, kind: str, expected: list[int]) -> None:
    content = A + middle + C
    assert kind in [found for found, _ in kinds(content)]
    assert len(A) in [offset for _, offset in kinds(content)]
    assert [int(one[6:]) for one in ids(content)] == expected


def test_a_record_cut_short_is_not_whole() -> None:
    found, _, _ = scan(A + gzip.compress(record(1, size=500)))
    assert [one.whole for one in found] == [True, False]


def test_of_a_growing_file_what_is_not_whole_is_not_told() -> None:
    found, findings, end = scan(A + B[:-5], growing=True)
    assert ([one.id for one in found], findings, end) == (["urn:n:0"], [], len(A))
    assert [kind for kind, _ in kinds(A + B[:-5])] == ["damaged-member"]


def test_whose_file_it_is_says_its_warcinfo() -> None:
    for software, ours in ((b"shilu/1", True), (b"another/1", False)):
        block = b"software: %s\r\n" % software
        info = b"WARC/1.1\r\nWARC-Type: warcinfo\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (len(block), block)
        reader = RecordScan(io.BytesIO(gzip.compress(info)), PATH, "x")
        assert len(list(reader)) == 1
        assert reader.ours is ours

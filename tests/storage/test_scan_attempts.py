from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from storage.reader import records
from storage.record_ledger import RecordLedger
from storage.scan_file import FileScan
from tests.mutation import block_of, find, good_records, packed, put, swap, with_block
from tests.storage.exchanges import ATTEMPT, exchange, files, writer


def kinds(name: str, content: bytes) -> list[str]:
    with RecordLedger() as ledger:
        scanned = FileScan(io.BytesIO(content), Path(name), name, ledger)
        list(scanned)
        return [finding.kind for finding in scanned.findings()]


@pytest.mark.parametrize("number", range(6))
def test_metadata_taken_out_leaves_a_gap_unless_it_is_the_last(tmp_path: Path, number: int) -> None:
    name, plain = good_records(tmp_path)
    at = find(plain, "metadata", number)
    alone = number == 5  # the attempt that brought no byte: no other record is missing
    assert kinds(name, packed([*plain[:at], *plain[at + 1 :]])) == ([] if alone else ["gap"])
    assert kinds(name, packed(plain[:-1])) == []


def test_a_request_that_is_not_beside_its_response_is_a_gap(tmp_path: Path) -> None:
    name, plain = good_records(tmp_path)
    response, request, metadata = (find(plain, kind) for kind in ("response", "request", "metadata"))
    assert (response + 1, request + 1) == (request, metadata)
    moved = [*plain[:request], *plain[metadata:], plain[request]]
    assert kinds(name, packed(moved)) == ["gap"]


def test_a_head_request_explains_wherever_it_stands(tmp_path: Path) -> None:
    made = writer(tmp_path)
    empty = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    request = b"HEAD /1.html HTTP/1.1\r\nHost: www.example.cn\r\n\r\n"
    made.append(exchange(1, method="HEAD", request=request, response=empty), ATTEMPT)
    made.close()
    (path,) = files(tmp_path)
    name, content = path.name, path.read_bytes()
    assert kinds(name, content) == []
    plain = [gzip.decompress(content[at.offset : at.offset + at.length]) for at in records(path)]
    before = packed([*plain[:2], plain[3], plain[2], *plain[4:]])
    assert "http-length" not in kinds(name, before)
    assert kinds(name, swap("request", b"HEAD /1", b"XEAD /1")(plain)).count("http-length") == 1
    assert kinds(name, put("request", "WARC-Concurrent-To", b"<urn:a:b>")(plain)).count("http-length") == 1


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("metadata", b"hops: 0", b"hops: x"),
        ("metadata", b"duration-s: 0.125", b"duration-s: never"),
        ("metadata", b"method: GET\r\n", b"method  GET\r\n"),
        ("warcinfo", b"removal-span-s: 3600", b"removal-span-s: soon"),
        ("resource", b'"kind"', b'"sort"'),
    ],
)
def test_what_our_own_records_cannot_say(tmp_path: Path, kind: str, old: bytes, new: bytes) -> None:
    name, plain = good_records(tmp_path)
    at = find(plain, kind)
    plain[at] = plain[at].replace(old, new)
    assert "unreadable" in kinds(name, packed(plain))


def test_what_others_say_is_not_for_us_to_understand(tmp_path: Path) -> None:
    name, plain = good_records(tmp_path)
    plain[0] = plain[0].replace(b"software: shilu/", b"software: other/")
    at = find(plain, "metadata")
    plain[at] = plain[at].replace(b"hops: 0", b"hops: x")
    found = kinds(name, packed([*plain[:3], *plain[4:]]))
    assert {"unreadable", "gap"}.isdisjoint(found)


@pytest.mark.parametrize("name", ["crawl", "source", "started", "robots", "removal-span-s"])
def test_an_opening_of_ours_says_all_of_it_or_is_none(tmp_path: Path, name: str) -> None:
    file, plain = good_records(tmp_path)
    lines = block_of(plain[0]).splitlines(keepends=True)
    plain[0] = with_block(plain[0], b"".join(line for line in lines if not line.startswith(name.encode() + b":")))
    assert kinds(file, packed(plain)) == ["unreadable"]
    plain[0] = with_block(plain[0], b"software: shilu/0\r\ndescription: copied\r\n")
    assert kinds(file, packed(plain)) == []


def test_what_a_revisit_leaves_out_is_said_in_full(tmp_path: Path) -> None:
    name, plain = good_records(tmp_path)
    at = next(number for number, record in enumerate(plain) if b"\r\nresponse-length: " in record)
    plain[at] = plain[at].replace(b"response-length: 1", b"response-length: x")
    assert "unreadable" in kinds(name, packed(plain))

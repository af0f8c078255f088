from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from storage.finding import Finding
from storage.model import Capture
from storage.reader import records
from storage.record_ledger import Link, RecordLedger, RecordPrint
from storage.seals import Seal, read_seals
from storage.verify_file import enter_growth, not_archived, verify_file, verify_held_file
from tests.storage.exchanges import AT, ATTEMPT, attempts, exchange, files, writer


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    made = writer(tmp_path)
    for number in range(3):
        made.append(exchange(number), ATTEMPT)
    made.append(exchange(3, response=b"", request=b""), ATTEMPT)
    made.close()
    return tmp_path


def path_of(archive: Path) -> Path:
    return files(archive)[0]


def rows_of(archive: Path) -> list[Capture]:
    return [found.capture for found in attempts(path_of(archive)) if found.capture]


def findings(path: Path, rows: Iterable[Capture], seal: Seal | None = None) -> list[Finding]:
    with RecordLedger() as ledger:
        found = verify_file(path, path.name, seal, iter(rows), ledger, lambda size: None)
        return [*found, *ledger.findings()]


def held_findings(path: Path, rows: Iterable[Capture], reached: list[int]) -> list[Finding]:
    name = path.name.removesuffix(".open")
    with RecordLedger() as ledger:
        return list(verify_held_file(path, name, iter(rows), ledger, lambda size: None, reached.append))


def kinds(found: list[Finding]) -> list[str]:
    return sorted({finding.kind for finding in found})


def rewritten(archive: Path, at: int, old: bytes, new: bytes) -> None:
    """Alter one record as a forger would who knows the format: same length, new gzip member."""
    path = path_of(archive)
    content = path.read_bytes()
    record = list(records(path))[at]
    member = content[record.offset : record.offset + record.length]
    plain = gzip.decompress(member)
    assert old in plain and len(old) == len(new)
    path.write_bytes(content.replace(member, gzip.compress(plain.replace(old, new))))


def test_a_good_file_has_no_finding_and_is_read_once(archive: Path) -> None:
    (seal,) = read_seals(archive)
    read: list[int] = []
    path = path_of(archive)
    with RecordLedger() as ledger:
        assert list(verify_file(path, path.name, seal, iter(rows_of(archive)), ledger, read.append)) == []
    assert sum(read) == path.stat().st_size


@pytest.mark.parametrize("at", range(0, 4600, 97))
def test_one_byte_altered_anywhere_is_found(archive: Path, at: int) -> None:
    (seal,) = read_seals(archive)
    rows = rows_of(archive)
    path = path_of(archive)
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 0x01
    path.write_bytes(content)
    assert "altered-file" in kinds(findings(path, rows, seal))


def test_a_file_cut_or_grown_says_by_how_much(archive: Path) -> None:
    (seal,) = read_seals(archive)
    path = path_of(archive)
    rows = rows_of(archive)
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"more")
    found = findings(path, rows, seal)
    assert f"not as it was sealed: {size + 4} bytes, not {size}" in str(found[-1])


def test_a_forged_block_and_a_forged_payload_are_found(archive: Path) -> None:
    rows = rows_of(archive)
    rewritten(archive, 2, b"<!-- 0 -->", b"<!-- 9 -->")
    found = [finding for finding in findings(path_of(archive), rows) if finding.kind.endswith("digest")]
    assert kinds(found) == ["block-digest", "payload-digest"]
    assert {finding.offset for finding in found} == {rows[0].warc_offset}
    rewritten(archive, 3, b"Host: www", b"Host: wwx")
    assert sum(finding.kind == "block-digest" for finding in findings(path_of(archive), rows)) == 2


def test_a_forged_source_is_found(archive: Path) -> None:
    rewritten(archive, 1, b'"kind":"news"', b'"kind":"nows"')
    assert {"block-digest", "payload-digest"} <= set(kinds(findings(path_of(archive), [])))


def test_a_digest_of_another_kind_is_found(archive: Path) -> None:
    rewritten(archive, 2, b"WARC-Block-Digest: sha256:", b"WARC-Block-Digest: sha999:")
    assert "digest-form" in kinds(findings(path_of(archive), []))


def test_damage_in_the_middle_does_not_hide_the_rest(archive: Path) -> None:
    path = path_of(archive)
    rows = rows_of(archive)
    content = bytearray(path.read_bytes())
    content[rows[1].warc_offset + 40] ^= 0xFF
    path.write_bytes(content)
    found = findings(path, rows)
    assert kinds(found) == ["damaged-member", "dangling", "gap", "not-archived"]
    assert [finding.offset for finding in found if finding.kind == "not-archived"] == [rows[1].warc_offset]
    content[rows[2].warc_offset + 40] ^= 0xFF
    path.write_bytes(content)
    lost = [finding.offset for finding in findings(path, rows) if finding.kind == "not-archived"]
    assert lost == [rows[1].warc_offset, rows[2].warc_offset]


def test_a_malformed_record_is_passed_and_the_rest_is_checked(archive: Path) -> None:
    rows = rows_of(archive)
    rewritten(archive, 4, b"hops: 0", b"hops: x")
    rewritten(archive, 5, b"<!-- 1 -->", b"<!-- 9 -->")
    found = findings(path_of(archive), rows)
    unreadable = [finding for finding in found if finding.kind == "unreadable"]
    assert ["hops: no count" in finding.detail for finding in unreadable] == [True]
    assert sum(finding.kind == "payload-digest" for finding in found) == 1


def test_captures_that_are_not_catalogued(archive: Path) -> None:
    rows = rows_of(archive)
    (finding,) = findings(path_of(archive), [rows[0], rows[2]])
    assert (finding.kind, finding.offset) == ("not-catalogued", rows[1].warc_offset)
    assert rows[1].id in finding.detail
    assert rows[1].url in finding.detail


def test_catalogued_captures_that_are_not_there(archive: Path) -> None:
    rows = rows_of(archive)
    between = replace(rows[1], warc_offset=rows[1].warc_offset + 1, id="x")
    twice = replace(rows[2], id="y")
    behind = replace(rows[2], warc_offset=rows[2].warc_offset + 100_000, id="z")
    request = next(record for record in records(path_of(archive)) if record.type == "request")
    elsewhere = replace(rows[0], warc_offset=request.offset, warc_length=request.length, id="w")
    listed = sorted(
        [*rows, between, twice, behind, elsewhere], key=lambda row: (row.warc_offset, row.id != "y", row.id)
    )
    found = findings(path_of(archive), listed)
    assert {finding.detail.split(" ")[0] for finding in found if finding.kind == "not-archived"} >= {"x", "z", "w"}
    assert len(found) >= 4


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"id": "urn:uuid:other"}, "the id is"),
        ({"url": "http://www.example.cn/other"}, "the URL is"),
        ({"payload_digest": "sha256:other"}, "the payload digest is"),
        ({"warc_length": 7}, "the length is"),
        ({"captured": AT.replace(year=2020)}, "the time is"),
        ({"kind": "revisit"}, "the kind is"),
        ({"refers_to": "urn:uuid:other"}, "the record referred to is"),
        ({"source": "other"}, "the source is"),
        ({"crawl_id": "other"}, "the crawl id is"),
        ({"method": "POST"}, "the method is"),
        ({"request_digest": None}, "the request digest is"),
        ({"status": 404}, "the status is"),
        ({"mime": "text/plain"}, "the mime is"),
        ({"ip": None}, "the ip is"),
        ({"tls_verified": False}, "the tls verified is"),
        ({"truncated": "length"}, "the truncated is"),
    ],
)
def test_a_row_that_differs_from_its_record(archive: Path, changes: dict[str, object], what: str) -> None:
    rows = rows_of(archive)
    rows[1] = replace(rows[1], **changes)  # type: ignore[arg-type]
    (finding,) = findings(path_of(archive), rows)
    assert (finding.kind, finding.offset) == ("differs", rows[1].warc_offset)
    assert what in finding.detail


def test_a_record_taken_out_leaves_a_gap(archive: Path) -> None:
    path = path_of(archive)
    rows = rows_of(archive)
    content = path.read_bytes()
    request = next(record for record in records(path) if record.type == "request")
    path.write_bytes(content[: request.offset] + content[request.offset + request.length :])
    moved = [rows[0], *(replace(row, warc_offset=row.warc_offset - request.length) for row in rows[1:])]
    found = findings(path, moved)
    assert [finding.kind for finding in found] == ["gap", "dangling"]
    assert all(request.record_id in finding.detail for finding in found)


def test_a_metadata_record_taken_out_leaves_a_gap(archive: Path) -> None:
    path = path_of(archive)
    rows = rows_of(archive)
    content = path.read_bytes()
    metadata = next(record for record in records(path) if record.type == "metadata")
    path.write_bytes(content[: metadata.offset] + content[metadata.offset + metadata.length :])
    moved = [rows[0], *(replace(row, warc_offset=row.warc_offset - metadata.length) for row in rows[1:])]
    (finding,) = findings(path, moved)
    assert (finding.kind, finding.offset) == ("gap", rows[0].warc_offset)


def test_a_gap_at_the_very_end_is_what_a_crash_leaves(archive: Path) -> None:
    path = path_of(archive)
    rows = rows_of(archive)
    path.write_bytes(path.read_bytes()[: rows[2].warc_offset + rows[2].warc_length])
    assert findings(path, rows) == []


def test_of_a_file_that_is_being_written_the_whole_records_are_checked(tmp_path: Path) -> None:
    made = writer(tmp_path)
    captures = [made.append(exchange(number), ATTEMPT) for number in range(2)]
    (path,) = files(tmp_path)
    rows = [capture for capture in captures if capture]
    reached: list[int] = []
    assert held_findings(path, rows[:1], reached) == []
    assert reached == [path.stat().st_size]
    wrong = replace(rows[1], warc_offset=rows[1].warc_offset - 1)
    assert [finding.kind for finding in held_findings(path, [wrong], reached)] == ["not-archived"]
    content = path.read_bytes()
    path.write_bytes(content[: rows[1].warc_offset + 40])
    assert held_findings(path, rows[:1], reached) == []
    assert reached[-1] == rows[1].warc_offset
    assert [finding.kind for finding in held_findings(path, rows, reached)] == ["not-archived"]
    path.write_bytes(content[:60] + b"\xff" + content[61:])
    assert held_findings(path, rows[:1], reached)[0].kind == "damaged-member"
    made.close()


def test_a_capture_that_a_growing_file_got_meanwhile_is_looked_for(tmp_path: Path) -> None:
    made = writer(tmp_path)
    first = made.append(exchange(0), ATTEMPT)
    assert first is not None
    (path,) = files(tmp_path)

    def meanwhile(_: int) -> None:
        later.append(made.append(exchange(1), ATTEMPT))  # type: ignore[arg-type]

    later: list[Capture] = []
    with RecordLedger() as ledger:
        rows = (row for listed in ([first], later) for row in listed)
        found = verify_held_file(path, path.name.removesuffix(".open"), rows, ledger, lambda size: None, meanwhile)
        assert list(found) == []
        assert len(later) == 1
    made.close()


def test_what_a_file_got_since_is_entered(tmp_path: Path) -> None:
    made = writer(tmp_path)
    made.append(exchange(0), ATTEMPT)
    (path,) = files(tmp_path)
    reached: list[int] = []
    with RecordLedger() as ledger:
        name = path.name.removesuffix(".open")
        list(verify_held_file(path, name, iter([]), ledger, lambda size: None, reached.append))
        capture = made.append(exchange(1), ATTEMPT)
        assert capture is not None
        enter_growth(path, "a", reached[0], ledger)
        assert list(ledger.findings()) == []
        ledger.open_file("b")
        ledger.add(capture.id, 7, Link.REVISITS, RecordPrint("revisit"))
        ledger.add(capture.id + "0", 9, Link.REVISITS, RecordPrint("revisit"))
        assert [(finding.kind, finding.offset) for finding in ledger.findings()] == [("dangling", 9)]
    made.close()


def test_a_hostile_file_is_findings_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    for content, expected in (
        (b"", []),
        (b"\x00" * 1000, ["stray-bytes"]),
        (gzip.compress(b"x" * 900_000), ["version"]),
        (gzip.compress(b"x" * 9_000_000), ["record-length", "version"]),
        (b"\x1f\x8b", ["stray-bytes"]),
        (b"\x1f\x8b\x08", ["damaged-member"]),
    ):
        path.write_bytes(content)
        seal = Seal(path.name, len(content), sha256(content).hexdigest(), AT, None)
        assert kinds(findings(path, [], seal)) == expected


def test_a_finding_is_a_line() -> None:
    place = {"id": "urn:uuid:1", "url": "http://a/", "warc_file": "f.warc.gz", "warc_offset": 7}
    row = Capture(**(dict.fromkeys(Capture.__slots__) | place))  # type: ignore[arg-type]
    assert str(not_archived(row, "it is gone")) == (
        "not-archived: f.warc.gz at 7: urn:uuid:1 (http://a/) is catalogued, but it is gone"
    )

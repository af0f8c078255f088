from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from storage.finding import Finding
from storage.model import Capture
from storage.reader import records
from storage.recovery import recover
from storage.verify import verify
from tests.storage.exchanges import ATTEMPT, attempts, exchange, files, revisit, writer


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Four finished files with three captures each."""
    made = writer(tmp_path, max_bytes=5000)
    while len(files(tmp_path)) < 5:
        made.append(exchange(len(files(tmp_path))), ATTEMPT)
    made.close()
    files(tmp_path)[-1].unlink()
    seals = tmp_path / "seals.jsonl"
    seals.write_bytes(b"".join(seals.read_bytes().splitlines(keepends=True)[:4]))
    return tmp_path


def rows_of(archive: Path) -> list[Capture]:
    return [found.capture for path in files(archive) for found in attempts(path) if found.capture]


def findings(archive: Path, rows: Iterable[Capture]) -> list[Finding]:
    return list(verify(archive, rows))


def test_a_good_archive_has_no_finding(archive: Path) -> None:
    read: list[int] = []
    assert list(verify(archive, rows_of(archive), progress=read.append)) == []
    assert sum(read) == sum(path.stat().st_size for path in files(archive))


def test_no_archive_has_no_finding(tmp_path: Path) -> None:
    assert findings(tmp_path, []) == []


@pytest.mark.parametrize("number", range(4))
def test_one_byte_altered_in_a_warc_is_found(archive: Path, number: int) -> None:
    rows = rows_of(archive)
    path = files(archive)[number]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert ("altered-file", path.name) in [(finding.kind, finding.file) for finding in findings(archive, rows)]


@pytest.mark.parametrize("number", range(4))
def test_a_line_taken_out_of_the_seals_is_found(archive: Path, number: int) -> None:
    rows = rows_of(archive)
    seals = archive / "seals.jsonl"
    lines = seals.read_bytes().splitlines(keepends=True)
    del lines[number]
    seals.write_bytes(b"".join(lines))
    found = findings(archive, rows)
    assert ("unsealed", files(archive)[number].name) in [(finding.kind, finding.file) for finding in found]
    assert ("seal" in [finding.kind for finding in found]) == (number < 3)


@pytest.mark.parametrize("number", range(4))
def test_a_seal_and_its_file_taken_out_together_are_found(archive: Path, number: int) -> None:
    rows = rows_of(archive)
    seals = archive / "seals.jsonl"
    lines = seals.read_bytes().splitlines(keepends=True)
    gone = files(archive)[number]
    del lines[number]
    seals.write_bytes(b"".join(lines))
    gone.unlink()
    found = findings(archive, rows)
    missing = [row for row in rows if row.warc_file == gone.name]
    assert missing
    assert sum(finding.kind == "not-archived" and finding.file == gone.name for finding in found) == len(missing)


def test_a_missing_file_is_found_once_and_each_of_its_captures(archive: Path) -> None:
    rows = rows_of(archive)
    gone = files(archive)[1]
    gone.unlink()
    found = findings(archive, rows)
    assert [finding.kind for finding in found].count("missing-file") == 1
    assert {finding.file for finding in found} == {gone.name}


def test_a_file_put_in_is_found(archive: Path) -> None:
    rows = rows_of(archive)
    planted = archive / "warc" / "planted.warc.gz"
    planted.write_bytes(files(archive)[0].read_bytes())
    found = findings(archive, rows)
    assert {finding.kind for finding in found if finding.file == planted.name} == {
        "unsealed",
        "not-catalogued",
        "warcinfo",
    }
    assert sum(finding.kind == "duplicate-id" for finding in found) == len(list(records(planted)))


def test_a_file_sealed_twice_is_found(archive: Path) -> None:
    seals = archive / "seals.jsonl"
    lines = seals.read_bytes().splitlines(keepends=True)
    seals.write_bytes(b"".join([*lines, lines[0]]))
    assert "sealed a second time" in " ".join(map(str, findings(archive, rows_of(archive))))


def test_captures_are_held_against_records_across_files(archive: Path) -> None:
    rows = rows_of(archive)
    assert [str(finding).split(":")[0] for finding in findings(archive, rows[1:])] == ["not-catalogued"]
    assert [str(finding).split(":")[0] for finding in findings(archive, rows[:-1])] == ["not-catalogued"]
    for name in ("a.warc.gz", "zzz.warc.gz"):
        lost = sorted([*rows, replace(rows[0], warc_file=name)], key=lambda row: (row.warc_file, row.warc_offset))
        (finding,) = findings(archive, lost)
        assert (finding.kind, finding.file) == ("not-archived", name)


def test_rows_out_of_order_are_refused(archive: Path) -> None:
    with pytest.raises(ValueError, match="rows out of order"):
        findings(archive, reversed(rows_of(archive)))


def test_a_file_that_is_being_written_is_no_finding(archive: Path) -> None:
    rows = rows_of(archive)
    made = writer(archive)
    capture = made.append(exchange(90), ATTEMPT)
    made.append(exchange(91), ATTEMPT)
    assert capture is not None
    rows = sorted([*rows, capture], key=lambda row: (row.warc_file, row.warc_offset))
    assert findings(archive, rows) == []
    made.close()
    assert [finding.kind for finding in findings(archive, rows)] == ["not-catalogued"]


def test_a_file_that_a_dead_run_left_open_is_a_finding_until_recovered(archive: Path) -> None:
    rows = rows_of(archive)
    path = files(archive)[-1]
    seals = archive / "seals.jsonl"
    seals.write_bytes(b"".join(seals.read_bytes().splitlines(keepends=True)[:-1]))
    content = path.read_bytes()
    path.rename(path.with_name(path.name + ".open")).write_bytes(content + b"torn")
    assert [finding.kind for finding in findings(archive, rows)] == ["unrecovered", "stray-bytes"]
    recover(archive)
    assert findings(archive, rows) == []


def test_a_file_finished_while_the_audit_runs_is_no_finding(archive: Path) -> None:
    rows = rows_of(archive)
    made = writer(archive)
    capture = made.append(exchange(90), ATTEMPT)
    assert capture is not None
    rows = sorted([*rows, capture], key=lambda row: (row.warc_file, row.warc_offset))

    def in_the_meantime(size: int) -> None:
        made.close()

    assert list(verify(archive, rows, progress=in_the_meantime)) == []


def test_a_revisit_of_what_another_run_wrote_meanwhile_is_no_finding(tmp_path: Path) -> None:
    one, other = writer(tmp_path), writer(tmp_path)
    names = sorted((one.file_name, other.file_name))
    first, second = (one, other) if names[0] == one.file_name else (other, one)
    sizes = [path.stat().st_size for path in files(tmp_path)]
    read: list[int] = []
    late: list[Capture] = []

    def in_the_meantime(size: int) -> None:
        read.append(size)
        if sum(read) == sum(sizes) and not late:
            capture = first.append(exchange(90), ATTEMPT)  # its file has been read
            assert capture is not None
            late.append(capture)
            second.append(exchange(91, response=exchange(90).response), ATTEMPT, revisit=revisit(capture))

    assert list(verify(tmp_path, [], progress=in_the_meantime)) == []
    assert late and sum(read) > sum(sizes)
    first.close()
    second.close()
    assert [finding.kind for finding in verify(tmp_path, [])] == ["not-catalogued"] * 2
    for path in files(tmp_path):
        if path.name == late[0].warc_file:
            path.unlink()
    assert [finding.kind for finding in findings(tmp_path, [])] == ["missing-file", "not-catalogued", "dangling"]

from __future__ import annotations

import json
import multiprocessing
from hashlib import sha256
from pathlib import Path

import pytest

from storage.errors import SealError, StorageError
from storage.seals import Seal, open_seals, read_seals, seal_lines
from tests.storage.exchanges import AT


def sealed(directory: Path, count: int) -> list[bytes]:
    for number in range(count):
        with open_seals(directory) as seals:
            seals.append(f"shilu-{number}.warc.gz", number, f"{number:064x}", AT)
    return (directory / "seals.jsonl").read_bytes().splitlines(keepends=True)


def problems(directory: Path) -> dict[int, str]:
    return {line.number: line.problem for line in seal_lines(directory) if line.problem}


def test_each_line_holds_the_hash_of_the_line_before(tmp_path: Path) -> None:
    lines = sealed(tmp_path, 3)
    rows = [json.loads(line) for line in lines]
    assert [row["previous"] for row in rows] == [None, *(sha256(line[:-1]).hexdigest() for line in lines[:2])]
    assert read_seals(tmp_path)[1] == Seal("shilu-1.warc.gz", 1, f"{1:064x}", AT, rows[1]["previous"])
    assert problems(tmp_path) == {}


def test_no_file_is_no_seal(tmp_path: Path) -> None:
    assert read_seals(tmp_path) == ()


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_line_taken_out_is_found(tmp_path: Path, taken: int) -> None:
    lines = sealed(tmp_path, 4)
    del lines[taken]
    (tmp_path / "seals.jsonl").write_bytes(b"".join(lines))
    assert list(problems(tmp_path)) == [taken + 1]
    with pytest.raises(SealError, match=f"seals.jsonl: line {taken + 1}: the line before is not the one"):
        read_seals(tmp_path)


@pytest.mark.parametrize("at", range(0, 280, 7))
def test_a_byte_altered_in_any_line_but_the_last_is_found(tmp_path: Path, at: int) -> None:
    content = bytearray(b"".join(sealed(tmp_path, 3)))
    content[at] ^= 1
    (tmp_path / "seals.jsonl").write_bytes(content)
    assert problems(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"\n",
        b"{\n",
        b"[" * 4000 + b"\n",
        b'{"name": "../passwd", "previous": null, "sealed": "2026-01-01T00:00:00Z", "sha256": "0", "size_bytes": 1}\n',
        b'{"name": "a.warc.gz", "previous": 1, "sealed": 2, "sha256": [], "size_bytes": true}\n',
        b"\xff\xfe\n",
        b"x" * 10_000 + b"\n",
    ],
)
def test_any_line_is_judged_and_none_raises(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "seals.jsonl").write_bytes(line)
    assert seal_lines(tmp_path)[0].seal is None
    assert problems(tmp_path)


def test_a_name_that_no_seal_may_bear_is_refused(tmp_path: Path) -> None:
    with open_seals(tmp_path) as seals, pytest.raises(SealError, match=r"cannot seal '\.\./x'"):
        seals.append("../x", 1, "0" * 64, AT)


def test_a_seal_written_otherwise_is_a_problem(tmp_path: Path) -> None:
    (line,) = sealed(tmp_path, 1)
    (tmp_path / "seals.jsonl").write_bytes(line.replace(b", ", b","))
    assert problems(tmp_path) == {1: "not written as seals are"}


def test_a_torn_last_line_is_moved_to_quarantine(tmp_path: Path) -> None:
    whole = b"".join(sealed(tmp_path, 2))
    torn = b'{"name": "shilu-9'
    (tmp_path / "seals.jsonl").write_bytes(whole + torn)
    assert list(problems(tmp_path)) == [3]
    with open_seals(tmp_path) as seals:
        copy = seals.mend()
        assert seals.mend() is None
    assert copy is not None
    assert copy.read_bytes() == torn
    assert (tmp_path / "seals.jsonl").read_bytes() == whole
    assert len(sealed(tmp_path, 1)) == 3
    assert problems(tmp_path) == {}


def test_a_torn_line_longer_than_any_line_is_moved_too(tmp_path: Path) -> None:
    whole = b"".join(sealed(tmp_path, 2))
    (tmp_path / "seals.jsonl").write_bytes(whole + b"x" * 50_000)
    with open_seals(tmp_path) as seals:
        assert seals.mend() is not None
    assert (tmp_path / "seals.jsonl").read_bytes() == whole


def append_many(directory: Path, name: str) -> None:
    for number in range(25):
        with open_seals(directory) as seals:
            seals.append(f"{name}-{number}.warc.gz", number, "0" * 64, AT)


def test_processes_share_the_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=append_many, args=(tmp_path, f"p{number}")) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert len(read_seals(tmp_path)) == 75


def test_a_file_of_seals_that_is_a_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "seals.jsonl").mkdir()
    with pytest.raises(StorageError, match=r"seals.jsonl: cannot be opened \(Is a directory\)"), open_seals(tmp_path):
        pass
    with pytest.raises(StorageError, match=r"seals.jsonl: cannot be read"):
        seal_lines(tmp_path)

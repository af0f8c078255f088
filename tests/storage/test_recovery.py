from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from storage.errors import StorageError
from storage.reader import records
from storage.recovery import Recovered, recover
from storage.seals import read_seals
from tests.storage.exchanges import ATTEMPT, attempts, exchange, files, writer

NAME = "shilu-demo-1.warc.gz"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small WARC file: warcinfo, resource and two attempts."""
    directory = tmp_path_factory.mktemp("made")
    made = writer(directory)
    for number in range(2):
        made.append(exchange(number), ATTEMPT)
    made.close()
    return files(directory)[0].read_bytes()


def left_open(directory: Path, content: bytes, name: str = NAME) -> Path:
    path = directory / "warc" / f"{name}.open"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def ends(content: bytes, directory: Path) -> list[int]:
    path = directory / "measured.warc.gz"
    path.write_bytes(content)
    return [record.offset + record.length for record in records(path)]


def test_a_file_cut_anywhere_keeps_every_whole_record(tmp_path: Path, content: bytes) -> None:
    whole = [0, *ends(content, tmp_path)]
    near = {end + by for end in whole for by in range(-9, 20)} & set(range(len(content) + 1))
    for cut in sorted(near | set(range(0, len(content) + 1, 13))):
        left_open(tmp_path, content[:cut])
        kept = max(end for end in whole if end <= cut)
        (done,) = recover(tmp_path)
        action = "removed" if kept == 0 else "sealed" if kept == cut else "mended"
        assert (done.name, done.action, done.kept_bytes) == (NAME, action, kept)
        if cut > kept:
            assert done.quarantined is not None
            assert done.quarantined.read_bytes() == content[kept:cut]
            assert f"record at {kept}: the file ends within it" in str(done)
        else:
            assert done.quarantined is None
        finished = tmp_path / "warc" / NAME
        if kept == 0:
            assert files(tmp_path) == []
            continue
        assert finished.read_bytes() == content[:kept]
        assert read_seals(tmp_path)[-1].sha256 == sha256(content[:kept]).hexdigest()
        assert recover(tmp_path) == ()
        finished.unlink()
        (tmp_path / "seals.jsonl").unlink()


def test_a_whole_response_with_a_torn_request_is_kept_and_the_gap_stated(tmp_path: Path, content: bytes) -> None:
    left_open(tmp_path, content[: ends(content, tmp_path)[5] + 10])
    recover(tmp_path)
    first, second = attempts(tmp_path / "warc" / NAME)
    assert first.gap is None
    assert second.exchange.response == exchange(1).response
    assert second.gap is not None
    assert "request and metadata missing" in second.gap


@pytest.mark.parametrize("tail", [bytes(4096), b"\x1f\x8b\x08", b"garbage", os.urandom(2000)])
def test_whatever_follows_the_last_whole_record_is_cut_off(tmp_path: Path, content: bytes, tail: bytes) -> None:
    left_open(tmp_path, content + tail)
    (done,) = recover(tmp_path)
    assert (done.action, done.kept_bytes) == ("mended", len(content))
    assert done.quarantined is not None
    assert done.quarantined.read_bytes() == tail


def test_a_file_with_its_head_only_is_sealed(tmp_path: Path, content: bytes) -> None:
    left_open(tmp_path, content[: ends(content, tmp_path)[1]])
    assert [done.action for done in recover(tmp_path)] == ["sealed"]
    assert attempts(tmp_path / "warc" / NAME) == []


def test_a_file_whose_writer_lives_is_left_alone(tmp_path: Path) -> None:
    made = writer(tmp_path)
    made.append(exchange(1), ATTEMPT)
    before = files(tmp_path)
    assert recover(tmp_path) == ()
    assert files(tmp_path) == before
    made.append(exchange(2), ATTEMPT)
    made.close()
    assert len(attempts(files(tmp_path)[0])) == 2


def test_a_finished_file_without_its_seal_gets_it(tmp_path: Path, content: bytes) -> None:
    path = left_open(tmp_path, content)
    path.rename(path.with_name(NAME))
    (done,) = recover(tmp_path)
    assert (done.action, done.kept_bytes) == ("resealed", len(content))
    assert read_seals(tmp_path)[0].sha256 == sha256(content).hexdigest()
    assert recover(tmp_path) == ()


def test_a_torn_line_of_the_seals_is_mended_and_its_file_sealed_again(tmp_path: Path, content: bytes) -> None:
    for name in ("a.warc.gz", "b.warc.gz"):
        left_open(tmp_path, content, name)
    recover(tmp_path)
    seals = tmp_path / "seals.jsonl"
    line = seals.read_bytes().splitlines(keepends=True)[1]
    seals.write_bytes(seals.read_bytes()[:-20])
    mended, resealed = recover(tmp_path)
    assert (mended.action, resealed.action, resealed.name) == ("seals-mended", "resealed", "b.warc.gz")
    assert mended.quarantined is not None
    assert mended.quarantined.read_bytes() == line[:-20]
    assert [seal.name for seal in read_seals(tmp_path)] == ["a.warc.gz", "b.warc.gz"]


def test_an_archive_that_is_not_there_needs_nothing(tmp_path: Path) -> None:
    assert recover(tmp_path) == ()
    (tmp_path / "warc").mkdir()
    assert recover(tmp_path) == ()
    assert not (tmp_path / "seals.jsonl").exists()


def test_a_final_name_that_is_taken_is_an_error_and_nothing_is_lost(tmp_path: Path, content: bytes) -> None:
    path = left_open(tmp_path, content)
    path.with_name(NAME).write_bytes(b"other")
    with pytest.raises(StorageError, match="exists already; move one of them away"):
        recover(tmp_path)
    assert path.read_bytes() == content
    assert path.with_name(NAME).read_bytes() == b"other"


def test_a_name_that_no_seal_may_bear_is_left_alone(tmp_path: Path, content: bytes) -> None:
    left_open(tmp_path, content, "two words.warc.gz")
    assert recover(tmp_path) == ()


def test_a_link_is_not_followed(tmp_path: Path, content: bytes) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(content + b"torn")
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / f"{NAME}.open").symlink_to(outside)
    with pytest.raises(StorageError, match="cannot be opened"):
        recover(tmp_path)
    assert outside.read_bytes() == content + b"torn"


def test_a_file_finished_between_listing_and_lock_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = writer(tmp_path)
    made.append(exchange(1), ATTEMPT)
    flock = fcntl.flock

    def late(descriptor: int, operation: int) -> None:
        monkeypatch.undo()
        made.close()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    assert recover(tmp_path) == ()
    assert [seal.name for seal in read_seals(tmp_path)] == [path.name for path in files(tmp_path)]


KILLED = """
import sys
from pathlib import Path
from tests.storage.exchanges import ATTEMPT, exchange, writer
made = writer(Path(sys.argv[1]), max_bytes=int(sys.argv[2]))
number = 0
while True:
    made.append(exchange(number), ATTEMPT)
    if number % 10 == 9:
        made.sync()
        print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("max_bytes", [1 << 30, 20_000])
def test_a_killed_writer_loses_nothing_that_was_synced(tmp_path: Path, max_bytes: int) -> None:
    for turn in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / str(turn)), str(max_bytes)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            synced = [int(process.stdout.readline()) for _ in range(3 + 7 * turn)][-1]
            process.send_signal(signal.SIGKILL)
            synced = max([synced, *map(int, process.stdout.read().split("\n")[:-1])])
        directory = tmp_path / str(turn)
        recover(directory)
        assert recover(directory) == ()
        found = [one.exchange for path in files(directory) for one in attempts(path)]
        assert len(found) > synced
        assert found == [exchange(number) for number in range(len(found))]
        assert [seal.name for seal in read_seals(directory)] == [path.name for path in files(directory)]


ROTATING = """
import sys
from pathlib import Path
from tests.storage.exchanges import ATTEMPT, exchange, writer
for number in range(8):
    made = writer(Path(sys.argv[1]), max_bytes=1)
    for number in range(8):
        made.append(exchange(number), ATTEMPT)
    made.close()
"""


def test_recovery_beside_living_writers_disturbs_nothing(tmp_path: Path) -> None:
    """Files are created, finished and sealed all the while, by two processes; each ends with exactly one seal."""
    command = [sys.executable, "-c", ROTATING, str(tmp_path)]
    processes = [subprocess.Popen(command) for _ in range(2)]
    done: list[Recovered] = []
    while any(process.poll() is None for process in processes):
        done.extend(recover(tmp_path))
    assert [process.returncode for process in processes] == [0, 0]
    assert recover(tmp_path) == ()
    assert {one.action for one in done} <= {"removed"}  # created, not yet locked: its writer takes the name again
    names = [path.name for path in files(tmp_path)]
    assert len(names) == 2 * 8 * 9
    assert sorted(seal.name for seal in read_seals(tmp_path)) == names
    assert sum(len(attempts(path)) for path in files(tmp_path)) == 2 * 8 * 8


def recover_here(directory: Path) -> None:
    recover(directory)


def test_several_recoveries_at_once_finish_each_file_once(tmp_path: Path, content: bytes) -> None:
    for number in range(30):
        left_open(tmp_path, content + b"torn", f"f-{number:02}.warc.gz")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=recover_here, args=(tmp_path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert sorted(seal.name for seal in read_seals(tmp_path)) == [f"f-{number:02}.warc.gz" for number in range(30)]
    assert len(list((tmp_path / "quarantine").iterdir())) == 30

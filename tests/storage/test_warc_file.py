from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from storage.archive_files import make_directory
from storage.errors import StorageError
from storage.seals import open_seals, read_seals
from storage.warc_file import OpenWarc
from tests.storage.exchanges import AT

NAME = "shilu-demo-1.warc.gz"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    make_directory(tmp_path / "warc")
    return tmp_path


def locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_file_is_locked_while_open_and_sealed_as_written(archive: Path) -> None:
    warc = OpenWarc(archive, NAME, AT)
    assert [warc.append(b"one"), warc.append(b"three")] == [0, 3]
    assert locked(warc.path)
    assert warc.path.read_bytes() == b"onethree"
    warc.sync()
    warc.seal(AT + timedelta(seconds=1))
    (seal,) = read_seals(archive)
    assert (seal.name, seal.size_bytes, seal.sha256) == (NAME, 8, sha256(b"onethree").hexdigest())
    assert [path.name for path in (archive / "warc").iterdir()] == [NAME]
    assert not locked(archive / "warc" / NAME)
    assert warc.is_closed
    warc.sync()
    with pytest.raises(StorageError, match="it was closed"):
        warc.append(b"more")


def test_each_step_of_a_seal_is_durable_before_the_next(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = OpenWarc(archive, NAME, AT)
    warc.append(b"one")
    with open_seals(archive):
        pass
    steps: list[str] = []
    fsync, write = os.fsync, os.write

    def name_of(descriptor: int) -> str:
        return Path(os.readlink(f"/proc/self/fd/{descriptor}")).name

    def seen_fsync(descriptor: int) -> None:
        steps.append(f"sync {name_of(descriptor)}")
        fsync(descriptor)

    def seen_write(descriptor: int, content: bytes) -> int:
        steps.append(f"write {name_of(descriptor)}")
        return write(descriptor, content)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(os, "write", seen_write)
    warc.seal(AT)
    assert steps == [f"sync {NAME}.open", "sync warc", "write seals.jsonl", "sync seals.jsonl"]


def test_a_name_that_is_taken_is_refused(archive: Path) -> None:
    warc = OpenWarc(archive, NAME, AT)
    with pytest.raises(FileExistsError):
        OpenWarc(archive, NAME, AT)
    warc.seal(AT)
    with pytest.raises(FileExistsError):
        OpenWarc(archive, NAME, AT)


def test_a_finished_file_is_never_replaced(archive: Path) -> None:
    warc = OpenWarc(archive, NAME, AT)
    warc.append(b"ours")
    (archive / "warc" / NAME).write_bytes(b"theirs")
    with pytest.raises(StorageError, match="exists already"):
        warc.seal(AT)
    assert (archive / "warc" / NAME).read_bytes() == b"theirs"
    assert warc.path.read_bytes() == b"ours"


def test_a_full_disk_leaves_whole_records_only_and_the_file_usable(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warc = OpenWarc(archive, NAME, AT)
    warc.append(b"whole")
    write = os.write
    room = [4]

    def full(descriptor: int, content: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = write(descriptor, bytes(content)[: room[0]])
        room[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageError, match="the disk is full"):
        warc.append(b"does not fit")
    monkeypatch.undo()
    assert warc.path.read_bytes() == b"whole"
    assert warc.append(b"fits") == 5
    warc.seal(AT)
    assert read_seals(archive)[0].sha256 == sha256(b"wholefits").hexdigest()


def test_a_really_full_disk(archive: Path) -> None:
    """The kernel refuses the write past the limit on file size as it would on a full disk, after a short one."""
    script = """
import resource, signal, sys
from pathlib import Path
from storage.errors import StorageError
from storage.warc_file import OpenWarc
from tests.storage.exchanges import AT
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
warc = OpenWarc(Path(sys.argv[1]), "a.warc.gz", AT)
warc.append(b"a" * 4000)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    warc.append(b"b" * 4000)
except StorageError as error:
    print(error, warc.path.stat().st_size, warc.size)
"""
    run = subprocess.run([sys.executable, "-c", script, str(archive)], capture_output=True, text=True, check=True)
    assert run.stdout.strip().endswith("cannot be written (File too large) 4000 4000")


def test_a_write_that_cannot_be_undone_ends_the_file(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = OpenWarc(archive, NAME, AT)
    warc.append(b"whole")

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "write", fail)
    monkeypatch.setattr(os, "ftruncate", fail)
    with pytest.raises(StorageError, match="Input/output error"):
        warc.append(b"more")
    monkeypatch.undo()
    with pytest.raises(StorageError, match="takes nothing more"):
        warc.append(b"more")
    with pytest.raises(StorageError, match="takes nothing more"):
        warc.seal(AT)
    assert warc.path.exists()


def test_a_failed_sync_is_never_tried_again(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = OpenWarc(archive, NAME, AT)
    warc.append(b"x")

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="cannot be synced"):
        warc.sync()
    monkeypatch.undo()
    for act in (warc.sync, lambda: warc.append(b"y"), lambda: warc.seal(AT)):
        with pytest.raises(StorageError, match="a sync failed before"):
            act()
    assert not locked(warc.path)
    assert read_seals(archive) == ()


def test_a_sync_under_way_does_not_hold_up_appends_and_outlives_the_seal(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warc = OpenWarc(archive, NAME, AT)
    warc.append(b"first")
    within, go_on = threading.Event(), threading.Event()
    fsync = os.fsync
    synced: list[int] = []

    def slow(descriptor: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            within.set()
            assert go_on.wait(10)
            synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    thread = threading.Thread(target=warc.sync)
    thread.start()
    assert within.wait(10)
    inode = warc.path.stat().st_ino
    warc.append(b"second")
    warc.seal(AT)
    go_on.set()
    thread.join()
    assert synced == [inode]
    assert (archive / "warc" / NAME).read_bytes() == b"firstsecond"


def test_a_forked_child_neither_writes_nor_holds_the_lock(archive: Path) -> None:
    script = """
import os, sys, time
from pathlib import Path
from storage.errors import StorageError
from storage.warc_file import OpenWarc
from tests.storage.exchanges import AT
warc = OpenWarc(Path(sys.argv[1]), "a.warc.gz", AT)
warc.append(b"parent")
child = os.fork()
if not child:
    try:
        warc.append(b"child")
    except StorageError as error:
        print(error, flush=True)
    os.close(1)
    sys.stdin.read()
    os._exit(0)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(archive)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert "belongs to the process that opened it" in parent.stdout.readline()
        parent.wait(10)
        # The child lives on, waiting for its input to end; the parent's lock must be gone all the same.
        assert not locked(archive / "warc" / "a.warc.gz.open")
        assert parent.stdin is not None
        parent.stdin.close()
    assert (archive / "warc" / "a.warc.gz.open").read_bytes() == b"parent"

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.archive_files import failed, is_at, make_directory, quarantine, warc_path, write_whole
from storage.errors import StorageError


@contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def test_a_full_disk_is_called_that() -> None:
    assert "the disk is full" in str(failed(Path("x"), "written", OSError(errno.ENOSPC, "No space left on device")))
    assert (
        str(failed(Path("x"), "read", OSError(errno.EIO, "Input/output error")))
        == "x: cannot be read (Input/output error)"
    )


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="file: cannot be made"):
        make_directory(tmp_path / "file" / "warc")
    make_directory(tmp_path / "a" / "b")
    make_directory(tmp_path / "a" / "b")


def test_whether_a_name_still_means_the_open_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with opened(path) as descriptor:
        assert is_at(path, descriptor)
        path.rename(tmp_path / "g")
        assert not is_at(path, descriptor)
        path.write_bytes(b"another")
        assert not is_at(path, descriptor)


def test_quarantine_copies_and_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"kept torn")
    with opened(tmp_path / "f") as descriptor:
        paths = [quarantine(tmp_path, "f.warc.gz", descriptor, 5) for _ in range(3)]
    assert len(set(paths)) == 3
    assert [path.read_bytes() for path in paths] == [b"torn"] * 3
    assert paths[0] == tmp_path / "quarantine" / "f.warc.gz.5.torn"


def test_where_a_file_lies_now(tmp_path: Path) -> None:
    make_directory(tmp_path / "warc")
    finished, left_open = tmp_path / "warc" / "a.warc.gz", tmp_path / "warc" / "a.warc.gz.open"
    assert warc_path(tmp_path, "a.warc.gz") == finished
    left_open.write_bytes(b"")
    assert warc_path(tmp_path, "a.warc.gz") == left_open
    left_open.rename(finished)
    assert warc_path(tmp_path, "a.warc.gz") == finished


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    calls = []

    def short(descriptor: int, content: bytes) -> int:
        calls.append(len(content))
        return write(descriptor, bytes(content)[:10])

    with opened(tmp_path / "f") as descriptor:
        write_whole(descriptor, b"a" * 25)
        monkeypatch.setattr(os, "write", short)
        write_whole(descriptor, b"b" * 25)
    assert (tmp_path / "f").read_bytes() == b"a" * 25 + b"b" * 25
    assert calls == [25, 15, 5]

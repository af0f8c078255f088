"""Owns where files lie in ARCHIVE_DIR and the few acts on them that must be durable: directory entries, quarantine."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Final

from storage.errors import StorageError

__all__ = [
    "OPEN_SUFFIX",
    "WARC_NAME",
    "failed",
    "fsync_directory",
    "is_at",
    "make_directory",
    "quarantine",
    "seals_path",
    "warc_directory",
    "warc_path",
    "write_whole",
]

OPEN_SUFFIX: Final = ".open"
"""Ends the name of a WARC file that a living writer may still append to."""
WARC_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.warc\.gz")
_COPY_BYTES: Final = 1 << 20


def warc_directory(archive_dir: Path) -> Path:
    """Return where the WARC files of an archive lie."""
    return archive_dir / "warc"


def seals_path(archive_dir: Path) -> Path:
    """Return the file of seals of an archive."""
    return archive_dir / "seals.jsonl"


def warc_path(archive_dir: Path, name: str) -> Path:
    """Return where the WARC file of the final name `name` lies now: finished, or still open."""
    finished = warc_directory(archive_dir) / name
    left_open = finished.with_name(name + OPEN_SUFFIX)
    return left_open if not finished.exists() and left_open.exists() else finished


def failed(path: Path, doing: str, error: OSError) -> StorageError:
    """Return the one-line error for an operating system error on `path`; a full disk is called that."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"{path}: cannot be {doing}: the disk is full; make room and crawl again")
    return StorageError(f"{path}: cannot be {doing} ({error.strerror or error})")


def make_directory(path: Path) -> None:
    """Make a directory and its parents, durably.

    Raises:
        StorageError: it cannot be made.
    """
    if path.is_dir():
        return
    make_directory(path.parent)
    try:
        path.mkdir(exist_ok=True)
        fsync_directory(path.parent)
    except OSError as error:
        raise failed(path, "made", error) from error


def fsync_directory(path: Path) -> None:
    """Make the entries of a directory durable; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_at(path: Path, descriptor: int) -> bool:
    """Whether `path` still names the file that `descriptor` has open: not renamed or removed by another process."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))


def write_whole(descriptor: int, content: bytes) -> None:
    """Write all of `content`, by one `os.write` unless the system takes less; raises OSError."""
    written = os.write(descriptor, content)
    while written < len(content):
        written += os.write(descriptor, memoryview(content)[written:])


def quarantine(archive_dir: Path, name: str, descriptor: int, offset: int) -> Path:
    """Copy what `descriptor` holds from `offset` on to a new file in quarantine, durably, and return its path.

    Raises:
        StorageError: it cannot be copied whole.
    """
    folder = archive_dir / "quarantine"
    make_directory(folder)
    path = folder / f"{name}.{offset}.torn"
    try:
        for number in range(1, 10_000):
            if not path.exists():
                break
            path = folder / f"{name}.{offset}.{number}.torn"
        with path.open("xb") as copy:
            while piece := os.pread(descriptor, _COPY_BYTES, offset):
                copy.write(piece)
                offset += len(piece)
            copy.flush()
            os.fsync(copy.fileno())
        fsync_directory(folder)
    except OSError as error:
        raise failed(path, "written", error) from error
    return path

"""Owns `seals.jsonl`: a line for each finished WARC file, chained to the line before by its hash.

    {"name": …, "previous": …, "sealed": …, "sha256": …, "size_bytes": …}

`previous` is the SHA-256 of the line before without its line feed, null in the first: a line that is altered, added or
taken out breaks the chain, and the last one is missed by its WARC file. Several processes share the file: all reading
and writing happens under its own `flock`. A line is whole only with its line feed.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from storage.archive_files import (
    WARC_NAME,
    failed,
    fsync_directory,
    make_directory,
    quarantine,
    seals_path,
    write_whole,
)
from storage.errors import SealError
from storage.warc_fields import instant, timestamp

__all__ = ["Seal", "SealBook", "SealLine", "open_seals", "read_seals", "seal_lines"]

_MAX_LINE_BYTES: Final = 4096
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = {"name", "previous", "sealed", "sha256", "size_bytes"}


@dataclass(frozen=True, slots=True)
class Seal:
    """What was sealed: a finished WARC file."""

    name: str
    size_bytes: int
    sha256: str
    """Of the whole file, 64 lower-case hexadecimal digits."""
    sealed: datetime
    previous: str | None
    """SHA-256 of the line before; None in the first line."""


@dataclass(frozen=True, slots=True)
class SealLine:
    """One line of the file and what is wrong with it."""

    number: int
    """From 1."""
    offset: int
    seal: Seal | None
    """None when the line cannot be read."""
    problem: str | None


class SealBook:
    """The seals of an archive while their lock is held."""

    def __init__(self, archive_dir: Path, descriptor: int) -> None:
        """Use `open_seals`."""
        self._archive_dir = archive_dir
        self._path = seals_path(archive_dir)
        self._descriptor = descriptor

    def lines(self) -> Iterator[SealLine]:
        """Yield every line, judged against the one before."""
        number, offset, previous = 0, 0, None
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            while line := file.readline(_MAX_LINE_BYTES):
                number += 1
                yield _judge(line, number, offset, previous)
                offset += len(line)
                previous = sha256(line.removesuffix(b"\n")).hexdigest()

    def append(self, name: str, size_bytes: int, digest: str, sealed: datetime) -> Seal:
        """Add the line of a finished file, durably; a torn last line must have been mended before.

        Raises:
            SealError: it is no name that a seal may bear.
            StorageError: it cannot be written; the file is then as it was.
        """
        if not WARC_NAME.fullmatch(name):
            raise SealError(
                f"{self._path}: cannot seal {name[:200]!a}: letters, digits, dot, hyphen and underscore only"
            )
        seal = Seal(name, size_bytes, digest, sealed, self._last_hash())
        size = os.fstat(self._descriptor).st_size
        try:
            os.lseek(self._descriptor, size, os.SEEK_SET)
            write_whole(self._descriptor, _line(seal))
            os.fsync(self._descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, size)
            raise failed(self._path, "written", error) from error
        return seal

    def mend(self) -> Path | None:
        """Move a last line that has no line feed to quarantine; return where, None when there is none."""
        if self._tail().endswith(b"\n") or not self._tail():
            return None
        end = os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0).rfind(b"\n") + 1
        copy = quarantine(self._archive_dir, self._path.name, self._descriptor, end)
        try:
            os.ftruncate(self._descriptor, end)
            os.fsync(self._descriptor)
        except OSError as error:
            raise failed(self._path, "mended", error) from error
        return copy

    def _last_hash(self) -> str | None:
        tail = self._tail()
        return sha256(tail[:-1].rpartition(b"\n")[2]).hexdigest() if tail else None

    def _tail(self) -> bytes:
        size = os.fstat(self._descriptor).st_size
        start = max(0, size - _MAX_LINE_BYTES)
        return os.pread(self._descriptor, size - start, start)


@contextmanager
def open_seals(archive_dir: Path) -> Iterator[SealBook]:
    """Hold the seals of an archive for writing; waits for whoever holds them, which is never long.

    Raises:
        StorageError: the file cannot be made or opened.
    """
    path = seals_path(archive_dir)
    make_directory(archive_dir)
    try:
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise failed(path, "opened", error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if is_new:
                fsync_directory(archive_dir)
        except OSError as error:
            raise failed(path, "locked", error) from error
        yield SealBook(archive_dir, descriptor)
    finally:
        os.close(descriptor)


def seal_lines(archive_dir: Path) -> tuple[SealLine, ...]:
    """Return every line of the seals, judged; none when there is no file.

    Raises:
        StorageError: the file cannot be read.
    """
    path = seals_path(archive_dir)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise failed(path, "read", error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return tuple(SealBook(archive_dir, descriptor).lines())
    except OSError as error:
        raise failed(path, "read", error) from error
    finally:
        os.close(descriptor)


def read_seals(archive_dir: Path) -> tuple[Seal, ...]:
    """Return the seals of an archive in order.

    Raises:
        SealError: a line is missing, altered or torn.
        StorageError: the file cannot be read.
    """
    seals = []
    for line in seal_lines(archive_dir):
        if line.problem is not None or line.seal is None:
            raise SealError(f"{seals_path(archive_dir)}: line {line.number}: {line.problem}")
        seals.append(line.seal)
    return tuple(seals)


def _judge(line: bytes, number: int, offset: int, previous: str | None) -> SealLine:
    if not line.endswith(b"\n"):
        return SealLine(number, offset, None, "torn: it has no line end")
    try:
        seal = _parse(line)
    except ValueError as error:
        return SealLine(number, offset, None, f"not a seal ({error})")
    problem = None
    if seal.previous != previous:
        problem = "the line before is not the one it was chained to: a line was altered, added or taken out"
    elif line != _line(seal):
        problem = "not written as seals are"
    return SealLine(number, offset, seal, problem)


def _line(seal: Seal) -> bytes:
    row = {
        "name": seal.name,
        "previous": seal.previous,
        "sealed": timestamp(seal.sealed),
        "sha256": seal.sha256,
        "size_bytes": seal.size_bytes,
    }
    return json.dumps(row, sort_keys=True, ensure_ascii=True).encode("ascii") + b"\n"


def _parse(line: bytes) -> Seal:
    try:
        row = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(row, dict) or row.keys() != _KEYS:
        raise ValueError(f"it must be an object with {', '.join(sorted(_KEYS))}")
    name, size, digest, previous = row["name"], row["size_bytes"], row["sha256"], row["previous"]
    if not isinstance(name, str) or not WARC_NAME.fullmatch(name):
        raise ValueError("name: no name of a WARC file")
    if type(size) is not int or size < 0:
        raise ValueError("size_bytes: no count")
    if not isinstance(digest, str) or not _HEX.fullmatch(digest):
        raise ValueError("sha256: not 64 hexadecimal digits")
    if previous is not None and not (isinstance(previous, str) and _HEX.fullmatch(previous)):
        raise ValueError("previous: neither null nor 64 hexadecimal digits")
    if not isinstance(row["sealed"], str):
        raise ValueError("sealed: no time")
    return Seal(name, size, digest, instant(row["sealed"]), previous)

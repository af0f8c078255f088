"""Owns one WARC file while it is open: exclusive create and lock, whole appends, fsync from any thread, the seal.

The lock is a `flock` for the life of the descriptor, also through the rename and the seal, so that recovery in another
process never sees a file that is neither held nor sealed. A forked child closes its copy: the lock dies with the
process that took it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from storage.archive_files import (
    OPEN_SUFFIX,
    failed,
    fsync_directory,
    is_at,
    warc_directory,
    write_whole,
)
from storage.errors import StorageError
from storage.seals import Seal, SealBook, open_seals

__all__ = ["OpenWarc", "Tail", "finish"]

_WRITE_BYTES: Final = 1 << 20
"""Written at once: an attempt with a page is one write, so that a kill does not tear it; a film takes many."""


class OpenWarc:
    """A file `NAME.warc.gz.open` that this process alone appends to."""

    def __init__(self, archive_dir: Path, name: str, opened: datetime) -> None:
        """Create `name` with `.open`, locked.

        Raises:
            FileExistsError: the name is taken.
            StorageError: it cannot be created.
        """
        self.name = name
        self.opened = opened
        self.path = warc_directory(archive_dir) / (name + OPEN_SUFFIX)
        self.size = 0
        """Bytes of whole exchanges: what a failed write is cut back to."""
        self._archive_dir = archive_dir
        self._sha256 = hashlib.sha256()
        self._lock = threading.Lock()
        self._broken: str | None = None
        self._descriptor = _create(self.path, warc_directory(archive_dir) / name)
        _alive.add(self)

    @property
    def is_closed(self) -> bool:
        """Whether it was sealed or let go."""
        return self._descriptor < 0

    def append(self, content: bytes) -> int:
        """Append `content` whole and return its offset; raises as `appending` does."""
        with self.appending() as tail:
            tail.write(content)
        return self.size - len(content)

    @contextmanager
    def appending(self) -> Iterator[Tail]:
        """Append what is written to the tail within the context: whole, or after any error nothing of it.

        Raises:
            StorageError: it was not written; the file ends where it did before, or takes nothing more.
        """
        self._check()
        if self.is_closed:
            raise StorageError(f"{self.path}: takes nothing more: it was closed")
        tail = Tail(self._descriptor, self.size, self._sha256)
        try:
            yield tail
            tail.flush()
        except OSError as error:
            self._cut_back()
            raise failed(self.path, "written", error) from error
        except BaseException:
            self._cut_back()
            raise
        self._sha256, self.size = tail.sha256, tail.offset

    def sync(self) -> None:
        """Make all that was appended before durable; safe to call from any thread, also while the file is sealed.

        Raises:
            StorageError: fsync failed, now or before: what the disk holds is not known, and nothing more is taken.
        """
        with self._lock:
            self._check()
            if self.is_closed:
                return  # sealed, hence synced
            descriptor = os.dup(self._descriptor)
        try:
            os.fsync(descriptor)
        except OSError as error:
            self._broken = "a sync failed before"
            raise failed(self.path, "synced to disk", error) from error
        finally:
            os.close(descriptor)

    def seal(self, sealed: datetime) -> Seal:
        """Make the file durable, give it its final name and its line in the seals, and let it go; return the line.

        Raises:
            StorageError: one of these failed; the file keeps `.open` or lacks its seal, and recovery finishes it.
        """
        try:
            self.sync()
            with open_seals(self._archive_dir) as seals:
                return finish(self._archive_dir, seals, self.path, self.size, self._sha256.hexdigest(), sealed)
        finally:
            self.release()

    def release(self) -> None:
        """Close the file as it is, and free its lock; a second call does nothing."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _check(self) -> None:
        if self._broken is not None:
            raise StorageError(f"{self.path}: takes nothing more: {self._broken}")

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._descriptor, self.size)
        except OSError as error:
            self._broken = f"a write failed and could not be undone ({error.strerror})"


class Tail:
    """What is being appended to a file."""

    def __init__(self, descriptor: int, offset: int, written: hashlib._Hash) -> None:
        """Write to `descriptor` at its end, `offset`; `written` is the hash of all before."""
        self.offset = offset
        """Where the next byte will lie."""
        self.sha256 = written.copy()
        self._descriptor = descriptor
        self._waiting = bytearray()

    def write(self, piece: bytes) -> None:
        """Take the next bytes; raises OSError."""
        self._waiting += piece
        self.offset += len(piece)
        if len(self._waiting) >= _WRITE_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand over what is waiting, by one `os.write`; raises OSError."""
        if self._waiting:
            content, self._waiting = bytes(self._waiting), bytearray()
            write_whole(self._descriptor, content)
            self.sha256.update(content)


def finish(archive_dir: Path, seals: SealBook, path: Path, size: int, digest: str, sealed: datetime) -> Seal:
    """Take `.open` off the name of a durable file and seal it; `digest` is hexadecimal SHA-256 of its `size` bytes.

    Raises:
        StorageError: a file of the final name exists, or the rename or the seal failed.
    """
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    if final.exists():
        raise StorageError(f"{path}: cannot be finished: {final.name} exists already; move one of them away")
    try:
        path.rename(final)
        fsync_directory(final.parent)
    except OSError as error:
        raise failed(path, "renamed", error) from error
    seals.mend()
    return seals.append(final.name, size, digest, sealed)


def _create(path: Path, final: Path) -> int:
    while not final.exists():
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            raise
        except OSError as error:
            raise failed(path, "created", error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if is_at(path, descriptor):
                return descriptor
        except OSError as error:
            os.close(descriptor)
            raise failed(path, "locked", error) from error
        os.close(descriptor)  # a recovery found it empty in the moment before the lock, and removed it
    raise FileExistsError(final)


_alive: weakref.WeakSet[OpenWarc] = weakref.WeakSet()


def _in_child() -> None:
    for warc in list(_alive):
        warc._lock = threading.Lock()
        warc.release()
        warc._broken = "it belongs to the process that opened it"


os.register_at_fork(after_in_child=_in_child)

"""Owns the lock files of an archive: who may crawl a source, who may rebuild, told apart across processes by `flock`.

The kernel frees a lock with its process, so a kill leaves nothing to clear by hand. Files stay; only the lock on them
means anything.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from storage.errors import LockedError, StorageError

__all__ = ["FileLock", "archive_lock", "recovery_lock", "source_lock"]


class FileLock:
    """An advisory lock on one file, held until released or the process ends."""

    def __init__(self, path: Path, what: str) -> None:
        """Name the lock file and `what` it stands for in messages; nothing is opened yet."""
        self._path = path
        self._what = what
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool = False, wait: bool = False) -> FileLock:
        """Take the lock.

        Raises:
            LockedError: another process holds it (never when `wait`).
            StorageError: the lock file cannot be made.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(
                f"{self._path}: cannot be made ({error.strerror}); the folder must be writable"
            ) from error
        try:
            mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(descriptor, mode if wait else mode | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            by = f" (process {holder})" if holder.isdigit() else ""
            raise LockedError(f"{self._what}{by}; wait for it to end, or stop it") from error
        if not shared:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        self._descriptor = descriptor
        return self

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> FileLock:
        """Return the lock, already taken by `acquire`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        self.release()


def source_lock(archive_dir: Path, source: str) -> FileLock:
    """Return the lock that a crawl of `source` holds."""
    return FileLock(archive_dir / "locks" / f"{source}.source", f"{source}: another crawl of this source is running")


def archive_lock(archive_dir: Path) -> FileLock:
    """Return the lock that crawls share and a rebuild holds alone."""
    return FileLock(archive_dir / "locks" / "archive", f"{archive_dir}: a crawl or a rebuild is using this archive")


def recovery_lock(archive_dir: Path) -> FileLock:
    """Return the lock under which files left by dead crawls are mended and catalogued."""
    return FileLock(archive_dir / "locks" / "recovery", f"{archive_dir}: another process is recovering this archive")

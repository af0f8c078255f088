"""Owns making an archive whole after a crash, before anything is fetched: torn tails mended, files and seals finished.

Only files whose lock is free are touched, and never appended to again. Nothing is thrown away: what is cut off a file
is copied to quarantine first. A second run finds nothing to do.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from storage.archive_files import (
    OPEN_SUFFIX,
    WARC_NAME,
    failed,
    fsync_directory,
    is_at,
    quarantine,
    seals_path,
    warc_directory,
)
from storage.errors import WarcError
from storage.seals import SealBook, open_seals
from storage.warc_file import finish
from storage.warc_members import Members

__all__ = ["Recovered", "recover"]

_COPY_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Recovered:
    """One thing that recovery did; `str()` of it is a line for the log."""

    name: str
    """Final name of the WARC file, or `seals.jsonl`."""
    action: str
    """sealed: a file left open is finished; mended: likewise, without its torn tail; removed: it held no whole record;
    resealed: a finished file lacked its line in the seals; seals-mended: the last line of the seals was torn."""
    kept_bytes: int
    quarantined: Path | None = None
    """Copy of what was cut off."""
    reason: str | None = None
    """What was wrong with what was cut off."""

    def __str__(self) -> str:
        """Say it in one line."""
        where = f"; cut off to {self.quarantined}" if self.quarantined else ""
        reason = f" ({self.reason})" if self.reason else ""
        return f"{self.name}: {self.action}, {self.kept_bytes} bytes kept{where}{reason}"


def recover(archive_dir: Path) -> tuple[Recovered, ...]:
    """Finish what crashed writers left in `archive_dir`; return what was done. Files being written are left alone.

    Raises:
        StorageError: something could not be mended; what was done until then stays done.
    """
    folder = warc_directory(archive_dir)
    if not folder.is_dir():
        return ()
    done: list[Recovered] = []
    for path in sorted(folder.glob(f"*.warc.gz{OPEN_SUFFIX}")):
        if WARC_NAME.fullmatch(path.name.removesuffix(OPEN_SUFFIX)):
            done.extend(_recover_file(archive_dir, path))
    done.extend(_recover_seals(archive_dir, folder))
    return tuple(done)


def _recover_file(archive_dir: Path, path: Path) -> Iterator[Recovered]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return  # its writer finished it just now
    except OSError as error:
        raise failed(path, "opened", error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_at(path, descriptor):
            yield _finish_file(archive_dir, path, descriptor)
    except BlockingIOError:
        return  # its writer lives
    except OSError as error:
        raise failed(path, "recovered", error) from error
    finally:
        os.close(descriptor)


def _finish_file(archive_dir: Path, path: Path, descriptor: int) -> Recovered:
    """Cut, sync, rename and seal one file that is ours alone now."""
    name = path.name.removesuffix(OPEN_SUFFIX)
    size = os.fstat(descriptor).st_size
    end, reason = _whole(path)
    copy = None
    if end < size:
        copy = quarantine(archive_dir, name, descriptor, end)
        os.ftruncate(descriptor, end)
    if end == 0:
        path.unlink()
        fsync_directory(path.parent)
        return Recovered(name, "removed", 0, copy, reason)
    os.fsync(descriptor)
    digest = _sha256(path)
    with open_seals(archive_dir) as seals:
        finish(archive_dir, seals, path, end, digest, datetime.now(UTC))
    return Recovered(name, "sealed" if copy is None else "mended", end, copy, reason)


def _whole(path: Path) -> tuple[int, str | None]:
    """Return where the last whole record of a file ends, and what is wrong with what follows."""
    with path.open("rb", buffering=0) as file:
        members = Members(file, path)
        try:
            while members.next() is not None:
                pass
        except WarcError as error:
            return members.offset, str(error).removeprefix(f"{path}: ")
    return members.offset, None


def _recover_seals(archive_dir: Path, folder: Path) -> Iterator[Recovered]:
    finished = [path for path in sorted(folder.glob("*.warc.gz")) if WARC_NAME.fullmatch(path.name)]
    if not finished and not seals_path(archive_dir).exists():
        return
    with open_seals(archive_dir) as seals:
        torn = seals.mend()
        if torn is not None:
            kept_bytes = seals_path(archive_dir).stat().st_size
            yield Recovered(seals_path(archive_dir).name, "seals-mended", kept_bytes, torn, "its last line was torn")
        sealed = {line.seal.name for line in seals.lines() if line.seal is not None}
        for path in sorted(folder.glob("*.warc.gz")):  # listed again: one may have been finished while we waited
            if path.name not in sealed and WARC_NAME.fullmatch(path.name):
                yield _reseal(archive_dir, path, seals)


def _reseal(archive_dir: Path, path: Path, seals: SealBook) -> Recovered:
    """Seal a file whose writer died between the rename and the seal, or whose line was the torn one."""
    try:
        size, digest = path.stat().st_size, _sha256(path)
    except OSError as error:
        raise failed(path, "read", error) from error
    _, reason = _whole(path)
    seals.append(path.name, size, digest, datetime.now(UTC))
    return Recovered(path.name, "resealed", size, None, reason)


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_COPY_BYTES):
            digest.update(piece)
    return digest.hexdigest()

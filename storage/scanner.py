"""Owns the audit of WARC files by themselves, whoever wrote them: no catalogue, no seals, only the standard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from storage.finding import Finding
from storage.record_ledger import RecordLedger
from storage.scan_file import FileScan
from storage.scan_members import Readable
from storage.warc_members import open_warc

__all__ = ["scan"]

Progress = Callable[[int], None]
"""Called with the bytes read since its last call."""


def scan(paths: Iterable[Path], *, progress: Progress = lambda size: None) -> Iterator[Finding]:
    """Yield everything that is wrong with the WARC files at `paths`, taken as one archive.

    Raises:
        StorageError: a file cannot be read.
    """
    with RecordLedger() as ledger:
        for path in paths:
            with open_warc(path) as file:
                scanned = FileScan(_Counted(file, progress), path, path.name, ledger)
                for _ in scanned:
                    yield from scanned.findings()
                yield from scanned.findings()
        yield from ledger.findings()


class _Counted:
    """A file that tells how much of it was read."""

    def __init__(self, file: Readable, progress: Progress) -> None:
        self._file = file
        self._progress = progress

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        piece = self._file.read(size)
        self._progress(len(piece))
        return piece

"""Owns the audit of WARC files by themselves, whoever wrote them: no catalogue, no seals, only the standard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from storage.finding import Finding
from storage.record_ledger import RecordLedger
from storage.scan_file import FileScan
from storage.warc_members import open_warc

__all__ = ["scan"]


def scan(paths: Iterable[Path]) -> Iterator[Finding]:
    """Yield everything that is wrong with the WARC files at `paths`, taken as one archive.

    Raises:
        StorageError: a file cannot be read.
    """
    with RecordLedger() as ledger:
        for path in paths:
            with open_warc(path) as file:
                scanned = FileScan(file, path, path.name, ledger)
                for _ in scanned:
                    yield from scanned.findings()
                yield from scanned.findings()
        yield from ledger.findings()

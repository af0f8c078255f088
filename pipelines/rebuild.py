"""Owns `rebuild`: a new catalogue from the WARC files and seals alone, put in the old one's place only when it is
whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.changes import settle
from pipelines.recover import index_file, sealed_files
from storage.catalogue import Catalogue
from storage.errors import StorageError
from storage.locks import archive_lock
from storage.recovery import recover
from storage.seals import seal_lines
from storage.search_file import index_path
from storage.verify import verify

__all__ = ["Rebuilt", "rebuild"]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did."""

    files: int
    captures: int
    findings: tuple[str, ...]
    """One line each: what in the archive is not as it was sealed."""


def rebuild(archive_dir: Path, *, max_body_bytes: int, tell: Callable[[str], None]) -> Rebuilt:
    """Make `catalogue.sqlite` anew; the old one stays until the new one is whole.

    What is lost is only what was still to be done: pending URLs beyond those the archived pages name, leases, due
    times.

    Raises:
        LockedError: a crawl is running.
        StorageError: the new catalogue cannot be written.
    """
    path = archive_dir / "catalogue.sqlite"
    draft = archive_dir / "catalogue.sqlite.rebuilding"
    with archive_lock(archive_dir).acquire():
        findings = dict.fromkeys(_seal_findings(archive_dir))  # before recovery, which seals what a crash left unsealed
        for mended in recover(archive_dir):
            tell(str(mended))
        _remove(draft)
        catalogue = Catalogue.open(draft, settle=settle)
        try:
            files, captures = _index(archive_dir, catalogue, max_body_bytes, findings, tell)
            catalogue.interrupt_crawls()
            findings |= dict.fromkeys(str(finding) for finding in verify(archive_dir, catalogue.captures()))
        finally:
            catalogue.close()
        try:
            _remove(index_path(path))
            _remove(path, main=False)
            os.replace(draft, path)
            _remove(draft)
        except OSError as error:
            raise StorageError(f"{path}: cannot be replaced ({error.strerror})") from error
    return Rebuilt(files, captures, tuple(findings))


def _index(
    archive_dir: Path,
    catalogue: Catalogue,
    max_body_bytes: int,
    findings: dict[str, None],
    tell: Callable[[str], None],
) -> tuple[int, int]:
    files, captures = 0, 0
    for warc, seal in sealed_files(archive_dir):
        if seal is None:
            continue  # no name of ours: the audit says so
        tell(f"{warc.name}: {seal.size_bytes} bytes")
        files += 1
        indexed = index_file(warc, catalogue, max_body_bytes=max_body_bytes, seal=seal)
        captures += indexed.captures
        if indexed.damage is not None:
            findings[indexed.damage] = None
    return files, captures


def _seal_findings(archive_dir: Path) -> Iterator[str]:
    for line in seal_lines(archive_dir):
        if line.problem is not None:
            yield f"seals.jsonl: line {line.number}: {line.problem}"
    for warc, seal in sealed_files(archive_dir):
        if seal is None:
            yield f"unsealed: {warc.name}: no line of seals.jsonl names it"


def _remove(path: Path, *, main: bool = True) -> None:
    for suffix in ("", "-wal", "-shm") if main else ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)

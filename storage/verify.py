"""Owns the audit of a whole archive: the chain of seals, each file against its seal, records and catalogue both ways.

Reads every byte once. The catalogue's side comes as rows, so that this knows no database.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator
from pathlib import Path

from storage.archive_files import OPEN_SUFFIX, failed, seals_path, warc_directory
from storage.seals import Seal, seal_lines
from storage.verify_file import CatalogueRow, Finding, Progress, not_archived, verify_file, verify_held_file

__all__ = ["CatalogueRow", "Finding", "Progress", "verify"]


def verify(
    archive_dir: Path, rows: Iterable[CatalogueRow], *, progress: Progress = lambda size: None
) -> Iterator[Finding]:
    """Yield everything in `archive_dir` that is not as it must be.

    `rows` are all catalogued captures, in ascending order of file name (by code point) and offset. Of a file that a
    living writer holds only the catalogued captures are checked.

    Raises:
        StorageError: the disk does not answer.
        ValueError: `rows` are not in order.
    """
    folder = warc_directory(archive_dir)
    names = {path.name.removesuffix(OPEN_SUFFIX) for path in folder.glob("*.warc.gz*") if _is_warc(path.name)}
    seals: dict[str, Seal] = {}
    yield from _read_chain(archive_dir, seals)
    catalogue = _Catalogue(rows)
    for name in sorted(names | seals.keys()):
        for row in catalogue.before(name):
            yield not_archived(row, "the archive has no such file")
        yield from _verify_name(archive_dir, name, seals.get(name), catalogue.of(name), progress)
    for row in catalogue.before(None):
        yield not_archived(row, "the archive has no such file")


def _read_chain(archive_dir: Path, seals: dict[str, Seal]) -> Iterator[Finding]:
    file = seals_path(archive_dir).name
    for line in seal_lines(archive_dir):
        if line.problem is not None:
            yield Finding("seal", file, line.offset, f"line {line.number}: {line.problem}")
        if line.seal is not None and line.seal.name in seals:
            yield Finding("seal", file, line.offset, f"line {line.number}: {line.seal.name} is sealed a second time")
        elif line.seal is not None:
            seals[line.seal.name] = line.seal


def _verify_name(
    archive_dir: Path, name: str, seal: Seal | None, rows: Iterator[CatalogueRow], progress: Progress
) -> Iterator[Finding]:
    path = warc_directory(archive_dir) / name
    left_open = path.with_name(name + OPEN_SUFFIX)
    if seal is None and not path.exists() and left_open.exists():
        if _is_held(left_open):
            yield from verify_held_file(left_open, name, rows)
            return
        if left_open.exists():
            yield Finding("unrecovered", name, None, "left open by a run that died; the next crawl finishes it")
            yield from verify_file(left_open, name, None, rows, progress)
            return
    if not path.exists():
        yield Finding("missing-file", name, None, "sealed, but not in the archive")
        for row in rows:
            yield not_archived(row, "its file is not in the archive")
        return
    seal = seal or _seal_since(archive_dir, name)
    if seal is None:
        yield Finding("unsealed", name, None, "has no line in the seals: it was taken out, or the file put in")
    yield from verify_file(path, name, seal, rows, progress)


def _seal_since(archive_dir: Path, name: str) -> Seal | None:
    """Return the seal of a file that was finished after the chain was read."""
    return next((line.seal for line in seal_lines(archive_dir) if line.seal and line.seal.name == name), None)


def _is_warc(name: str) -> bool:
    return name.removesuffix(OPEN_SUFFIX).endswith(".warc.gz")


def _is_held(path: Path) -> bool:
    """Whether a living writer holds the file."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False  # finished just now
    except BlockingIOError:
        return True
    except OSError as error:
        raise failed(path, "locked", error) from error
    return False


class _Catalogue:
    """The catalogue's rows, taken file by file in order."""

    def __init__(self, rows: Iterable[CatalogueRow]) -> None:
        self._rows = iter(rows)
        self._last = ("", -1)
        self._row = self._next()

    def before(self, name: str | None) -> Iterator[CatalogueRow]:
        """Take the rows of files whose names come before `name`; all that are left when it is None."""
        while self._row is not None and (name is None or self._row.warc_file < name):
            yield self._row
            self._row = self._next()

    def of(self, name: str) -> Iterator[CatalogueRow]:
        """Take the rows of one file."""
        while self._row is not None and self._row.warc_file == name:
            yield self._row
            self._row = self._next()

    def _next(self) -> CatalogueRow | None:
        row = next(self._rows, None)
        if row is not None:
            place = (row.warc_file, row.warc_offset)
            if place < self._last:
                raise ValueError(f"rows out of order: {place} after {self._last}")
            self._last = place
        return row

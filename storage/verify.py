"""Owns the audit of a whole archive: the chain of seals, each file against its seal, records and catalogue both ways.

Reads every byte once, in flat memory. The catalogue's side comes as rows, so that this knows no database. What a record
names is looked for in the whole archive.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from storage.archive_files import OPEN_SUFFIX, failed, seals_path, warc_directory, warc_path
from storage.finding import Finding
from storage.model import Capture
from storage.record_ledger import RecordLedger
from storage.seals import Seal, seal_lines
from storage.verify_file import Progress, enter_growth, not_archived, verify_file, verify_held_file

__all__ = ["Finding", "Progress", "verify", "warc_bytes"]


def verify(archive_dir: Path, rows: Iterable[Capture], *, progress: Progress = lambda size: None) -> Iterator[Finding]:
    """Yield everything in `archive_dir` that is not as it must be.

    `rows` are all catalogued captures, in ascending order of file name (by code point) and offset. Of a file that a
    living writer holds, the last record may not be whole and the last captures not be catalogued yet.

    Raises:
        StorageError: the disk does not answer.
        ValueError: `rows` are not in order.
    """
    seals: dict[str, Seal] = {}
    yield from _read_chain(archive_dir, seals)
    with RecordLedger() as ledger:
        audit = _Audit(archive_dir, seals, ledger, progress)
        catalogue = _Catalogue(rows)
        for name in audit.names:
            for row in catalogue.before(name):
                yield not_archived(row, "the archive has no such file")
            yield from audit.verify(name, catalogue.of(name))
        for row in catalogue.before(None):
            yield not_archived(row, "the archive has no such file")
        audit.look_again()
        yield from ledger.findings()


def warc_bytes(archive_dir: Path) -> int:
    """Return how many bytes of WARC an audit will read, as far as can be told beforehand."""
    sizes = 0
    for path in _warcs(archive_dir):
        with suppress(FileNotFoundError):  # renamed just now
            sizes += path.stat().st_size
    return sizes


class _Audit:
    """The files of an archive, one after the other."""

    def __init__(self, archive_dir: Path, seals: dict[str, Seal], ledger: RecordLedger, progress: Progress) -> None:
        self._archive_dir = archive_dir
        self._seals = seals
        self._ledger = ledger
        self._progress = progress
        self._reached: dict[str, int] = {}
        """How far a file was read that its writer holds."""
        self.names = sorted(_names(archive_dir) | seals.keys())

    def verify(self, name: str, rows: Iterator[Capture]) -> Iterator[Finding]:
        """Yield what is wrong with one file and the rows that are about it."""
        path = warc_directory(self._archive_dir) / name
        left_open = path.with_name(name + OPEN_SUFFIX)
        seal = self._seals.get(name)
        if seal is None and not path.exists() and left_open.exists():
            if _is_held(left_open):
                yield from self._verify_held(left_open, name, rows)
                return
            if left_open.exists():
                yield Finding("unrecovered", name, None, "left open by a run that died; the next crawl finishes it")
                yield from verify_file(left_open, name, None, rows, self._ledger, self._progress)
                return
        if not path.exists():
            yield Finding("missing-file", name, None, "sealed, but not in the archive")
            for row in rows:
                yield not_archived(row, "its file is not in the archive")
            return
        seal = seal or _seal_since(self._archive_dir, name)
        if seal is None:
            yield Finding("unsealed", name, None, "has no line in the seals: it was taken out, or the file put in")
        yield from verify_file(path, name, seal, rows, self._ledger, self._progress)

    def look_again(self) -> None:
        """Enter what was written since.

        What a record names was written before it, but maybe after the file that it is in was read.
        """
        for name in sorted(self._reached.keys() | _names(self._archive_dir) - set(self.names)):
            path = warc_path(self._archive_dir, name)
            if path.exists():
                enter_growth(path, name, self._reached.get(name, 0), self._ledger)

    def _verify_held(self, path: Path, name: str, rows: Iterator[Capture]) -> Iterator[Finding]:
        def reached(offset: int) -> None:
            self._reached[name] = offset

        yield from verify_held_file(path, name, rows, self._ledger, self._progress, reached)


def _read_chain(archive_dir: Path, seals: dict[str, Seal]) -> Iterator[Finding]:
    file = seals_path(archive_dir).name
    for line in seal_lines(archive_dir):
        if line.problem is not None:
            yield Finding("seal", file, line.offset, f"line {line.number}: {line.problem}")
        if line.seal is not None and line.seal.name in seals:
            yield Finding("seal", file, line.offset, f"line {line.number}: {line.seal.name} is sealed a second time")
        elif line.seal is not None:
            seals[line.seal.name] = line.seal


def _seal_since(archive_dir: Path, name: str) -> Seal | None:
    """Return the seal of a file that was finished after the chain was read."""
    return next((line.seal for line in seal_lines(archive_dir) if line.seal and line.seal.name == name), None)


def _warcs(archive_dir: Path) -> Iterator[Path]:
    """Yield the WARC files of an archive, finished or open."""
    for path in warc_directory(archive_dir).glob("*.warc.gz*"):
        if path.name.removesuffix(OPEN_SUFFIX).endswith(".warc.gz"):
            yield path


def _names(archive_dir: Path) -> set[str]:
    """Return the final names of the WARC files of an archive."""
    return {path.name.removesuffix(OPEN_SUFFIX) for path in _warcs(archive_dir)}


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

    def __init__(self, rows: Iterable[Capture]) -> None:
        self._rows = iter(rows)
        self._last = ("", -1)
        self._row = self._next()

    def before(self, name: str | None) -> Iterator[Capture]:
        """Take the rows of files whose names come before `name`; all that are left when it is None."""
        while self._row is not None and (name is None or self._row.warc_file < name):
            yield self._row
            self._row = self._next()

    def of(self, name: str) -> Iterator[Capture]:
        """Take the rows of one file."""
        while self._row is not None and self._row.warc_file == name:
            yield self._row
            self._row = self._next()

    def _next(self) -> Capture | None:
        row = next(self._rows, None)
        if row is not None:
            place = (row.warc_file, row.warc_offset)
            if place < self._last:
                raise ValueError(f"rows out of order: {place} after {self._last}")
            self._last = place
        return row

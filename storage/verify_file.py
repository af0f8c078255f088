"""Owns the audit of one WARC file of an archive: its records, its seal, and what the catalogue says of its captures.

Every byte is read once, and no block is whole in memory. A finding is a value, never an exception: one damaged record
must not hide what is wrong with the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from storage.errors import StorageError, WarcError
from storage.finding import Finding
from storage.model import Capture
from storage.record_ledger import Link, RecordLedger
from storage.scan_file import FileScan, own_print
from storage.scan_members import Readable
from storage.scan_records import RecordScan, Scanned
from storage.seals import Seal
from storage.verify_capture import Beside, Difference, of_its_record
from storage.warc_members import open_warc, read_record

__all__ = ["Progress", "enter_growth", "not_archived", "verify_file", "verify_held_file"]

Progress = Callable[[int], None]
"""Called with the bytes of WARC read since its last call."""

_CAPTURES: Final = ("response", "revisit")
_PIECE_BYTES: Final = 1 << 20


def verify_file(
    path: Path, name: str, seal: Seal | None, rows: Iterator[Capture], ledger: RecordLedger, progress: Progress
) -> Iterator[Finding]:
    """Yield what is wrong with a file that nobody writes to.

    `name` is its final name, `seal` what it must hash to, None when it has no seal; `rows` are its catalogued captures
    in order of offset. Its records go to `ledger`.

    Raises:
        StorageError: the file cannot be read.
    """
    with open_warc(path) as opened:
        file = _Hashed(opened, path, progress)
        scanned = FileScan(file, path, name, ledger)
        listed = _Listed(rows, name)
        for record in scanned:
            yield from scanned.findings()
            yield from listed.take(record)
        yield from scanned.findings()
        yield from (not_archived(row, "no response begins there") for row in listed.rest())
        file.drain()
    if seal is not None and (file.size, file.sha256.hexdigest()) != (seal.size_bytes, seal.sha256):
        what = f"{file.size} bytes, not {seal.size_bytes}" if file.size != seal.size_bytes else "another SHA-256"
        yield Finding("altered-file", name, None, f"not as it was sealed: {what}")


def verify_held_file(
    path: Path,
    name: str,
    rows: Iterator[Capture],
    ledger: RecordLedger,
    progress: Progress,
    reached: Callable[[int], None],
) -> Iterator[Finding]:
    """Yield what is wrong with the whole records of a file that a living writer holds.

    Not all of them need be catalogued yet. `reached` is told how far the file was read.

    Raises:
        StorageError: the file cannot be read.
    """
    with open_warc(path) as opened:
        scanned = FileScan(_Hashed(opened, path, progress), path, name, ledger, growing=True)
        listed = _Listed(rows, name, is_complete=False)
        for record in scanned:
            yield from scanned.findings()
            yield from listed.take(record)
        yield from scanned.findings()
        reached(scanned.offset)
    yield from _written_since(path, listed.rest())


def enter_growth(path: Path, name: str, offset: int, ledger: RecordLedger) -> None:
    """Put into `ledger` the records that a file got from `offset` on, and nothing that they say.

    Raises:
        StorageError: the file cannot be read.
    """
    with open_warc(path) as file:
        file.seek(offset)
        ledger.open_file(name)
        for record in RecordScan(file, path, name, offset=offset, growing=True):
            if record.id:
                ledger.add(record.id, record.offset, Link.ITSELF, own_print(record))


def not_archived(row: Capture, why: str) -> Finding:
    """Return the finding that a catalogued capture is not where the catalogue says."""
    return Finding(
        "not-archived", row.warc_file, row.warc_offset, f"{row.id} ({row.url[:200]}) is catalogued, but {why}"
    )


class _Listed:
    """The catalogued captures of a file, taken in the order of its records."""

    def __init__(self, rows: Iterator[Capture], name: str, *, is_complete: bool = True) -> None:
        self._rows = rows
        self._name = name
        self._is_complete = is_complete
        self._row = next(rows, None)
        self._beside: Beside | None = None

    def take(self, record: Scanned) -> Iterator[Finding]:
        """Take the next record of the file, and hold the row that it belongs to against it."""
        if record.header.type in _CAPTURES:
            self._beside = None
            if record.whole:
                yield from self._match(record)
        elif self._beside is not None and record.whole:
            yield from self._tell(self._beside.capture, self._beside.take(record))

    def _match(self, record: Scanned) -> Iterator[Finding]:
        """Hold the next row against a capture, which must have one where the catalogue is complete."""
        while self._row is not None and self._row.warc_offset < record.offset:
            yield not_archived(self._row, "no response begins there, or it is listed twice")
            self._row = next(self._rows, None)
        if self._row is not None and self._row.warc_offset == record.offset:
            self._beside = Beside(self._row, record)
            yield from self._tell(self._row, of_its_record(self._row, record))
            self._row = next(self._rows, None)
        elif self._is_complete:
            what = f"{record.id} ({record.header.fields.get('warc-target-uri', '')[:200]})"
            yield Finding("not-catalogued", self._name, record.offset, f"{what} is not in the catalogue")

    def _tell(self, row: Capture, differences: Iterable[Difference]) -> Iterator[Finding]:
        for one in differences:
            detail = f"{row.id}: the {one.what} is {str(one.there)[:200]}, in the catalogue {str(one.listed)[:200]}"
            yield Finding("differs", self._name, row.warc_offset, detail)

    def rest(self) -> Iterator[Capture]:
        """Yield the rows that no record was held against."""
        while self._row is not None:
            yield self._row
            self._row = next(self._rows, None)


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: Readable, path: Path, progress: Progress) -> None:
        self._file = file
        self._path = path
        self._progress = progress
        self.sha256 = sha256()
        self.size = 0

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        piece = self._file.read(size)
        self.sha256.update(piece)
        self.size += len(piece)
        self._progress(len(piece))
        return piece

    def drain(self) -> None:
        """Read to the end."""
        try:
            while self.read(_PIECE_BYTES):
                pass
        except OSError as error:
            raise StorageError(f"{self._path}: cannot be read ({error.strerror})") from error


def _written_since(path: Path, rows: Iterable[Capture]) -> Iterator[Finding]:
    """Look one by one at catalogued captures that lie behind where a growing file ended when it was read."""
    for row in rows:
        try:
            record = read_record(path, row.warc_offset, row.warc_length)
        except WarcError as error:
            yield not_archived(row, str(error).removeprefix(f"{path}: "))
            continue
        if record.type not in _CAPTURES or record.record_id != row.id:
            yield not_archived(row, f"{record.record_id}, a {record.type} record, is there")

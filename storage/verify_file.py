"""Owns the audit of one WARC file: its seal, every record's form and digests, what the catalogue says of its captures.

Every byte is read once, one record in memory at a time. A finding is a value, never an exception: one damaged record
must not hide what is wrong with the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from storage.archived import Archived
from storage.digest import DIGEST, sha256_of
from storage.errors import StorageError, WarcError
from storage.http_message import payload_of
from storage.reader import entries_of, read_record
from storage.seals import Seal
from storage.warc_members import Members, Readable, WarcRecord, open_warc
from storage.warc_records import target_uri

__all__ = ["CatalogueRow", "Finding", "Progress", "not_archived", "verify_file", "verify_held_file"]

Progress = Callable[[int], None]
"""Called with the bytes of WARC read since its last call."""

_CAPTURES: Final = ("response", "revisit")
_PIECE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A catalogued capture: what the catalogue says of one response or revisit record."""

    id: str
    """Its WARC-Record-ID, without brackets."""
    url: str
    payload_digest: str
    warc_file: str
    warc_offset: int
    warc_length: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be; `str()` of it is a line for a person."""

    kind: str
    """seal: the chain or a line of it; unsealed, missing-file, altered-file: a file and its seal; unrecovered: left by
    a run that died; damaged-record, block-digest, payload-digest: a record; gap: an attempt lacks one of its records;
    not-catalogued, not-archived, differs: record and catalogue."""
    file: str
    offset: int | None
    detail: str

    def __str__(self) -> str:
        """Say it in one line."""
        where = self.file if self.offset is None else f"{self.file} at {self.offset}"
        return f"{self.kind}: {where}: {self.detail}"


def verify_file(
    path: Path, name: str, seal: Seal | None, rows: Iterator[CatalogueRow], progress: Progress
) -> Iterator[Finding]:
    """Yield what is wrong with a file that nobody writes to.

    `name` is its final name, `seal` what it must hash to, None when it has no seal; `rows` are its catalogued captures
    in order of offset.

    Raises:
        StorageError: the file cannot be read.
    """
    with open_warc(path) as opened:
        file = _Hashed(opened, path, progress)
        records = _Checked(Members(file, path), name, rows)
        yield from _walk(path, name, records)
        yield from _listed_behind(path, name, records.unread())
        file.drain()
    if seal is not None and (file.size, file.sha256.hexdigest()) != (seal.size_bytes, seal.sha256):
        what = f"{file.size} bytes, not {seal.size_bytes}" if file.size != seal.size_bytes else "another SHA-256"
        yield Finding("altered-file", name, None, f"not as it was sealed: {what}")


def verify_held_file(path: Path, name: str, rows: Iterator[CatalogueRow]) -> Iterator[Finding]:
    """Yield what is wrong with the catalogued captures of a file that a living writer holds."""
    yield from _listed_behind(path, name, rows)


def not_archived(row: CatalogueRow, why: str) -> Finding:
    """Return the finding that a catalogued capture is not where the catalogue says."""
    return Finding(
        "not-archived", row.warc_file, row.warc_offset, f"{row.id} ({row.url[:200]}) is catalogued, but {why}"
    )


class _Checked:
    """The records of a file on their way to being understood, each held against its digests and the catalogue."""

    def __init__(self, members: Members, name: str, rows: Iterator[CatalogueRow]) -> None:
        self._members = members
        self._name = name
        self._rows = rows
        self._row = next(rows, None)
        self._findings: list[Finding] = []

    def __iter__(self) -> Iterator[WarcRecord]:
        """Go on with the records; after one that cannot be read there are none."""
        while (record := self._members.next()) is not None:
            self._findings.extend(_check_digests(record, self._name))
            if record.type in _CAPTURES:
                self._match(record)
            yield record

    def findings(self) -> list[Finding]:
        """Return what was found since the last call."""
        findings, self._findings = self._findings, []
        return findings

    def unread(self) -> Iterator[CatalogueRow]:
        """Yield the rows that no record was held against."""
        while self._row is not None:
            yield self._row
            self._row = next(self._rows, None)

    def _match(self, record: WarcRecord) -> None:
        while self._row is not None and self._row.warc_offset < record.offset:
            self._findings.append(not_archived(self._row, "no response begins there, or it is listed twice"))
            self._row = next(self._rows, None)
        if self._row is None or self._row.warc_offset != record.offset:
            detail = f"{record.record_id} ({(record.field('WARC-Target-URI') or '')[:200]}) is not in the catalogue"
            self._findings.append(Finding("not-catalogued", self._name, record.offset, detail))
            return
        self._findings.extend(_differences(self._row, record))
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


def _walk(path: Path, name: str, records: _Checked) -> Iterator[Finding]:
    """Go through the file; a malformed record is passed, one that does not inflate ends the walk."""
    found = iter(records)
    gap: Finding | None = None
    while True:
        try:
            for entry in entries_of(path, found):
                if gap is not None:
                    yield gap
                gap = _gap(entry, name) if isinstance(entry, Archived) else None
                yield from records.findings()
        except WarcError as error:
            yield from records.findings()
            yield Finding("damaged-record", name, None, str(error).removeprefix(f"{path}: "))
        else:
            yield from records.findings()
            return  # a gap at the very end is what a crash leaves, mended and stated


def _gap(archived: Archived, name: str) -> Finding | None:
    place = archived.response or archived.request or archived.metadata
    if archived.gap is None or place is None:
        return None
    return Finding("gap", name, place.offset, f"{archived.exchange.url[:200]}: {archived.gap}")


def _listed_behind(path: Path, name: str, rows: Iterable[CatalogueRow]) -> Iterator[Finding]:
    """Look at catalogued captures one by one, where the file could not be walked to them."""
    for row in rows:
        try:
            record = read_record(path, row.warc_offset, row.warc_length)
        except WarcError as error:
            yield not_archived(row, str(error).removeprefix(f"{path}: "))
            continue
        if record.type not in _CAPTURES:
            yield not_archived(row, f"a {record.type} record is there")
            continue
        yield from _differences(row, record)
        yield from _check_digests(record, name)


def _differences(row: CatalogueRow, record: WarcRecord) -> Iterator[Finding]:
    pairs = (
        ("id", row.id, record.record_id),
        ("length", row.warc_length, record.length),
        ("URL", target_uri(row.url), record.field("WARC-Target-URI")),
        ("payload digest", row.payload_digest, record.field("WARC-Payload-Digest")),
    )
    for what, listed, there in pairs:
        if listed != there:
            detail = f"{row.id}: the {what} is {str(there)[:200]}, in the catalogue {str(listed)[:200]}"
            yield Finding("differs", row.warc_file, row.warc_offset, detail)


def _check_digests(record: WarcRecord, name: str) -> Iterator[Finding]:
    yield from _check("block-digest", "WARC-Block-Digest", record, name, lambda: record.block)
    if record.type == "response":
        yield from _check(
            "payload-digest", "WARC-Payload-Digest", record, name, lambda: payload_of(record.block, "GET")
        )
    elif record.type == "resource":
        yield from _check("payload-digest", "WARC-Payload-Digest", record, name, lambda: record.block)


def _check(kind: str, field: str, record: WarcRecord, name: str, content: Callable[[], bytes]) -> Iterator[Finding]:
    declared = record.field(field)
    if declared is None or not DIGEST.fullmatch(declared):
        yield Finding(kind, name, record.offset, f"{record.record_id}: {field} is {str(declared)[:100]}, no SHA-256")
    elif declared != sha256_of(content()):
        yield Finding(kind, name, record.offset, f"{record.record_id}: the bytes are not those of {field}")

"""Owns which records an archive has and which they name: duplicates and dangling references, in flat memory.

Every record and every reference is an entry of 46 bytes. Entries are sorted in runs that go to a temporary file, and
the runs are merged at the end, so that all that is said of one record id comes together: the records of a hundred
million exchanges need 14 GB of disk for a while, and hardly more memory than those of ten thousand.
"""

from __future__ import annotations

import heapq
import os
import re
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b
from itertools import groupby
from types import MappingProxyType
from typing import IO, Final
from uuid import UUID
from zlib import crc32

from storage.errors import StorageError
from storage.finding import Finding
from storage.scan_digest import labelled

__all__ = ["FIELDS", "Link", "RecordLedger", "RecordPrint", "judge_link", "print_of"]

_ENTRY: Final = struct.Struct(">16sBIQBII8s")
_RUN_ENTRIES: Final = 50_000
_READ_ENTRIES: Final = 200
_UUID: Final = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TYPES: Final = ("", *"warcinfo response resource request metadata revisit conversion continuation".split())
_TRUNCATED: Final = 0x40
_HASHED: Final = 0x80
"""Marks an id that is no UUID, of which only a digest is kept."""
_UNKNOWN: Final = bytes(8)


class Link(IntEnum):
    """How one record names another."""

    ITSELF = 0
    """No reference: the record is there."""
    WARCINFO = 1
    CONCURRENT = 2
    REFERS = 3
    """A conversion or metadata record to what it is of."""
    REVISITS = 4
    ORIGIN = 5
    """A continuation to its first segment."""


FIELDS: Final = MappingProxyType(
    {
        Link.WARCINFO: "WARC-Warcinfo-ID",
        Link.CONCURRENT: "WARC-Concurrent-To",
        Link.REFERS: "WARC-Refers-To",
        Link.REVISITS: "WARC-Refers-To",
        Link.ORIGIN: "WARC-Segment-Origin-ID",
    }
)


@dataclass(frozen=True, slots=True)
class RecordPrint:
    """What is kept of a record, or of what another says of it; what is zero is not compared."""

    type: str
    truncated: bool = False
    target: int = 0
    date: int = 0
    payload: bytes = _UNKNOWN


def print_of(kind: str, *, truncated: bool = False, target: str = "", date: str = "", payload: str = "") -> RecordPrint:
    """Return the print of a record of type `kind` from its target URI, WARC-Date and payload digest."""
    digest = labelled(payload) if payload else None
    return RecordPrint(
        kind,
        truncated,
        crc32(target.encode()) if target else 0,
        crc32(date.encode()) if date else 0,
        bytes([len(digest.value)]) + digest.value[:7] if digest else _UNKNOWN,
    )


def judge_link(link: Link, said: RecordPrint, there: RecordPrint) -> str | None:
    """Return what is wrong with a record's being named as `said`, it being `there`; None when nothing is."""
    if link is Link.WARCINFO and there.type != "warcinfo":
        return f"names a {there.type} record"
    if link is Link.CONCURRENT and there.type in ("warcinfo", "conversion", "continuation"):
        return f"names a {there.type} record"
    if link is Link.REVISITS and there.type not in ("response", "resource"):
        return f"names a {there.type} record"
    if link is Link.REVISITS and there.truncated:
        return "names a truncated record"
    if said.target and there.target and said.target != there.target:
        return "names a record of another URI"
    if said.date and there.date and said.date != there.date:
        return "names a record of another date"
    if said.payload[0] and said.payload[0] == there.payload[0] and said.payload != there.payload:
        return "names a record of another payload"
    return None


class RecordLedger:
    """All records of an archive and all references between them; use as a context manager."""

    def __init__(self) -> None:
        """Begin with none."""
        self._entries: list[bytes] = []
        self._files: list[str] = []
        self._spill: IO[bytes] | None = None
        self._runs: list[tuple[int, int]] = []

    def __enter__(self) -> RecordLedger:
        return self

    def __exit__(self, *_: object) -> None:
        if self._spill is not None:
            self._spill.close()

    def open_file(self, name: str) -> None:
        """Say that what is added from now on is in the file `name`."""
        self._files.append(name)

    def add(self, record_id: str, offset: int, link: Link, print_: RecordPrint) -> None:
        """Add the record at `offset`, or what it says of the record that it names.

        Raises:
            StorageError: the temporary file cannot be written.
        """
        flags = _TYPES.index(print_.type) if print_.type in _TYPES else 0
        if print_.truncated:
            flags |= _TRUNCATED
        if _UUID.fullmatch(record_id):
            key = bytes.fromhex(record_id[9:].replace("-", ""))
        else:
            key, flags = blake2b(record_id.encode("utf-8", "replace"), digest_size=16).digest(), flags | _HASHED
        file = len(self._files) - 1
        entry = _ENTRY.pack(key, link, file, offset, flags, print_.target, print_.date, print_.payload)
        self._entries.append(entry)
        if len(self._entries) >= _RUN_ENTRIES:
            self._end_run()

    def findings(self) -> Iterator[Finding]:
        """Yield every duplicate, dangling and wrong reference, once all was added.

        Raises:
            StorageError: the temporary file cannot be read.
        """
        self._entries.sort()
        runs = [self._run(start, size) for start, size in self._runs]
        merged = heapq.merge(*runs, self._entries)
        for _, entries in groupby(merged, key=lambda entry: entry[:16]):
            yield from self._judge(entries)

    def _judge(self, entries: Iterator[bytes]) -> Iterator[Finding]:
        first: tuple[RecordPrint, str] | None = None
        for entry in entries:
            key, link, file, offset, flags, *compared = _ENTRY.unpack(entry)
            name, what = self._files[file], _named(key, flags)
            found = RecordPrint(_TYPES[flags & 0x3F], bool(flags & _TRUNCATED), *compared)
            if link == Link.ITSELF:
                if first is not None:
                    yield Finding("duplicate-id", name, offset, f"{what} is also the id of a record in {first[1]}")
                else:
                    first = found, f"{name} at {offset}"
            elif first is None:
                yield Finding("dangling", name, offset, f"{FIELDS[link]} names {what}, which is not in the archive")
            elif (problem := judge_link(Link(link), found, first[0])) is not None:
                yield Finding("wrong-reference", name, offset, f"{FIELDS[link]} {problem}: {what} in {first[1]}")

    def _end_run(self) -> None:
        self._entries.sort()
        try:
            if self._spill is None:
                self._spill = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
            start = self._spill.tell()
            self._spill.write(b"".join(self._entries))
            self._spill.flush()
        except OSError as error:
            raise _unusable(error) from error
        self._runs.append((start, len(self._entries)))
        self._entries = []

    def _run(self, start: int, entries: int) -> Iterator[bytes]:
        assert self._spill is not None
        size = _ENTRY.size
        for at in range(start, start + entries * size, _READ_ENTRIES * size):
            wanted = min(_READ_ENTRIES * size, start + entries * size - at)
            try:
                piece = os.pread(self._spill.fileno(), wanted, at)
            except OSError as error:
                raise _unusable(error) from error
            yield from (piece[place : place + size] for place in range(0, len(piece), size))


def _named(key: bytes, flags: int) -> str:
    return "a record whose id is no UUID" if flags & _HASHED else f"urn:uuid:{UUID(bytes=key)}"


def _unusable(error: OSError) -> StorageError:
    return StorageError(
        f"{tempfile.gettempdir()}: no temporary file for the record ids of the archive ({error.strerror}); set TMPDIR"
    )

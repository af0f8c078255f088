"""Owns reading WARC records off a file, one gzip member each, streaming, and trusting nothing the file says.

A record is whole only if its member inflates to its end with the right CRC and holds exactly a header, the declared
number of bytes and CRLF CRLF (WARC/1.1 section 4 and annex D). No more is inflated than the header declares, and no
block beyond a cap is inflated at all: neither a gigantic Content-Length nor a bomb costs memory.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from storage.archived import Place
from storage.digest import sha256_of
from storage.errors import StorageError, TornRecord, WarcError

__all__ = ["MAX_BLOCK_BYTES", "Members", "Readable", "WarcRecord", "open_warc", "read_fields", "read_record"]

MAX_BLOCK_BYTES: Final = 256 * 1024 * 1024
"""The largest block written or read; the largest page that any crawl keeps is well below."""
MAX_HEADER_BYTES: Final = 1024 * 1024
_MAX_FIELDS: Final = 1000
_PIECE_BYTES: Final = 32 * 1024
_HEADER_PIECE_BYTES: Final = 2 * 1024
_END: Final = b"\r\n\r\n"
_VERSION: Final = re.compile(rb"WARC/1\.[01]")
_REQUIRED: Final = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
_FORMS: Final = {"Content-Length": re.compile(r"[0-9]{1,18}"), "WARC-Record-ID": re.compile(r"<[^<>\s]{1,512}>")}


class Readable(Protocol):
    """A file open for reading bytes, at the offset of a member."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record as it lies in the file."""

    fields: tuple[tuple[str, str], ...]
    block: bytes
    offset: int
    length: int
    """Bytes of the gzip member."""

    @property
    def type(self) -> str:
        """WARC-Type, lower case."""
        return (self.field("WARC-Type") or "").lower()

    @property
    def record_id(self) -> str:
        """WARC-Record-ID without brackets."""
        return (self.field("WARC-Record-ID") or "")[1:-1]

    @property
    def concurrent_to(self) -> frozenset[str]:
        """The record ids that WARC-Concurrent-To names, without brackets."""
        return frozenset(value[1:-1] for value in self.every("WARC-Concurrent-To"))

    @property
    def place(self) -> Place:
        """Where it lies, with the digests it declares; a block digest that is not declared is computed."""
        block_digest = self.field("WARC-Block-Digest") or sha256_of(self.block)
        return Place(self.record_id, self.offset, self.length, block_digest, self.field("WARC-Payload-Digest"))

    def field(self, name: str) -> str | None:
        """Return the first value of a named field, whatever its case."""
        values = self.every(name)
        return values[0] if values else None

    def every(self, name: str) -> tuple[str, ...]:
        """Return all values of a named field, whatever its case."""
        wanted = name.lower()
        return tuple(value for key, value in self.fields if key.lower() == wanted)


class Members:
    """The records of one file, from an offset on."""

    def __init__(self, file: Readable, path: Path, offset: int = 0) -> None:
        """Read from `file`, which stands at `offset`; `path` is for messages."""
        self._file = file
        self._path = path
        self._rest = b""
        self.offset = offset
        """Where the next record begins: after a failure, where the failed one does."""

    def next(self) -> WarcRecord | None:
        """Return the next record, None at the end of the file.

        Raises:
            TornRecord: the file ends within the record.
            WarcError: it is no record, or not what it declares.
            StorageError: the file cannot be read.
        """
        if not self._rest and not self._refill():
            return None
        inflation = _Inflation(self._fault)
        while not inflation.feed(self._rest):
            self._rest = inflation.unfed
            if not self._rest and not self._refill():
                raise TornRecord(self._fault("the file ends within it"))
        self._rest = inflation.surplus
        record = inflation.record(self.offset)
        self.offset += record.length
        return record

    def _refill(self) -> bool:
        try:
            self._rest = self._file.read(_PIECE_BYTES)
        except OSError as error:
            raise StorageError(f"{self._path}: cannot be read ({error.strerror})") from error
        return bool(self._rest)

    def _fault(self, what: str) -> str:
        return f"{self._path}: record at {self.offset}: {what}"


class _Inflation:
    """One member on its way to being a record."""

    def __init__(self, fault: Callable[[str], str]) -> None:
        """Begin; `fault` puts file and offset before a complaint. `fields` are there as soon as the header is."""
        self._fault = fault
        self._inflater = zlib.decompressobj(31)
        self._out = bytearray()
        self._limit = MAX_HEADER_BYTES
        self._taken = 0
        self.fields: tuple[tuple[str, str], ...] | None = None
        self._block_start = 0

    @property
    def unfed(self) -> bytes:
        """What was given and could not be taken at once."""
        return self._inflater.unconsumed_tail

    @property
    def surplus(self) -> bytes:
        """What was given and lies behind the member."""
        return self._inflater.unused_data

    def feed(self, data: bytes) -> bool:
        """Take `data` as far as there is room; True when the member has ended."""
        try:
            self._out += self._inflater.decompress(data, self._limit + 1 - len(self._out))
        except zlib.error as error:
            raise WarcError(self._fault(f"no whole gzip member ({error})")) from error
        self._taken += len(data) - len(self.unfed) - len(self.surplus)
        if self.fields is None:
            self._read_header()
        if len(self._out) > self._limit:
            what = "more bytes than it declares" if self.fields else f"no header in its first {MAX_HEADER_BYTES} bytes"
            raise WarcError(self._fault(what))
        return self._inflater.eof

    def record(self, offset: int) -> WarcRecord:
        """Return the record of a member that has ended."""
        if self.fields is None:
            raise WarcError(self._fault("no WARC header"))
        if len(self._out) != self._limit or not self._out.endswith(_END):
            raise WarcError(self._fault("its block is not of the declared length, or not followed by CRLF CRLF"))
        block = bytes(memoryview(self._out)[self._block_start : -len(_END)])
        return WarcRecord(self.fields, block, offset, self._taken)

    def _read_header(self) -> None:
        end = self._out.find(_END)
        if end < 0:
            return
        self.fields = _fields(bytes(self._out[:end]), self._fault)
        length = int(next(value for name, value in self.fields if name.lower() == "content-length"))
        if length > MAX_BLOCK_BYTES:
            raise WarcError(
                self._fault(f"declares a block of {length} bytes; more than {MAX_BLOCK_BYTES} are not read")
            )
        self._block_start = end + len(_END)
        self._limit = self._block_start + length + len(_END)


def read_record(path: Path, offset: int, length: int) -> WarcRecord:
    """Return the record whose gzip member is the `length` bytes of `path` from `offset`.

    Raises:
        WarcError: there is no such record there, whole and of that length.
        StorageError: the file cannot be read.
    """
    if offset < 0 or length <= 0:
        raise WarcError(f"{path}: record at {offset}: cannot be {length} bytes long")
    with open_warc(path) as file:
        file.seek(offset)
        members = Members(_Window(file, length), path, offset)
        try:
            record = members.next()
        except TornRecord as error:
            raise WarcError(f"{path}: record at {offset}: not whole in {length} bytes") from error
    if record is None or record.length != length:
        found = "the file ends before" if record is None else f"is {record.length} bytes long, not {length}"
        raise WarcError(f"{path}: record at {offset}: {found}")
    return record


def read_fields(path: Path, offset: int) -> tuple[tuple[str, str], ...]:
    """Return the named fields of the record whose gzip member begins at `offset`; its block is not looked at.

    Raises:
        WarcError: no record begins there.
        StorageError: the file cannot be read.
    """
    with open_warc(path) as file:
        file.seek(offset)
        inflation = _Inflation(lambda what: f"{path}: record at {offset}: {what}")
        ended = False
        while inflation.fields is None:
            piece = inflation.unfed or file.read(_HEADER_PIECE_BYTES)
            if ended or not piece:
                raise WarcError(f"{path}: record at {offset}: no WARC header")
            ended = inflation.feed(piece)
    return inflation.fields


def open_warc(path: Path) -> BinaryIO:
    """Open a WARC file for reading.

    Raises:
        StorageError: it cannot be opened.
    """
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror})") from error


class _Window:
    """The next bytes of a file, so many and no more."""

    def __init__(self, file: Readable, left: int) -> None:
        self._file = file
        self._left = left

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none behind the window."""
        piece = self._file.read(min(size, self._left))
        self._left -= len(piece)
        return piece


def _fields(header: bytes, fault: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    version, *lines = header.split(b"\r\n")
    if not _VERSION.fullmatch(version):
        raise WarcError(fault("does not begin with WARC/1.1"))
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise WarcError(fault(f"no header line: {line[:80]!a}"))
        fields.append((_text(name, fault), _text(value, fault).strip(" \t")))
        if len(fields) > _MAX_FIELDS:
            raise WarcError(fault(f"more than {_MAX_FIELDS} header lines"))
    _check_required(fields, fault)
    return tuple(fields)


def _check_required(fields: list[tuple[str, str]], fault: Callable[[str], str]) -> None:
    for required in _REQUIRED:
        values = [value for name, value in fields if name.lower() == required.lower()]
        if len(values) != 1:
            raise WarcError(fault(f"{required} must be there once, not {len(values)} times"))
        form = _FORMS.get(required)
        if form is not None and not form.fullmatch(values[0]):
            raise WarcError(fault(f"{required} cannot be {values[0][:80]!a}"))


def _text(content: bytes, fault: Callable[[str], str]) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WarcError(fault(f"no UTF-8 in its header: {content[:80]!a}")) from error

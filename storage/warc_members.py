"""Owns reading WARC records off a file, one gzip member each, streaming, and trusting nothing the file says.

A record is whole only if its member inflates to its end with the right CRC and holds exactly a header, the declared
number of bytes and CRLF CRLF (WARC/1.1 section 4 and annex D). No more is inflated than the header declares, and a long
block is never held: neither a film, a gigantic Content-Length nor a bomb costs memory.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from storage.archived import Place
from storage.block import HELD_BYTES, Block
from storage.digest import sha256_of
from storage.errors import StorageError, TornRecord, WarcError
from storage.http_head import MAX_HEAD_BYTES
from storage.warc_block import FiledBlock, inflated, open_warc
from storage.warc_header import parse_header

__all__ = [
    "MAX_BLOCK_BYTES",
    "MAX_WHOLE_BYTES",
    "Members",
    "Readable",
    "WarcRecord",
    "open_warc",
    "read_beginning",
    "read_fields",
    "read_record",
]

MAX_BLOCK_BYTES: Final = 8 << 30
"""The largest block written or read. Reading costs no memory but time: a bomb of 8 MB inflates to this within seconds,
and without a limit 1 GB of gzip to a terabyte."""
MAX_WHOLE_BYTES: Final = 16 << 20
"""The largest block of a record that is read whole: request, metadata, source."""
MAX_HEADER_BYTES: Final = 1 << 20
_PIECE_BYTES: Final = 32 * 1024
_HEADER_PIECE_BYTES: Final = 2 * 1024
_END: Final = b"\r\n\r\n"
_EMPTY_LINE: Final = re.compile(rb"\n\r?\n")


class Readable(Protocol):
    """A file open for reading bytes, at the offset of a member."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record as it lies in the file."""

    fields: tuple[tuple[str, str], ...]
    block: Block
    """Bytes, or when it is long a block that is read from the file again, which must stay."""
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
            if not self._refill():
                raise TornRecord(self._fault("the file ends within it"))
        self._rest = inflation.surplus
        record = inflation.record(self._path, self.offset)
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
        self._held = bytearray()
        """The header, then as much of the block as is kept."""
        self._made = 0
        self._last = b""
        self._limit = MAX_HEADER_BYTES
        self._taken = 0
        self.fields: tuple[tuple[str, str], ...] | None = None
        self._start = 0
        self._size = 0

    @property
    def kept(self) -> bytes:
        """As much of the block as was made and is kept."""
        return bytes(memoryview(self._held)[self._start :]) if self.fields is not None else b""

    @property
    def has_head(self) -> bool:
        """Whether what is kept of the block holds an empty line, or all that will be kept."""
        kept = self.kept
        return self.fields is not None and (len(kept) >= self._kept or _EMPTY_LINE.search(kept) is not None)

    @property
    def surplus(self) -> bytes:
        """What was given and lies behind the member."""
        return self._inflater.unused_data

    def feed(self, content: bytes) -> bool:
        """Take the next bytes of the file; True when the member has ended."""
        try:
            for piece in inflated(self._inflater, content):
                self._take(piece)
        except zlib.error as error:
            raise WarcError(self._fault(f"no whole gzip member ({error})")) from error
        self._taken += len(content) - len(self.surplus)
        return self._inflater.eof

    def record(self, path: Path, offset: int) -> WarcRecord:
        """Return the record of a member that has ended; it lies at `offset` of `path`."""
        if self.fields is None:
            raise WarcError(self._fault("no WARC header"))
        if self._made != self._limit or self._last != _END:
            raise WarcError(self._fault("its block is not of the declared length, or not followed by CRLF CRLF"))
        kept = self.kept
        block = kept if len(kept) == self._size else FiledBlock(path, offset, self._start, self._size, kept)
        return WarcRecord(self.fields, block, offset, self._taken)

    def _take(self, piece: bytes) -> None:
        self._made += len(piece)
        self._last = (self._last + piece)[-len(_END) :]
        if self.fields is None:
            self._held += piece
            self._read_header()
        elif (room := self._start + self._kept - len(self._held)) > 0:
            self._held += piece[:room]
        if self._made > self._limit:
            what = "more bytes than it declares" if self.fields else f"no header in its first {MAX_HEADER_BYTES} bytes"
            raise WarcError(self._fault(what))

    @property
    def _kept(self) -> int:
        return self._size if self._size <= HELD_BYTES else MAX_HEAD_BYTES

    def _read_header(self) -> None:
        end = self._held.find(_END)
        if end < 0:
            return
        self.fields = parse_header(bytes(self._held[:end]), self._fault)
        self._size = int(next(value for name, value in self.fields if name.lower() == "content-length"))
        if self._size > MAX_BLOCK_BYTES:
            raise WarcError(
                self._fault(f"declares a block of {self._size} bytes; more than {MAX_BLOCK_BYTES} are not read")
            )
        self._start = end + len(_END)
        self._limit = self._start + self._size + len(_END)
        del self._held[self._start + self._kept :]


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
    return _begin(path, offset, lambda inflation: inflation.fields is not None)[0]


def read_beginning(path: Path, offset: int) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Return the named fields and the first bytes of the block, as far as its first empty line if that comes soon.

    Raises:
        WarcError: no record begins at `offset`.
        StorageError: the file cannot be read.
    """
    return _begin(path, offset, lambda inflation: inflation.has_head)


def _begin(path: Path, offset: int, enough: Callable[[_Inflation], bool]) -> tuple[tuple[tuple[str, str], ...], bytes]:
    with open_warc(path) as file:
        file.seek(offset)
        inflation = _Inflation(lambda what: f"{path}: record at {offset}: {what}")
        ended = False
        while not ended and not enough(inflation) and (piece := file.read(_HEADER_PIECE_BYTES)):
            ended = inflation.feed(piece)
    if inflation.fields is None:
        raise WarcError(f"{path}: record at {offset}: no WARC header")
    return inflation.fields, inflation.kept


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

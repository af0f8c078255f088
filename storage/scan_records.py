"""Owns reading the records of one WARC file as an audit does: strictly, streaming, and on behind whatever is wrong.

No block is whole in memory but those that say something of other records (warcinfo, metadata, our sources).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.errors import TornRecord, WarcError
from storage.finding import Finding
from storage.scan_block import Block
from storage.scan_header import MAX_HEADER_BYTES, RecordHeader, read_header, split_header
from storage.scan_members import GzipMembers, NoMember, Readable
from storage.scan_rules import header_problems

__all__ = ["RecordScan", "Scanned", "bare"]

_BEGIN: Final = b"WARC/"
_END: Final = b"\r\n\r\n"
_SOFTWARE: Final = b"software: shilu/"
_MOST_SURPLUS_BYTES: Final = 1 << 20
"""Inflated behind a record at most: what goes on longer is passed over unseen."""


@dataclass(slots=True)
class Scanned:
    """One record as it lies in the file."""

    header: RecordHeader
    offset: int
    block: Block
    length: int = 0
    """Bytes of the gzip member."""
    whole: bool = False
    """Whether its block is all there."""

    @property
    def id(self) -> str:
        """WARC-Record-ID without brackets, empty when it has none."""
        return bare(self.header.fields.get("warc-record-id", ""))


def bare(identifier: str) -> str:
    """Return an identifier without its brackets."""
    return identifier[1:-1] if identifier.startswith("<") and identifier.endswith(">") else identifier


class RecordScan:
    """The records of one file, from an offset on."""

    def __init__(self, file: Readable, path: Path, name: str, *, offset: int = 0, growing: bool = False) -> None:
        """Read from `file`, which stands at `offset`; findings call the file `name`.

        The last record of a `growing` file may not be whole yet: that is no finding, and it is not given.
        """
        self._members = GzipMembers(file, path, offset)
        self._name = name
        self._growing = growing
        self._findings: list[Finding] = []
        self._plain = b""
        self._in_member = False
        self._record: Scanned | None = None
        self.ours = False
        """Whether the last warcinfo record says that our program wrote it."""

    @property
    def offset(self) -> int:
        """Where the next record begins; in a growing file, the one that was not whole yet."""
        return self._members.offset

    def findings(self) -> list[Finding]:
        """Return what was found since the last call."""
        found, self._findings = self._findings, []
        return found

    def tell(self, kind: str, detail: str, offset: int) -> None:
        """Add a finding at `offset`."""
        self._findings.append(Finding(kind, self._name, offset, detail))

    def __iter__(self) -> Iterator[Scanned]:
        """Yield the records in their order, each when what is wrong with it by itself has been found.

        Raises:
            StorageError: the file cannot be read.
        """
        while True:
            try:
                if not self._in_member and not self._begin():
                    return
                self._read()
            except NoMember:
                self._pass_over("stray-bytes", "no gzip member begins there")
            except WarcError as error:
                if self._growing and isinstance(error, TornRecord):
                    return
                self._pass_over("damaged-member", str(error))
            record = self._put_down()
            if record is not None:
                yield record

    def _put_down(self) -> Scanned | None:
        record, self._record = self._record, None
        return record

    def _begin(self) -> bool:
        self._plain = b""
        self._in_member = self._members.begin()
        return self._in_member

    def _pass_over(self, kind: str, what: str) -> None:
        start = self._members.offset
        passed = self._members.skip()
        self._in_member = False
        self.tell(kind, f"{what}; {passed} bytes are passed over", start)

    def _read(self) -> None:
        """Read one record of the member in hand."""
        header = self._take_header()
        if header is None:
            return
        self._record = record = Scanned(header, self._members.offset, Block(header, ours=self.ours))
        self._tell_all(record, header_problems(header, ours=self.ours))
        size = header.block_bytes
        if size is None:
            self._drain()
        elif self._take_block(record, size):
            record.whole = True
            self._tell_all(record, record.block.finish())
            self._take_end(record)
        record.length = record.length or self._members.offset + self._members.length - record.offset

    def _tell_all(self, record: Scanned, problems: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> None:
        for kind, detail in problems:
            self.tell(kind, f"{record.id or 'a record without id'}: {detail}", record.offset)

    def _take_header(self) -> RecordHeader | None:
        while (parts := split_header(self._plain)) is None:
            piece = self._members.piece() if len(self._plain) <= MAX_HEADER_BYTES else b""
            if not piece:
                self._tell_headless()
                return None
            self._plain += piece
        before, end, self._plain = parts
        header = read_header(before, end)
        if header.type == "warcinfo":
            self.ours = _SOFTWARE in self._plain[:MAX_HEADER_BYTES].lower()
        return header

    def _tell_headless(self) -> None:
        begin = self._plain[:40]
        kind, what = ("header-line", "no empty line ends the header") if begin.startswith(_BEGIN) else ("version", "")
        self.tell(kind, what or f"begins with {begin!a}, not with WARC/1.1", self._members.offset)
        self._drain()

    def _take_block(self, record: Scanned, size: int) -> bool:
        """Feed the block; False when it ends too early."""
        left = size
        while left:
            piece = self._plain or self._members.piece()
            self._plain = b""
            if not piece:
                if not self._goes_on(record, left):
                    return False
                continue
            if len(piece) > left:
                piece, self._plain = piece[:left], piece[left:]
            record.block.feed(piece)
            left -= len(piece)
        return True

    def _goes_on(self, record: Scanned, left: int) -> bool:
        """Whether the next member goes on with a record whose own has ended too early."""
        record.length = self._members.length
        self._in_member = False
        try:
            more = self._begin()
        except NoMember:
            more = False
        if more:
            self._plain = self._members.piece()
        if not more or self._plain.startswith(_BEGIN):
            self.tell("record-length", f"{record.id}: its block is {left} bytes shorter than declared", record.offset)
            return False
        self.tell("split-record", f"{record.id}: it goes on in a further gzip member", record.offset)
        record.length = 0
        return True

    def _take_end(self, record: Scanned) -> None:
        while len(self._plain) <= len(_END):
            piece = self._members.piece()
            if not piece:
                self._in_member = False
                break
            self._plain += piece
        if not self._plain.startswith(_END):
            self.tell("record-length", f"{record.id}: its block is not followed by CRLF CRLF", record.offset)
            self._drain()
            return
        self._plain = self._plain[len(_END) :]
        if self._plain.startswith(_BEGIN):
            self.tell("several-records", f"{record.id}: another record follows it in its gzip member", record.offset)
        elif self._plain:
            self.tell("record-length", f"{record.id}: {len(self._plain)} bytes or more follow it", record.offset)
            self._drain()

    def _drain(self) -> None:
        """Take the member in hand to its end, unless that is too far."""
        taken = len(self._plain)
        self._plain = b""
        while self._in_member and taken <= _MOST_SURPLUS_BYTES:
            piece = self._members.piece()
            self._in_member = bool(piece)
            taken += len(piece)
        if self._in_member:
            self._pass_over("record-length", f"more than {_MOST_SURPLUS_BYTES} bytes follow a record")

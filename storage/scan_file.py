"""Owns the audit of one WARC file by itself: its records one after the other, and which others they name.

What a record names nearby is judged at once; the rest goes to the ledger, which sees the whole archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from storage.finding import Finding
from storage.record_ledger import FIELDS, Link, RecordLedger, RecordPrint, judge_link, print_of
from storage.scan_attempts import Attempts
from storage.scan_forms import PROFILES
from storage.scan_members import Readable
from storage.scan_records import RecordScan, Scanned, bare
from storage.scan_rules import IDENTICAL

__all__ = ["FileScan", "own_print"]

_NEAR: Final = 8
"""Records back that are remembered: those of an attempt lie side by side."""


class FileScan:
    """The records of one file on their way through all that an audit asks of them."""

    def __init__(
        self, file: Readable, path: Path, name: str, ledger: RecordLedger, *, offset: int = 0, growing: bool = False
    ) -> None:
        """Read from `file`, which stands at `offset`; what it holds goes to `ledger`, findings call it `name`.

        Of a `growing` file the last record may not be whole yet.
        """
        self._records = RecordScan(file, path, name, offset=offset, growing=growing)
        self._attempts = Attempts(self._records.tell)
        self._name = name
        self._ledger = ledger
        self._near: dict[str, RecordPrint] = {}
        self._warcinfo = ""
        self._is_first = offset == 0
        ledger.open_file(name)

    @property
    def offset(self) -> int:
        """How far the file was read: to its end, or to a last record that is not whole yet."""
        return self._records.offset

    def findings(self) -> list[Finding]:
        """Return what was found since the last call."""
        return self._records.findings()

    def __iter__(self) -> Iterator[Scanned]:
        """Yield the records in their order.

        Raises:
            StorageError: the file cannot be read.
        """
        for record in self._records:
            if self._is_first or record.header.type == "warcinfo":
                self._take_warcinfo(record)
            self._enter(record)
            self._attempts.take(record, ours=self._records.ours)
            yield record
        self._attempts.end()

    def _take_warcinfo(self, record: Scanned) -> None:
        fields = record.header.fields
        if record.header.type != "warcinfo":
            self._records.tell("warcinfo", f"{record.id}: the first record of the file is no warcinfo", record.offset)
        else:
            self._warcinfo = record.id
            name = fields.get("warc-filename")
            # Files may be joined into one (WARC/1.1 section 6.2): what stands further in may be of another.
            if self._is_first and self._records.ours and name is not None and name != self._name:
                self._records.tell("warcinfo", f"{record.id}: WARC-Filename is {name[:200]!a}", record.offset)
        self._is_first = False

    def _enter(self, record: Scanned) -> None:
        """Put a record and what it names into the ledger."""
        if not record.id:
            return
        own = own_print(record)
        self._ledger.add(record.id, record.offset, Link.ITSELF, own)
        self._near[record.id] = own
        if len(self._near) > _NEAR:
            del self._near[next(iter(self._near))]
        for link, named, said in _links(record, own, ours=self._records.ours):
            self._resolve(record, link, named, said)

    def _resolve(self, record: Scanned, link: Link, named: str, said: RecordPrint) -> None:
        there = self._near.get(named)
        if link is Link.WARCINFO and named == self._warcinfo:
            return
        if there is None:
            self._ledger.add(named, record.offset, link, said)
        elif (problem := judge_link(link, said, there)) is not None:
            self._records.tell("wrong-reference", f"{FIELDS[link]} {problem}: {named}", record.offset)


def own_print(record: Scanned) -> RecordPrint:
    """Return what the ledger keeps of a record."""
    fields, kind = record.header.fields, record.header.type
    return print_of(
        kind,
        truncated="warc-truncated" in fields,
        target=fields.get("warc-target-uri", ""),
        date=fields.get("warc-date", ""),
        payload=fields.get("warc-payload-digest", "") if kind != "request" else "",
    )


def _links(record: Scanned, own: RecordPrint, *, ours: bool) -> Iterator[tuple[Link, str, RecordPrint]]:
    """Yield what a record names, and what it says of it."""
    fields, kind = record.header.fields, record.header.type
    # Ours of one attempt share target and date; others date each record for itself.
    beside = RecordPrint(kind, target=own.target, date=own.date) if ours else RecordPrint(kind)
    for named in record.header.concurrent_to:
        yield Link.CONCURRENT, bare(named), beside
    if "warc-warcinfo-id" in fields:
        yield Link.WARCINFO, bare(fields["warc-warcinfo-id"]), RecordPrint(kind)
    if "warc-segment-origin-id" in fields:
        yield Link.ORIGIN, bare(fields["warc-segment-origin-id"]), RecordPrint(kind)
    if "warc-refers-to" in fields:
        link, said = Link.REFERS, RecordPrint(kind)
        if kind == "revisit":
            link, said = Link.REVISITS, _original(record, ours=ours)
        yield link, bare(fields["warc-refers-to"]), said


def _original(record: Scanned, *, ours: bool) -> RecordPrint:
    """Return what a revisit says of the record that it is a revisit of."""
    fields = record.header.fields
    # Of a 304 others digest what came with it, which is nothing.
    is_told = ours or PROFILES.get(fields.get("warc-profile", "")) == IDENTICAL
    return print_of(
        "revisit",
        target=fields.get("warc-refers-to-target-uri", ""),
        date=fields.get("warc-refers-to-date", ""),
        payload=fields.get("warc-payload-digest", "") if is_told else "",
    )

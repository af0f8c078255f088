"""Owns reading an archive back: WARC records become the opening, the source, attempts and crawl ends that were written.

Streaming, one attempt in memory at a time. Rebuild, re-extraction and verification read through here. What is not
ours (conversion records, metadata of others) is passed over; what is ours and malformed is an error that names file and
offset; what a crash tore off is stated as a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from storage.archive_files import OPEN_SUFFIX
from storage.archived import Archived, ArchivedEnd, ArchivedSource, Entry, Opening, capture_of
from storage.digest import sha256_of
from storage.errors import SourceError, WarcError
from storage.model import Attempt, Exchange
from storage.payload import payload_seen
from storage.source_json import source_from_json
from storage.warc_fields import Described, FieldError, instant
from storage.warc_members import MAX_WHOLE_BYTES, Members, WarcRecord, open_warc, read_record
from storage.warc_metadata import is_attempt, is_crawl_end, read_abridged, read_attempt, read_crawl_end, read_opening

__all__ = ["entries_of", "read_exchange", "read_record", "records", "walk"]


def walk(path: Path) -> Iterator[Entry]:
    """Yield what a WARC file holds, in its order: Opening, ArchivedSource, then Archived and ArchivedEnd.

    Raises:
        TornRecord: the file ends within a record; all before it has been yielded.
        WarcError: a record is damaged or malformed, likewise.
        StorageError: the file cannot be read.
    """
    yield from entries_of(path, records(path))


def records(path: Path) -> Iterator[WarcRecord]:
    """Yield the records of a WARC file as they lie, blocks byte-exact; raises as `walk` does."""
    with open_warc(path) as file:
        members = Members(file, path)
        while (record := members.next()) is not None:
            yield record


def read_exchange(path: Path, offset: int, length: int) -> Archived:
    """Return the attempt whose response (or revisit) record is the gzip member of `length` bytes at `offset`.

    Its request and metadata are those that follow; a gap is stated if they do not.

    Raises:
        WarcError: there is no such record there, whole and of that length.
        StorageError: the file cannot be read.
    """
    response = read_record(path, offset, length)
    if response.type not in ("response", "revisit"):
        raise WarcError(f"{path}: record at {offset}: is a {response.type} record, not a response")
    walked = _Walk(path)
    found: list[Archived] = []
    for _ in walked.take(response):  # yields nothing yet: the attempt is whole with its metadata
        pass
    with open_warc(path) as file:
        file.seek(offset + length)
        members = Members(file, path, offset + length)
        while not found:
            try:
                record = members.next()
            except WarcError:
                record = None
            if record is None or record.type not in ("request", "metadata"):
                break
            found = [entry for entry in walked.take(record) if isinstance(entry, Archived)]
    return found[0] if found else _with_opening(path, walked)


def entries_of(path: Path, found: Iterable[WarcRecord]) -> Iterator[Entry]:
    """Yield what `records` of the file `path` mean; raises as `walk` does."""
    walked = _Walk(path)
    try:
        for record in found:
            yield from walked.take(record)
    except WarcError:
        yield from walked.flush()
        raise
    yield from walked.flush()


def _with_opening(path: Path, walked: _Walk) -> Archived:
    """Finish an attempt without metadata: the head of the file says at least whose crawl it was."""
    response, request = walked.group.response, walked.group.request
    walked.group = _Group()
    for _, record in zip(range(2), records(path), strict=False):
        for _entry in walked.take(record):
            pass
    walked.group = _Group(response, request)
    return next(entry for entry in walked.flush() if isinstance(entry, Archived))


@dataclass(slots=True)
class _Group:
    """The records of one attempt, so far."""

    response: WarcRecord | None = None
    request: WarcRecord | None = None

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(record.record_id for record in (self.response, self.request) if record is not None)


@dataclass(slots=True)
class _Walk:
    """What has been seen of one file."""

    path: Path
    group: _Group = field(default_factory=_Group)
    opening: Opening | None = None
    source: ArchivedSource | None = None

    def take(self, record: WarcRecord) -> Iterator[Entry]:
        """Yield what is known now that `record` was read."""
        try:
            yield from self._take(record)
        except (FieldError, SourceError) as error:
            raise WarcError(f"{self.path}: record at {record.offset}: {error}") from error

    def flush(self) -> Iterator[Entry]:
        """Yield the attempt whose metadata record never came."""
        group, self.group = self.group, _Group()
        first = group.response or group.request
        if first is None:
            return
        try:
            yield self._without_metadata(group, first)
        except FieldError as error:
            raise WarcError(f"{self.path}: record at {first.offset}: {error}") from error

    def _take(self, record: WarcRecord) -> Iterator[Entry]:
        if record.type in ("response", "revisit"):
            yield from self.flush()
            self.group.response = record
        elif record.type == "request":
            if self.group.request is not None or not record.concurrent_to >= self.group.ids:
                yield from self.flush()
            self.group.request = record
        elif record.type == "metadata" and _is_fields(record):
            yield from self._metadata(record)
        elif record.type == "warcinfo":
            yield self._opening(record)
        elif record.type == "resource" and (record.field("WARC-Target-URI") or "").startswith("urn:shilu:source:"):
            written = _whole(record)
            self.source = ArchivedSource(record.place, source_from_json(written), sha256_of(written))
            yield self.source

    def _opening(self, record: WarcRecord) -> Opening:
        name = record.field("WARC-Filename") or self.path.name.removesuffix(OPEN_SUFFIX)
        self.opening = read_opening(_whole(record), place=record.place, name=name, opened=_date(record))
        return self.opening

    def _metadata(self, record: WarcRecord) -> Iterator[Entry]:
        said = Described(_whole(record))
        if is_crawl_end(said):
            yield from self.flush()
            yield ArchivedEnd(record.place, read_crawl_end(said))
        elif is_attempt(said):
            if not self.group.ids <= record.concurrent_to:
                yield from self.flush()
            group, self.group = self.group, _Group()
            yield self._attempt(group, record, said)

    def _attempt(self, group: _Group, record: WarcRecord, said: Described) -> Archived:
        exchange, attempt = read_attempt(
            said,
            started=_date(record),
            request=_whole(group.request) if group.request else b"",
            response=group.response.block if group.response else b"",
        )
        missing = sorted(record.concurrent_to - group.ids)
        gap = f"missing beside the metadata record: {', '.join(missing)}" if missing else None
        archived = self._archived(group, exchange, attempt, record, gap)
        return replace(archived, abridged=read_abridged(said, exchange.response))

    def _without_metadata(self, group: _Group, first: WarcRecord) -> Archived:
        request = _whole(group.request) if group.request else b""
        is_revisit = first.type == "revisit"  # what it leaves out was received all the same
        exchange = Exchange(
            url=first.field("WARC-Target-URI") or "",
            method=_method(request),
            request=request,
            response=group.response.block if group.response else b"",
            started=_date(first),
            ip=first.field("WARC-IP-Address"),
            truncated=None if is_revisit else first.field("WARC-Truncated"),
        )
        attempt = Attempt(
            source=self.opening.source if self.opening else "",
            crawl_id=self.opening.crawl_id if self.opening else "",
            role="page",
            relation="given",
            rules_digest=self.source.digest if self.source else "",
        )
        lost = "metadata" if group.request else "request and metadata"
        return self._archived(group, exchange, attempt, None, f"{lost} missing: role, via and TLS are not known")

    def _archived(
        self, group: _Group, exchange: Exchange, attempt: Attempt, metadata: WarcRecord | None, gap: str | None
    ) -> Archived:
        response = group.response.place if group.response else None
        request = group.request.place if group.request else None
        capture = None
        if response is not None and group.response is not None:
            is_revisit = group.response.type == "revisit"
            refers_to = group.response.field("WARC-Refers-To") if is_revisit else None
            name = self.path.name.removesuffix(OPEN_SUFFIX)
            capture = capture_of(
                exchange,
                attempt,
                name,
                response,
                request,
                kind=group.response.type,
                refers_to=refers_to and refers_to.strip("<>"),
                payload_bytes=None if is_revisit else payload_seen(exchange, response.payload_digest).whole_bytes,
            )
        return Archived(exchange, attempt, capture, response, request, metadata.place if metadata else None, gap)


def _whole(record: WarcRecord) -> bytes:
    if len(record.block) > MAX_WHOLE_BYTES:
        raise FieldError(f"a {record.type} record of {len(record.block)} bytes, more than {MAX_WHOLE_BYTES}")
    return record.block[:]


def _is_fields(record: WarcRecord) -> bool:
    content_type = record.field("Content-Type") or ""
    return content_type.partition(";")[0].strip().lower() == "application/warc-fields"


def _date(record: WarcRecord) -> datetime:
    try:
        return instant(record.field("WARC-Date") or "").astimezone(UTC)
    except ValueError as error:
        raise FieldError(f"WARC-Date: {error}") from error


def _method(request: bytes) -> str:
    word = request.partition(b" ")[0]
    return word.decode("ascii") if word.isalpha() and word.isascii() and len(word) <= 20 else "GET"

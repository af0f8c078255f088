"""Owns the writing of an archive: an exchange becomes WARC/1.1 records in a file, whole or not at all.

Each record is one gzip member; the members of an attempt are appended by one write, unless the response is too long to
be held. Of a record warcio renders the header alone, never a header of the block: what its own writer does around
that took 35 µs a page. A file is opened with its warcinfo and the source, and closed by rotation, by size or age:
synced, renamed, sealed.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from warcio.statusandheaders import StatusAndHeaders

from storage.archive_files import failed, fsync_directory, make_directory, warc_directory
from storage.archived import Opening, Place, capture_of
from storage.errors import StorageError
from storage.model import Attempt, Capture, CrawlEnd, Exchange, Revisit, Source, Thresholds
from storage.payload import Payload, payload_seen
from storage.seals import Seal
from storage.warc_file import OpenWarc, Tail
from storage.warc_gzip import gzip_member, write_gzip_member
from storage.warc_members import MAX_BLOCK_BYTES, MAX_WHOLE_BYTES
from storage.warc_records import NewRecord, crawl_end_record, exchange_records, opening_record, source_record

__all__ = ["WarcWriter", "member_of"]

_MAX_SERIAL: Final = 99_999
_RECORD_END: Final = b"\r\n\r\n"


def _new_id() -> str:
    """Return a UUID of version 7 (RFC 9562): the time in ms, then 74 random bits.

    Ids that ascend lie side by side in the catalogue's indexes: with 300,000 captures a commit writes a fifth less.
    """
    random = int.from_bytes(os.urandom(10), "big")
    high = (time.time_ns() // 1_000_000) << 16 | 0x7000 | random >> 68
    low = 1 << 63 | random & (1 << 62) - 1
    return f"urn:uuid:{uuid.UUID(int=high << 64 | low)}"


class WarcWriter:
    """The one writer of a process, for any thread: a long response takes seconds, in which the loop must not wait."""

    def __init__(
        self,
        directory: Path,
        *,
        source: Source,
        crawl_id: str,
        software: str,
        operator: str,
        user_agent: str,
        robots_policy: str,
        thresholds: Thresholds,
        started: datetime,
        max_bytes: int,
        max_age_s: float,
        settings: tuple[tuple[str, str], ...] = (),
        new_id: Callable[[], str] = _new_id,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open the first file below `directory` (ARCHIVE_DIR), durably.

        A file is closed before the exchange that would take it beyond `max_bytes`, and at the first exchange after
        `max_age_s` seconds. `settings` are told in warcinfo, as all before. `new_id` gives record ids (`urn:uuid:…`),
        `now` the time.

        Raises:
            StorageError: the directory cannot be written.
        """
        self._archive_dir = directory
        self._source = source
        self._max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._new_id = new_id
        self._now = now
        self._serial = 0
        self._lock = threading.RLock()
        """Held while the file is appended to, replaced or finished."""
        self._is_given_up = False
        self.seals: tuple[Seal, ...] = ()
        """Of the files that are finished, in their order."""
        nowhere = Place("", 0, 0, "")
        self._opening = Opening(
            nowhere,
            "",
            started,
            crawl_id,
            source.name,
            started,
            thresholds,
            software,
            operator,
            user_agent,
            robots_policy,
            settings,
        )
        make_directory(warc_directory(directory))
        self._file = self._open()

    @property
    def file_name(self) -> str:
        """The final name of the file that is being written."""
        return self._file.name

    def append(
        self, exchange: Exchange, attempt: Attempt, *, payload: Payload | None = None, revisit: Revisit | None = None
    ) -> Capture | None:
        """Append the records of one attempt whole, and return its capture; None when there was no final response.

        `payload` is `payload_seen` of the exchange, if that is known. With `revisit` the capture is of kind revisit,
        unless the response could not be put together again. What is returned is durable only after the next `sync`.

        Raises:
            StorageError: nothing was written: disk full, a failed write, a block beyond what is ever read back.
        """
        _check_size(exchange)
        payload = payload or payload_seen(exchange)
        with self._lock:
            prepared = self._prepare(exchange, attempt, payload, revisit)
            if self._is_due(sum(one.size for one in prepared)):
                self._rotate()
                prepared = self._prepare(exchange, attempt, payload, revisit)
            places: dict[str, Place] = {}
            with self._file.appending() as tail:
                for one in prepared:
                    offset = tail.offset
                    one.write(partial(self._write, tail))
                    places[one.record.type] = _place(one.record, offset, tail.offset - offset)
            name, request = self._file.name, places.get("request")
        if "response" in places:
            return capture_of(exchange, attempt, name, places["response"], request, payload_bytes=payload.whole_bytes)
        if "revisit" in places and revisit is not None:
            original = revisit.original.id
            return capture_of(exchange, attempt, name, places["revisit"], request, kind="revisit", refers_to=original)
        return None

    def append_end(self, end: CrawlEnd) -> None:
        """Append the record of how the crawl ended.

        Raises:
            StorageError: it was not written.
        """
        with self._lock:
            record = crawl_end_record(end, self._new_id(), self._opening.place.record_id)
            self._file.append(member_of(record))

    def sync(self) -> None:
        """Make everything appended before the call durable, while others append or rotate.

        Raises:
            StorageError: fsync failed, now or before; the run must end.
        """
        self._file.sync()

    def close(self) -> None:
        """Finish and seal the file; a second call does nothing. A file that cannot be finished is left to recovery.

        Raises:
            StorageError: it could not be made durable or sealed.
        """
        with self._lock:
            if not self._file.is_closed:
                self.seals += (self._file.seal(self._now()),)

    def release(self) -> None:
        """Let go of the file as it is, for recovery to finish; does nothing after `close`.

        What is being appended is not awaited: it leaves nothing, as if it had failed.
        """
        self._is_given_up = True
        with self._lock:
            self._file.release()

    def _write(self, tail: Tail, piece: bytes) -> None:
        if self._is_given_up:
            raise StorageError(f"{self._file.path}: takes nothing more: the run ended")
        tail.write(piece)

    def _prepare(
        self, exchange: Exchange, attempt: Attempt, payload: Payload, revisit: Revisit | None
    ) -> list[_Prepared]:
        warcinfo_id = self._opening.place.record_id
        records = exchange_records(exchange, attempt, self._new_id, warcinfo_id, payload, revisit)
        return [_Prepared(record, member_of(record) if isinstance(record.block, bytes) else None) for record in records]

    def _is_due(self, size: int) -> bool:
        age_s = (self._now() - self._file.opened).total_seconds()
        return self._file.is_closed or self._file.size + size > self._max_bytes or age_s >= self._max_age_s

    def _rotate(self) -> None:
        self.close()
        self._file = self._open()

    def _open(self) -> OpenWarc:
        file = self._create()
        warcinfo_id = self._new_id()
        place = Place(warcinfo_id, 0, 0, "")
        self._opening = replace(self._opening, place=place, name=file.name, opened=file.opened)
        records = (
            opening_record(self._opening),
            source_record(self._source, self._new_id(), warcinfo_id, file.opened),
        )
        try:
            file.append(b"".join(map(member_of, records)))
            file.sync()
            fsync_directory(file.path.parent)
        except (OSError, StorageError) as error:
            file.release()
            raise error if isinstance(error, StorageError) else failed(file.path, "synced to disk", error) from error
        return file

    def _create(self) -> OpenWarc:
        opened = self._now()
        moment = f"{opened.astimezone(UTC):%Y%m%d%H%M%S}{opened.microsecond // 1000:03}"
        while self._serial < _MAX_SERIAL:
            name = f"shilu-{self._source.name}-{moment}-{self._serial:05}-{self._opening.crawl_id[:8]}.warc.gz"
            self._serial += 1
            try:
                return OpenWarc(self._archive_dir, name, opened)
            except FileExistsError:
                continue
        raise StorageError(f"{self._archive_dir}: {_MAX_SERIAL} files in one crawl; raise the size of a file")


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A record about to be written."""

    record: NewRecord
    member: bytes | None
    """None when it is made only while it is written."""

    @property
    def size(self) -> int:
        """Bytes that it will take; for a long one those of its block will do."""
        return len(self.record.block) if self.member is None else len(self.member)

    def write(self, write: Callable[[bytes], None]) -> None:
        """Hand over the member."""
        if self.member is None:
            write_gzip_member(_header_of(self.record), self.record.block, _RECORD_END, write)
        else:
            write(self.member)


def member_of(record: NewRecord) -> bytes:
    """Return a record as one gzip member."""
    return gzip_member(_header_of(record), record.block[:], _RECORD_END)


def _header_of(record: NewRecord) -> bytes:
    header = StatusAndHeaders("", (), protocol="WARC/1.1")
    header.headers = [*record.fields, ("Content-Length", str(len(record.block)))]
    return bytes(header.to_bytes())


def _check_size(exchange: Exchange) -> None:
    beside = max(len(exchange.request), len(exchange.interim) + len(exchange.surplus)) + 1024 * 1024
    if len(exchange.response) > MAX_BLOCK_BYTES or beside > MAX_WHOLE_BYTES:
        size = max(len(exchange.response), beside)
        raise StorageError(f"{exchange.url[:200]}: {size} bytes are more than one record may hold; lower the limit")


def _place(record: NewRecord, offset: int, length: int) -> Place:
    return Place(record.record_id, offset, length, record.block_digest, record.payload_digest)

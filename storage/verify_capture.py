"""Owns what the catalogue says of one capture, held against the records of its attempt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from storage.archived import Place, capture_of
from storage.model import Capture
from storage.scan_records import Scanned, bare
from storage.warc_fields import Described, FieldError, instant, timestamp
from storage.warc_metadata import is_attempt, read_attempt
from storage.warc_records import target_uri

__all__ = ["Beside", "Difference", "of_its_record"]

_OF_THE_ATTEMPT: Final = (
    "source",
    "crawl_id",
    "method",
    "status",
    "mime",
    "ip",
    "tls_verified",
    "truncated",
)
_REQUEST: Final = "request_digest"
"""Only where its record is: that one is missing is told by the scan."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the catalogue says otherwise than the archive."""

    what: str
    listed: object
    there: object


def of_its_record(capture: Capture, record: Scanned) -> Iterator[Difference]:
    """Yield what the header of its response or revisit `record` says otherwise."""
    fields, kind = record.header.fields, record.header.type
    refers_to = bare(fields.get("warc-refers-to", "")) if kind == "revisit" else None
    pairs = (
        ("id", capture.id, record.id),
        ("length", capture.warc_length, record.length),
        ("URL", target_uri(capture.url), fields.get("warc-target-uri")),
        ("time", timestamp(capture.captured), fields.get("warc-date")),
        ("kind", capture.kind, kind),
        ("payload digest", capture.payload_digest, fields.get("warc-payload-digest")),
        ("record referred to", capture.refers_to, refers_to),
    )
    yield from (Difference(*pair) for pair in pairs if pair[1] != pair[2])


class Beside:
    """The request and metadata records that follow the record of a capture."""

    def __init__(self, capture: Capture, record: Scanned) -> None:
        """Begin behind the response or revisit `record` that `capture` lies at."""
        self.capture = capture
        self._record = record
        self._request: Scanned | None = None

    def take(self, record: Scanned) -> Iterator[Difference]:
        """Take the next record, and with the metadata record yield what the attempt says otherwise."""
        if self._record.id not in map(bare, record.header.concurrent_to):
            return
        if record.header.type == "request":
            self._request = record
        elif record.header.type == "metadata" and record.block.kept is not None:
            there = self._there(record)
            names = () if there is None else _OF_THE_ATTEMPT if self._request is None else (*_OF_THE_ATTEMPT, _REQUEST)
            listed = ((name.replace("_", " "), getattr(self.capture, name), getattr(there, name)) for name in names)
            yield from (Difference(*pair) for pair in listed if pair[1] != pair[2])

    def _there(self, metadata: Scanned) -> Capture | None:
        """Return the capture that the records are, as a rebuild reads them; None when they do not say."""
        fields, said = self._record.header.fields, Described(bytes(metadata.block.kept or b""))
        try:
            if not is_attempt(said):
                return None
            started = instant(fields.get("warc-date", ""))
            head = bytes(self._record.block.start)
            exchange, attempt = read_attempt(said, started=started, request=b"", response=head)
        except (FieldError, ValueError):
            return None  # told by the scan already
        request = None if self._request is None else _place(self._request)
        return capture_of(exchange, attempt, self.capture.warc_file, _place(self._record), request)


def _place(record: Scanned) -> Place:
    fields = record.header.fields
    digests = fields.get("warc-block-digest", ""), fields.get("warc-payload-digest")
    return Place(record.id, record.offset, record.length, *digests)

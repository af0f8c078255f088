"""Owns the values that reading a WARC file gives: the file's opening, its source, attempts, crawl ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.http_message import Head, mime_of, parse_head
from storage.model import Attempt, Capture, CrawlEnd, Exchange, Source, Thresholds
from storage.payload import Abridged

__all__ = ["Archived", "ArchivedEnd", "ArchivedSource", "Entry", "Opening", "Place", "capture_of"]

_MAX_VALIDATOR_CHARS = 1024


@dataclass(frozen=True, slots=True)
class Place:
    """One record and where it lies: `length` bytes from `offset` are one whole gzip member."""

    record_id: str
    """Without brackets: `urn:uuid:…`."""
    offset: int
    length: int
    block_digest: str
    payload_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """The warcinfo record: what the file says of itself."""

    place: Place
    name: str
    """Final name of the file, without `.open`."""
    opened: datetime
    crawl_id: str
    source: str
    started: datetime
    """When the crawl began; a crawl may fill several files."""
    thresholds: Thresholds
    software: str
    operator: str
    user_agent: str
    robots_policy: str
    settings: tuple[tuple[str, str], ...] = ()
    """What else decided about what is in the file: names (words joined by hyphens) and values, in order."""


@dataclass(frozen=True, slots=True)
class ArchivedSource:
    """The resource record after the opening: the source as it was configured."""

    place: Place
    source: Source
    digest: str
    """As `Attempt.rules_digest`."""


@dataclass(frozen=True, slots=True)
class Archived:
    """One attempt as the archive holds it."""

    exchange: Exchange
    """Blocks byte-exact; what a missing record held is empty and `gap` says so."""
    attempt: Attempt
    capture: Capture | None
    """None when there is no response record."""
    response: Place | None
    request: Place | None
    metadata: Place | None
    gap: str | None = None
    """Which of the attempt's records are missing, and what is then only assumed; None when all are there."""
    abridged: Abridged | None = None
    """Of a revisit record that leaves its payload out: what the whole response was. `exchange.response` is the head."""


@dataclass(frozen=True, slots=True)
class ArchivedEnd:
    """The record of how a crawl ended."""

    place: Place
    end: CrawlEnd


Entry = Opening | ArchivedSource | Archived | ArchivedEnd


def capture_of(
    exchange: Exchange,
    attempt: Attempt,
    file: str,
    response: Place,
    request: Place | None,
    *,
    kind: str = "response",
    refers_to: str | None = None,
    payload_bytes: int | None = None,
) -> Capture:
    """Return the catalogue's row of an archived exchange, the same for whoever writes it and whoever reads it.

    `kind` is response or revisit, `refers_to` the record id that a revisit names; `payload_bytes` as
    `Payload.whole_bytes`.
    """
    head = parse_head(exchange.response)
    # What a later request may be conditional on was said of a payload that is in the archive, here or by reference.
    validates = head.status == 200 and (kind == "revisit" or payload_bytes is not None)
    return Capture(
        id=response.record_id,
        url=exchange.url,
        source=attempt.source,
        captured=exchange.started,
        method=exchange.method,
        request_digest=request.block_digest if request else None,
        status=head.status,
        mime=mime_of(head),
        kind=kind,
        payload_digest=response.payload_digest or "",
        refers_to=refers_to,
        warc_file=file,
        warc_offset=response.offset,
        warc_length=response.length,
        ip=exchange.ip,
        tls_verified=exchange.tls.verified if exchange.tls else None,
        truncated=exchange.truncated,
        crawl_id=attempt.crawl_id,
        etag=_validator(head, b"etag") if validates else None,
        last_modified=_validator(head, b"last-modified") if validates else None,
        payload_bytes=payload_bytes,
    )


def _validator(head: Head, name: bytes) -> str | None:
    """Return the one value of a header as it can be sent back, byte for byte (RFC 9110 section 8.8); else None."""
    values = head.values(name)
    text = values[0].decode("latin-1") if len(values) == 1 else ""
    return text if 0 < len(text) <= _MAX_VALIDATOR_CHARS and "\0" not in text and "\r" not in text else None

"""Owns the values that reading a WARC file gives: the file's opening, its source, attempts, crawl ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.http_message import Head, header, parse_head
from storage.model import Attempt, Capture, CrawlEnd, Exchange, Source, Thresholds

__all__ = ["Archived", "ArchivedEnd", "ArchivedSource", "Entry", "Opening", "Place", "capture_of", "mime_of"]

_MIME_CHARS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+/")


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
) -> Capture:
    """Return the catalogue's row of an archived exchange, the same for whoever writes it and whoever reads it.

    `kind` is response or revisit, `refers_to` the record id that a revisit names.
    """
    head = parse_head(exchange.response)
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
    )


def mime_of(head: Head) -> str | None:
    """Return the media type that the head declares, lower case, without parameters; None when it declares none."""
    declared = header(head.headers, b"content-type")
    mime = (declared or b"").partition(b";")[0].partition(b",")[0].strip(b" \t").lower()
    if not 3 <= len(mime) <= 255 or mime.count(b"/") != 1 or not _MIME_CHARS.issuperset(mime):
        return None
    return mime.decode("ascii")

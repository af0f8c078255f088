"""Owns the records of an exchange before they are bytes: which there are, their named fields, their blocks.

For an attempt: response or revisit (when a final response began), request (when anything was sent), metadata (always),
in this order, all with one WARC-Date. The request names the response in WARC-Concurrent-To; the metadata record names
both, so that a lost one is noticed. Blocks are the bytes of the wire; nothing is rendered anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from storage.archived import Opening
from storage.block import Block
from storage.digest import sha256_of
from storage.http_message import parse_head
from storage.model import Attempt, CrawlEnd, Exchange, Revisit, Source, Tls
from storage.payload import Abridged, Payload, abridge, payload_seen
from storage.source_json import source_to_json
from storage.warc_fields import escape, render_fields, timestamp
from storage.warc_metadata import attempt_block, crawl_end_block, warcinfo_block

__all__ = [
    "IDENTICAL_PAYLOAD",
    "SERVER_NOT_MODIFIED",
    "NewRecord",
    "conversion_record",
    "crawl_end_record",
    "exchange_records",
    "export_record",
    "opening_record",
    "source_record",
    "source_urn",
]

NewId = Callable[[], str]
"""Gives a fresh record id, `urn:uuid:…`."""

IDENTICAL_PAYLOAD: Final = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
SERVER_NOT_MODIFIED: Final = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
"""Values of WARC-Profile (WARC/1.1 sections 6.7.2 and 6.7.3)."""

_FIELDS: Final = "application/warc-fields"
_RESPONSE: Final = "application/http; msgtype=response"
_URI_CHARS: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '<>"')
_TLS_VERSION: Final = re.compile(r"(TLS|SSL)v(\d(?:\.\d)?)")
_IANA: Final = re.compile(r"TLS_[A-Z0-9_]{1,80}")
_CIPHER: Final = re.compile(r"((?:ECDHE|DHE)-(?:RSA|ECDSA|DSS)|)-?(AES(?:128|256))-(?:(GCM|CCM8|CCM)-?)?(SHA\d*)?")


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One record to be written; WARC-Type and Content-Type are among its fields, Content-Length is not."""

    record_id: str
    fields: tuple[tuple[str, str], ...]
    block: Block
    block_digest: str
    payload_digest: str | None = None

    @property
    def type(self) -> str:
        """WARC-Type."""
        return next(value for name, value in self.fields if name == "WARC-Type")


def opening_record(opening: Opening) -> NewRecord:
    """Return the warcinfo record of a file; its id and name are in `opening`."""
    fields = [("WARC-Filename", opening.name)]
    return _record("warcinfo", opening.place.record_id, opening.opened, _FIELDS, warcinfo_block(opening), fields)


def source_record(source: Source, record_id: str, warcinfo_id: str, written: datetime) -> NewRecord:
    """Return the resource record of a source as canonical JSON; its payload digest is that of the source."""
    fields = [("WARC-Target-URI", source_urn(source.name)), ("WARC-Warcinfo-ID", f"<{warcinfo_id}>")]
    block = source_to_json(source)
    return _record("resource", record_id, written, "application/json", block, fields, payload_digest=sha256_of(block))


def source_urn(name: str) -> str:
    """Return the target URI of a source's record."""
    return f"urn:shilu:source:{name}"


def crawl_end_record(end: CrawlEnd, record_id: str, warcinfo_id: str) -> NewRecord:
    """Return the metadata record of how a crawl ended."""
    fields = [("WARC-Target-URI", f"urn:shilu:crawl:{end.crawl_id}"), ("WARC-Warcinfo-ID", f"<{warcinfo_id}>")]
    return _record("metadata", record_id, end.finished, _FIELDS, crawl_end_block(end), fields)


def export_record(name: str, note: tuple[tuple[str, str], ...], record_id: str, written: datetime) -> NewRecord:
    """Return the warcinfo record of a file of records copied from others; `note` is what it says of itself."""
    return _record("warcinfo", record_id, written, _FIELDS, render_fields(note), [("WARC-Filename", name)])


def conversion_record(
    url: str, text: str, record_id: str, refers_to: str, made: datetime, warcinfo_id: str
) -> NewRecord:
    """Return the record of the text that was read out of the response `refers_to` (WARC/1.1 section 6.8)."""
    block = text.encode("utf-8", "replace")
    fields = [
        ("WARC-Target-URI", target_uri(url)),
        ("WARC-Refers-To", f"<{refers_to}>"),
        ("WARC-Warcinfo-ID", f"<{warcinfo_id}>"),
    ]
    digest = sha256_of(block)
    return _record("conversion", record_id, made, "text/plain; charset=utf-8", block, fields, payload_digest=digest)


def exchange_records(
    exchange: Exchange,
    attempt: Attempt,
    new_id: NewId,
    warcinfo_id: str,
    payload: Payload | None = None,
    revisit: Revisit | None = None,
) -> tuple[NewRecord, ...]:
    """Return the records of one attempt in the order they are written.

    `payload` is `payload_seen` of the exchange, if that is known already. With `revisit` there is a revisit record in
    place of the response, unless the response could not be put together again from that: then it is kept whole.
    """
    common = [("WARC-Target-URI", target_uri(exchange.url)), ("WARC-Warcinfo-ID", f"<{warcinfo_id}>")]
    if exchange.ip is not None:
        common.append(("WARC-IP-Address", escape(exchange.ip)))
    records: list[NewRecord] = []
    abridged = abridge(exchange.response) if revisit is not None and revisit.by == "bytes" else None
    if revisit is not None and (abridged is not None or revisit.by == "server"):
        records.append(_revisit_record(exchange, new_id(), common, revisit, abridged))
    elif exchange.response:
        records.append(_response_record(exchange, new_id(), common, payload or payload_seen(exchange)))
    concurrent = [("WARC-Concurrent-To", f"<{record.record_id}>") for record in records]
    if exchange.request:
        content_type = "application/http; msgtype=request"
        fields = common + concurrent
        records.append(_record("request", new_id(), exchange.started, content_type, exchange.request, fields))
    concurrent = [("WARC-Concurrent-To", f"<{record.record_id}>") for record in records]
    block = attempt_block(exchange, attempt, abridged)
    records.append(_record("metadata", new_id(), exchange.started, _FIELDS, block, common + concurrent))
    return tuple(records)


def target_uri(url: str) -> str:
    """Return `url` with what must not stand in a header value percent-encoded; canonical URLs stay as they are."""
    return quote(url, safe=_URI_CHARS, errors="surrogatepass")


def protocols(version: str | None, tls: Tls | None) -> list[str]:
    """Return the values of WARC-Protocol, the higher layer first: `http/1.1`, `tls/1.3` (IIPC extension, adopted).

    `version` is that of HTTP, None where no status line states one.
    """
    values = [] if version is None else [f"http/{version}"]
    match = _TLS_VERSION.fullmatch(tls.version) if tls else None
    if match:
        number = match[2] if match[1] == "SSL" or "." in match[2] else f"{match[2]}.0"
        values.append(f"{match[1].lower()}/{number}")
    return values


def cipher_suite(openssl_name: str) -> str | None:
    """Return the IANA name of a cipher suite for WARC-Cipher-Suite, which takes no other (IIPC extension, adopted).

    OpenSSL uses IANA's names for TLS 1.3 and its own before: `ECDHE-RSA-AES128-GCM-SHA256`. None for one that cannot be
    turned; the metadata record has it as OpenSSL says it.
    """
    if _IANA.fullmatch(openssl_name):
        return openssl_name
    if openssl_name.endswith("-CHACHA20-POLY1305"):
        return f"TLS_{openssl_name[:-18].replace('-', '_')}_WITH_CHACHA20_POLY1305_SHA256"
    match = _CIPHER.fullmatch(openssl_name)
    if match is None or not (match[3] or match[4]):
        return None
    exchange, cipher = (match[1] or "RSA").replace("-", "_"), match[2].replace("AES", "AES_")
    mode = {"CCM8": "CCM_8", None: "CBC"}.get(match[3], match[3])
    return f"TLS_{exchange}_WITH_{cipher}_{mode}" + (f"_{match[4]}" if match[4] else "")


def _response_record(exchange: Exchange, record_id: str, common: list[tuple[str, str]], payload: Payload) -> NewRecord:
    fields = common + _transport(exchange)
    if exchange.truncated is not None:
        fields.append(("WARC-Truncated", escape(exchange.truncated)))
    block, date = exchange.response, exchange.started
    return _record("response", record_id, date, _RESPONSE, block, fields, payload_digest=payload.digest)


def _revisit_record(
    exchange: Exchange,
    record_id: str,
    common: list[tuple[str, str]],
    revisit: Revisit,
    abridged: Abridged | None,
) -> NewRecord:
    """Return the record of an answer whose payload is that of another record (WARC/1.1 section 6.7)."""
    original = revisit.original
    fields = [
        *common,
        *_transport(exchange),
        ("WARC-Profile", SERVER_NOT_MODIFIED if abridged is None else IDENTICAL_PAYLOAD),
        ("WARC-Refers-To", f"<{original.id}>"),
        ("WARC-Refers-To-Target-URI", target_uri(original.url)),
        ("WARC-Refers-To-Date", timestamp(original.captured)),
    ]
    block = exchange.response
    if abridged is not None:
        fields.append(("WARC-Truncated", "length"))
        block = abridged.head
    digest = original.payload_digest
    return _record("revisit", record_id, exchange.started, _RESPONSE, block, fields, payload_digest=digest)


def _transport(exchange: Exchange) -> list[tuple[str, str]]:
    """Return what a response went through."""
    head = parse_head(exchange.response)
    version = None if head.status is None else head.version
    fields = [("WARC-Protocol", value) for value in protocols(version, exchange.tls)]
    suite = cipher_suite(exchange.tls.cipher) if exchange.tls is not None else None
    return fields if suite is None else [*fields, ("WARC-Cipher-Suite", suite)]


def _record(
    kind: str,
    record_id: str,
    date: datetime,
    content_type: str,
    block: Block,
    fields: list[tuple[str, str]],
    *,
    payload_digest: str | None = None,
) -> NewRecord:
    block_digest = sha256_of(block)
    named = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", f"<{record_id}>"),
        ("WARC-Date", timestamp(date)),
        *fields,
        ("Content-Type", content_type),
        ("WARC-Block-Digest", block_digest),
    ]
    if payload_digest is not None:
        named.append(("WARC-Payload-Digest", payload_digest))
    return NewRecord(record_id, tuple(named), block, block_digest, payload_digest)

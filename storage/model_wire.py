"""Owns the values of one attempt: what passed on the wire, why it was made, the capture it became."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.block import Block

__all__ = [
    "Attempt",
    "Capture",
    "Conditions",
    "Exchange",
    "Failure",
    "Original",
    "Revisit",
    "Tls",
]


@dataclass(frozen=True, slots=True)
class Tls:
    """What TLS said of one connection."""

    version: str
    """As `ssl.SSLSocket.version()` names it: TLSv1.2, TLSv1.3."""
    cipher: str
    verified: bool
    reason: str | None = None
    """Why it did not verify."""
    chain_sha256: str | None = None
    """Lower-case hex over the DER of the certificates received, leaf first, concatenated."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something did not come to be; `stage` is robots|guard|dns|connect|tls|http|extract|archive|trap."""

    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt as its bytes passed on the connection. interim + response + surplus equal what was received."""

    url: str
    """The target URI, absolute, no fragment."""
    method: str
    request: bytes
    """The request as sent, Proxy-Authorization cut; empty when nothing was sent."""
    response: Block
    """The final response from status line to framed end, chunk framing and content-encoding as received; bytes unless
    it is long."""
    started: datetime
    """When the request was sent (or the attempt began, if it never was). WARC-Date of all its records."""
    duration_s: float = 0.0
    interim: bytes = b""
    """1xx responses before the final one, verbatim."""
    surplus: bytes = b""
    """Bytes after the framed end, verbatim."""
    ip: str | None = None
    proxy: str | None = None
    """host:port of the CONNECT or plain proxy; `ip` is then the proxy's."""
    tls: Tls | None = None
    truncated: str | None = None
    """length | time | disconnect | None: why `response` is not whole (WARC-Truncated)."""
    failure: Failure | None = None
    """Set when the attempt failed; there may be bytes all the same."""
    notes: tuple[str, ...] = ()
    """What a reader of the record must know: `proxy-authorization cut`, `stale connection, sent again`."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Why and for whom an exchange was made; written into its metadata record."""

    source: str
    crawl_id: str
    """UUID, lower case with hyphens."""
    role: str
    """robots | page | list:N | listdata:N | feed:N | sitemap:N | article:N: N is the index in the source file."""
    via: str | None = None
    """URL that led here."""
    relation: str = "seed"
    """seed | link | next | redirect | listdata | sitemap | canonical | given: how `via` led here."""
    hops: int = 0
    """Redirects followed in a row to get here."""
    number: int = 1
    """Which page of a list walk this is."""
    rules_digest: str = ""
    """`sha256:` of the source as JSON, the payload of the resource record at the head of each WARC file."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One archived exchange; the row of the `capture` view."""

    id: str
    """WARC-Record-ID of the response record, without brackets: `urn:uuid:…`."""
    url: str
    source: str
    captured: datetime
    method: str
    request_digest: str | None
    """Block digest of the request record; None when it was torn."""
    status: int | None
    """None when the status line could not be read."""
    mime: str | None
    kind: str
    """response | revisit."""
    payload_digest: str
    refers_to: str | None
    warc_file: str
    warc_offset: int
    warc_length: int
    """Bytes of the response record's gzip member."""
    ip: str | None
    tls_verified: bool | None
    truncated: str | None
    crawl_id: str
    etag: str | None = None
    """Validator of a whole answer to GET with status 200, as received (latin-1)."""
    last_modified: str | None = None
    """Last-Modified, likewise."""
    payload_bytes: int | None = None
    """Of a response that a revisit may refer to: a complete, untruncated answer to GET with a payload; else None."""


@dataclass(frozen=True, slots=True)
class Original:
    """The response record that a revisit refers to, never a revisit itself, and where it lies."""

    id: str
    """Its WARC-Record-ID, without brackets."""
    url: str
    captured: datetime
    payload_digest: str
    warc_file: str
    warc_offset: int
    warc_length: int


@dataclass(frozen=True, slots=True)
class Revisit:
    """That what was received is in the archive already, and on whose word."""

    original: Original
    by: str
    """server: a 304 to our condition; bytes: the payload received has the digest of the original's."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a request may be made conditional on (RFC 9110 section 13.1); a validator that was not sent is None."""

    etag: str | None
    last_modified: str | None
    original: Original
    """The response at the same URL whose payload the validators were sent with."""

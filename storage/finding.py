"""Owns what an audit finds: one thing that is not as it must be, as a value; and the kinds there are."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["KINDS", "Finding"]

KINDS: Final = MappingProxyType(
    {
        "seal": "a line of `seals.jsonl` is altered, added, missing or torn",
        "unsealed": "a file has no line in the seals",
        "altered-file": "a file is not the one that was sealed",
        "missing-file": "a sealed file is not there",
        "unrecovered": "a run that died left a file open; the next crawl finishes it",
        "damaged-member": "a gzip member is cut or does not inflate",
        "stray-bytes": "bytes between or behind the gzip members",
        "several-records": "one gzip member holds more than one record",
        "split-record": "one record goes on in a further gzip member",
        "record-length": "a block is not of its record's Content-Length, or not followed by CRLF CRLF",
        "version": "a record does not begin with WARC/1.0 or WARC/1.1",
        "header-line": "a header has a line that is none: bare LF, no colon, no UTF-8, control characters",
        "missing-field": "a named field that the record's type needs is not there",
        "repeated-field": "a named field is there twice",
        "malformed-field": "a named field has a value that it cannot have",
        "misplaced-field": "a named field stands on a record of a type that may not have it",
        "unknown-type": "a record is of no type that the standard knows: every reader passes over it",
        "content-type": "the Content-Type of a record does not fit its type",
        "truncation": "WARC-Truncated gives no reason that the standard knows",
        "warcinfo": "a file does not begin with its warcinfo record, or that names another file",
        "digest-form": "a digest is missing, or of another algorithm or spelling than it must be",
        "block-digest": "the block is not the one that was digested",
        "payload-digest": "the payload is not the one that was digested",
        "http-length": "an HTTP message is shorter or longer than it says, and no truncation is stated",
        "transfer-coding": "the body lacks the chunk framing that its head declares",
        "interim": "a response record begins with an interim response (100, 103)",
        "duplicate-id": "two records have one WARC-Record-ID",
        "dangling": "a record names another that is not in the archive",
        "wrong-reference": "a record names one that it cannot mean: of another type, date, URI or payload, or cut",
        "revisit": "a revisit record lacks its profile, its reference, its payload digest or its truncation",
        "gap": "the records of an attempt are not all there, side by side",
        "unreadable": "a record of ours does not say what such a record must",
        "not-catalogued": "a capture is in the archive, but not in the catalogue",
        "not-archived": "a capture is in the catalogue, but not where it says",
        "differs": "catalogue and records disagree about a capture, in whatever column",
        "text": "a version is not what its capture gives when the same extractor reads it again, or is not there "
        "(with `--texts`)",
    }
)
"""Kind of finding -> what is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be; `str()` of it is a line for a person."""

    kind: str
    """A key of KINDS."""
    file: str
    offset: int | None
    """Where the gzip member of the record begins; None when the whole file is meant."""
    detail: str

    def __str__(self) -> str:
        """Say it in one line."""
        where = self.file if self.offset is None else f"{self.file} at {self.offset}"
        return f"{self.kind}: {where}: {self.detail}"

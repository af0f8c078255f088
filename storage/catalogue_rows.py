"""Owns how captures, failures and events become rows, and texts what SQLite can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from storage.catalogue_store import Row
from storage.model import Capture, Event, Failure, Outcome
from storage.stamps import moment, stamp

__all__ = [
    "capture_of",
    "capture_row",
    "event_row",
    "failure_row",
    "is_storable",
    "json_strings",
    "json_text",
    "optional",
    "optional_moment",
    "optional_stamp",
    "storable",
]

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_QUOTE: Final = json.encoder.encode_basestring
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """Return `text` as SQLite can hold it: a lone surrogate, which has no UTF-8, becomes U+FFFD."""
    return text if is_storable(text) else _SURROGATE.sub("\ufffd", text)


def is_storable(text: str) -> bool:
    """Return whether `text` has no lone surrogate; encoding it tells in a third of the time of a pattern."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def capture_row(outcome: Outcome, capture: Capture) -> dict[str, Any]:
    """Return the row of a capture that is no look at a page."""
    return {
        "id": capture.id,
        "url": storable(capture.url),
        "source": capture.source,
        "captured": stamp(capture.captured),
        "method": capture.method,
        "request_digest": capture.request_digest,
        "status": capture.status,
        "mime": optional(capture.mime),
        "kind": capture.kind,
        "payload_digest": capture.payload_digest,
        "refers_to": capture.refers_to,
        "warc_file": capture.warc_file,
        "warc_offset": capture.warc_offset,
        "warc_length": capture.warc_length,
        "ip": capture.ip,
        "tls_verified": None if capture.tls_verified is None else int(capture.tls_verified),
        "truncated": capture.truncated,
        "crawl_id": capture.crawl_id,
        "role": outcome.attempt.role,
        "page_id": None,
        "version_id": None,
        "finding": None,
        "verdict": None,
        "grade": None,
        "etag": optional(capture.etag),
        "last_modified": optional(capture.last_modified),
        "payload_bytes": capture.payload_bytes,
    }


def capture_of(row: Row) -> Capture:
    """Return the capture of a row of the `capture` view."""
    return Capture(
        id=row.id,
        url=row.url,
        source=row.source,
        captured=moment(row.captured),
        method=row.method,
        request_digest=row.request_digest,
        status=row.status,
        mime=row.mime,
        kind=row.kind,
        payload_digest=row.payload_digest,
        refers_to=row.refers_to,
        warc_file=row.warc_file,
        warc_offset=row.warc_offset,
        warc_length=row.warc_length,
        ip=row.ip,
        tls_verified=None if row.tls_verified is None else bool(row.tls_verified),
        truncated=row.truncated,
        crawl_id=row.crawl_id,
    )


def failure_row(outcome: Outcome, failure: Failure) -> dict[str, Any]:
    """Return the row of a failure of `outcome`."""
    return {
        "url": storable(outcome.url),
        "attempted": stamp(outcome.attempted),
        "source": outcome.attempt.source,
        "crawl_id": outcome.attempt.crawl_id,
        "stage": failure.stage,
        "reason": storable(failure.reason),
        "capture_id": None if outcome.capture is None else outcome.capture.id,
    }


def event_row(event: Event) -> dict[str, Any]:
    """Return the row of an event."""
    return {
        "page_id": event.page_id,
        "url": storable(event.url),
        "kind": event.kind,
        "grade": event.grade,
        "after": optional_stamp(event.after),
        "observed": stamp(event.observed),
        "capture_before": event.capture_before,
        "capture_after": event.capture_after,
        "detail": json_text(dict(event.detail)),
    }


def optional(text: str | None) -> str | None:
    """Return `storable` of a text that may be None."""
    return None if text is None else storable(text)


def optional_stamp(at: datetime | None) -> str | None:
    """Return `stamp` of a time that may be None."""
    return None if at is None else stamp(at)


def optional_moment(text: str | None) -> datetime | None:
    """Return `moment` of a text that may be None."""
    return None if text is None else moment(text)


def json_strings(texts: Sequence[str]) -> str:
    """Return `json_text` of a list of texts, at a third of its cost."""
    return storable(f"[{','.join(map(_QUOTE, texts))}]") if texts else "[]"


def json_text(value: Any) -> str:
    """Return a list or an object as plain JSON, Han characters as themselves."""
    return storable(_ENCODE(value)) if value else "{}" if isinstance(value, dict) else "[]"

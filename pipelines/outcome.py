"""Owns what an attempt amounts to: the one function that live crawling, recovery and rebuild turn an exchange into an
outcome with.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from storage.http_message import Head, header, parse_head
from storage.model import Attempt, Capture, Exchange, Failure, Outcome, PageRead, Thresholds

__all__ = ["outcome_of", "retry_after_s"]

_CUT = {
    "length": "the response was cut at the size limit",
    "time": "the response was cut at the time limit",
    "disconnect": "the connection ended before the response did",
}


def outcome_of(
    attempt: Attempt,
    exchange: Exchange,
    capture: Capture | None,
    read: PageRead | None,
    *,
    thresholds: Thresholds,
    gap: str | None = None,
    frontier_id: int | None = None,
) -> Outcome:
    """Return everything that one attempt leaves in the catalogue.

    `read` is what `pipelines.page.read_page` made of the response, None where there was none; `gap` says which of the
    attempt's records is missing from the archive.
    """
    head = parse_head(exchange.response) if exchange.response else None
    return Outcome(
        attempt=attempt,
        url=exchange.url,
        attempted=exchange.started,
        capture=capture,
        failure=_failure(exchange, head, gap, attempt.role) or _unasked(head, capture),
        read=read,
        frontier_id=frontier_id,
        retry_after_s=None if head is None else retry_after_s(head, exchange.started),
        thresholds=thresholds,
    )


def _failure(exchange: Exchange, head: Head | None, gap: str | None, role: str) -> Failure | None:
    if exchange.failure is not None:
        return exchange.failure
    if head is not None and head.status is None:
        return Failure("http", "no HTTP status line")
    # No robots.txt is an answer like any other: everything is allowed (RFC 9309, section 2.3.1.3).
    refused = 500 if role == "robots" else 400
    if head is not None and head.status is not None and head.status >= refused:
        reason = head.reason.decode("utf-8", "replace").strip()
        return Failure("http", f"{head.status} {reason}".strip())
    if exchange.truncated is not None:
        return Failure("http", _CUT.get(exchange.truncated, f"the response was cut ({exchange.truncated})"))
    return None if gap is None else Failure("archive", gap)


def _unasked(head: Head | None, capture: Capture | None) -> Failure | None:
    if head is None or head.status != 304 or (capture is not None and capture.kind == "revisit"):
        return None
    return Failure("http", "304 Not Modified, though the request was unconditional")


def retry_after_s(head: Head, now: datetime) -> float | None:
    """Return the seconds that Retry-After asks for from `now` (aware), or None (RFC 9110, section 10.2.3)."""
    value = header(head.headers, b"retry-after")
    if value is None:
        return None
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())

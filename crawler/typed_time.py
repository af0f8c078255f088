"""Owns times as people type them after an option: a moment, a day, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from crawler.source_values import Found, duration_s
from storage.errors import UsageError
from storage.search_filter import partial_day

__all__ = ["days_of", "read_since", "read_time", "read_until"]

_STAMP: Final = re.compile(r"\d{14}(?:\d{3})?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def read_time(text: str, option: str) -> datetime:
    """Read a moment: 14 or 17 digits as in archives' addresses, or ISO 8601; without a zone it is UTC.

    Raises:
        UsageError: it is neither; `option` begins the line, for example `replay: --at`.
    """
    try:
        return _moment(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} {text}: must be 20261122134500 or 2026-11-22T13:45:00+08:00") from None


def read_since(text: str | None, option: str, now: datetime) -> datetime | None:
    """Read the beginning of a span: a day (UTC), a moment as `read_time`, or how long before `now` (`36h`, `7d`).

    Raises:
        UsageError: it is none of these.
    """
    return None if text is None else _edge(text, option, now, timedelta(0))


def read_until(text: str | None, option: str, now: datetime) -> datetime | None:
    """Read the end of a span, which is not in it, as `read_since`; of a day it is the midnight after.

    Raises:
        UsageError: it is none of these.
    """
    return None if text is None else _edge(text, option, now, timedelta(days=1))


def days_of(option: str, text: str) -> tuple[datetime, datetime]:
    """Read a day, a month or a year (UTC), and return when it begins and when it has ended.

    Raises:
        UsageError: it is none of these.
    """
    partial_day(option, text)
    try:
        first = date.fromisoformat(text + "-01-01"[len(text) - 4 :])
        if len(text) == len("2026"):
            ended = first.replace(year=first.year + 1)
        elif len(text) == len("2026-11"):
            ended = (first + timedelta(days=31)).replace(day=1)
        else:
            ended = first + timedelta(days=1)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} {text}: there is no such day") from None
    return datetime.combine(first, time(), UTC), datetime.combine(ended, time(), UTC)


def _edge(text: str, option: str, now: datetime, of_day: timedelta) -> datetime:
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), UTC) + of_day
        if text[-1:] in "smhdw":
            return now - timedelta(seconds=duration_s(text))
        return _moment(text)
    except (ValueError, OverflowError, Found):
        raise UsageError(f"{option} {text}: must be 2026-11-22, 2026-11-22T13:45:00+08:00 or 7d") from None


def _moment(text: str) -> datetime:
    if _STAMP.fullmatch(text):
        return datetime.strptime(text.ljust(20, "0"), "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    at = datetime.fromisoformat(text)
    # An offset can lead out of the years there are.
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)

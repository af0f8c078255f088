"""Owns the text form of a moment: UTC, fixed width, so that texts sort as times do."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

__all__ = ["moment", "stamp"]


def stamp(at: datetime) -> str:
    """Return an aware time as `2026-11-22T13:45:00.123456Z`."""
    return _utc_stamp(at if at.tzinfo is UTC else at.astimezone(UTC))


@lru_cache(maxsize=256)
def _utc_stamp(at: datetime) -> str:
    """Return the text of a time in UTC; nine columns of a new page are the same one."""
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def moment(text: str) -> datetime:
    """Return the aware time that `stamp` wrote.

    Raises:
        ValueError: `text` is no such time.
    """
    return datetime.fromisoformat(text[:26]).replace(tzinfo=UTC)

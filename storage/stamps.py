"""Owns the text form of a moment: UTC, fixed width, so that texts sort as times do."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["moment", "stamp"]


def stamp(at: datetime) -> str:
    """Return an aware time as `2026-11-22T13:45:00.123456Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def moment(text: str) -> datetime:
    """Return the aware time that `stamp` wrote.

    Raises:
        ValueError: `text` is no such time.
    """
    return datetime.fromisoformat(text[:26]).replace(tzinfo=UTC)

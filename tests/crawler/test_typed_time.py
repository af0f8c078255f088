"""Times as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.typed_time import days_of, read_since, read_time, read_until
from storage.errors import UsageError

NOW = datetime(2026, 11, 22, 13, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20261122134500", NOW),
        ("20261122134500123", NOW.replace(microsecond=123000)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T13:45:00Z", NOW),
        ("2026-11-22T21:45:00+08:00", NOW),
        ("2026-11-22T13:45:00.5", NOW.replace(microsecond=500000)),
    ],
)
def test_times_are_read_as_people_write_them(text: str, at: datetime) -> None:
    assert read_time(text, "replay: --at") == at


@pytest.mark.parametrize(
    "text", ["", "2026", "20261322134500", "2026112213450", "now", "2026-11-22T25:00", "0001-01-01T00:00:00+08:00"]
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^replay: --at .*must be 20261122134500"):
        read_time(text, "replay: --at")


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-20T08:00:00+08:00", datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)),
        ("36h", datetime(2026, 11, 21, 1, 45, tzinfo=UTC), datetime(2026, 11, 21, 1, 45, tzinfo=UTC)),
    ],
)
def test_a_span_begins_and_ends(text: str, since: datetime, until: datetime) -> None:
    assert read_since(text, "x", NOW) == since
    assert read_until(text, "x", NOW) == until


def test_a_span_may_be_open() -> None:
    assert read_since(None, "x", NOW) is None and read_until(None, "x", NOW) is None


@pytest.mark.parametrize(
    ("text", "begins", "ended"),
    [
        ("2026-11-22", (2026, 11, 22), (2026, 11, 23)),
        ("2026-12", (2026, 12, 1), (2027, 1, 1)),
        ("2028-02", (2028, 2, 1), (2028, 3, 1)),
        ("2026", (2026, 1, 1), (2027, 1, 1)),
    ],
)
def test_days_begin_and_end(text: str, begins: tuple[int, int, int], ended: tuple[int, int, int]) -> None:
    assert days_of("x", text) == (datetime(*begins, tzinfo=UTC), datetime(*ended, tzinfo=UTC))


@pytest.mark.parametrize("text", ["2026-02-30", "9999", "9999-12-31", "2026-1", "", "0000"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^export: --to "):
        days_of("export: --to", text)


@pytest.mark.parametrize("text", ["", "9999-12-31", "7", "d", "999999w", "tomorrow", "2026-02-30"])
def test_what_is_no_edge_of_a_span_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^changes: --until .*must be 2026-11-22, "):
        read_until(text, "changes: --until", NOW)

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.stamps import moment, stamp

TIMES = st.datetimes(
    datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])
)


def test_a_stamp_has_fixed_digits_in_utc() -> None:
    assert stamp(datetime(2026, 11, 22, 21, 45, tzinfo=timezone(timedelta(hours=8)))) == "2026-11-22T13:45:00.000000Z"


def test_an_hour_that_comes_twice_is_two_hours() -> None:
    zone = ZoneInfo("America/New_York")
    first, second = (datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=fold) for fold in (0, 1))
    assert [stamp(at)[11:16] for at in (first, second, first)] == ["05:30", "06:30", "05:30"]


@given(TIMES)
def test_a_stamp_reads_back(at: datetime) -> None:
    assert moment(stamp(at)) == at


@given(TIMES, TIMES)
def test_stamps_sort_as_times_do(one: datetime, other: datetime) -> None:
    assert (stamp(one) < stamp(other)) == (one < other)


def test_what_is_no_stamp_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        moment("yesterday")

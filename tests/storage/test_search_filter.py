from __future__ import annotations

import pytest

from storage.errors import UsageError
from storage.search_filter import partial_day


@pytest.mark.parametrize("text", ["2026", "2026-11", "2026-11-03"])
def test_a_year_a_month_or_a_day(text: str) -> None:
    assert partial_day("--from", text) == text


@pytest.mark.parametrize(
    "text", ["", "26", "2026-13", "2026-11-32", "2026-1-3", "2026/11/03", "昨天", "2026-11-03\n", "２０２６"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"(?s)--from .*: must be a day"):
        partial_day("--from", text)

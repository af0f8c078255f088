from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.dated import expand_dates
from storage.errors import UsageError

EVENING = datetime(2026, 1, 4, 17, 30, tzinfo=UTC)
"""Already 5 January in Shanghai."""


@pytest.mark.parametrize(
    ("template", "expanded"),
    [
        ("http://e.test/{date:%Y%m/%d}/node_1.htm", "http://e.test/202601/05/node_1.htm"),
        ("http://e.test/{date:%Y-%m}/{date:%d}.htm", "http://e.test/2026-01/05.htm"),
        ("{date:%-m-%-d}", "1-5"),
        ("{date:%y.%j.%-j}", "26.005.5"),
        ("{date:100%%年%Y}", "100%年2026"),
        ("index_{n}.html", "index_{n}.html"),
        ("{date:}", ""),
    ],
)
def test_the_day_is_that_of_the_zone(template: str, expanded: str) -> None:
    assert expand_dates(template, EVENING, "Asia/Shanghai") == expanded


def test_the_same_moment_is_another_day_elsewhere() -> None:
    assert expand_dates("{date:%d}", EVENING, "Europe/Berlin") == "04"


@pytest.mark.parametrize("directive", ["%B", "%s", "%-Y", "%", "%-", "%é"])
def test_what_is_no_directive_is_named(directive: str) -> None:
    with pytest.raises(UsageError, match="must be one of %Y"):
        expand_dates(f"{{date:{directive}}}", EVENING, "UTC")


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "", "../etc/passwd", "a\0b"])
def test_an_unknown_zone_is_named(zone: str) -> None:
    with pytest.raises(UsageError, match="IANA name"):
        expand_dates("{date:%Y}", EVENING, zone)


@given(st.text())
def test_text_without_a_template_stays(text: str) -> None:
    assert expand_dates(text.replace("{date:", ""), EVENING, "UTC") == text.replace("{date:", "")

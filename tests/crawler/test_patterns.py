"""crawler.patterns: what would fail or run away in mid-crawl is refused beforehand."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.patterns import css_problem, jmespath_problem, regex_problem


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)*",
        "(a*)*b",
        r"(?:\w+\s?)*$",
        "(.*)*",
        "(?:a|b+)+c",
        "(?:a*b*)*",
        "(?:(?:x+)?)+",
        "(?=(a+)+b)",
        r"^(\d+)*$",
        "(?:a+?)+",
    ],
)
def test_repeated_repetitions_are_refused(pattern: str) -> None:
    assert "may never end" in (regex_problem(pattern) or "")


@pytest.mark.parametrize(
    "pattern",
    [
        r"^https?://(?:[a-z0-9-]+\.)*(?:news\.cn|xinhuanet\.com)/(?:[A-Za-z0-9_-]+/)*\d{8}/[0-9a-f]{32}/c\.html$",
        r"^https?://[a-z0-9-]+\.people\.com\.cn/n[12]/\d{4}/\d{4}/c\d+-\d+\.html$",
        r"^https?://www\.rfi\.fr/cn/(?:[^/?#]+/)*\d{8}-[^/?#]+$",
        "(a{2,5})*",
        "a+b*c?",
        "(?:x|y)+",
        r"[[a]x",
    ],
)
def test_ordinary_patterns_pass(pattern: str) -> None:
    assert regex_problem(pattern) is None


def test_what_is_refused_really_runs_away() -> None:
    began = time.monotonic()
    re.search(r"^(?:a+)*$", "a" * 22 + "b")
    assert time.monotonic() - began > 0.05


@pytest.mark.parametrize("pattern", ["(", "[", "*", "(?P<a>x)(?P<a>y)", "a{99999999999}"])
def test_what_does_not_compile_says_why(pattern: str) -> None:
    problem = regex_problem(pattern)
    assert problem is not None and "no regular expression: " in problem and "\n" not in problem


@pytest.mark.parametrize(
    ("css", "attributes", "says"),
    [
        ("ul.list > li a::attr(href)", True, None),
        ('a:contains("下一页")', True, None),
        ("#detail, .x", False, None),
        ("a[", True, "is no CSS selector: Expected"),
        ("div >", False, "is no CSS selector"),
        ("a::text", True, "::text"),
        ("a::attr(href)", False, "without `::`"),
        ("a::before", True, "is no CSS selector"),
        (":unknown-thing", True, "is no CSS selector"),
    ],
)
def test_css(css: str, attributes: bool, says: str | None) -> None:
    problem = css_problem(css, attributes=attributes)
    assert problem is None if says is None else says in (problem or "")


def test_jmespath() -> None:
    assert jmespath_problem("[datasource[].publishUrl, a[?b=='c'].d][]") is None
    assert "is no JMESPath expression: " in (jmespath_problem("a[?") or "")


@given(
    st.text(max_size=20)
    | st.lists(st.sampled_from(["(", ")", "*", "+", "?", "|", "a", "[", "]", "{2,}", "(?:", "::", "."])).map("".join)
)
def test_no_text_makes_them_raise(text: str) -> None:
    for problem in (regex_problem(text), css_problem(text, attributes=True), jmespath_problem(text)):
        assert problem is None or "\n" not in problem

"""crawler.source_values: each value of a source file, what it becomes and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import source_values as values
from crawler.source_values import Found

GOOD: list[tuple[Callable[[Any], Any], Any, Any]] = [
    (values.schema, 1, 1),
    (values.text, " 新华网 ", "新华网"),
    (values.language, "zh-Hant", "zh-Hant"),
    (values.timezone, "Asia/Taipei", "Asia/Taipei"),
    (values.verified, "urls", "urls"),
    (values.verified, "2026-10-02", "2026-10-02"),
    (values.verified, date(2026, 10, 2), "2026-10-02"),
    (values.url, "HTTP://Example.CN/新闻?a=b c#d", "http://example.cn/%E6%96%B0%E9%97%BB?a=b%20c"),
    (values.dated_url, "http://example.cn", "http://example.cn/"),
    (values.dated_url, "http://example.cn/{date:%Y%m/%d}/", "http://example.cn/{date:%Y%m/%d}/"),
    (values.dated_url, "http://example.cn/{date:%Y}/{date:%-m-%-d}", "http://example.cn/{date:%Y}/{date:%-m-%-d}"),
    (values.hosts, [], []),
    (
        values.hosts,
        ["WWW.Example.CN", "中国.cn", "h:8080", "h:80", "h:443", "[::1]:81"],
        ["www.example.cn", "xn--fiqs8s.cn", "h:8080", "h", "h", "[::1]:81"],
    ),
    (values.delay_s, 1, 1.0),
    (values.delay_s, 0.5, 0.5),
    (values.robots, "obey", "obey"),
    (values.robots, "已获书面许可", "已获书面许可"),
    (values.duration_s, "10m", 600),
    (values.duration_s, "90 s", 90),
    (values.duration_s, "1h", 3600),
    (values.duration_s, "7d", 604800),
    (values.duration_s, "2w", 1209600),
    (values.revisit_s, ["1h", "1d"], [3600, 86400]),
    (values.revisit_s, [], []),
    (values.css, "a::attr(href)", "a::attr(href)"),
    (values.plain_css_list, [".ad"], [".ad"]),
    (values.regexes, [], []),
    (values.some_regexes, [r"/c_\d+"], [r"/c_\d+"]),
    (values.next_page, "a.next", "a.next"),
    (values.next_page, "?p={n}&q={n}", "?p={n}&q={n}"),
    (values.headers, {"Referer": "http://h/", "X-A": "b c"}, {"Referer": "http://h/", "X-A": "b c"}),
    (values.body, "{}", "{}"),
    (values.body, '{"day": "{date:%Y-%m-%d}"}', '{"day": "{date:%Y-%m-%d}"}'),
]


@pytest.mark.parametrize(("check", "value", "result"), GOOD)
def test_good_values(check: Callable[[Any], Any], value: Any, result: Any) -> None:
    assert check(value) == result


BAD: list[tuple[Callable[[Any], Any], Any, str]] = [
    (values.schema, 2, "must be 1"),
    (values.schema, True, "must be 1"),
    (values.text, "", "one line of text"),
    (values.text, "a\nb", "one line of text"),
    (values.text, 3, "one line of text"),
    (values.text, "x" * 501, "one line of text"),
    (values.choice("a", "b"), "c", "must be a | b"),
    (values.choice("a", "b"), ["a"], "must be a | b"),
    (values.language, "Chinese", "language tag"),
    (values.timezone, "Beijing", "IANA"),
    (values.timezone, "../etc/passwd", "IANA"),
    (values.timezone, "", "IANA"),
    (values.timezone, 8, "IANA"),
    (values.verified, "yesterday", "must be"),
    (values.verified, "20261002", "must be"),
    (values.verified, datetime(2026, 10, 2), "must be"),
    (values.url, "www.example.cn", "http or https"),
    (values.url, "ftp://example.cn/", "http or https"),
    (values.url, "http://u:p@example.cn/", "http or https"),
    (values.url, "http://example.cn/{date:%Y}/", "http or https"),
    (values.dated_url, "http://example.cn/{day}", "{day} is not known"),
    (values.dated_url, "http://example.cn/{date:%Y", "is not known"),
    (values.dated_url, "http://example.cn/{date:%Q}", "%Q"),
    (values.dated_url, "{date:%Y}", "http or https"),
    (values.hosts, "www.example.cn", "list of host names"),
    (values.hosts, ["http://a.cn"], "without scheme"),
    (values.hosts, ["a.cn/x"], "without scheme"),
    (values.hosts, ["u@a.cn"], "without scheme"),
    (values.hosts, ["*.a.cn"], "without scheme"),
    (values.hosts, ["a.cn:x"], "without scheme"),
    (values.hosts, [""], "without scheme"),
    (values.hosts, [1], "without scheme"),
    (values.delay_s, "fast", "number of seconds"),
    (values.delay_s, -1, "number of seconds"),
    (values.delay_s, True, "number of seconds"),
    (values.delay_s, float("nan"), "number of seconds"),
    (values.delay_s, float("inf"), "number of seconds"),
    (values.whole(1, 16, 2), 0, "from 1 to 16"),
    (values.whole(1, 16, 2), 2.0, "from 1 to 16"),
    (values.robots, "ignore", "reason"),
    (values.robots, "Obey", "reason"),
    (values.robots, "", "reason"),
    (values.robots, False, "reason"),
    (values.duration_s, "10", "duration"),
    (values.duration_s, 10, "duration"),
    (values.duration_s, "0m", "duration"),
    (values.duration_s, "-1h", "duration"),
    (values.duration_s, "1y", "duration"),
    (values.duration_s, "999999w", "duration"),
    (values.revisit_s, "1h", "that rise"),
    (values.revisit_s, ["1d", "1h"], "that rise"),
    (values.revisit_s, ["1h", "60m"], "that rise"),
    (values.revisit_s, ["1h", 5], "duration"),
    (values.css, "a[", "no CSS selector"),
    (values.css, "", "CSS selector"),
    (values.css, None, "CSS selector"),
    (values.plain_css, "a::attr(href)", "without `::`"),
    (values.plain_css_list, ".ad", "list of CSS"),
    (values.regexes, "x", "list of regular"),
    (values.regexes, [""], "list of regular"),
    (values.regexes, ["(a+)*"], "may never end"),
    (values.some_regexes, [], "at least one"),
    (values.next_page, "index_{m}.html", "only placeholder is {n}"),
    (values.next_page, "index_{n", "only placeholder is {n}"),
    (values.next_page, "javascript:{n}", "only placeholder is {n}"),
    (values.next_page, "a[", "no CSS selector"),
    (values.links, "", "selector"),
    (values.headers, [], "table of header names"),
    (values.headers, {"A b": "c"}, "table of header names"),
    (values.headers, {"A": "c\r\nHost: x"}, "in ASCII"),
    (values.headers, {"Referer": "http://h/党"}, "in ASCII"),
    (values.headers, {"A": 1}, "in ASCII"),
    (values.body, "", "text to send"),
    (values.body, "{date:%Q}", "%Q"),
    *(
        (values.headers, {name: "x"}, "ours to write")
        for name in (
            "User-Agent",
            "COOKIE",
            "authorization",
            "Host",
            "Content-Length",
            "Proxy-Authorization",
            "Range",
            "If-None-Match",
        )
    ),
]


@pytest.mark.parametrize(("check", "value", "says"), BAD)
def test_bad_values_say_what_would_be_right(check: Callable[[Any], Any], value: Any, says: str) -> None:
    with pytest.raises(Found) as raised:
        check(value)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


TOML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(TOML, st.sampled_from(sorted({check for check, _, _ in GOOD}, key=lambda check: check.__name__)))
def test_any_value_is_taken_or_refused_with_found(value: Any, check: Callable[[Any], Any]) -> None:
    try:
        check(value)
    except Found as error:
        assert str(error)

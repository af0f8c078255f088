"""Owns the values that a source file may hold: each function takes what TOML read and gives what the model wants."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from math import isfinite
from typing import Any, Final
from zoneinfo import ZoneInfo

from crawler.patterns import css_problem, jmespath_problem, regex_problem
from storage.dated import expand_dates
from storage.errors import UsageError
from storage.urlkey import canonical, host_of, join

__all__ = [
    "SAMPLE_DAY", "Found", "body", "choice", "css", "dated_url", "delay_s", "duration_s", "headers", "hosts",
    "language", "links", "links_problem", "next_page", "plain_css", "plain_css_list", "regexes", "revisit_s",
    "robots", "schema", "some_regexes", "text", "timezone", "url", "verified", "whole",
]  # fmt: skip

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION: Final = re.compile(r"(\d{1,6})\s?([smhdw])")
_MAX_DURATION_S: Final = 10 * 365 * 86400
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}?|\}")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,998}[\x21-\x7e])?")
_NO_REASONS: Final = frozenset({"ignore", "no", "none", "false", "off", "disobey", "yes", "true", "skip", "never"})
# Who we are, who the user is, and what the wire client itself writes; conditional and partial answers are no list.
_OWN_HEADERS: Final = frozenset({
    "user-agent", "cookie", "authorization", "host", "from", "content-length", "transfer-encoding", "connection",
    "keep-alive", "te", "trailer", "upgrade", "expect", "accept-encoding", "range", "if-match", "if-none-match",
    "if-modified-since", "if-unmodified-since", "if-range",
})  # fmt: skip
SAMPLE_DAY: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""Any day: dated addresses are checked as they are on it."""


class Found(ValueError):
    """A value cannot be used; `found` is the part that is wrong."""

    def __init__(self, message: str, found: Any) -> None:
        """Say what would be right, and what was found."""
        super().__init__(message)
        self.found = found


def schema(value: Any) -> int:
    """Take the version of the format."""
    return int(_need(value, type(value) is int and value == 1, "must be 1, the only version there is"))


def text(value: Any) -> str:
    """Take one line of text."""
    good = isinstance(value, str) and value.strip() != "" and value.isprintable() and len(value) <= 500
    return str(_need(value, good, 'must be one line of text, for example "新华网"')).strip()


def choice(*allowed: str) -> Callable[[Any], str]:
    """Make the check for one of `allowed`."""

    def check(value: Any) -> str:
        return str(_need(value, isinstance(value, str) and value in allowed, f"must be {' | '.join(allowed)}"))

    return check


def choices(*allowed: str) -> Callable[[Any], list[str]]:
    """Make the check for a list of some of `allowed`."""

    def check(value: Any) -> list[str]:
        good = isinstance(value, list) and value and all(isinstance(item, str) and item in allowed for item in value)
        return list(_need(value, bool(good), f"must be a list of some of {', '.join(allowed)}"))

    return check


def switch(value: Any) -> bool:
    """Take true or false."""
    return bool(_need(value, isinstance(value, bool), "must be true or false, without quotes"))


def language(value: Any) -> str:
    """Take a language tag (BCP 47)."""
    good = isinstance(value, str) and _LANGUAGE.fullmatch(value) is not None
    return str(_need(value, good, 'must be a language tag, for example "zh" or "zh-Hant"'))


def timezone(value: Any) -> str:
    """Take the name of a zone that this machine knows."""
    try:
        known = isinstance(value, str) and ZoneInfo(value).key == value
    except (KeyError, ValueError, OSError):
        known = False
    return str(_need(value, known, 'must be an IANA time zone, for example "Asia/Shanghai"'))


def verified(value: Any) -> str:
    """Take `urls` or the day of the last live test, as text or as TOML's own date."""
    if type(value) is date:
        return value.isoformat()
    try:
        good = value == "urls" or (isinstance(value, str) and date.fromisoformat(value).isoformat() == value)
    except ValueError:
        good = False
    return str(_need(value, good, 'must be "urls" or the day it was last seen to work live, for example 2026-10-02'))


def url(value: Any) -> str:
    """Take an absolute address; gives its canonical form."""
    found = canonical(value) if isinstance(value, str) and "{" not in value else None
    return str(
        _need(value, found is not None, 'must be an http or https URL, for example "http://www.example.cn/"', found)
    )


def dated_url(value: Any) -> str:
    """Take an absolute address that may hold `{date:…}`; gives the canonical form of one that does not."""
    if not isinstance(value, str) or "{" not in value:
        return url(value)
    sample = _on_sample_day(value)
    left = _PLACEHOLDER.search(sample)
    _need(
        value,
        left is None,
        f"{left and left[0]} is not known; only {{date:…}}, for example {{date:%Y%m/%d}}, stands here",
    )
    return str(_need(value, canonical(sample) is not None, "must be an http or https URL with or without {date:…}"))


def hosts(value: Any) -> list[str]:
    """Take host names, with a port where it is not the scheme's own; gives them in lower case, IDN as Punycode."""
    _need(value, isinstance(value, list), 'must be a list of host names, for example ["www.example.cn"]')
    return [_host(item) for item in value]


def _host(value: Any) -> str:
    form = 'must be host names without scheme and path, for example ["www.example.cn"]'
    good = isinstance(value, str) and re.search(r"[/\\?#@{}\s*]", value) is None
    address = canonical(f"https://{value}/") if good else None
    _need(value, address is not None, form)
    return host_of(str(address)).removesuffix(":80")


def delay_s(value: Any) -> float:
    """Take a number of seconds."""
    good = type(value) in (int, float) and isfinite(value) and 0 <= value <= 3600
    return float(_need(value, good, "must be a number of seconds ≥ 0, for example 1.0"))


def whole(least: int, most: int, example: int) -> Callable[[Any], int]:
    """Make the check for a whole number within bounds."""

    def check(value: Any) -> int:
        good = type(value) is int and least <= value <= most
        return int(_need(value, good, f"must be a whole number from {least} to {most}, for example {example}"))

    return check


def robots(value: Any) -> str:
    """Take `obey` or a reason in words."""
    good = isinstance(value, str) and len(value.strip()) >= 4 and value.isprintable() and len(value) <= 500
    good = good and value.strip().lower() not in _NO_REASONS and (value == "obey" or value.strip().lower() != "obey")
    return str(_need(value, good, 'must be "obey", or the reason for not obeying in words; it is recorded')).strip()


def duration_s(value: Any) -> int:
    """Take a number and its unit; gives seconds."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    good = 0 < seconds <= _MAX_DURATION_S
    return int(_need(value, good, 'must be a duration with its unit (s, m, h, d, w), for example "10m"', seconds))


def revisit_s(value: Any) -> list[int]:
    """Take a ladder of durations; gives seconds."""
    form = 'must be a list of durations that rise, for example ["1h", "6h", "1d"]'
    _need(value, isinstance(value, list) and len(value) <= 100, form)
    steps = [duration_s(step) for step in value]
    return list(_need(value, all(a < b for a, b in pairwise(steps)), form, steps))


def links(value: Any) -> str:
    """Take what addresses are found by; which language it is in depends on `format`."""
    return str(_need(value, isinstance(value, str) and value.strip(), "must be a selector, expression or pattern"))


def links_problem(form: str, value: str) -> str | None:
    """Say what is wrong with `links` in a list of `form` html, json or text; None when it is right."""
    if form == "html":
        return css_problem(value, attributes=True)
    return jmespath_problem(value) if form == "json" else regex_problem(value)


def css(value: Any) -> str:
    """Take a selector of elements or, by `::attr(x)`, of attributes."""
    return _css(value, attributes=True)


def plain_css(value: Any) -> str:
    """Take a selector of elements."""
    return _css(value, attributes=False)


def plain_css_list(value: Any) -> list[str]:
    """Take selectors of elements."""
    _need(value, isinstance(value, list), 'must be a list of CSS selectors, for example [".ad"]')
    return [plain_css(item) for item in value]


def _css(value: Any, *, attributes: bool) -> str:
    form = 'must be a CSS selector, for example "' + ("ul.list a::attr(href)" if attributes else "#detail") + '"'
    _need(value, isinstance(value, str) and value.strip() != "", form)
    problem = css_problem(value, attributes=attributes)
    return str(_need(value, problem is None, problem or form))


def regexes(value: Any) -> list[str]:
    """Take regular expressions."""
    form = r"must be a list of regular expressions, for example ['/c_\d+\.html$']"
    _need(value, isinstance(value, list) and all(isinstance(item, str) and item for item in value), form)
    for item in value:
        problem = regex_problem(item)
        _need(item, problem is None, problem or form)
    return list(value)


def some_regexes(value: Any) -> list[str]:
    """Take regular expressions, at least one."""
    return list(_need(value, value, "must hold at least one regular expression", regexes(value)))


def next_page(value: Any) -> str:
    """Take the selector of the next link or an address pattern with `{n}`."""
    if not isinstance(value, str) or "{" not in value:
        return css(value)
    form = 'must be a CSS selector, or a URL pattern whose only placeholder is {n}, for example "index_{n}.html"'
    good = set(_PLACEHOLDER.findall(value)) == {"{n}"} and join("http://h/", value.replace("{n}", "1")) is not None
    return str(_need(value, good, form))


def headers(value: Any) -> dict[str, str]:
    """Take request headers that the list wants."""
    form = 'must be a table of header names and texts, for example { Referer = "http://www.example.cn/" }'
    _need(value, isinstance(value, dict), form)
    for name, content in value.items():
        lower = name.lower()
        if lower in _OWN_HEADERS or lower.startswith(("proxy-", "sec-")):
            raise Found(f"must not set {name}, which is ours to write", name)
        _need({name: content}, _TOKEN.fullmatch(name) is not None, form)
        good = isinstance(content, str) and _VALUE.fullmatch(content) is not None
        _need({name: content}, good, f"{form}; texts in ASCII, addresses percent-encoded")
    return dict(value)


def body(value: Any) -> str:
    """Take the body of a POST, which may hold `{date:…}` as addresses do."""
    good = isinstance(value, str) and 0 < len(value) <= 65_536
    _need(value, good, "must be the text to send, at most 65536 characters")
    _on_sample_day(value)
    return str(value)


def _on_sample_day(template: str) -> str:
    try:
        return expand_dates(template, SAMPLE_DAY, "UTC")
    except UsageError as error:
        raise Found(str(error), template) from error


def _need(value: Any, good: object, message: str, result: Any = None) -> Any:
    """Give `result` (or `value`) when it is good.

    Raises: Found, with `message` saying what would be right.
    """
    if not good:
        raise Found(message, value)
    return value if result is None else result

"""Owns the limits that keep a crawl out of traps: addresses that sites make without end."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

from pipelines.rules import in_scope, role_name
from storage.model import Source

__all__ = ["verdict"]

MAX_URL_CHARS: Final = 2_000
"""Longer ones are generated; the longest real address seen, percent-encoded Han included, has 258."""
MAX_SEGMENTS: Final = 20
"""Parts of a path; real ones have up to 8, relative links that go wrong add one a page."""
MAX_REPEATS: Final = 3
"""The same part, or the same two to four, so often in a row: a relative link that goes wrong (`/a/b/a/b/a/b/`)."""
MAX_PARAMETERS: Final = 12
"""Query parameters; searches by facets have more, article addresses up to 6."""
MAX_YEARS_AHEAD: Final = 1
"""A day in an address further off is a calendar's, which has a next page for ever."""
MAX_WALK: Final = 10_000
"""Pages of one list, the most a source file can ask for."""

_SHORT_NUMBER: Final = re.compile(r"\d{1,2}")
_YEAR: Final = r"((?:19|20|21)\d\d)"
# Eight digits in a row are a day only as the value of a parameter: article numbers look the same.
_DATES: Final = (
    re.compile(rf"(?<![\w-]){_YEAR}[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12]\d|3[01])(?!\w)"),
    re.compile(rf"/{_YEAR}(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])/"),
    re.compile(rf"[?&]\w*(?:date|day|ymd)={_YEAR}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)", re.IGNORECASE),
    re.compile(rf"[?&]y(?:ear)?={_YEAR}(?:&m(?:onth)?=(0?[1-9]|1[0-2]))?()(?!\d)", re.IGNORECASE),
)


def verdict(source: Source, url: str, role: str, *, number: int = 1, today: date | None = None) -> str | None:
    """Say why canonical `url` is not to be fetched for `role`, or None when it may be.

    What a person gave by hand (role `page`) is only held to the scope. A requisite may lie on any host that the source
    lets it, which its finder has looked to, and under any day. `number` is the page of a list walk; `today` stands for
    the day in UTC.

    Raises: UsageError when `role` is no role.
    """
    path, _, query = url.partition("://")[2].partition("/")[2].partition("?")
    name = role_name(role)
    if name == "requisite":
        return _too_long(url, number) or _too_deep(path.split("/"))
    if not in_scope(source, url):
        return "out of scope"
    if name == "page":
        return None
    return (
        _too_long(url, number)
        or _too_deep(path.split("/"))
        or _too_many_parameters(query)
        or _too_far_ahead(f"/{path}?{query}", today or datetime.now(UTC).date())
    )


def _too_long(url: str, number: int) -> str | None:
    if len(url) > MAX_URL_CHARS:
        return f"trap: the URL has {len(url)} characters, more than {MAX_URL_CHARS}"
    return f"trap: page {number} of a list, more than {MAX_WALK}" if number > MAX_WALK else None


def _too_deep(segments: list[str]) -> str | None:
    if len(segments) > MAX_SEGMENTS:
        return f"trap: the path has {len(segments)} parts, more than {MAX_SEGMENTS}"
    for cycle in range(1, 5):
        for start in range(len(segments) - cycle * MAX_REPEATS + 1):
            part = segments[start : start + cycle]
            if cycle == 1 and _SHORT_NUMBER.fullmatch(part[0]):
                continue  # /2011/11/11/11/ is a day and a number
            if segments[start : start + cycle * MAX_REPEATS] == part * MAX_REPEATS:
                return f"trap: the path repeats {'/'.join(part)[:80]!r}"
    return None


def _too_many_parameters(query: str) -> str | None:
    count = sum(1 for part in query.split("&") if part)
    return f"trap: {count} query parameters, more than {MAX_PARAMETERS}" if count > MAX_PARAMETERS else None


def _too_far_ahead(address: str, today: date) -> str | None:
    for pattern in _DATES:
        for match in pattern.finditer(address):
            found = (int(match[1]), int(match[2] or 1), int(match[3] or 1))
            if found > (today.year + MAX_YEARS_AHEAD, today.month, today.day):
                return f"trap: {match[0].strip('?&/')} is more than a year ahead"
    return None

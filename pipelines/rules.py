"""Owns what a source says of a URL: whether it is in scope, which kind of article it is; and what a role names."""

from __future__ import annotations

import re
from functools import lru_cache

from storage.errors import UsageError
from storage.model import Source
from storage.urlkey import canonical, host_of

__all__ = ["article_kind", "in_scope", "is_front_page", "role_index", "role_name"]

_ROLE = re.compile(
    r"(robots|page)|(requisite):(?:image|style|icon|font)|(list|listdata|feed|sitemap|article|part):([0-9]{1,6})"
)


def in_scope(source: Source, url: str) -> bool:
    """Say whether `url` is on one of the source's hosts; False for what is no http or https URL."""
    try:
        return host_of(url) in source.crawl.hosts
    except UsageError:
        return False


def article_kind(source: Source, url: str) -> int | None:
    """Give the index of the first kind of article that takes canonical `url`, or None. Says nothing of scope."""
    for index, kind in enumerate(source.articles):
        if _any_finds(kind.match, url) and not _any_finds(kind.exclude, url):
            return index
    return None


def is_front_page(source: Source, url: str) -> bool:
    """Say whether canonical `url` is the home of a host or a page the source names as a list: no article stands there.

    Sites send readers of what they removed to their front page, which must not become the article's next version.
    """
    return url.partition("://")[2].partition("/")[2] == "" or url in _named(source)


@lru_cache(maxsize=16)
def _named(source: Source) -> frozenset[str | None]:
    feeds = (place.url for place in source.feeds)
    sitemaps = (place.url for place in source.sitemaps)
    lists = (place.url for place in source.lists if "{date:" not in place.url)
    return frozenset(canonical(url) for url in (source.home, *lists, *feeds, *sitemaps))


def role_name(role: str) -> str:
    """Give the word of a role: `list` of `list:3`, `page` of `page`, `requisite` of `requisite:style`.

    Raises: UsageError when it is no role.
    """
    return _parsed(role)[0]


def role_index(role: str) -> int:
    """Give the number in a role, its place in the source file: 3 of `list:3`, 0 where there is none.

    Raises: UsageError when it is no role.
    """
    return _parsed(role)[1]


def _parsed(role: str) -> tuple[str, int]:
    match = _ROLE.fullmatch(role)
    if match is None:
        raise UsageError(f"{role[:80]!r} is no role; list:0 would be one")
    return match[1] or match[2] or match[3], int(match[4] or 0)


def _any_finds(patterns: tuple[str, ...], url: str) -> bool:
    for pattern in patterns:
        compiled = _compiled(pattern)
        if compiled is not None and compiled.search(url):
            return True
    return False


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile one pattern; one that does not compile, as an archived source may hold, finds nothing."""
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None

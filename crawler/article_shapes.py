"""Owns the guess which addresses of a site are articles: links gathered by shape, judged by date, number and words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from crawler.url_shapes import Shape, is_dated, is_numbered, shape_of

__all__ = ["Gathered", "Group", "is_page"]

SHORTEST_TITLE: Final = 6
"""Characters of the words of a link to an article, in the median; of columns it is two to four, of pagers one."""
_NO_PAGE: Final = re.compile(
    r"\.(?:jpe?g|png|gif|svg|ico|webp|css|js|json|xml|rss|gz|zip|rar|pdf|docx?|xlsx?|pptx?|mp[34]|m3u8|apk|exe)(?:\?|$)",
    re.I,
)


def is_page(url: str) -> bool:
    """Say whether `url` may be a page: not a picture, script, document, film or feed by its ending."""
    return _NO_PAGE.search(url) is None


@dataclass(slots=True)
class Group:
    """Addresses made alike, in the order in which they were met."""

    shape: Shape
    texts: dict[str, int] = field(default_factory=dict)
    """URL -> characters of the longest words that link to it, 0 when there were none."""
    fed: set[str] = field(default_factory=set)
    """Those that a feed announces."""

    @property
    def rank(self) -> float:
        """How much speaks for articles; 0 and less is none."""
        lengths = [length for length in self.texts.values() if length]
        if self.fed:
            return 100.0 + len(self.texts)
        if not (is_dated(self.shape) or is_numbered(self.shape)) or len(self.texts) < 2:
            return 0.0
        if lengths and median(lengths) < SHORTEST_TITLE:
            return 0.0
        return len(self.texts) * (2.0 if is_dated(self.shape) else 1.0)


class Gathered:
    """All addresses of a site that were met."""

    def __init__(self) -> None:
        """Begin with none."""
        self._groups: dict[Shape, Group] = {}
        self.pages_of: dict[str, set[str]] = defaultdict(set)
        """URL -> pages that link to it."""

    def add(self, url: str, words: str, page: str, *, fed: bool = False) -> None:
        """Take a link to `url` met on `page`; `fed` when that is a feed."""
        if not is_page(url):
            return
        shape = shape_of(url)
        group = self._groups.setdefault(shape, Group(shape))
        group.texts[url] = max(group.texts.get(url, 0), len(words))
        if fed:
            group.fed.add(url)
        self.pages_of[url].add(page)

    def candidates(self) -> list[Group]:
        """Give the groups that may be articles, the likeliest first."""
        likely = [group for group in self._groups.values() if group.rank > 0 and not self._is_echo(group.shape)]
        return sorted(likely, key=lambda group: -group.rank)

    def _is_echo(self, shape: Shape) -> bool:
        """Say whether the same addresses are met without their query, which then only says where they were linked."""
        plain = self._groups.get(Shape(shape.folders, shape.tail.partition("?")[0]))
        return "?" in shape.tail and plain is not None and plain.rank > 0

    def of(self, groups: Iterable[Group]) -> set[str]:
        """Give all addresses of `groups`."""
        return {url for group in groups for url in group.texts}

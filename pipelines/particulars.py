"""Owns the smaller fields: 引题 and subtitle, last change, view count, the origin's link, the page's own id."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice

from pipelines.blocks import Blocks
from pipelines.dates import find_dates
from pipelines.declared import Declared
from pipelines.images import absolute
from pipelines.labels import fold, foldings
from pipelines.text import collapse, cut_key
from pipelines.tree import attribute, names_of, text_in

__all__ = ["find_content_id", "find_kicker", "find_modified", "find_origin_url", "find_subtitle", "find_views"]

_KICKER = re.compile(r"(?:^|[\s_-])(?:pre|pretitle|pre-?title|kicker|yinti|yt|jianti|titleyin|overline)(?=$|[\s_-])")
_SUBTITLE = re.compile(r"(?:^|[\s_-])(?:sub-?title|sub|futi|fubiaoti|fbt|ft|dek|second-?title)(?=$|[\s_-])")
_DASHED = re.compile(r"^\s?(?:——|--|—|——)\s?\S")
_VIEWS = re.compile(
    r"(?:浏览|阅读|点击|访问|查看|人气)(?:次数|量|数|人数"
    r"|率)?\s?[:(]?\s?(?P<count>\d[\d,]{0,11})(?!\s?[-/.年]\s?\d)\s?(?:次|人|\)|$|\s|[|])"
)
_MAY_COUNT = re.compile(foldings("览读击问看气"))
_MODIFIED_META = (
    "article:modified_time",
    "lastmodifiedtime",
    "og:updated_time",
    "modified",
    "dcterms.modified",
    "last-modified",
)
_CONTENT_IDS = ("contentid", "manuscriptid", "articleid", "article_id", "newsid", "content-id", "ninfoid", "docid")
_NEAR = 3
_LONGEST = 80


def _beside(page: Blocks, title: int, numbers: range, names: re.Pattern[str]) -> str | None:
    key = cut_key(page.blocks[title].text)
    for number in numbers:
        if not 0 <= number < len(page.blocks) or number == title:
            continue
        block = page.blocks[number]
        named = block.element is not None and names.search(names_of(block.element))
        if named and 2 <= block.length <= _LONGEST and not block.hidden and cut_key(block.text) not in ("", key):
            return None if find_dates(block.text) else block.text
    return None


def find_kicker(page: Blocks, title: int | None) -> str | None:
    """Return the 引题, the line above a title that its class or id calls so."""
    return None if title is None else _beside(page, title, range(title - 1, title - 1 - _NEAR, -1), _KICKER)


def find_subtitle(page: Blocks, title: int | None) -> str | None:
    """Return the subtitle below a title: by its class or id, or because a dash begins it."""
    if title is None:
        return None
    if title + 1 < len(page.blocks) and page.blocks[title + 1].length <= _LONGEST:
        below = page.blocks[title + 1].text
        if _DASHED.match(fold(below)) and "。" not in below:
            return below
    return _beside(page, title, range(title + 1, title + 1 + _NEAR), _SUBTITLE)


def find_views(lines: tuple[str, ...]) -> int | None:
    """Return the count of views that a line near the text states; a count that a script fills in is none."""
    for line in lines:
        if _MAY_COUNT.search(line) and (match := _VIEWS.search(fold(line))):
            return int(match["count"].replace(",", ""))
    return None


def find_modified(declared: Declared) -> str | None:
    """Return what the page declares as its last change, as it writes it."""
    for value in (*(declared.meta.get(name, "") for name in _MODIFIED_META), declared.ld("dateModified")):
        if find_dates(value):
            return value
    return None


def find_content_id(declared: Declared) -> str | None:
    """Return the publishing system's own number of the page, as declared."""
    value = declared.first(*_CONTENT_IDS)
    return value if 1 <= len(value) <= 64 and re.fullmatch(r"[\w.:-]+", value) else None


def find_origin_url(page: Blocks, origin: str | None, span: range, url: str, base: str) -> str | None:
    """Return the address that the 来源 is a link to."""
    if not origin:
        return None
    name = origin.strip("《》")
    first = bisect_left(page.anchors, span.start, key=lambda anchor: anchor[0])
    for number, anchor in islice(page.anchors, first, None):
        if number >= span.stop:
            break
        written = text_in(anchor)
        if len(written) >= len(name) and collapse(written).strip("《》[]【】 ") == name:
            return absolute(base, url, attribute(anchor, "href"))
    return None

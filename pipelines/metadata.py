"""Owns the fields around the text: origin, authors, editors, section, keywords, each with the place it was found in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipelines.blocks import Blocks
from pipelines.bylines import authors_in_text, bare_names, labelled_authors, labelled_editors, posted_by
from pipelines.dates import find_dates
from pipelines.declared import Declared
from pipelines.labels import fold, foldings
from pipelines.origin import labelled_origin, origin_by_name, origin_in_date_line, origin_line
from pipelines.text import collapse
from pipelines.tree import Node, names_of

__all__ = ["Zones", "find_authors", "find_editors", "find_keywords", "find_origin", "find_section", "zones_of"]


@dataclass(frozen=True, slots=True)
class Zones:
    """The lines around a body, by block number."""

    head: tuple[str, ...]
    """From the title (or a dozen blocks before the text) to the text's first lines."""
    tail: tuple[str, ...]
    """The text's last lines and what follows."""
    first: tuple[str, ...]
    """First paragraphs of the text."""
    last: tuple[str, ...]
    """Last paragraphs of the text."""
    between: tuple[str, ...] = ()
    """Lines strictly between title and text."""
    head_elements: tuple[Node, ...] = ()
    """Block elements between title and text."""


def _lines(page: Blocks, numbers: range) -> tuple[str, ...]:
    return tuple(page.blocks[n].text for n in numbers if page.blocks[n].length <= 200)


def zones_of(page: Blocks, title: int | None, body: tuple[int, int] | None, kept: tuple[int, ...]) -> Zones:
    """Cut the page into the zones that the fields are looked for in."""
    size = len(page.blocks)
    start, end = body if body else (size, size)
    text_start = kept[0] if kept else start
    text_end = kept[-1] + 1 if kept else end
    above = text_start - 14
    if title is not None and title < text_start:
        above = min(max(above, title - 3), title) if text_start - title < 60 else title - 1
    texts = [page.blocks[n].text for n in kept]
    shown = set(kept)
    dropped = [n for n in range(text_start, text_end) if n not in shown and page.blocks[n].length <= 80]
    middle = (text_start + text_end) // 2
    return Zones(
        (
            *_lines(page, range(max(0, above), min(size, text_start + 2))),
            *(page.blocks[n].text for n in dropped if n < middle),
        ),
        (
            *(page.blocks[n].text for n in dropped if n >= middle),
            *_lines(page, range(max(0, text_end - 2), min(size, max(text_end, end) + 14))),
        ),
        tuple(texts[:4]),
        tuple(texts[-3:]),
        _lines(page, range(title + 1, text_start)) if title is not None and text_start - title < 16 else (),
        _elements(page, title if title is not None and title < text_start else max(0, above), text_start),
    )


def _elements(page: Blocks, start: int, end: int) -> tuple[Node, ...]:
    """Return the distinct small elements of the blocks from the title to the text."""
    found = {id(b.element): b.element for b in page.blocks[start:end] if b.element is not None and b.length <= 120}
    return tuple(element for element in found.values() if element.tag not in ("body", "html"))[:30]


@lru_cache(maxsize=8)
def _joined(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return lines, those that end in a label's colon together with the next (`來源：` above `人民日報`).

    Three fields are looked for in the same lines.
    """
    joined: list[str] = []
    for line in lines:
        if joined and len(line) <= 20 and joined[-1].rstrip()[-1:] in _COLONS and len(joined[-1]) < 40:
            joined[-1] = f"{joined[-1]}{line}"
        else:
            joined.append(line)
    return tuple(joined)


_COLONS = (":", "：")


def find_origin(zones: Zones, declared: Declared) -> tuple[str, str] | None:
    """Return the 来源 and the rule that found it."""
    for place, lines in (("near the title", zones.head), ("below the text", zones.tail)):
        for line in _joined(lines):
            if name := labelled_origin(line):
                return name, f"来源 {place}"
    if name := origin_by_name(zones.head_elements):
        return name, "element named source"
    for line in zones.head:
        if name := origin_in_date_line(line):
            return name, "beside the date"
    for line in zones.between:
        if name := origin_line(line):
            return name, "line below the title"
    value = declared.first(
        "contentsource", "source", "article:source", "og:article:source", "mediaid", "copyright:source"
    )
    value = re.sub(r"^(?:来源|來源)\s?[:：]\s?", "", value)
    if 2 <= len(value) <= 30 and not re.match(r"https?:|[\d\W]+$", value):
        return value, "meta source"
    return None


def find_editors(zones: Zones) -> tuple[tuple[str, ...], str]:
    """Return the editors and the rule that found them."""
    for place, lines in (("below the text", zones.tail), ("near the title", zones.head)):
        names: list[str] = []
        for line in _joined(lines):
            names += labelled_editors(line)
        if names:
            return tuple(dict.fromkeys(names)), f"编辑 {place}"
    return (), ""


_AUTHOR_NAMES = re.compile(
    r"(?:^|[\s_-])(?:author(?:-?name)?|\w*author|byline|writer|nickname|profile_nickname|user-?name|"
    r"editor-name|rich_media_meta_text|authi)(?=$|[\s_-])"
)
_NO_AUTHOR = re.compile(
    r"https?:|\d+$|.*(?:网|网站|admin|编辑|\.com|\.cn|网络|系统|软件|@\S+)$|.*关注$|.*(?:发布|粉丝|阅读|评论|来源|"
    r"\d{1,2}:\d\d)",
    re.I,
)


def _in_site_tail(name: str, title: str) -> bool:
    """Return whether a name stands in the last part of a declared title, where the site names itself."""
    return name in re.split(r"[-_|–—»]", title)[-1]


def _may_be_author(name: str, site: str, title: str) -> bool:
    return name != site and not _NO_AUTHOR.match(fold(name)) and not _in_site_tail(name, title)


@lru_cache(maxsize=1024)
def _says_author(names: str) -> bool:
    """Return whether class and id call an element the author; a site's pages have the same few."""
    return _AUTHOR_NAMES.search(names) is not None


def _named_author(elements: tuple[Node, ...]) -> tuple[str, ...]:
    for element in elements:
        for inner in element.iter():
            if isinstance(inner.tag, str) and _says_author(names_of(inner)):
                text = re.sub(r"^by\s*(?=[A-Z])", "", collapse("".join(inner.itertext())), flags=re.I)
                if 2 <= len(text) <= 16 and not find_dates(text) and not _NO_AUTHOR.match(fold(text)):
                    return (text,)
    return ()


def _byline_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the first byline line and of those that follow it at once."""
    names: list[str] = []
    for line in lines:
        found = labelled_authors(line) if len(line) <= 80 else ()
        if names and not found:
            break
        names += found
    return tuple(dict.fromkeys(names))


_FOLLOW = re.compile(r"^[+\s]*(?:(?:已|加)?关注|订阅)$")
_COUNTED = re.compile(r"[:：\d]")
_DATED_ACCOUNT = re.compile(r"^\s?·\s?(?P<value>[^\s·:,。]{2,20})$")


def _account(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the account that publishes a text on a platform: above a button to follow it, or behind a bare date."""
    for number, line in enumerate(lines):
        below = "".join(lines[number + 1 : number + 2])
        if 2 <= len(line) <= 20 and _FOLLOW.match(fold(below)) and not _COUNTED.search(line):
            return (line,)
        dates = find_dates(line) if len(line) <= 40 and "·" in line else []
        match = _DATED_ACCOUNT.match(line[len(dates[0].raw) :]) if dates and dates[0].start == 0 else None
        if match:
            return (match["value"],)
    return ()


def find_authors(zones: Zones, declared: Declared) -> tuple[tuple[str, ...], str]:
    """Return the authors and the rule that found them."""
    for place, lines in (("near the title", zones.head), ("below the text", zones.tail)):
        if names := _byline_lines(_joined(lines)):
            return names, f"作者 {place}"
    if names := authors_in_text(zones.first, zones.last):
        return names, "byline in the text"
    site = declared.first("og:site_name")
    said = tuple(n for n in declared.ld_names("author") if _may_be_author(n, site, declared.title))
    if said:
        return said, "json-ld author"
    if names := _named_author(zones.head_elements):
        return names, "element named author"
    if names := _account(zones.between):
        return names, "account that publishes it"
    for line in (*zones.between[:3], *zones.first[:2]):
        if names := bare_names(line):
            return names, "names below the title"
    for line in (*zones.head, *zones.tail):
        if names := posted_by(line):
            return names, "who posted it"
    value = re.sub(r"^by\s+", "", declared.first("author", "article:author", "byl", "dc.creator"), flags=re.I)
    if 2 <= len(value) <= 40 and _may_be_author(value, site, declared.title):
        return (value,), "meta author"
    return (), ""


_KEYWORD_ENDS = re.compile(r"[,，;；、|]")


def find_keywords(declared: Declared) -> tuple[str, ...]:
    """Return the keywords as declared."""
    value = declared.first("keywords", "news_keywords")
    parts = _KEYWORD_ENDS.split(value)
    parts = parts if len(parts) > 1 else value.split(" ")
    return tuple(dict.fromkeys(word for word in map(collapse, parts) if word))[:50]


_CRUMB_NAMES = re.compile(
    r"(?:^|[\s_-])(?:bread\w*|crumbs?|path|position|location|weizhi|dqwz|navpath|rwb_navpath|site-?map|here|place|"
    r"current)(?=$|[\s_-])"
)
_CRUMB_SPLIT = re.compile(r"\s*(?:>{1,2}|»|›|→|／|->|--?>|\s/\s|·)\s*")
_CRUMB_LEAD = re.compile(
    r"^.*?(?:当前|所在|现在|您的)?(?:的)?位置(?:是|为)?\s?[::]\s*|^您?(?:现在|当前)?(?:所在|在)\s?[::]\s*"
)


_MAY_BE_CRUMBS = re.compile(foldings("置在>»›"))
"""Without one of these a line neither begins as breadcrumbs do nor is divided as they are."""


def find_section(page: Blocks, declared: Declared, before: int) -> tuple[str, str] | None:
    """Return the last channel of the breadcrumbs that stand before block `before`, else the declared section."""
    for number in range(min(before, len(page.blocks)) - 1, -1, -1):
        block = page.blocks[number]
        if not 3 <= block.length <= 120 or not _MAY_BE_CRUMBS.search(block.text):
            continue
        folded = _CRUMB_LEAD.sub("", fold(block.text))
        if folded == fold(block.text) and not re.search(r">|»|›", folded):
            continue
        pieces = [p for p in _CRUMB_SPLIT.split(block.text[len(block.text) - len(folded) :]) if p.strip()]
        pieces = [
            p.strip()
            for p in pieces
            if fold(p.strip()) not in ("正文", "内容", "文章", "详情", "阅读", "文章内容", "信息内容", "浏览文章")
        ]
        crumbs = [p for p in pieces if 2 <= len(p) <= 16 and fold(p) not in ("首页", "网站首页", "返回首页", "主页")]
        if crumbs and (len(pieces) > 1 or _CRUMB_NAMES.search(names_of(block.element))):
            return crumbs[-1], "breadcrumbs"
    value = declared.first("article:section", "section", "channel") or declared.ld("articleSection")
    return (value, "declared section") if 2 <= len(value) <= 30 else None

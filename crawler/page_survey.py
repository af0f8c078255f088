"""Owns what one page tells of its site: its links with their words, the feeds it names, and where its next page is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipelines.links import base_of, html_hrefs
from pipelines.text import collapse
from pipelines.tree import Node, attribute, parse, select
from storage.addresses import main_address
from storage.model import Aliases
from storage.urlkey import join

__all__ = ["Anchor", "NextPage", "PageSurvey", "survey_page"]

MOST_ANCHORS: Final = 3_000
_PLAIN: Final = Aliases()
_FEED_TYPES: Final = re.compile(r"application/(?:rss|atom|rdf)\+xml|text/xml|application/xml", re.I)
_FEED_HREF: Final = re.compile(r"(?:^|/)(?:rss|atom|feed)\d?(?:\.xml|/)?$|/rss/[^?#]*\.xml$|[?&]feed=", re.I)
_NEXT_WORDS: Final = re.compile(
    r"下一?[页頁]|[后後]一?[页頁]|(?:next|older)(?: posts| entries| page)?(?:\s*[›»>→]*)|[›»→]|>>?", re.I
)
_CREATE_PAGE: Final = re.compile(
    r"""createPage\w*\(\s*['"]?(\d{1,5})['"]?\s*,\s*['"]?\d{1,5}['"]?\s*,\s*['"](\w{1,40})['"]\s*,\s*['"](\w{1,8})['"]"""
)
_CLASS: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")
_NUMBER: Final = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link as a reader sees it."""

    url: str
    """Canonical, without what only follows readers (`utm_source`)."""
    text: str


@dataclass(frozen=True, slots=True)
class NextPage:
    """How a list goes on."""

    next: str
    """As in a source file: CSS of the link, or a pattern with `{n}`."""
    url: str
    """The second page."""
    start: int | None = None
    """First value of `{n}`; None with CSS."""
    pages: int | None = None
    """How many there are, where the page says so."""


@dataclass(frozen=True, slots=True)
class PageSurvey:
    """What one page tells."""

    title: str = ""
    language: str = ""
    """Of the `html` element, lower case."""
    anchors: tuple[Anchor, ...] = ()
    feeds: tuple[str, ...] = ()
    next: NextPage | None = None


def survey_page(text: str, charset: str, url: str) -> PageSurvey:
    """Read the decoded page that stands at canonical `url`. Never raises, whatever stands there."""
    root = parse(text)
    if root is None:
        return PageSurvey()
    base = base_of(root, url)
    elements = [(link, join(base, attribute(link, "href"), charset)) for link in select(root, "a[href]")]
    anchors = tuple(
        Anchor(main_address(_PLAIN, target), _words(element))
        for element, target in elements[:MOST_ANCHORS]
        if target is not None
    )
    named = (attribute(link, "href") for link in select(root, "link[href]") if _is_feed(link))
    feeds = dict.fromkeys(filter(None, (join(base, href, charset) for href in named)))
    feeds |= dict.fromkeys(anchor.url for anchor in anchors if _FEED_HREF.search(anchor.url))
    following = _scripted(text, base) or _linked(root, base, charset, elements) or _counted(anchors, url)
    return PageSurvey(_title(root), attribute(root, "lang").lower(), anchors, tuple(feeds), following)


def _words(element: Node) -> str:
    return collapse("".join(element.itertext())) or collapse(attribute(element, "title"))


def _title(root: Node) -> str:
    return next((collapse("".join(element.itertext())) for element in select(root, "title")), "")


def _is_feed(link: Node) -> bool:
    return "alternate" in attribute(link, "rel").lower() and _FEED_TYPES.match(attribute(link, "type")) is not None


# --- the next page -----------------------------------------------------------------------------


def _scripted(text: str, base: str) -> NextPage | None:
    """Read the pager that a script makes on TRS sites: total, current, name, extension; the second page is `_1`."""
    found = _CREATE_PAGE.search(text)
    if found is None or int(found[1]) < 2:
        return None
    pattern = f"{found[2]}_{{n}}.{found[3]}"
    url = join(base, pattern.replace("{n}", "1"))
    return None if url is None else NextPage(pattern, url, 1, int(found[1]))


def _linked(root: Node, base: str, charset: str, elements: list[tuple[Node, str | None]]) -> NextPage | None:
    """Find the link that says it leads to the next page, and a selector that takes it and no other."""
    for css in ("link[rel=next]::attr(href)", "a[rel=next]::attr(href)"):
        for href in html_hrefs(root, css):
            url = join(base, href, charset)
            if url is not None:
                return NextPage(css, url, pages=_last_number(elements))
    for element, target in elements:
        words = _words(element)
        if target is not None and target != base and _NEXT_WORDS.fullmatch(words):
            own = _selector(root, element, words)
            return None if own is None else NextPage(own, target, pages=_last_number(elements))
    return None


def _selector(root: Node, element: Node, words: str) -> str | None:
    for name in attribute(element, "class").split():
        if _CLASS.fullmatch(name) and select(root, f"a.{name}") == [element]:
            return f"a.{name}::attr(href)"
    said = re.search(r"\w+", words)
    css = f'a:contains("{said[0]}")::attr(href)' if said else ""
    # A pager often stands twice, above and below: what matters is that all of it leads on.
    return css if css and set(html_hrefs(root, css)) == {attribute(element, "href")} else None


def _last_number(elements: list[tuple[Node, str | None]]) -> int | None:
    numbers = [int(words) for element, _ in elements if _NUMBER.fullmatch(words := _words(element))]
    return max((number for number in numbers if number < 1000), default=None)


def _counted(anchors: tuple[Anchor, ...], url: str) -> NextPage | None:
    """Find the pattern of a row of numbered pages: links that say 2 and 3 and differ in one number."""
    numbered = {int(anchor.text): anchor.url for anchor in anchors if _NUMBER.fullmatch(anchor.text)}
    if 2 not in numbered or numbered[2] == url:
        return None
    for pattern, start in _patterns(numbered[2]):
        if 3 not in numbered or pattern.replace("{n}", str(start + 1)) == numbered[3]:
            return NextPage(pattern, numbered[2], start, max(numbered))
    return None


def _patterns(second: str) -> Iterator[tuple[str, int]]:
    """Give what the address of a second page may count in: its numbers 2 and 1, the last of them first."""
    origin = re.match(r"https?://[^/]+", second)
    for found in reversed(list(re.finditer(r"(?<!\d)0*([12])(?!\d)", second[origin.end() if origin else 0 :]))):
        at = (origin.end() if origin else 0) + found.start(1)
        if found.start(1) == found.start():
            yield second[:at] + "{n}" + second[at + 1 :], int(found[1])

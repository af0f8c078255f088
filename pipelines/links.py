"""Owns the way from what a page writes to links: which elements hold them, what they resolve to, which are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import etree

from pipelines.rules import article_kind, in_scope
from pipelines.tree import Node, attribute
from storage.addresses import main_address
from storage.model import Link, Source
from storage.urlkey import canonical, join

__all__ = ["MAX_LINKS", "Harvest", "Page", "article_links", "base_of", "html_hrefs", "scoped_links"]

MAX_LINKS = 10_000
"""Links one page may give; the largest real list (新华网's data files) has 1,000 rows."""

_MAX_HREFS = 50_000
"""Hrefs one page may offer; resolving so many takes a second."""
_MAX_URL_CHARS = 8_192
"""What servers take as a request line by default (nginx, Apache); a longer address cannot be fetched."""

_HOLDERS = {"a": "href", "area": "href", "frame": "src", "iframe": "src", "link": "href"}
_EVERYWHERE = "//a[@href] | //area[@href] | //frame[@src] | //iframe[@src]"
_INSIDE = ".//a[@href] | .//area[@href]"


@dataclass(frozen=True, slots=True)
class Page:
    """Where hrefs stand, which decides what they mean."""

    url: str
    """Canonical."""
    base: str
    """What relative ones are relative to: the page, or its `<base href>`."""
    charset: str
    """Of the page; queries are written in it."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """Links found, in the order of the page, each once; and how many were left out."""

    links: tuple[Link, ...] = ()
    dropped: int = 0


def base_of(root: Node, url: str) -> str:
    """Give what relative links on a page are relative to (HTML, "document base URL")."""
    for element in root.iter("base"):
        if element.get("href") is not None:
            return join(url, attribute(element, "href")) or url
    return url


def html_hrefs(root: Node, css: str | None = None) -> Iterator[str]:
    """Yield the addresses written on a page, as written.

    `css` takes elements (theirs, or those of the links inside them) or, with `::attr(x)`, attributes; None takes every
    `a`, `area`, `frame` and `iframe`. A selector that does not parse takes nothing.
    """
    path = _EVERYWHERE if css is None else _xpath(css)
    if path is None:
        return
    for found in _evaluate(root, path):
        if isinstance(found, str):
            yield found
        else:
            yield from _of_element(found)


def _of_element(element: Node) -> Iterator[str]:
    name = _HOLDERS.get(element.tag)
    if name and element.get(name) is not None:
        yield attribute(element, name)
    else:
        yield from (attribute(inner, "href") for inner in _evaluate(element, _INSIDE))


def article_links(hrefs: Iterable[str], page: Page, source: Source, *, chosen: bool, limit: int = MAX_LINKS) -> Harvest:
    """Keep what is in scope and what a kind of article takes, as links of role `article:N` to the page's main address.

    `chosen`: the source pointed at these hrefs, so that every other http address counts as dropped; without it only
    article addresses out of scope do, for the rest is the page's navigation.
    """
    kinds: dict[str, int | None] = {}

    def kind_of(url: str) -> int | None:
        if url not in kinds:
            kinds[url] = article_kind(source, url)
        return kinds[url]

    def keep(url: str) -> Link | None:
        main = main_address(source.aliases, url)
        kind = kind_of(main)
        return None if kind is None or not in_scope(source, main) else Link(main, f"article:{kind}")

    def counts(url: str) -> bool:
        return chosen or kind_of(url) is not None

    return _gather(hrefs, page, keep, counts, limit)


def scoped_links(hrefs: Iterable[str], page: Page, source: Source, template: Link) -> Harvest:
    """Keep what is in scope, each as `template` with its own URL."""

    def keep(url: str) -> Link | None:
        return replace(template, url=url) if in_scope(source, url) else None

    return _gather(hrefs, page, keep, lambda url: True, MAX_LINKS)


def _gather(
    hrefs: Iterable[str], page: Page, keep: Callable[[str], Link | None], counts: Callable[[str], bool], limit: int
) -> Harvest:
    links: dict[str, Link] = {}
    refused: set[str] = set()
    own = canonical(page.url)
    rest = iter(hrefs)
    for href in islice(rest, _MAX_HREFS):
        url = join(page.base, href, page.charset) if len(href) <= _MAX_URL_CHARS else None
        if url is None or url == own or url in links or url in refused:
            continue
        link = keep(url) if len(links) < limit and len(url) <= _MAX_URL_CHARS else None
        if link is not None:
            links.setdefault(link.url, link)
        elif counts(url):
            refused.add(url)
    return Harvest(tuple(links.values()), len(refused) + sum(1 for _ in rest))


@lru_cache(maxsize=256)
def _xpath(css: str) -> str | None:
    from cssselect import SelectorError
    from parsel.csstranslator import HTMLTranslator

    try:
        return HTMLTranslator().css_to_xpath(css)
    except (SelectorError, RecursionError):
        return None


def _evaluate(root: Node, path: str) -> list[Any]:
    try:
        found = root.xpath(path)
    except etree.XPathError:
        return []
    return found if isinstance(found, list) else []

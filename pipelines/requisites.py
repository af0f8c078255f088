"""Owns what a page needs to look as it did: pictures, style sheets, icons and fonts, found in its HTML and sheets.

Scripts are never among them: they would run, and they are not what the page said. What a script would load is found
where portals write it for that script: `data-src`, `data-original` and their kin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pipelines.links import Page, base_of
from pipelines.tree import Node, attribute
from storage.model import Link, Requisites
from storage.urlkey import host_of, join

__all__ = ["KINDS", "page_requisites", "sheet_requisites"]

KINDS: Final = ("image", "style", "icon", "font")

MAX_IMPORT_DEPTH: Final = 5
"""Sheets that import sheets; browsers bear more, real pages have two."""
_MAX_URL_CHARS: Final = 8_192
_MAX_CSS_CHARS: Final = 2_000_000
"""Characters of one sheet that are looked through; the largest of a portal had 0.4 M."""

_LAZY: Final = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-lazyload",
    "data-lazy",
    "data-echo",
    "data-url",
    "data-actualsrc",
    "data-original-src",
    "original",
    "lazysrc",
    "_src",
)
"""Where pages put an image's address until a script shows it: 微信 and 网易 data-src, 搜狐 and 织梦 data-original,
知乎 data-actualsrc, UEditor _src; the others are the names of the usual libraries."""
_SOURCES: Final = ("data-srcset", "srcset")
_ICON_RELS: Final = frozenset({"icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon"})

_URL: Final = re.compile(r"""url\(\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^()"'\s]+))\s*\)""", re.I)
_IMPORT: Final = re.compile(r"""@import\s+(?:url\(\s*)?(?:"([^"\n]*)"|'([^'\n]*)'|([^)"'\s;]+))""", re.I)
_FONT_FACE: Final = re.compile(r"@font-face\s*\{[^{}]*\}", re.I)
_DESCRIPTOR: Final = re.compile(r"[\d.]+[wxh](?:,(.*))?")
"""Of a candidate in `srcset`, with what follows its comma without a space."""


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    href: str


def page_requisites(root: Node, url: str, charset: str, wanted: Requisites) -> tuple[Link, ...]:
    """Return what the parsed page at `url` needs, in its order, each once, as far as `wanted` takes it."""
    return _links(_in_page(root), Page(url, base_of(root, url), charset), wanted, 1)


def sheet_requisites(text: str, url: str, depth: int, wanted: Requisites) -> tuple[Link, ...]:
    """Return what the style sheet at `url` needs; `depth` is 1 for a sheet that a page names."""
    return _links(_in_sheet(text), Page(url, url, "utf-8"), wanted, depth + 1)


def _links(found: Iterable[_Found], page: Page, wanted: Requisites, depth: int) -> tuple[Link, ...]:
    links: dict[str, Link] = {}
    for one in found:
        if len(links) >= wanted.per_page:
            break
        if one.kind not in wanted.kinds or len(one.href) > _MAX_URL_CHARS:
            continue
        if one.kind == "style" and depth > MAX_IMPORT_DEPTH:
            continue
        url = join(page.base, one.href.strip(), page.charset)
        if url is not None and url != page.url and (not wanted.hosts or host_of(url) in wanted.hosts):
            links.setdefault(url, Link(url, f"requisite:{one.kind}", "requisite", depth))
    return tuple(links.values())


def _in_page(root: Node) -> Iterator[_Found]:
    for element in root.iter():
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in ("img", "source", "input", "image"):
            yield from _of_image(element, tag)
        elif tag == "link":
            yield from _of_link(element)
        elif tag == "style":
            yield from _in_sheet(element.text or "")
        elif tag == "video" and element.get("poster"):
            yield _Found("image", attribute(element, "poster"))
        if element.get("background"):
            yield _Found("image", attribute(element, "background"))
        if element.get("style"):
            yield from _in_sheet(attribute(element, "style"))


def _of_image(element: Node, tag: str) -> Iterator[_Found]:
    if tag == "input" and attribute(element, "type").lower() != "image":
        return
    # A <source> of audio or video is no requisite; one of a picture says srcset.
    names = () if tag == "source" else ("src", *_LAZY)
    for name in names:
        href = attribute(element, name)
        if href and not href.startswith("data:"):
            yield _Found("image", href)
    for name in _SOURCES:
        yield from (_Found("image", href) for href in _candidates(attribute(element, name)[:_MAX_URL_CHARS]))


def _candidates(srcset: str) -> Iterator[str]:
    """Yield the addresses of a `srcset`; they may hold commas, so only white space parts them."""
    for token in srcset.split():
        descriptor = _DESCRIPTOR.fullmatch(token)
        href = (token if descriptor is None else descriptor[1] or "").strip(",")
        if href:
            yield href


def _of_link(element: Node) -> Iterator[_Found]:
    href, rels = attribute(element, "href"), set(attribute(element, "rel").lower().split())
    if not href:
        return
    if "stylesheet" in rels:
        yield _Found("style", href)
    elif rels & _ICON_RELS:
        yield _Found("icon", href)
    elif "preload" in rels and attribute(element, "as").lower() in ("image", "style", "font"):
        yield _Found(attribute(element, "as").lower(), href)


def _in_sheet(text: str) -> Iterator[_Found]:
    css = _without_comments(text[:_MAX_CSS_CHARS])
    for match in _IMPORT.finditer(css):
        yield _Found("style", match[1] or match[2] or match[3] or "")
    css = _IMPORT.sub(" ", css)
    for face in _FONT_FACE.finditer(css):
        yield from (_Found("font", href) for href in _urls(face[0]))
    yield from (_Found("image", href) for href in _urls(_FONT_FACE.sub(" ", css)))


def _without_comments(css: str) -> str:
    # Not by a pattern: one that looks for an end that is not there is quadratic in what was opened.
    kept: list[str] = []
    at = 0
    while (start := css.find("/*", at)) >= 0:
        kept.append(css[at:start])
        end = css.find("*/", start + 2)
        if end < 0:
            return " ".join(kept)
        at = end + 2
    return " ".join((*kept, css[at:]))


def _urls(css: str) -> Iterator[str]:
    for match in _URL.finditer(css):
        href = match[1] or match[2] or match[3] or ""
        if href and not href.lower().startswith(("data:", "#")):
            yield href

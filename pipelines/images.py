"""Owns the pictures of an article and their captions."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from pipelines.blocks import Blocks
from pipelines.body import Body
from pipelines.labels import fold
from pipelines.text import collapse
from pipelines.tree import Node, attribute, names_of
from storage.model import Image

__all__ = ["find_images"]

_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-url", "original", "data-echo", "src")
_CAPTION_NAMES = re.compile(r"caption|pictext|img_desc|img-desc|image_desc|imgtext|picdesc|photo-?desc|tuzhu")
_CAPTION_TEXT = re.compile(
    r"^[(\[△▲▼■◆图]?\s?图\s?(?:为|片|[::]|\d)|(?:摄|供图|图片来源.{0,20}|资料图片?)\s?[)\]]?$|^[(]?资料图"
)
_NOT_PICTURES = re.compile(
    r"(?:logo|icon|qrcode|erweima|ewm|blank|spacer|loading|avatar|share|button|btn|arrow|pixel|spinner|"
    r"1x1)[\w-]{0,100}\.(?:gif|png|jpe?g|svg|webp)|^data:",
    re.I,
)
_ORNAMENTS = (
    *("logo", "icon", "qrcode", "erweima", "ewm", "blank", "spacer", "loading", "avatar", "share", "button", "btn"),
    *("arrow", "pixel", "spinner", "1x1", "data:"),
)
"""What an address of ASCII holds that `_NOT_PICTURES` finds, which takes ten times as long to look."""

_MOST = 200


_PLAIN = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?/[A-Za-z0-9_./~%-]*(?:\?[A-Za-z0-9_./~%=&-]+)?", re.A)
_ROOTED = re.compile(r"(?:/[A-Za-z0-9_~%-][A-Za-z0-9_.~%-]*)+")
"""What `urljoin` gives back as it is, and what it puts behind the host; it takes twenty times as long to do so."""


@lru_cache(maxsize=16)
def _home(url: str, base: str) -> str | None:
    """Return what links of a page are relative to, None when that is no URL."""
    try:
        home = urljoin(url, base) if base else url
        if not _PLAIN.fullmatch(home):
            urlsplit(home)
    except ValueError:
        return None
    return home


def absolute(base: str, url: str, href: str) -> str | None:
    """Return an absolute http(s) URL, None when `href` is no such thing. `base`: the page's own, may be empty."""
    href, home = href.strip(), _home(url, base)
    if home is None:
        return None
    if _PLAIN.fullmatch(href):
        return href
    if _ROOTED.fullmatch(href) and _PLAIN.fullmatch(home):
        return home[: home.index("/", len("https://"))] + href
    try:
        target = urljoin(home, href)
    except ValueError:
        return None
    return target.split("#")[0] if target.startswith(("http://", "https://")) else None


def _is_ornament(address: str) -> bool:
    written = address.lower()
    may_be = not address.isascii() or any(word in written for word in _ORNAMENTS)
    return may_be and _NOT_PICTURES.search(address) is not None


def _source(element: Node) -> str:
    for name in _SOURCES:
        value = attribute(element, name).strip()
        if value and not _is_ornament(value):
            return value
    return ""


def _caption(page: Blocks, number: int, element: Node, end: int) -> str | None:
    parent = element.getparent()
    for _ in range(3):
        if parent is None or parent.tag in ("body", "html"):
            break
        if parent.tag == "figure":
            text = collapse(" ".join("".join(c.itertext()) for c in parent.iter("figcaption")))
            return text or None
        parent = parent.getparent()
    if number < min(end, len(page.blocks)):
        block = page.blocks[number]
        named = block.element is not None and _CAPTION_NAMES.search(names_of(block.element))
        if block.length <= 120 and (named or _CAPTION_TEXT.search(fold(block.text))):
            return block.text
    return None


def _inside(number: int, element: Node, body: Body, holder: Node | None) -> bool:
    """Return whether a picture is in the body: inside its element, or between two of its blocks."""
    if number > body.kept[-1] + 1:
        return False
    if holder is None:
        return body.kept[0] < number <= body.kept[-1]
    return any(ancestor is holder for ancestor in element.iterancestors())


def find_images(page: Blocks, body: Body | None, url: str, base: str) -> tuple[Image, ...]:
    """Return the pictures inside the body with their captions, addresses absolute, in order, each once."""
    if body is None:
        return ()
    holder = body.element if body.element is not None and body.element.tag not in ("body", "html") else None
    found: dict[str, Image] = {}
    for number, element in page.images:
        if not _inside(number, element, body, holder):
            continue
        source = _source(element)
        target = absolute(base, url, source) if source else None
        if target and target not in found and len(found) < _MOST:
            found[target] = Image(target, _caption(page, number, element, body.end))
    return tuple(found.values())

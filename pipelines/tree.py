"""Owns the one HTML parse that everything about a page shares, and the edge to lxml, which has no types.

The parser is libxml2's HTML5 tokenizer in recovery mode. It stops at a depth of 2,048: 100,000 nested `<div>` cost
0.3 ms.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeAlias

from lxml import etree

__all__ = ["Node", "attribute", "names_of", "parse", "select", "text_in"]

Node: TypeAlias = Any
"""An lxml element."""

_MAX_CHARS = 6_000_000
"""Text beyond is not parsed: the longest of 400 saved pages has 1.55 M characters; 6 M parse in 0.2 s."""

_LONGEST_NAMES = 2000
_SURROGATES = re.compile("[\ud800-\udfff]")
_NONCHARACTERS = re.compile("[\ufffe\uffff]")
_CONTROLS = bytes(0x20 if (byte < 0x20 and byte not in b"\t\n\x0c\r") or byte == 0x7F else byte for byte in range(256))
_EMBED = re.compile(rb"<embed\b[^>]*>", re.I)
"""Void, but not to libxml2: all that follows in its container would be inside it, and nobody reads a player."""
_OF_HEAD = frozenset(
    "base basefont bgsound command isindex link meta noscript object script style template title".split()
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")


def _parser() -> etree.HTMLParser:
    # Nobody asks for an element by XPath's id(): to keep the table for it takes a fortieth of the parse.
    return etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False)


def _bytes_of(text: str, utf8: bytes | None) -> bytes:
    """Return the page as UTF-8 without an XML declaration, a space for each character that XML does not allow."""
    if _XML_DECLARATION.match(text):
        text, utf8 = _XML_DECLARATION.sub("", text, count=1), None
    if "\ufffe" in text or "\uffff" in text:
        text, utf8 = _NONCHARACTERS.sub(" ", text), None
    # Ten times faster than a regular expression over the text.
    return (_encoded(text) if utf8 is None else utf8).translate(_CONTROLS)


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATES.sub(" ", text).encode("utf-8")


def parse(text: str, utf8: bytes | None = None) -> Node | None:
    """Parse a page; None when it holds no element and no text. Never raises.

    `utf8` is the text in that encoding, where the caller has it: to encode it again takes a fifth of what the parse
    takes.
    """
    markup = _bytes_of(text[:_MAX_CHARS], utf8 if len(text) <= _MAX_CHARS else None)
    if not markup.strip():
        return None
    if b"<embed" in markup or b"<EMBED" in markup:
        markup = _EMBED.sub(rb"\g<0></embed>", markup)
    try:
        root = etree.fromstring(markup, _parser())
    except etree.LxmlError:
        return None
    # What follows </html> becomes a second root; gazettes keep their article there and a browser shows it.
    for stray in list(root.itersiblings()) if root is not None else []:
        root.append(stray)
    if root is not None:
        _end_head(root)
    return root


def _end_head(root: Node) -> None:
    """Move what is no part of a head out of it: HTML 5's own elements do not end one that is left open, to libxml2, and
    what is in a head is not shown.
    """
    head = root.find("head")
    inside = list(head) if head is not None else []
    first = next((at for at, child in enumerate(inside) if child.tag not in _OF_HEAD), None)
    if first is None:
        return
    shown = etree.Element("body" if root.find("body") is None else "div")
    shown.extend(inside[first:])
    head.addnext(shown)


def attribute(element: Node, name: str) -> str:
    """Return an attribute's value, empty when it is not there."""
    value = element.get(name)
    return value if isinstance(value, str) else ""


def text_in(element: Node) -> str:
    """Return all text inside an element, as written."""
    # Most links hold nothing but text, which is had at a fifth of what a walk costs.
    return "".join(element.itertext()) if len(element) else element.text or ""


def names_of(element: Node) -> str:
    """Return class and id of an element as one lower-case string, separated by a space; empty when it has neither.

    Cut to 2,000 characters: what is known of names is kept for the next page.
    """
    names, own = element.get("class"), element.get("id")
    if not own:
        return names[:_LONGEST_NAMES].lower() if names else ""
    return f"{names or ''} {own}"[:_LONGEST_NAMES].lower()


@lru_cache(maxsize=256)
def _selector(css: str) -> Any:
    from lxml.cssselect import CSSSelector

    return CSSSelector(css, translator="html")


def select(root: Node, css: str) -> list[Node]:
    """Return the elements that a CSS selector takes, in document order; none when the selector does not parse."""
    from cssselect import SelectorError

    try:
        found = _selector(css)(root)
    except (SelectorError, etree.XPathError):
        return []
    return list(found)

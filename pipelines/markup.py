"""Owns the safe parse of XML from strangers: entities neither expanded nor fetched, damage survived, any charset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Any, TypeAlias

from lxml import etree

__all__ = ["Element", "local_name", "parse_xml", "refusal", "space_of", "xml_bytes"]

Element: TypeAlias = Any
"""An lxml element."""

_PROLOGUE_CHARS = 65_536
_CDATA = "<![CDATA["
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[\]<>]*>", re.IGNORECASE)
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31});")
_BARE = re.compile(r"&(?!#[0-9]{1,7};|#[xX][0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")


def refusal(text: str) -> str | None:
    """Say why `text` must not be parsed as XML: it declares entities of its own, which only attacks do; else None."""
    return "declares XML entities of its own" if re.search(r"<!ENTITY", text, re.IGNORECASE) else None


def xml_bytes(text: str) -> bytes:
    """Give `text` as UTF-8 that libxml2 reads as such: no declaration, no document type, no entity it does not know.

    HTML's named entities become their characters and a bare ampersand an escaped one, as feeds write both.
    """
    head, tail = text[:_PROLOGUE_CHARS], text[_PROLOGUE_CHARS:]
    head = _DOCTYPE.sub("", _DECLARATION.sub("", head.lstrip("\ufeff"), count=1), count=1)
    parts = [
        part if part.startswith(_CDATA) else _BARE.sub("&amp;", _NAMED.sub(_character, part))
        for part in _around_cdata(_UNSAFE.sub(" ", head + tail))
    ]
    return "".join(parts).strip().encode("utf-8")


def _around_cdata(text: str) -> Iterator[str]:
    """Yield `text` in parts, those that are whole CDATA sections by themselves: entities mean nothing in them."""
    end = 0
    while (start := text.find(_CDATA, end)) >= 0 and (close := text.find("]]>", start)) >= 0:
        yield text[end:start]
        end = close + 3
        yield text[start:end]
    yield text[end:]


def _character(entity: re.Match[str]) -> str:
    known = html5.get(entity[1] + ";")
    # What an entity stands for is text, also where it looks like markup.
    return f"&amp;{entity[1]};" if known is None else known.replace("&", "&amp;").replace("<", "&lt;")


def parse_xml(text: str, url: str) -> Element | None:
    """Parse text that `refusal` lets through; None when there is no element in it. `url` is its own address."""
    content = xml_bytes(text)
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, remove_blank_text=False,
    )  # fmt: skip
    if not content:
        return None
    try:
        return etree.fromstring(content, parser, base_url=url)
    except etree.XMLSyntaxError:
        return None


def local_name(element: Element) -> str:
    """Give the lower-case name of an element without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def space_of(element: Element) -> str:
    """Give the namespace of an element, empty when it has none."""
    return element.tag[1:].rpartition("}")[0] if isinstance(element.tag, str) and element.tag[:1] == "{" else ""

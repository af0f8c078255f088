"""Owns what a page declares of itself to machines: meta tags, Open Graph, JSON-LD, its language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipelines.text import collapse
from pipelines.tree import Node, attribute, text_in

__all__ = ["Declared", "read_declared"]

_ARTICLE_TYPES = re.compile(r"article|report|posting|blog|newsarticle|review|webpage", re.I)
_OPENED = re.compile(r"(?://)?\s*<!\[CDATA\[")
_MAX_JSON_CHARS = 500_000
_MAX_DEPTH = 12


@dataclass(slots=True)
class Declared:
    """Declarations of one page."""

    title: str = ""
    """The text of `<title>`."""
    meta: dict[str, str] = field(default_factory=dict)
    """First value of each meta name, property or itemprop, keys lower case."""
    json_ld: dict[str, object] = field(default_factory=dict)
    """The article's object in JSON-LD, empty when there is none."""
    language: str = ""
    base: str = ""
    """`<base href>`."""

    def first(self, *names: str) -> str:
        """Return the first declared value under these meta names, empty when there is none."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")

    def ld(self, key: str) -> str:
        """Return a JSON-LD value of the article as text: of objects the name, of lists the first."""
        return _plain(self.json_ld.get(key))

    def ld_names(self, key: str) -> tuple[str, ...]:
        """Return all names under a JSON-LD key of the article."""
        return _names(self.json_ld.get(key))


def _names(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    names = [_plain(item) for item in items[:20]]
    return tuple(dict.fromkeys(name for name in names if 2 <= len(name) <= 40))


def _plain(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or value.get("url")
    return collapse(value) if isinstance(value, str) else ""


def _objects(value: object, depth: int = 0) -> Iterator[dict[str, object]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _objects(value.get(key), depth + 1)
    elif isinstance(value, list):
        for item in value[:200]:
            yield from _objects(item, depth + 1)


def _load(text: str) -> object:
    """Parse JSON as pages write it: line feeds inside strings, CDATA wrappers, a trailing semicolon."""
    if "CDATA[" in text or "]]>" in text:
        text = text.strip()
        opened = _OPENED.match(text)
        text = text if opened is None else text[opened.end() :]
        if text.endswith("]]>"):
            text = text.removesuffix("]]>").rstrip().removesuffix("//")
    try:
        return json.loads(text.strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def _rank(item: dict[str, object]) -> int:
    kind = item.get("@type")
    kinds = " ".join(map(str, kind)) if isinstance(kind, list) else str(kind)
    if not _ARTICLE_TYPES.search(kinds):
        return 0
    return (2 if "webpage" not in kinds.lower() else 1) + ("datePublished" in item or "pubDate" in item)


def _json_ld(scripts: Iterable[Node]) -> dict[str, object]:
    best: dict[str, object] = {}
    for script in scripts:
        kind = attribute(script, "type").lower()
        if "ld+json" not in kind or not script.text or len(script.text) > _MAX_JSON_CHARS:
            continue
        for item in _objects(_load(script.text)):
            if _rank(item) > (_rank(best) if best else 0):
                best = item
    return best


def read_declared(root: Node) -> Declared:
    """Read the declarations of a parsed page. Never raises."""
    declared = Declared(language=attribute(root, "lang") or attribute(root, "xml:lang"))
    title: Node | None = None
    base: Node | None = None
    scripts: list[Node] = []
    for element in root.iter("meta", "title", "base", "script"):
        if (tag := element.tag) != "meta":
            title = element if tag == "title" and title is None else title
            base = element if tag == "base" and base is None else base
            if tag == "script":
                scripts.append(element)
            continue
        key = attribute(element, "name") or attribute(element, "property") or attribute(element, "itemprop")
        key = key or attribute(element, "http-equiv")
        value = collapse(attribute(element, "content"))
        if key and value:
            declared.meta.setdefault(key.strip().lower(), value)
    declared.title = collapse(text_in(title)) if title is not None else ""
    declared.base = attribute(base, "href") if base is not None else ""
    declared.json_ld = _json_ld(scripts)
    declared.language = declared.language or declared.first("content-language", "og:locale")
    return declared

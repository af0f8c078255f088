"""Owns the question whether an element is hidden, by its attributes and by the page's own simple style rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from pipelines.tree import Node

__all__ = ["Styles", "hidden_by", "read_styles"]

_NONE = re.compile(r"(?<![-\w])display\s*:\s*none", re.I)
_OFF_SCREEN = re.compile(
    r"(?<![-\w])(?:left|top|right|bottom|text-indent|margin-left|margin-top)\s*:\s*-\s*\d{3,}\s*(?:px|em|pt|%)?"
    r"|(?<![-\w])font-size\s*:\s*0+(?:px|em|pt)?\s*(?:;|$|!)"
    r"|overflow\s*:\s*hidden[^}]*?(?<![-\w])(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|$|!)"
    r"|(?<![-\w])(?:height|width)\s*:\s*[01](?:px)?\s*;[^}]*?overflow\s*:\s*hidden",
    re.I,
)
_INVISIBLE = re.compile(r"visibility\s*:\s*hidden|(?<![-\w])opacity\s*:\s*0(?:\.0+)?\s*(?:;|$|!)", re.I)
_FAR_VALUE = re.compile(r"-\d{3}")
_FAR = re.compile(r":\s?-\d{3,}")
_FAR_PROPERTY = re.compile(r"(?:^|[\s;{])(?:left|top|right|bottom|text-indent|margin-left|margin-top)\s*$", re.I)
_SIMPLE = re.compile(r"^\s*([#.])([A-Za-z_][\w-]*)\s*$")
_MAX_RULES = 200


@dataclass(frozen=True, slots=True)
class Styles:
    """Names that the page's own style rules hide: `.name` or `#name` to `none`, `off-screen`, `invisible`."""

    hidden: dict[str, str]

    known: dict[str, str] = field(default_factory=dict, compare=False)
    """What was found for a class attribute before: a page has few different ones."""

    def of(self, names: str | None, own: str | None) -> str:
        """Return how the rules hide an element of these classes and this id, empty when they do not."""
        if own and (kind := self.hidden.get("#" + own)):
            return kind
        if not names:
            return ""
        if (kind := self.known.get(names)) is None:
            kind = next((found for name in names.split() if (found := self.hidden.get("." + name))), "")
            self.known[names] = kind
        return kind


@lru_cache(maxsize=2048)
def _kind(declarations: str) -> str:
    if _NONE.search(declarations):
        return "none"
    if _OFF_SCREEN.search(declarations):
        return "off-screen"
    return "invisible" if _INVISIBLE.search(declarations) else ""


def read_styles(root: Node) -> Styles:
    """Read `<style>` for rules that push off-screen what one class or one id names; anything more is left to a
    browser.

    Off-screen alone is believed: classes with display:none are shown by scripts all the time.
    """
    hidden: dict[str, str] = {}
    for element in root.iter("style"):
        css = element.text or ""
        if _FAR_VALUE.search(css) is None:  # found or not ten times faster than a colon before it
            continue
        for number, far in enumerate(_FAR.finditer(css)):
            opening = css.rfind("{", 0, far.start())
            if number >= _MAX_RULES or opening < 0:
                break
            if not _FAR_PROPERTY.search(css[max(opening, far.start() - 16) : far.start()]):
                continue
            before = max(css.rfind("}", 0, opening), css.rfind("/", 0, opening)) + 1
            names = [m for m in map(_SIMPLE.match, css[before:opening].split(",")) if m]
            hidden.update({m[1] + m[2]: "off-screen" for m in names})
    return Styles(hidden)


def hidden_by(element: Node, styles: Styles) -> str:
    """Return how an element is hidden (`none`, `off-screen`, `invisible`), empty when it is not."""
    style = element.get("style")
    if style and (kind := _kind(style)):
        return kind
    if element.get("hidden") is not None:
        return "none"
    return styles.of(element.get("class"), element.get("id")) if styles.hidden else ""

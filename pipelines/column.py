"""Owns the column that an article's paragraphs stand in, and what of a chosen range is only a box beside it.

Publishing systems put the paragraphs of an article side by side in one element. What stands among them in an element of
its own (a caption, a form for a newsletter, a teaser) is a box: short, and without paragraphs that make up a part of
the text.
"""

from __future__ import annotations

import re
from collections import Counter

from pipelines.blocks import Block, Blocks
from pipelines.candidates import is_paragraph
from pipelines.tree import Node

__all__ = ["without_boxes"]

_PARAGRAPH_TAGS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "center"})
_TEXT_TAGS = frozenset(
    {"p", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "table", "tbody", "tr", "td", "th"}
)
"""Elements of the column that are text like its paragraphs."""

_CAPTIONS = frozenset({"figure", "figcaption", "caption"})
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_SENTENCE_END = re.compile(r"[。！？.!?…][”\"’」』)）]?$")
_LEAD = 60
"""Characters from which a sentence above the column is the article's lead."""

_SHARE = 0.7
"""Part of the prose that makes an element the column."""

_LEAST_PROSE = 200
_BOX = 0.15
"""Part of the text from which an element beside the paragraphs is a part of the article and no box."""


def _home(block: Block) -> Node | None:
    """Return the element that a block stands in: around a paragraph, or itself where text is divided by `<br>`."""
    element = block.element
    if element is None:
        return None
    return element.getparent() if block.tag in _PARAGRAPH_TAGS else element


def _column(page: Blocks, kept: list[int]) -> Node | None:
    """Return the element that most of the kept prose stands in at once, None when no element has so much."""
    masses: Counter[Node] = Counter()
    for number in kept:
        block = page.blocks[number]
        home = _home(block)
        if home is not None and is_paragraph(block):
            masses[home] += block.length
    if not masses:
        return None
    column, mass = masses.most_common(1)[0]
    return column if mass >= _SHARE * masses.total() and mass > _LEAST_PROSE else None


def _path(block: Block, column: Node) -> list[Node]:
    """Return the elements from a block's own up to the child of the column that holds it; none in the column itself."""
    element = _home(block)
    path = []
    while element is not None and element is not column:
        path.append(element)
        element = element.getparent()
    return path


def _is_text(block: Block, path: list[Node], *, inside: bool, above: bool) -> bool:
    """Return whether a block beside the paragraphs is text too: a list, a table, a quotation, a heading, a lead."""
    if any(element.tag in _CAPTIONS for element in path) or block.tag in _CAPTIONS:
        return False
    if path[-1].tag in _TEXT_TAGS or any(element.tag == "blockquote" for element in path):
        return True
    if inside and block.tag in _HEADINGS:
        return True
    return above and block.length >= _LEAD and bool(_SENTENCE_END.search(block.text))


def without_boxes(page: Blocks, kept: list[int]) -> list[int]:
    """Return the kept blocks without those that are boxes in or around the column of paragraphs."""
    column = _column(page, kept)
    if column is None:
        return kept
    total = sum(page.blocks[n].length for n in kept)
    paths = {n: _path(page.blocks[n], column) for n in kept}
    masses: Counter[Node] = Counter()
    for number, path in paths.items():
        if path:
            masses[path[-1]] += page.blocks[number].length
    straight = [n for n in kept if not paths[n]]
    first, last = straight[0], straight[-1]
    return [
        n
        for n in kept
        if not paths[n]
        or masses[paths[n][-1]] >= _BOX * total
        or _is_text(page.blocks[n], paths[n], inside=first < n < last, above=n < first)
    ]

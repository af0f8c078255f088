"""Owns the column that an article's paragraphs stand in, and what of a chosen range is only a box beside it.

Publishing systems put the paragraphs of an article side by side in one element. What stands among them in an element of
its own (a caption, a form for a newsletter, a teaser) is a box: short, and without paragraphs that make up a part of
the text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipelines.blocks import Block, Blocks
from pipelines.candidates import is_paragraph
from pipelines.tree import Node, names_of

__all__ = ["without_boxes"]

_PARAGRAPH_TAGS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "center"})
_TEXT_TAGS = frozenset(
    {"p", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "table", "tbody", "tr", "td", "th"}
)
"""Elements of the column that are text like its paragraphs."""

_CAPTIONS = frozenset({"figure", "figcaption", "caption"})
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_SENTENCE_END = re.compile(r"[。！？.!?…][”\"’」』)）]?$")
_PICTURE = re.compile(
    r"(?:^|[\s_-])(?:captions?|gallery|slideshow|carousel|photos?|pictures?|image|credits?)(?=$|[\s_-]|\d)"
)
_SAME = 60
"""Characters by which two captions are the same."""

_LEAD = 60
"""Characters from which a sentence above the column is the article's lead."""

_SHARE = 0.6
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


def _key(element: Node) -> object:
    """Return what makes two elements parts of one column: tag and class where there is a class, else being the same."""
    names = element.get("class")
    return (element.tag, names) if names else element


@dataclass(frozen=True, slots=True)
class _Homes:
    """The elements that the kept blocks stand in; lxml is asked about each once."""

    by_block: dict[int, Node]
    keys: dict[Node, object]


def _homes(page: Blocks, kept: list[int]) -> _Homes:
    by_block = {n: home for n in kept if (home := _home(page.blocks[n])) is not None}
    return _Homes(by_block, {home: _key(home) for home in dict.fromkeys(by_block.values())})


def _column(page: Blocks, homes: _Homes) -> object | None:
    """Return the key of the elements that most of the kept prose stands in, None when none have so much."""
    masses: dict[object, int] = {}
    for number, home in homes.by_block.items():
        block = page.blocks[number]
        if is_paragraph(block):
            key = homes.keys[home]
            masses[key] = masses.get(key, 0) + block.length
    if not masses:
        return None
    column = max(masses, key=masses.__getitem__)
    mass = masses[column]
    return column if mass >= _SHARE * sum(masses.values()) and mass > _LEAST_PROSE else None


def _path(home: Node | None, column: object, around: set[Node]) -> list[Node]:
    """Return the elements from a block's own up to the outermost that neither is nor holds a part of the column."""
    path: list[Node] = []
    while home is not None and home not in around and _key(home) != column:
        path.append(home)
        home = home.getparent()
    return path


def _around(homes: _Homes, column: object) -> set[Node]:
    """Return the elements that hold a part of the column."""
    around: set[Node] = set()
    for home, key in homes.keys.items():
        if key == column and home not in around:
            around.update(home.iterancestors())
    return around


def _is_picture(block: Block, path: list[Node]) -> bool:
    """Return whether a block beside the column belongs to a picture, by the tags and names of what it is in."""
    return block.tag in _CAPTIONS or any(e.tag in _CAPTIONS or _PICTURE.search(names_of(e)) for e in path[:3])


def _is_text(block: Block, path: list[Node], *, inside: bool, above: bool, alone: bool) -> bool:
    """Return whether a block beside the paragraphs is text too: a list, a table, a quotation, a heading, a lead."""
    if path[-1].tag in _TEXT_TAGS or any(element.tag == "blockquote" for element in path):
        return True
    if inside and alone and block.tag in _HEADINGS:
        return True
    return above and block.length >= _LEAD and bool(_SENTENCE_END.search(block.text))


def without_boxes(page: Blocks, kept: list[int]) -> list[int]:
    """Return the kept blocks without those that are boxes in or around the column of paragraphs."""
    homes = _homes(page, kept)
    column = _column(page, homes)
    if column is None:
        return kept
    around = _around(homes, column)
    beside = {home: path for home in homes.keys if (path := _path(home, column, around))}
    if not beside:
        return kept
    paths = {n: beside.get(homes.by_block.get(n), []) for n in kept}
    total = sum(page.blocks[n].length for n in kept)
    masses: Counter[Node] = Counter()
    for number, path in paths.items():
        if path:
            masses[path[-1]] += page.blocks[number].length
    straight = [n for n in kept if not paths[n]]
    first, last = straight[0], straight[-1]
    # Galleries say each caption twice, once under the picture and once for the full screen.
    twice = Counter(page.blocks[n].text[:_SAME] for n in kept if paths[n] and page.blocks[n].length >= _SAME // 2)
    return [
        n
        for n in kept
        if not (path := paths[n])
        or (
            twice[page.blocks[n].text[:_SAME]] < 2
            and not _is_picture(page.blocks[n], path)
            and (
                masses[path[-1]] >= _BOX * total
                or _is_text(
                    page.blocks[n],
                    path,
                    inside=first < n < last,
                    above=n < first,
                    alone=masses[path[-1]] == page.blocks[n].length,
                )
            )
        )
    ]

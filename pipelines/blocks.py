"""Owns the page as a reader sees it: a sequence of text blocks in document order, and the elements as ranges over it.

One walk over the tree gives the blocks; every later question (how much text, how many links, how dense) about any
element is then arithmetic on a range. Hidden text is kept and marked, because a body may be hidden until a script
runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeAlias

from pipelines.text import BLANKS, SEPARATOR, measure, visible_lengths
from pipelines.tree import Node
from pipelines.visibility import Styles, hidden_by

__all__ = ["Block", "Blocks", "Range", "read_blocks"]

_BLOCK_TAGS = (
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 "
    "h4 h5 h6 header hr html legend li main menu nav ol option p pre section summary table tbody td tfoot th thead "
    "tr ul "
    "mp-common-profile".split()
)
_SKIPPED_TAGS = (
    "applet audio button canvas datalist embed head iframe input map math noembed noframes noscript object script "
    "select style "
    "svg template textarea title video".split()
)
_INLINE, _LINK, _IMAGE, _BREAK, _BLOCK, _SKIPPED, _WITHIN = range(7)
_KINDS = (
    {"a": _LINK, "img": _IMAGE, "br": _BREAK}
    | dict.fromkeys(_BLOCK_TAGS, _BLOCK)
    | dict.fromkeys(_SKIPPED_TAGS, _SKIPPED)
)
"""What an element is by its tag; `_BREAK` and `_BLOCK` end the block before them, and nothing in `_SKIPPED` is read."""

_EMPTY, _BLANK, _FILLED = range(3)
"""What was read of a block so far: nothing, nothing that shows, some text."""

_MAX_ELEMENTS = 50_000
"""The walk ends here (about 0.2 s): the largest of 400 saved pages has 7,800 elements."""

_MAX_BLOCKS = 12_000
"""... or here: every line is read by some 150 us of patterns at worst, and the largest saved page has 3,080."""

_TELLING = frozenset(("style", "hidden"))
"""Attributes by which an element may be hidden. To look for both in all its names takes less than to ask for each."""
_NAMES = frozenset(("class", "id"))
"""... and those by which the page's own rules may hide it, if there are any."""

_PARAGRAPH_BREAK = re.compile(r"[\r\n]+[ \t]*\u3000\u3000|\u3000{4,}")
"""How text without markup is divided: a line feed and an indent of two ideographic spaces, or a double indent."""


@dataclass(slots=True)
class Block:
    """One run of text between two block boundaries."""

    text: str
    length: int
    """Characters without white space."""
    linked: int
    """How many of them are inside links."""
    marks: int
    """Punctuation marks."""
    element: Node
    """Innermost block-level element."""
    tag: str
    hidden: str
    """Empty, or how it is hidden: `none`, `off-screen`, `invisible`."""
    parent: int
    """Serial number of the block-level element around `element`: blocks with one parent are siblings."""


class Range(NamedTuple):
    """An element as the blocks `start` to `end` (exclusive). A tuple, as a page has hundreds and it is made five times
    faster than a frozen dataclass.
    """

    element: Node
    start: int
    end: int
    depth: int


@dataclass(slots=True)
class Blocks:
    """A whole page."""

    blocks: list[Block] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    """In the order in which the elements end."""
    images: list[tuple[int, Node]] = field(default_factory=list)
    """With the number of the block that follows."""
    anchors: list[tuple[int, Node]] = field(default_factory=list)


_RANGE = partial(tuple.__new__, Range)
"""Make a Range of a row: half of the time that its own constructor takes."""

_Holder: TypeAlias = tuple[Node, str, int, int]
"""A block-level element, its tag, its serial number and that of the block-level element around it."""


_NOBODY: _Holder = (None, "", 0, 0)


class _Lines:
    """What the walk gathers as it stands in the tree: what it comes to is found for all of it at once."""

    __slots__ = ("concealed", "holders", "linked", "ranges", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        """Text nodes, with a separator at the end of each block."""
        self.linked: list[str] = []
        """Those of them that are inside links, likewise."""
        self.holders: list[_Holder] = []
        """Of each block, like the next."""
        self.concealed: list[str] = []
        self.ranges: list[tuple[Node, int, int, int]] = []

    def divide(self, text: str, filled: int, holder: _Holder, hidden: str, is_linked: bool) -> int:
        """Take in a text node that may be several blocks, as `<pre>` is, or indents of ideographic spaces show."""
        if holder[1] == "pre":
            pieces = text.split("\n")
        elif "\n" in text or "\r" in text or "\u3000\u3000\u3000\u3000" in text:
            pieces = _PARAGRAPH_BREAK.split(text)
        else:
            pieces = [text]
        for number, piece in enumerate(pieces):
            if number and filled:
                self.end(filled, holder, hidden)
                filled = _EMPTY
            if filled != _FILLED:
                filled = _FILLED if piece.strip(BLANKS) else _BLANK
            self.texts.append(piece)
            if is_linked:
                self.linked.append(piece)
        return filled

    def end(self, filled: int, holder: _Holder, hidden: str) -> None:
        """End the block that is being read; it is none if it has nothing but characters without width."""
        if filled == _FILLED:
            self.texts.append(SEPARATOR)
            self.linked.append(SEPARATOR)
            self.holders.append(holder)
            self.concealed.append(hidden)
            return
        for texts in self.texts, self.linked:
            while texts and texts[-1] != SEPARATOR:
                texts.pop()

    def blocks(self) -> list[Block]:
        """Return the blocks; done for all at once, as they are many and short, this is four times faster."""
        if not self.holders:
            return []
        texts, lengths, marks = measure(self.texts)
        linked = [own if own < all_ else all_ for own, all_ in zip(visible_lengths(self.linked), lengths, strict=True)]
        elements, tags, _, parents = zip(*self.holders, strict=True)
        return list(map(Block, texts, lengths, linked, marks, elements, tags, self.concealed, parents))


def read_blocks(root: Node, styles: Styles) -> Blocks:
    """Walk the tree once. Never raises; stops after 50,000 elements or 12,000 blocks."""
    page, lines = Blocks(), _Lines()
    _walk(root, styles, page, lines)
    page.blocks, page.ranges = lines.blocks(), list(map(_RANGE, lines.ranges))
    return page


def _walk(root: Node, styles: Styles, page: Blocks, lines: _Lines) -> None:
    """Gather lines, ranges, anchors and images: in one loop, without a call for what most elements are."""
    around: list[tuple[Node, int, int, str, _Holder]] = []
    texts, linked, holders, ranges, anchors = lines.texts, lines.linked, lines.holders, lines.ranges, page.anchors
    top = outside = root.getparent()
    kind, first, before, holder, serial, left = _INLINE, 0, "", _NOBODY, 0, _MAX_ELEMENTS
    text, filled, hidden, links = None, _EMPTY, "", 0
    telling = _TELLING | _NAMES if styles.hidden else _TELLING
    for element in chain(root.iter("*"), (None,)):
        parent = outside if element is None else element.getparent()
        while True:
            if text and (filled or not text.isspace()):  # half of all text nodes are the line feeds between tags
                if "\u3000\u3000" in text or holder[1] == "pre":
                    filled = lines.divide(text, filled, holder, hidden, links > 0)
                else:
                    texts.append(text)
                    if links:
                        linked.append(text)
                    filled = _FILLED if filled == _FILLED or text.strip(BLANKS) else _BLANK
            if top is parent:
                break
            text = top.tail if kind != _WITHIN else None
            if kind < _SKIPPED:
                if filled and (kind >= _BREAK or before != hidden):
                    lines.end(filled, holder, hidden)
                    filled = _EMPTY
                hidden, stop = before, len(holders)
                links -= kind == _LINK
                if stop > first and (kind >= _BREAK or stop - first > 1):
                    ranges.append((top, first, stop, len(around) - 1))
            top, kind, first, before, holder = around.pop()
        if element is None:
            break
        around.append((top, kind, first, before, holder))
        top, text = element, None
        kind = _WITHIN if kind >= _SKIPPED else _KINDS.get(element.tag, _INLINE)
        if kind >= _SKIPPED:
            continue
        left, first, before = left - 1, len(holders), hidden
        if left < 0 or first > _MAX_BLOCKS:
            break
        concealed = "" if telling.isdisjoint(element.keys()) else hidden_by(element, styles)
        if kind >= _BREAK or concealed:
            if filled and (kind >= _BREAK or not before):
                lines.end(filled, holder, hidden)
                filled, first = _EMPTY, len(holders)
            hidden = before or concealed
            if kind == _BLOCK:
                serial += 1
                holder = (element, element.tag, serial, holder[2] or serial)
        text = element.text
        if kind == _LINK:
            links += 1
            anchors.append((first, element))
        elif kind == _IMAGE:
            page.images.append((first, element))
    if filled:
        lines.end(filled, holder, hidden)

"""Owns the page as a reader sees it: a sequence of text blocks in document order, and the elements as ranges over it.

One walk over the tree gives the blocks; every later question (how much text, how many links, how dense) about any
element is then arithmetic on a range. Hidden text is kept and marked, because a body may be hidden until a script
runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple, TypeAlias

from pipelines.text import BLANKS, SEPARATOR, collapse_all, count_marks, visible_lengths
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


_Holder: TypeAlias = tuple[Node, str, int, int]
"""A block-level element, its tag, its serial number and that of the block-level element around it."""


class _Lines:
    """The texts of the walk as they stand in the tree: what they come to is found for all of them at once."""

    __slots__ = ("concealed", "filled", "hidden", "holder", "holders", "linked", "links", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        """Text nodes, with a separator at the end of each block."""
        self.linked: list[str] = []
        """Those of them that are inside links, likewise."""
        self.holders: list[_Holder] = []
        """Of each block, like the next."""
        self.concealed: list[str] = []
        self.filled = _EMPTY
        """Whether something of a block was read, and what it is in: holder, hidden how, links around."""
        self.holder: _Holder = (None, "", 0, 0)
        self.hidden = ""
        self.links = 0

    def add(self, text: str) -> None:
        """Take in a text node."""
        if "\u3000\u3000" in text or self.holder[1] == "pre":
            self.divide(text)
        elif self.filled or not text.isspace():  # half of all text nodes are the line feeds between tags
            if self.filled != _FILLED:
                self.filled = _FILLED if text.strip(BLANKS) else _BLANK
            self.texts.append(text)
            if self.links:
                self.linked.append(text)

    def divide(self, text: str) -> None:
        """Take in a text node that may be several blocks: `<pre>`, or indents of ideographic spaces."""
        if self.holder[1] == "pre":
            pieces = text.split("\n")
        elif "\n" in text or "\r" in text or "\u3000\u3000\u3000\u3000" in text:
            pieces = _PARAGRAPH_BREAK.split(text)
        else:
            pieces = [text]
        for number, piece in enumerate(pieces):
            if number and self.filled:
                self.end()
            if self.filled != _FILLED:
                self.filled = _FILLED if piece.strip(BLANKS) else _BLANK
            self.texts.append(piece)
            if self.links:
                self.linked.append(piece)

    def end(self) -> None:
        """End the block that is being read; it is none if it has nothing but characters without width."""
        if self.filled == _FILLED:
            self.texts.append(SEPARATOR)
            self.linked.append(SEPARATOR)
            self.holders.append(self.holder)
            self.concealed.append(self.hidden)
        else:
            for texts in self.texts, self.linked:
                while texts and texts[-1] != SEPARATOR:
                    texts.pop()
        self.filled = _EMPTY

    def blocks(self) -> list[Block]:
        """Return the blocks; done for all at once, as they are many and short, this is four times faster."""
        if not self.holders:
            return []
        texts, lengths = collapse_all(self.texts)
        linked = map(min, visible_lengths(self.linked), lengths)
        elements, tags, _, parents = zip(*self.holders, strict=True)
        return list(map(Block, texts, lengths, linked, count_marks(texts), elements, tags, self.concealed, parents))


def read_blocks(root: Node, styles: Styles) -> Blocks:
    """Walk the tree once. Never raises; stops after 50,000 elements or 12,000 blocks."""
    page, lines = Blocks(), _Lines()
    page.ranges = list(map(Range._make, _walk(root, styles, page, lines)))
    if lines.filled:
        lines.end()
    page.blocks = lines.blocks()
    return page


def _walk(root: Node, styles: Styles, page: Blocks, lines: _Lines) -> list[tuple[Node, int, int, int]]:
    """Gather lines, anchors and images; return the ranges. One loop without a call for what most elements are."""
    ranges: list[tuple[Node, int, int, int]] = []
    around: list[tuple[Node, int, int, str, _Holder]] = []
    holders, anchors, named = lines.holders, page.anchors, bool(styles.hidden)
    top = outside = root.getparent()
    kind, first, before, serial, left = _INLINE, 0, "", 0, _MAX_ELEMENTS
    for element in chain(root.iter("*"), (None,)):
        parent = outside if element is None else element.getparent()
        while top is not parent:  # it ends
            text = top.tail if kind != _WITHIN else None
            if kind < _SKIPPED:
                if lines.filled and (kind >= _BREAK or before != lines.hidden):
                    lines.end()
                lines.hidden = before
                if kind == _LINK:
                    lines.links -= 1
                stop = len(holders)
                if stop > first and (kind >= _BREAK or stop - first > 1):
                    ranges.append((top, first, stop, len(around) - 1))
            top, kind, first, before, lines.holder = around.pop()
            if text and (lines.filled or not text.isspace()):
                lines.add(text)
        if element is None:
            break
        around.append((top, kind, first, before, lines.holder))
        top = element
        if kind >= _SKIPPED:
            kind = _WITHIN
            continue
        kind = _KINDS.get(element.tag, _INLINE)
        if kind == _SKIPPED:
            continue
        left -= 1
        if left < 0 or len(holders) > _MAX_BLOCKS:
            break
        concealed = ""
        if named or element.get("style") is not None or element.get("hidden") is not None:
            concealed = hidden_by(element, styles)
        before = lines.hidden
        if kind >= _BREAK or concealed:
            if lines.filled and (kind >= _BREAK or not before):
                lines.end()
            if concealed and not before:
                lines.hidden = concealed
            if kind == _BLOCK:
                serial += 1
                lines.holder = (element, element.tag, serial, lines.holder[2] or serial)
        first = len(holders)
        if kind == _LINK:
            lines.links += 1
            anchors.append((first, element))
        elif kind == _IMAGE:
            page.images.append((first, element))
        text = element.text
        if text and (lines.filled or not text.isspace()):
            lines.add(text)
    return ranges

"""Owns the page as a reader sees it: a sequence of text blocks in document order, and the elements as ranges over it.

One walk over the tree gives the blocks; every later question (how much text, how many links, how dense) about any
element is then arithmetic on a range. Hidden text is kept and marked, because a body may be hidden until a script
runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from pipelines.text import collapse, visible_length
from pipelines.tree import Node
from pipelines.visibility import Styles, hidden_by

__all__ = ["Block", "Blocks", "Range", "read_blocks"]

_BLOCK_TAGS = frozenset(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 "
    "h4 h5 h6 header hr html legend li main menu nav ol option p pre section summary table tbody td tfoot th thead "
    "tr ul "
    "mp-common-profile".split()
)
_SKIPPED_TAGS = frozenset(
    "applet audio button canvas datalist embed head iframe input map math noembed noframes noscript object script "
    "select style "
    "svg template textarea title video".split()
)
_MAX_ELEMENTS = 50_000
"""The walk ends here (about 0.2 s): the largest of 400 saved pages has 7,800 elements."""

_MAX_BLOCKS = 12_000
"""... or here: every line is read by some 150 us of patterns at worst, and the largest saved page has 3,080."""

_PARAGRAPH_BREAK = re.compile(r"[\r\n]+[ \t]*\u3000\u3000|\u3000{4,}")
"""How text without markup is divided: a line feed and an indent of two ideographic spaces, or a double indent."""

_PUNCTUATION = re.compile(r"[，。；：！？、,;!?“”「」《》]|\.\s")


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


class _Walk:
    """State of the one pass over the tree."""

    __slots__ = ("anchor_depth", "around", "blocks", "hidden", "holders", "linked", "page", "parts", "serial")

    def __init__(self) -> None:
        self.page = Blocks()
        self.blocks = self.page.blocks
        self.parts: list[str] = []
        self.linked = 0
        self.anchor_depth = 0
        self.hidden = ""
        self.around: list[tuple[int, str]] = []
        """For each element around: the number of the block that came next, and what hid that block, when it began."""
        self.holders: list[tuple[Node, str, int]] = [(None, "", 0)]
        """The block-level elements around, each with its tag and serial number."""
        self.serial = 0

    def add(self, text: str) -> None:
        """Take in a text node."""
        parts = self.parts
        if "\u3000" not in text and self.holders[-1][1] != "pre":
            # Half of all text nodes are the line feeds between tags.
            if parts or not text.isspace():
                parts.append(text)
                if self.anchor_depth:
                    self.linked += visible_length(text)
            return
        pieces = text.split("\n") if self.holders[-1][1] == "pre" else _PARAGRAPH_BREAK.split(text)
        for number, piece in enumerate(pieces):
            if number and parts:
                self.flush()
            parts.append(piece)
            if self.anchor_depth:
                self.linked += visible_length(piece)

    def flush(self) -> None:
        """End the block that is being read."""
        text = collapse("".join(self.parts))
        self.parts.clear()
        if text:
            element, tag, own = self.holders[-1]
            parent = self.holders[-2][2] if len(self.holders) > 2 else own
            length = len(text) - text.count(" ")
            linked = self.linked if self.linked < length else length
            marks = len(_PUNCTUATION.findall(text))
            self.blocks.append(Block(text, length, linked, marks, element, tag, self.hidden, parent))
        self.linked = 0

    def start(self, element: Node, tag: str, concealed: str) -> None:
        """Enter an element; `concealed`: how it is hidden itself."""
        before = self.hidden
        block = tag in _BLOCK_TAGS
        if self.parts and (block or (concealed and not before)):
            self.flush()
        if concealed and not before:
            self.hidden = concealed
        if block:
            if tag != "br":
                self.serial += 1
                self.holders.append((element, tag, self.serial))
        elif tag == "a":
            self.anchor_depth += 1
            self.page.anchors.append((len(self.blocks), element))
        elif tag == "img":
            self.page.images.append((len(self.blocks), element))
        self.around.append((len(self.blocks), before))
        if text := element.text:
            self.add(text)

    def end(self, element: Node, tag: str) -> None:
        """Leave an element."""
        first, before = self.around.pop()
        block = tag in _BLOCK_TAGS
        if self.parts and (block or before != self.hidden):
            self.flush()
        self.hidden = before
        if block:
            if tag != "br":
                self.holders.pop()
        elif tag == "a":
            self.anchor_depth -= 1
        stop = len(self.blocks)
        if stop > first and (block or stop - first > 1):
            self.page.ranges.append(Range(element, first, stop, len(self.around)))


def read_blocks(root: Node, styles: Styles) -> Blocks:
    """Walk the tree once. Never raises; stops after 50,000 elements or 12,000 blocks."""
    walk = _Walk()
    left = _MAX_ELEMENTS
    named = bool(styles.hidden)
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        if tag in _SKIPPED_TAGS or not isinstance(tag, str):
            if event == "start":
                walker.skip_subtree()
                continue
        elif event == "start":
            left -= 1
            if left < 0 or len(walk.blocks) > _MAX_BLOCKS:
                break
            # The common case, without a call: nothing on the element could hide it.
            if element.get("style") is not None or element.get("hidden") is not None:
                concealed = hidden_by(element, styles)
            else:
                concealed = styles.of(element.get("class"), element.get("id")) if named else ""
            walk.start(element, tag, concealed)
            continue
        else:
            walk.end(element, tag)
        if text := element.tail:
            walk.add(text)
    if walk.parts:
        walk.flush()
    return walk.page

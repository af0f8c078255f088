"""Owns the page as a reader sees it: a sequence of text blocks in document order, and the elements as ranges over it.

One walk over the tree gives the blocks; every later question (how much text, how many links, how dense) about any
element is then arithmetic on a range. Hidden text is kept and marked, because a body may be hidden until a script
runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Range:
    """An element as the blocks `start` to `end` (exclusive)."""

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

    def __init__(self, styles: Styles) -> None:
        self.page = Blocks()
        self.styles = styles
        self.open: list[tuple[Node, int, str]] = []
        self.parts: list[str] = []
        self.linked = 0
        self.anchor_depth = 0
        self.hidden = ""
        self.holders: list[tuple[Node, str, int]] = []
        self.serial = 0

    def add(self, text: str | None) -> None:
        if not text:
            return
        pieces = _PARAGRAPH_BREAK.split(text) if "\u3000" in text else [text]
        if self.holders and self.holders[-1][1] == "pre":
            pieces = text.split("\n")
        for number, piece in enumerate(pieces):
            if number:
                self.flush()
            self.parts.append(piece)
            if self.anchor_depth:
                self.linked += visible_length(piece)

    def flush(self) -> None:
        if not self.parts:
            return
        text = collapse("".join(self.parts))
        self.parts.clear()
        if text:
            element, tag, own = self.holders[-1] if self.holders else (None, "", 0)
            parent = self.holders[-2][2] if len(self.holders) > 1 else own
            length = len(text) - text.count(" ")
            linked = min(self.linked, length)
            marks = len(_PUNCTUATION.findall(text))
            self.page.blocks.append(Block(text, length, linked, marks, element, tag, self.hidden, parent))
        self.linked = 0

    def start(self, element: Node, tag: str) -> None:
        block = tag in _BLOCK_TAGS
        # The common case, without a call: nothing on the element could hide it.
        plain = not self.styles.hidden and element.get("style") is None and element.get("hidden") is None
        concealed = "" if plain else hidden_by(element, self.styles)
        if block or (concealed and not self.hidden):
            self.flush()
        self.open.append((element, len(self.page.blocks), self.hidden))
        self.hidden = self.hidden or concealed
        if block and tag != "br":
            self.serial += 1
            self.holders.append((element, tag, self.serial))
        elif tag == "a":
            self.anchor_depth += 1
            self.page.anchors.append((len(self.page.blocks), element))
        elif tag == "img":
            self.page.images.append((len(self.page.blocks), element))
        if element.text:
            self.add(element.text)

    def end(self, element: Node, tag: str) -> None:
        if not self.open or self.open[-1][0] is not element:
            return
        _, start, hidden_before = self.open.pop()
        block = tag in _BLOCK_TAGS
        if block or hidden_before != self.hidden:
            self.flush()
        self.hidden = hidden_before
        if block and tag != "br":
            self.holders.pop()
        elif tag == "a":
            self.anchor_depth -= 1
        stop = len(self.page.blocks)
        if stop - start >= (1 if block else 2):
            self.page.ranges.append(Range(element, start, stop, len(self.open)))
        if element.tail:
            self.add(element.tail)


def read_blocks(root: Node, styles: Styles) -> Blocks:
    """Walk the tree once. Never raises; stops after 50,000 elements or 12,000 blocks."""
    walk = _Walk(styles)
    walker = etree.iterwalk(root, events=("start", "end"))
    count = 0
    for event, element in walker:
        tag = element.tag
        if tag in _SKIPPED_TAGS or not isinstance(tag, str):
            if event == "start":
                walker.skip_subtree()
            else:
                walk.add(element.tail)
            continue
        if event == "end":
            walk.end(element, tag)
            continue
        count += 1
        if count > _MAX_ELEMENTS or len(walk.page.blocks) > _MAX_BLOCKS:
            break
        walk.start(element, tag)
    walk.flush()
    return walk.page

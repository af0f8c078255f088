"""Owns the candidates for where the article is: named ranges of blocks, found by arithmetic on block values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from math import inf
from typing import TypeAlias

from pipelines.blocks import Block, Blocks, Range
from pipelines.furniture import (
    is_furniture_as_written,
    is_labelled_date,
    is_meta_line_as_written,
    is_tail_heading_as_written,
)
from pipelines.text import cut_key, is_key_of
from pipelines.tree import Node, names_of
from pipelines.zones import zone_is_furniture

__all__ = ["Candidate", "Worth", "by_chain", "by_density", "by_family", "weigh"]

_FAMILY = re.compile(
    r"(?:^|\s)(?:trs_editor|trs_ueditor|trs_preview|trs_preappend|ucapcontent|detailcontent|js_content|endtext|"
    r"artibody|rm_txt_con|"
    r"main-?aticle|articlecontent|article-?content|article-?body|article_?con|article_?text|articletext|artcontent|"
    r"contenttext|content-?text|"
    r"newscontent|news-?content|news_?con|news_?text|newsbody|text_?con|txt_?con|main_?content|main_?text|zoom|"
    r"zoomcon|ozoom|ivs_content|"
    r"vsb_content|v_news_content|wp_articlecontent|show_text|left_zw|cnt-main-article-qq|rich_media_content|"
    r"post_text|post-body|post-content|"
    r"entry-content|bt-content|con_con|pages_content|xxgk_content|htmlcontent|font_area|main-txt|detailcon|"
    r"text-3zq3czd4|dh_content|founder-content|"
    r"newsdetail_content|all-txt|contentmain|artical_real|main_content|p-detail|article_content|content_area|"
    r"cnt_bd|content_detail|detail-?content)"
    r"(?=$|\s|_\d)"
)
"""What common publishing systems call the element around the text (TRS, UCAP, 大汉, 织梦, 方正, portals).
"""


_TEASER_DEPTH = 3
_TEASER_TITLE = 60
_FEWEST_TEASERS = 3
_SIDE_TAGS = frozenset({"nav", "footer", "aside"})
_WHOLE_TAGS = frozenset({"body", "html"})
_SMALL_TAGS = frozenset({"p", "br", "li", "html"})
"""Elements that are no container of an article while there are others."""

_LINE_END = re.compile(r"[，。！？；：、…,!?;]$")
"""How a line of verse or of a text broken into short lines ends; menus and headings have no such sign."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal: the blocks `start` to `end` (exclusive) hold the article."""

    name: str
    start: int
    end: int
    element: Node | None = None
    """The element that holds them, None for a run across elements."""


@dataclass(slots=True)
class Worth:
    """Every block's value for being article text, and running sums over them."""

    values: list[float]
    sums: list[float]
    text_sums: list[int]
    """Characters that are in paragraphs and outside links."""
    furniture: list[bool | None]
    """Whether a block is the page's own, None where that was not asked."""
    closings: list[bool]
    """Whether a block opens what follows an article."""
    paragraphs: list[bool]
    """Whether a block reads like prose."""
    prose: list[bool]
    """Whether it holds a whole sentence too."""
    zoned: list[bool]
    """Whether a block is in an element that is named comments, share bar, sidebar and so on."""
    names: list[str]
    """Class and id of the element of each range."""
    title: int | None = None
    """Number of the title's block."""

    def of(self, start: int, end: int) -> float:
        """Return the value of a range."""
        return self.sums[end] - self.sums[start]

    def text(self, start: int, end: int) -> int:
        """Return the number of paragraph characters in a range."""
        return self.text_sums[end] - self.text_sums[start]


@lru_cache(maxsize=4096)
def _is_family(names: str) -> bool:
    return _FAMILY.search(names) is not None


def is_paragraph(block: Block) -> bool:
    """Return whether a block reads like prose: punctuated or long, and mostly outside links."""
    free = block.length - block.linked
    if block.tag == "p" and block.length >= 40 and block.marks >= 3 and block.linked < block.length:
        return block.linked * 10 <= block.length * 8
    return (free >= 40 or (block.marks > 0 and free >= 12)) and block.linked * 2 <= block.length


def _holds_sentence(block: Block) -> bool:
    return block.length >= 40 and ("。" in block.text or (block.marks >= 3 and not is_labelled_date(block.text)))


# Set by hand and moved once: with a closing heading at -80 and furniture at -40 short articles lost to the lists behind
# them, and two of 41 portal pages gave nothing.
_CLOSING = -30.0
_FURNITURE = -15.0
_META = -2.0

_Valued: TypeAlias = tuple[float, bool | None, bool, bool, bool]
"""Of a block: its value, and whether it is the page's own, a tail heading, a paragraph, and prose."""


def _valued(block: Block, title_key: str, longest_title: int) -> _Valued:
    """Value a block for itself, whatever it is in."""
    text, length, linked = block.text, block.length, block.linked
    closing = is_tail_heading_as_written(text)
    paragraph = is_paragraph(block)
    prose = paragraph and _holds_sentence(block)
    furniture = None
    if (block.hidden and block.hidden != "invisible") or (length <= longest_title and is_key_of(title_key, text)):
        value = 0.0
    elif closing:
        value = _CLOSING
    elif linked * 2 > length and not paragraph:
        value = -float(linked) - 8.0
    elif furniture := is_furniture_as_written(text, prose=prose):
        value = _FURNITURE
    elif not prose and is_meta_line_as_written(text):
        value = _META
    elif paragraph:
        value = float(length - linked)
    elif block.marks and not linked and _LINE_END.search(text):
        value = 0.5 * length
    else:
        # Short lines are verse, headings and tables in an article, labels and menus elsewhere: close to neutral.
        value = 0.4 * (length - linked) - 4.0
    return value, furniture, closing, paragraph, prose


def _lower(value: float) -> float:
    """Return the value of a block of a furniture zone."""
    return min(value, -0.5 * abs(value) - 5.0)


_LOWEST = -10.0
"""Values from here down stay as they are in furniture zones."""


def _furniture_zones(page: Blocks, names: list[str], title: int, text_sums: list[int]) -> Iterator[tuple[int, int]]:
    """Yield ranges whose names say comments, sidebar and so on, unless they hold the title or much of the prose."""
    total = text_sums[-1]
    for (element, start, end, _), name in zip(page.ranges, names, strict=True):
        tag = element.tag
        if (
            (tag in _SIDE_TAGS or (name and zone_is_furniture(name)))
            and tag not in _WHOLE_TAGS
            and not start <= title < end
            and (text_sums[end] - text_sums[start]) * 3 < total
        ):
            yield (start, end)


def _holder(link: Block, prose: Block) -> Node | None:
    """Return the smallest element, up to three above the prose, that holds a link and the prose below it."""
    if link.element is None or prose.element is None:
        return None
    around = [link.element, *islice(link.element.iterancestors(), _TEASER_DEPTH)]
    return next((e for e in islice(prose.element.iterancestors(), _TEASER_DEPTH) if e in around), None)


def _teasers(page: Blocks, paragraphs: list[bool]) -> list[int]:
    """Return the blocks of teasers: a line that is all link and a text below it, again and again, each pair in an
    element of its own that is made like the others.
    """
    found: dict[tuple[str, str], dict[Node, tuple[int, int]]] = {}
    blocks = page.blocks
    for number, paragraph in enumerate(paragraphs[1:]):
        if not paragraph:
            continue
        link, prose = blocks[number], blocks[number + 1]
        if link.linked < link.length or link.length > _TEASER_TITLE or prose.linked:
            continue
        holder = _holder(link, prose)
        if holder is not None and holder.tag not in _WHOLE_TAGS:
            alike = found.setdefault((holder.tag, holder.get("class") or ""), {})
            alike[holder] = (number, number + 1)
    return [n for alike in found.values() if len(alike) >= _FEWEST_TEASERS for pair in alike.values() for n in pair]


def _show(page: Blocks) -> None:
    for block in page.blocks:
        if block.hidden:
            block.hidden = "invisible"


def weigh(
    page: Blocks, title: str | None = None, title_block: int | None = None, *, with_hidden: bool = False
) -> Worth:
    """Value every block. `with_hidden` counts hidden text too, for pages that show nothing without their scripts."""
    if with_hidden:
        _show(page)
    title_key = cut_key(title or "")
    longest_title = 2 * len(title_key) + 8 if title_key else -1
    lines = [_valued(block, title_key, longest_title) for block in page.blocks]
    values, furniture, closings, paragraphs, prose = (
        map(list, zip(*lines, strict=True)) if lines else ([], [], [], [], [])
    )
    texts = [
        block.length - block.linked if paragraph and value > 0 else 0
        for block, value, paragraph in zip(page.blocks, values, paragraphs, strict=True)
    ]
    text_sums = list(accumulate(texts, initial=0))
    zoned = [False] * len(values)
    for number in _teasers(page, paragraphs):
        values[number] = min(values[number], -5.0)
        texts[number] = 0
        zoned[number] = True
    names = [names_of(spot.element) for spot in page.ranges]
    for start, end in _furniture_zones(page, names, -1 if title_block is None else title_block, text_sums):
        values[start:end] = [value if value <= _LOWEST else _lower(value) for value in values[start:end]]
        texts[start:end] = [0] * (end - start)
        zoned[start:end] = [True] * (end - start)
    sums, text_sums = list(accumulate(values, initial=0.0)), list(accumulate(texts, initial=0))
    return Worth(values, sums, text_sums, furniture, closings, paragraphs, prose, zoned, names, title_block)


def by_density(page: Blocks, worth: Worth) -> Candidate | None:
    """Take the element whose blocks are worth most; of equals the smallest."""
    best = _densest(page.ranges, worth.sums, _SMALL_TAGS) or _densest(page.ranges, worth.sums, frozenset())
    return Candidate("density", best.start, best.end, best.element) if best else None


def _densest(ranges: list[Range], sums: list[float], without: frozenset[str]) -> Range | None:
    best: Range | None = None
    most = -inf
    for spot in ranges:
        _, start, end, _ = spot
        value = sums[end] - sums[start]
        if value < most or spot.element.tag in without:
            continue
        if best is None or value > most or _is_smaller(spot, best):
            best, most = spot, value
    return best


def _is_smaller(one: Range, other: Range) -> bool:
    return (one.start - one.end, one.depth) > (other.start - other.end, other.depth)


def by_family(page: Blocks, worth: Worth) -> Candidate | None:
    """Take the most valuable element whose name a known publishing system gives to the text."""
    named = [spot for spot, name in zip(page.ranges, worth.names, strict=True) if name and _is_family(name)]
    if not named:
        return None
    best = max(named, key=lambda spot: (worth.of(spot.start, spot.end), spot.depth))
    return Candidate("family", best.start, best.end, best.element)


def by_chain(page: Blocks, worth: Worth) -> Candidate | None:
    """Take the run of blocks whose values sum highest, whatever elements they are in (Kadane's algorithm)."""
    best, best_from, best_to = 0.0, 0, 0
    current, start = 0.0, 0
    for number, value in enumerate(worth.values):
        if current <= 0:
            current, start = 0.0, number
        current += value
        if current > best:
            best, best_from, best_to = current, start, number + 1
    return Candidate("chain", best_from, best_to) if best_to else None

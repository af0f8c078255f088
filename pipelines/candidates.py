"""Owns the candidates for where the article is: named ranges of blocks, found by arithmetic on block values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice, pairwise

from pipelines.blocks import Block, Blocks, Range
from pipelines.furniture import is_furniture, is_labelled_date, is_meta_line, is_tail_heading, zone_is_furniture
from pipelines.labels import fold, strip_glosses
from pipelines.text import cut_key, key_begins
from pipelines.tree import Node, names_of

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
    folded: list[str]
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


def is_prose(block: Block, folded: str) -> bool:
    """Return whether a block holds a whole sentence, so that a label's word in it is only a word."""
    return is_paragraph(block) and _holds_sentence(block, folded)


def _holds_sentence(block: Block, folded: str) -> bool:
    return block.length >= 40 and ("。" in block.text or (block.marks >= 3 and not is_labelled_date(folded)))


# Set by hand and moved once: with a closing heading at -80 and furniture at -40 short articles lost to the lists behind
# them, and two of 41 portal pages gave nothing.
def _value(block: Block, folded: str, title_key: str, *, paragraph: bool, prose: bool) -> float:
    if block.hidden and block.hidden != "invisible":
        return 0.0
    if title_key and block.length <= 2 * len(title_key) + 8 and _is_title(block.text, title_key):
        return 0.0
    if is_tail_heading(folded):
        return -30.0
    if not paragraph and block.linked * 2 > block.length:
        return -float(block.linked) - 8.0
    if is_furniture(folded, prose=prose):
        return -15.0
    if not prose and is_meta_line(folded):
        return -2.0
    free = block.length - block.linked
    if paragraph:
        return float(free)
    if block.marks and not block.linked and _LINE_END.search(block.text):
        return 0.5 * free
    # Short lines are verse, headings and tables in an article, labels and menus elsewhere: close to neutral.
    return 0.4 * free - 4.0


def _is_title(text: str, title_key: str) -> bool:
    return title_key.startswith(key_begins(text)) and cut_key(text) == title_key


def _furniture_zones(page: Blocks, names: list[str], title: int, text_sums: list[int]) -> Iterator[tuple[int, int]]:
    """Yield ranges whose names say comments, sidebar and so on, unless they hold the title or much of the prose."""
    total = text_sums[-1]
    for spot, name in zip(page.ranges, names, strict=True):
        tag = spot.element.tag
        if (tag in _SIDE_TAGS or (name and zone_is_furniture(name))) and tag not in _WHOLE_TAGS:
            holds_title = spot.start <= title < spot.end
            if not holds_title and (text_sums[spot.end] - text_sums[spot.start]) * 3 < total:
                yield (spot.start, spot.end)


def _holder(link: Block, prose: Block) -> Node | None:
    """Return the smallest element, up to three above the prose, that holds a link and the prose below it."""
    if link.element is None or prose.element is None:
        return None
    around = [link.element, *islice(link.element.iterancestors(), _TEASER_DEPTH)]
    return next((e for e in islice(prose.element.iterancestors(), _TEASER_DEPTH) if e in around), None)


def _teasers(page: Blocks) -> list[int]:
    """Return the blocks of teasers: a line that is all link and a text below it, again and again, each pair in an
    element of its own that is made like the others.
    """
    found: dict[tuple[str, str], dict[Node, tuple[int, int]]] = {}
    for number, (link, prose) in enumerate(pairwise(page.blocks)):
        if link.linked < link.length or link.length > _TEASER_TITLE or prose.linked or not is_paragraph(prose):
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
    folded = [fold(strip_glosses(block.text[:200])) for block in page.blocks]
    paragraphs = [is_paragraph(block) for block in page.blocks]
    prose = [
        paragraph and _holds_sentence(block, line)
        for block, line, paragraph in zip(page.blocks, folded, paragraphs, strict=True)
    ]
    title_key = cut_key(title or "")
    values = []
    texts = []
    for number, block in enumerate(page.blocks):
        paragraph = paragraphs[number]
        value = _value(block, folded[number], title_key, paragraph=paragraph, prose=prose[number])
        values.append(value)
        texts.append(block.length - block.linked if paragraph and value > 0 else 0)
    text_sums = list(accumulate(texts, initial=0))
    zoned = [False] * len(values)
    for number in _teasers(page):
        values[number] = min(values[number], -5.0)
        texts[number] = 0
        zoned[number] = True
    names = [names_of(spot.element) for spot in page.ranges]
    for start, end in _furniture_zones(page, names, -1 if title_block is None else title_block, text_sums):
        for number in range(start, end):
            values[number] = min(values[number], -0.5 * abs(values[number]) - 5.0)
            texts[number] = 0
            zoned[number] = True
    sums, text_sums = list(accumulate(values, initial=0.0)), list(accumulate(texts, initial=0))
    return Worth(values, sums, text_sums, folded, paragraphs, prose, zoned, names, title_block)


def _ranges(page: Blocks) -> list[Range]:
    return [spot for spot in page.ranges if spot.element.tag not in ("p", "br", "li", "html")] or page.ranges


def by_density(page: Blocks, worth: Worth) -> Candidate | None:
    """Take the element whose blocks are worth most; of equals the smallest."""
    sums = worth.sums
    best: Range | None = None
    most = 0.0
    for spot in _ranges(page):
        value = sums[spot.end] - sums[spot.start]
        if best is None or value > most or (value == most and _is_smaller(spot, best)):
            best, most = spot, value
    return Candidate("density", best.start, best.end, best.element) if best else None


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

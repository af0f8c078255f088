"""Owns what is taken out of a chosen range of blocks: title, editor lines, share bars, related lists."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from pipelines.blocks import Block, Blocks
from pipelines.candidates import Worth
from pipelines.column import without_boxes
from pipelines.furniture import fold_line, is_date_line, is_furniture_as_written, is_meta_line_as_written, is_post_foot
from pipelines.furniture_latin import is_latin_edge
from pipelines.text import cut_key, is_key_of
from pipelines.tree import Node

__all__ = ["clean", "end_of_article"]

_ENOUGH_BEFORE = 20
"""Paragraph characters that must stand before a closing heading for it to close anything; 20 and 40 score alike on 149
pages, and a short notice above its comments needs the 20.
"""


_COMMENTS = re.compile(r"评论|留言|跟[贴帖]|回复|\bcomments?\b", re.I)
_ARTICLE = 400
"""Characters from which a text above a heading of comments is an article; above it may also only link to them."""

_ENOUGH_SECTIONS = 4
"""Paragraphs without a link that must follow in sections beside those before."""

_TITLE_TAGS = ("h1", "h2", "h3")
_DATE_BELOW = 3
"""Blocks below the title of another article in which its date line stands."""

_ENOUGH_ALIKE = 100
"""Characters that must follow in paragraphs whose parents have the class that those before had."""


def _is_links(block: Block) -> bool:
    return block.linked > 0.7 * block.length and (block.marks == 0 or block.linked == block.length)


@dataclass(slots=True)
class _Read:
    """The paragraphs of a stretch of the page, by the elements that they stand in."""

    masses: Counter[int] = field(default_factory=Counter)
    """Characters by parent."""
    counts: Counter[int] = field(default_factory=Counter)
    sections: Counter[Node] = field(default_factory=Counter)
    """Paragraphs without a link by the element two levels above, which holds the sections that pages cut texts in."""
    styles: Counter[str] = field(default_factory=Counter)
    """Their characters by the class of their parent."""

    def add(self, block: Block, size: int) -> None:
        """Count a block of `size` characters of prose."""
        self.masses[block.parent] += size
        self.counts[block.parent] += 1
        above = block.element.getparent() if block.tag == "p" else None
        if above is None:
            return
        free = not block.linked
        if above.getparent() is not None:
            self.sections[above.getparent()] += free
        if above.get("class"):
            self.styles[above.get("class")] += size if free or block.linked * 5 < block.length else 0


def _resumes(before: _Read, after: _Read, *, comments: bool) -> bool:
    """Return whether the text goes on behind a heading: in an element that it was in, in sections beside or like those
    it was in, or in one element that holds more of it than stood before.

    Feeds behind an article have many short texts, each in an element of its own; `comments` may be longer than it.
    """
    if sum(mass for key, mass in after.masses.items() if key in before.masses) >= _ENOUGH_BEFORE:
        return True
    if any(after.sections[key] >= _ENOUGH_SECTIONS for key in before.sections):
        return True
    if any(after.styles[key] >= _ENOUGH_ALIKE for key in before.styles):
        return True
    whole = before.masses.total()
    if comments and whole >= _ARTICLE:
        return False
    return any(mass > whole and after.counts[key] >= 3 for key, mass in after.masses.items())


def _prose_in(page: Blocks, worth: Worth, numbers: range) -> _Read:
    read = _Read()
    for number in numbers:
        if size := worth.text(number, number + 1):
            read.add(page.blocks[number], size)
    return read


def _tag_of_titles(page: Blocks, worth: Worth) -> str | None:
    tag = None if worth.title is None else page.blocks[worth.title].tag
    return tag if tag in _TITLE_TAGS else None


def _is_next_title(page: Blocks, worth: Worth, number: int) -> bool:
    """Return whether another article begins: a heading just like the title's, with a date line below it."""
    title = None if worth.title is None else page.blocks[worth.title]
    block = page.blocks[number]
    if title is None or block.tag != title.tag or title.tag not in _TITLE_TAGS or block.text == title.text:
        return False
    if title.element is None or block.element.get("class") != title.element.get("class"):
        return False
    return any(is_date_line(fold_line(below.text)) for below in page.blocks[number + 1 : number + 1 + _DATE_BELOW])


def end_of_article(page: Blocks, worth: Worth, start: int, end: int) -> int:
    """Return where what follows the article begins: at a heading of related things or comments, a post's foot line, or
    the title of another article.

    A box in the middle of the text has such a heading too: then the text resumes behind it.
    """
    next_tag = _tag_of_titles(page, worth)
    # Nothing closes an article before it has begun.
    for number in range(bisect_left(worth.text_sums, worth.text_sums[start] + _ENOUGH_BEFORE, start, end), end):
        block = page.blocks[number]
        if is_post_foot(block.text) or (block.tag == next_tag and _is_next_title(page, worth, number)):
            return number
        if worth.closings[number]:
            before, after = _prose_in(page, worth, range(start, number)), _prose_in(page, worth, range(number + 1, end))
            if not _resumes(before, after, comments=_COMMENTS.search(fold_line(block.text)) is not None):
                return number
    return end


def _is_own(page: Blocks, worth: Worth, number: int) -> bool:
    """Return whether a block is the page's own."""
    known = worth.furniture[number]
    return is_furniture_as_written(page.blocks[number].text, prose=worth.prose[number]) if known is None else known


def _drop(page: Blocks, worth: Worth, number: int) -> bool:
    """Return whether a block of the range is not the article's, wherever in it it stands."""
    block = page.blocks[number]
    if block.hidden and block.hidden != "invisible":
        return True
    if not worth.prose[number] and (worth.zoned[number] or is_meta_line_as_written(block.text)):
        return True
    return _is_own(page, worth, number) or (not worth.paragraphs[number] and _is_links(block))


def _drop_above(text: str, *, prose: bool, title_key: str) -> bool:
    """Return whether a block above the text's first paragraph is the title once more, or a date line."""
    return (bool(title_key) and is_key_of(title_key, text)) or (not prose and is_date_line(fold_line(text)))


def _without_islands(worth: Worth, kept: list[int], cuts: list[int]) -> list[int]:
    """Take short lines off both ends that dropped links or labels part from the text: headings of lists."""
    prose = [n for n in kept if worth.paragraphs[n]]
    if not prose:
        return kept
    above = max((c for c in cuts if c < prose[0]), default=-1)
    below = min((c for c in cuts if c > prose[-1]), default=len(worth.paragraphs))
    return [n for n in kept if above < n < below]


def _is_box(page: Blocks, worth: Worth, number: int, end: int) -> bool:
    """Return whether a link or a furniture zone follows a heading: then it is a box's heading, not the text's."""
    return number >= end or worth.zoned[number] or page.blocks[number].linked * 2 > page.blocks[number].length


def _without_edges(page: Blocks, worth: Worth, kept: list[int]) -> list[int]:
    """Take date lines and bylines off the head of a Western article, contacts off its end."""
    first = next((i for i, n in enumerate(kept) if worth.paragraphs[n] and not _is_edge(page.blocks[n])), None)
    if first is None:
        return kept
    stop = len(kept)
    while stop > first + 1 and _is_edge(page.blocks[kept[stop - 1]], last=True):
        stop -= 1
    return [n for n in kept[:first] if not _is_edge(page.blocks[n])] + kept[first:stop]


def _is_edge(block: Block, *, last: bool = False) -> bool:
    # No line that begins in Han is one: this spares the folding of all Chinese paragraphs.
    return not "\u4e00" <= block.text[:1] <= "\u9fff" and is_latin_edge(fold_line(block.text), last=last)


def clean(page: Blocks, worth: Worth, start: int, end: int, title: str | None) -> list[int]:
    """Return the numbers of the blocks in a range that are the article's own text."""
    end = end_of_article(page, worth, start, end)
    title_key = cut_key(title or "")
    kept: list[int] = []
    cuts: list[int] = []
    head = True
    for number in range(start, end):
        block = page.blocks[number]
        if (
            (worth.closings[number] and _is_box(page, worth, number + 1, end))
            or _drop(page, worth, number)
            or (head and _drop_above(block.text, prose=worth.prose[number], title_key=title_key))
        ):
            if not block.hidden:
                cuts.append(number)
        else:
            kept.append(number)
            head = head and not worth.paragraphs[number]
    return _without_edges(page, worth, without_boxes(page, _without_islands(worth, kept, cuts)))

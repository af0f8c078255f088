"""Owns what is taken out of a chosen range of blocks: title, editor lines, share bars, related lists."""

from __future__ import annotations

from collections import Counter

from pipelines.blocks import Block, Blocks
from pipelines.candidates import Worth, is_paragraph, is_prose
from pipelines.column import without_boxes
from pipelines.furniture import is_furniture, is_meta_line, is_post_foot, is_tail_heading
from pipelines.text import cut_key
from pipelines.tree import Node

__all__ = ["clean", "end_of_article"]

_ENOUGH_BEFORE = 20
"""Paragraph characters that must stand before a closing heading for it to close anything; 20 and 40 score alike on 149
pages, and a short notice above its comments needs the 20.
"""


_ENOUGH_SECTIONS = 4
"""Paragraphs without a link that must follow in sections beside those before."""


def _is_links(block: Block) -> bool:
    return block.linked > 0.7 * block.length and (block.marks == 0 or block.linked == block.length)


def _section(block: Block) -> Node | None:
    """Return the element two levels above a paragraph: around the sections that some pages cut their text in."""
    above = block.element.getparent() if block.element is not None else None
    return None if above is None else above.getparent()


def _resumes(page: Blocks, worth: Worth, after: range, parents: set[int], around: set[Node], before: int) -> bool:
    """Return whether the text goes on behind a heading: in the element it was in, in sections beside it, or in one
    element that holds more of it than stood before.

    Feeds and comments behind an article have many short texts, each in an element of its own.
    """
    masses: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    sections: Counter[Node] = Counter()
    for number in after:
        if size := worth.text(number, number + 1):
            block = page.blocks[number]
            masses[block.parent] += size
            counts[block.parent] += 1
            sections[_section(block)] += block.tag == "p" and not block.linked
    if sum(mass for key, mass in masses.items() if key in parents) >= _ENOUGH_BEFORE:
        return True
    if any(sections[key] >= _ENOUGH_SECTIONS for key in around):
        return True
    return any(mass > before and counts[key] >= 3 for key, mass in masses.items())


def end_of_article(page: Blocks, worth: Worth, start: int, end: int) -> int:
    """Return where what follows the article begins: at a heading of related things or comments, or a post's foot
    line.

    A box in the middle of the text has such a heading too: then the text resumes behind it.
    """
    parents: set[int] = set()
    around: set[Node] = set()
    before = 0
    for number in range(start, end):
        line = worth.folded[number]
        if before >= _ENOUGH_BEFORE and is_post_foot(line):
            return number
        closing = before >= _ENOUGH_BEFORE and is_tail_heading(line)
        if closing and not _resumes(page, worth, range(number + 1, end), parents, around, before):
            return number
        if size := worth.text(number, number + 1):
            before += size
            parents.add(page.blocks[number].parent)
            if page.blocks[number].tag == "p":
                around.add(_section(page.blocks[number]))
    return end


def _drop(block: Block, folded: str, *, zoned: bool, head: bool, title_key: str) -> bool:
    if block.hidden and block.hidden != "invisible":
        return True
    prose = is_prose(block, folded)
    if zoned and not prose:
        return True
    if is_furniture(folded, prose=prose) or (not prose and is_meta_line(folded)):
        return True
    if head and title_key and cut_key(block.text) == title_key:
        return True
    return _is_links(block) and not is_paragraph(block)


def _without_islands(page: Blocks, kept: list[int], cuts: list[int]) -> list[int]:
    """Take short lines off both ends that dropped links or labels part from the text: headings of lists."""
    prose = [n for n in kept if is_paragraph(page.blocks[n])]
    if not prose:
        return kept
    above = max((c for c in cuts if c < prose[0]), default=-1)
    below = min((c for c in cuts if c > prose[-1]), default=len(page.blocks))
    return [n for n in kept if above < n < below]


def _is_box(page: Blocks, worth: Worth, number: int, end: int) -> bool:
    """Return whether a link or a furniture zone follows a heading: then it is a box's heading, not the text's."""
    return number >= end or worth.zoned[number] or page.blocks[number].linked * 2 > page.blocks[number].length


def clean(page: Blocks, worth: Worth, start: int, end: int, title: str | None) -> list[int]:
    """Return the numbers of the blocks in a range that are the article's own text."""
    end = end_of_article(page, worth, start, end)
    title_key = cut_key(title or "")
    kept: list[int] = []
    cuts: list[int] = []
    head = True
    for number in range(start, end):
        block = page.blocks[number]
        boxed = is_tail_heading(worth.folded[number]) and _is_box(page, worth, number + 1, end)
        if boxed or _drop(block, worth.folded[number], zoned=worth.zoned[number], head=head, title_key=title_key):
            if not block.hidden:
                cuts.append(number)
        else:
            kept.append(number)
            head = head and not is_paragraph(block)
    return without_boxes(page, _without_islands(page, kept, cuts))

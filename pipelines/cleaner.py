"""Owns what is taken out of a chosen range of blocks: title, origin and editor lines, share bars, related lists, pagers."""

from __future__ import annotations

from pipelines.blocks import Block, Blocks
from pipelines.candidates import Worth, is_paragraph, is_prose
from pipelines.furniture import is_furniture, is_meta_line, is_post_foot, is_tail_heading
from pipelines.text import cut_key
from pipelines.tree import Node

__all__ = ["clean", "end_of_article"]

_ENOUGH_BEFORE = 20
"""Paragraph characters that must stand before a closing heading for it to close anything."""


def _is_links(block: Block) -> bool:
    return block.linked > 0.7 * block.length and (block.marks == 0 or block.linked == block.length)


def _parent(block: Block) -> Node:
    return block.element.getparent() if block.element is not None else None


def end_of_article(page: Blocks, worth: Worth, start: int, end: int) -> int:
    """Return where what follows the article begins: at a heading of related things or comments, or a post's foot line.

    A box in the middle of the text has such a heading too: then paragraphs follow in the same element as those before.
    """
    parents: list[Node] = []
    before = 0
    for number in range(start, end):
        line = worth.folded[number]
        if before >= _ENOUGH_BEFORE and is_post_foot(line):
            return number
        if before >= _ENOUGH_BEFORE and is_tail_heading(line):
            rest = range(number + 1, end)
            resumed = sum(worth.text(n, n + 1) for n in rest if worth.text(n, n + 1) and _parent(page.blocks[n]) in parents)
            if resumed < _ENOUGH_BEFORE:
                return number
        if size := worth.text(number, number + 1):
            before += size
            parents.append(_parent(page.blocks[number]))
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
    """Take short lines off both ends that only dropped links or labels separate from the text: headings of their lists."""
    prose = [n for n in kept if is_paragraph(page.blocks[n])]
    if not prose:
        return kept
    above = max((c for c in cuts if c < prose[0]), default=-1)
    below = min((c for c in cuts if c > prose[-1]), default=len(page.blocks))
    return [n for n in kept if above < n < below]


def clean(page: Blocks, worth: Worth, start: int, end: int, title: str | None) -> list[int]:
    """Return the numbers of the blocks in a range that are the article's own text."""
    end = end_of_article(page, worth, start, end)
    title_key = cut_key(title or "")
    kept: list[int] = []
    cuts: list[int] = []
    head = True
    for number in range(start, end):
        block = page.blocks[number]
        if _drop(block, worth.folded[number], zoned=worth.zoned[number], head=head, title_key=title_key):
            if not block.hidden:
                cuts.append(number)
        else:
            kept.append(number)
            head = head and not is_paragraph(block)
    return _without_islands(page, kept, cuts)

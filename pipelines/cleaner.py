"""Owns what is taken out of a chosen range of blocks: title, origin and editor lines, share bars, related lists, pagers."""

from __future__ import annotations

from pipelines.blocks import Block, Blocks
from pipelines.candidates import Worth, is_paragraph
from pipelines.furniture import is_furniture, is_meta_line, is_tail_heading
from pipelines.text import cut_key

__all__ = ["clean"]


def _is_links(block: Block) -> bool:
    return block.linked > 0.7 * block.length and (block.marks == 0 or block.linked == block.length)


def _end_of_article(page: Blocks, worth: Worth, start: int, end: int) -> int:
    """Return where the first heading of what follows an article stands, if most of the prose is before it."""
    total = worth.text(start, end)
    for number in range(start, end):
        if is_tail_heading(worth.folded[number]) and worth.text(start, number) * 2 >= total and worth.text(start, number) > 0:
            return number
    return end


def _drop(block: Block, folded: str, *, head: bool, title_key: str) -> bool:
    if block.hidden and block.hidden != "invisible":
        return True
    if is_furniture(folded) or is_meta_line(folded):
        return True
    if head and title_key and cut_key(block.text) == title_key:
        return True
    return _is_links(block) and not (block.tag == "p" and block.marks > 1 and not head)


def clean(page: Blocks, worth: Worth, start: int, end: int, title: str | None) -> list[int]:
    """Return the numbers of the blocks in a range that are the article's own text."""
    end = _end_of_article(page, worth, start, end)
    title_key = cut_key(title or "")
    kept: list[int] = []
    head = True
    for number in range(start, end):
        block = page.blocks[number]
        if not _drop(block, worth.folded[number], head=head, title_key=title_key):
            kept.append(number)
            head = head and not is_paragraph(block)
    return kept

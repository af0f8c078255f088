"""Owns verse without punctuation: lines that nothing tells from a menu but their place, their likeness and no links."""

from __future__ import annotations

import re

from pipelines.blocks import Block, Blocks
from pipelines.furniture import is_furniture, is_meta_line, is_tail_heading
from pipelines.labels import fold
from pipelines.text import HAN

__all__ = ["find_verse"]

_HAN = re.compile(f"[{HAN}]")
_BELOW = 8
"""Blocks below the title within which a poem begins."""
_LINES = 6
_CHARS = 40
_LONGEST = 30
"""Characters of a line."""
_TAGS = frozenset({"p", "br", "div", "pre", "section"})


def find_verse(page: Blocks, title: int | None) -> tuple[int, int] | None:
    """Return the blocks (end exclusive) that are a poem right below the title, None if there is none."""
    if title is None:
        return None
    for start in range(title + 1, min(len(page.blocks), title + 1 + _BELOW)):
        end = start
        while end < len(page.blocks) and _is_line(page.blocks[end], page.blocks[start]):
            end += 1
        lines = page.blocks[start:end]
        if len(lines) >= _LINES and sum(line.length for line in lines) >= _CHARS:
            return (start, end) if len({line.text for line in lines}) * 2 > len(lines) else None
    return None


def _is_line(block: Block, first: Block) -> bool:
    """Return whether a block may be a line of the poem that `first` begins: beside it, of Han alone, no label."""
    if block.hidden or block.linked or block.tag not in _TAGS or not 1 <= block.length <= _LONGEST:
        return False
    if block.parent != first.parent and block.element is not first.element:
        return False
    folded = fold(block.text)
    if len(_HAN.findall(block.text)) * 3 < block.length * 2 or ":" in folded or "|" in folded:
        return False
    return not (is_meta_line(folded) or is_furniture(folded) or is_tail_heading(folded))

"""Owns the question where the article is: candidates propose, a judge chooses, the cleaner takes out what leaks in.

readability-lxml is one voice, asked only where the cheap ones are weak: it costs 8-17 ms a page, they cost 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.blocks import Block, Blocks
from pipelines.candidates import Candidate, Worth, by_chain, by_density, by_family, weigh
from pipelines.cleaner import clean

__all__ = ["Body", "find_body"]

_LEAST = 40
"""Fewer paragraph characters than this are no candidate."""


@dataclass(frozen=True, slots=True)
class Body:
    """Where the article is and what it says."""

    start: int
    end: int
    kept: tuple[int, ...]
    """Numbers of the blocks that are its text."""
    reason: str


def _judge(candidates: list[Candidate], worth: Worth) -> Candidate | None:
    """Choose: a known container if it holds most of the value that any candidate has, else the most valuable."""
    usable = [c for c in candidates if worth.of(c.start, c.end) > 0]
    if not usable:
        return None
    best = max(worth.of(c.start, c.end) for c in usable)
    for candidate in usable:
        if candidate.name == "family" and worth.of(candidate.start, candidate.end) >= 0.5 * best:
            return candidate
    return next(c for c in usable if c.name == "density") if any(c.name == "density" for c in usable) else usable[0]


def find_body(page: Blocks, title: str | None) -> Body | None:
    """Find the article; None when the page has none. `title` is what the cleaner takes off the top."""
    worth = weigh(page)
    found = [c for c in (by_family(page, worth), by_density(page, worth), by_chain(page, worth)) if c]
    chosen = _judge(found, worth)
    if chosen is None or worth.text(chosen.start, chosen.end) < _LEAST:
        hidden = _hidden_body(page, title)
        if hidden is not None:
            return hidden
    if chosen is None:
        return None
    kept = clean(page, worth, chosen.start, chosen.end, title)
    return Body(chosen.start, chosen.end, tuple(kept), chosen.name) if kept else None


def _hidden_body(page: Blocks, title: str | None) -> Body | None:
    """Look once more with hidden text counted: some pages show their article only after a script ran."""
    if not any(block.hidden for block in page.blocks):
        return None
    worth = weigh(page, with_hidden=True)
    chosen = _judge([c for c in (by_family(page, worth), by_density(page, worth)) if c], worth)
    if chosen is None or worth.text(chosen.start, chosen.end) < _LEAST:
        return None
    kept = clean(page, worth, chosen.start, chosen.end, title)
    return Body(chosen.start, chosen.end, tuple(kept), chosen.name + ", hidden until a script runs") if kept else None


def text_of(blocks: list[Block], kept: tuple[int, ...]) -> str:
    """Return the kept blocks as paragraphs, one a line."""
    return "\n".join(blocks[number].text for number in kept)

"""Owns patterns that are asked of every line, and the few characters that a line must hold for one to match at all.

A search that tries twenty wordings at each character takes 10 to 25 us on a paragraph; that none of their telling
characters is there is known in one, and without folding the paragraph, which takes 1.5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, product

from pipelines.labels import unfolded

__all__ = ["Told", "told"]


@dataclass(frozen=True, slots=True)
class Told:
    """A pattern for folded lines and its tells: a line that it is found in, folded or not, holds one of them."""

    tells: re.Pattern[str]
    pattern: re.Pattern[str]

    def is_in(self, folded: str) -> bool:
        """Return whether the pattern is found in a folded line."""
        return self.tells.search(folded) is not None and self.pattern.search(folded) is not None

    def may_be_in(self, text: str) -> bool:
        """Return whether the pattern may be found in a line once it is folded and rid of glosses."""
        return "(" in text or self.tells.search(text) is not None


def told(pattern: str, tells: str) -> Told:
    """Return a pattern that ignores case, with its tells: folded, apart by spaces, `_` for a space in one.

    The letters of a tell must have no third form that ignoring case takes for them, as i, k and s have.
    """
    spelled = {"".join(way) for tell in tells.split() for way in product(*map(_written, tell.replace("_", " ")))}
    by_first = [(first, [way[1:] for way in ways]) for first, ways in groupby(sorted(spelled), lambda way: way[0])]
    # Alternatives that begin with one plain character each: the search skips to those.
    skipping = "|".join(f"{re.escape(first)}(?:{_any(rest)})" for first, rest in by_first)
    return Told(re.compile(skipping), re.compile(pattern, re.I))


def _any(ways: list[str]) -> str:
    return "" if "" in ways else "|".join(map(re.escape, ways))


def _written(letter: str) -> str:
    """Return the characters that a pattern takes for a letter of a tell once a line is folded."""
    return "".join(map(unfolded, dict.fromkeys((letter.lower(), letter.upper()))))

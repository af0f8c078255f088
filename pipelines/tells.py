"""Owns patterns that are asked of every line, and the few characters that a line must hold for one to match at all.

A search that tries twenty wordings at each character takes 10 to 25 us on a paragraph; that none of their telling
characters is there is known in one, and without folding the paragraph, which takes 1.5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, product

from pipelines.labels import unfolded

__all__ = ["LATIN", "Told", "tells_of", "told"]


LATIN = re.compile("[A-Za-z\uff21-\uff3a\uff41-\uff5a]")
"""The one tell of patterns of Latin words."""


@dataclass(frozen=True, slots=True)
class Told:
    """A pattern for folded lines and its tells: a line that it is found in, folded or not, holds one of them."""

    tells: re.Pattern[str]
    pattern: re.Pattern[str]
    beginning: re.Pattern[str] | None = None
    """What a line with a Latin letter and no tell may begin with."""

    def is_in(self, folded: str) -> bool:
        """Return whether the pattern is found in a folded line."""
        if self.tells.search(folded):
            return self.pattern.search(folded) is not None
        return self._is_latin(folded) and self.beginning is not None and self.beginning.match(folded) is not None

    def may_be_in(self, text: str) -> bool:
        """Return whether the pattern may be found in a line once it is folded and rid of glosses."""
        return "(" in text or self.tells.search(text) is not None or self._is_latin(text)

    def _is_latin(self, text: str) -> bool:
        return self.beginning is not None and LATIN.search(text) is not None


def told(pattern: str, tells: str, latin: str | None = None) -> Told:
    """Return a pattern that ignores case, with its tells as `tells_of` takes them; `latin` is the part of it, for the
    beginning of a line, that needs no tell but a Latin letter.
    """
    return Told(tells_of(tells), re.compile(pattern, re.I), re.compile(latin, re.I) if latin else None)


def tells_of(words: str) -> re.Pattern[str]:
    """Return a pattern that finds any of some tells in a line, folded or not, whatever their case.

    They are given folded, apart by spaces, `_` for a space in one. Their letters must have no third form that ignoring
    case takes for them, as i, k and s have.
    """
    spelled = {"".join(way) for word in words.split() for way in product(*map(_written, word.replace("_", " ")))}
    by_first = [(first, [way[1:] for way in ways]) for first, ways in groupby(sorted(spelled), lambda way: way[0])]
    # Alternatives that begin with one plain character each: the search skips to those.
    return re.compile("|".join(f"{re.escape(first)}(?:{_any(rest)})" for first, rest in by_first))


def _any(ways: list[str]) -> str:
    return "" if "" in ways else "|".join(map(re.escape, ways))


def _written(letter: str) -> str:
    """Return the characters that a pattern takes for a letter of a tell once a line is folded."""
    return "".join(map(unfolded, dict.fromkeys((letter.lower(), letter.upper()))))

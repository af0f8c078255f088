"""Owns patterns that are asked of every line, and the few characters that a line must hold for one to match at all.

A search that tries twenty wordings at each character takes 10 to 25 us on a paragraph; that none of their telling
characters is there is known in one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

__all__ = ["Told", "told"]


@dataclass(frozen=True, slots=True)
class Told:
    """A pattern and its tells: text that the pattern is found in holds one of them."""

    tells: re.Pattern[str]
    pattern: re.Pattern[str]

    def is_in(self, text: str) -> bool:
        """Return whether the pattern is found in `text`."""
        return self.tells.search(text) is not None and self.pattern.search(text) is not None


def told(pattern: str, tells: str) -> Told:
    """Return a pattern that ignores case, with its tells, apart by spaces (`_` for a space in one).

    The letters of a tell must have no third form that ignoring case takes for them, as i, k and s have.
    """
    spelled = {"".join(letters) for tell in tells.split() for letters in product(*map(_cases, tell.replace("_", " ")))}
    # Plain alternatives, so that the search skips to their first characters.
    return Told(re.compile("|".join(map(re.escape, sorted(spelled)))), re.compile(pattern, re.I))


def _cases(letter: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((letter.lower(), letter.upper())))

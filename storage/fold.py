"""Owns how texts are made comparable for search: one width, one case, character by character, with an offset map."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

__all__ = ["Folded", "fold", "fold_with_offsets"]

_WIDE: Final = {code: unicodedata.normalize("NFKC", chr(code)) for code in (0x3000, *range(0xFF01, 0xFFEF))}
"""Full-width Latin, digits and punctuation, half-width kana and hangul, the wide space: to their usual width."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; `offsets[i]` is where its i-th character comes from, and last stands the original's length."""

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original that the non-empty folded span [start, end) comes from."""
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> str:
    """Return `text` in one width and one case."""
    return text.translate(_WIDE).casefold()


def fold_with_offsets(text: str) -> Folded:
    """Return `fold(text)` with the way back: one character may become several (`ß`, `㎏` stays), never none."""
    pieces = [fold(char) for char in text]
    offsets = [at for at, piece in enumerate(pieces) for _ in piece]
    return Folded("".join(pieces), (*offsets, len(text)))

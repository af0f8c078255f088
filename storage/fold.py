"""Owns how texts are made comparable for search: one script, one width, one case, character by character, with an
offset map.

What a reader takes for the same letter becomes the same: simplified, traditional and regional Han
(`storage.han_classes`), compatibility forms and radicals, full and half width, upper and lower case, accents off. ○ is
read as 〇. Middle dots, variation selectors, zero-width and direction marks go: 卡尔·马克思 is 卡尔马克思. A phrase
converter would break substrings, because it makes 乾 into 干 here and not there; a character is always folded alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Final

from storage.han_classes import representatives

__all__ = ["Folded", "fold", "fold_with_offsets"]

_COMPATIBILITY: Final = frozenset(
    chain(
        (0x3000,),
        *(range(*ends) for ends in ((0x2E80, 0x2FE0), (0xF900, 0xFB00), (0xFF01, 0xFFEF), (0x2F800, 0x2FA20))),
    )
)
"""The wide space; radicals (from PDF files); compatibility ideographs; full- and half-width forms."""
_MIDDLE_DOTS: Final = frozenset("·・•‧∙⋅·⸱ꞏ")
_CIRCLES: Final = frozenset("○◯")
_VOICED: Final = frozenset("\u3099\u309a")
"""They tell が from か."""
_HANGUL: Final = range(0xAC00, 0xD7A4)
_DOUBTFUL: Final = "\0-\x09\x0b-\x1fA-Z\x7f-\u2012\u2020-\u3000\u3020-\u4dff\ua000-\uffff\U00010000-\U0010ffff"
"""For a character class: all that does not surely fold to itself. ASCII without capitals, dashes and quotation marks,
、。《》 and their kin, and Han outside the classes surely do."""
_LONG_CHARS: Final = 400
"""From here on, looking for what changes is cheaper than translating all: 3,300 characters take 40 µs, not 150."""
_MANY: Final = 30
"""Distinct characters that may change, of so many; traditional script has more than are worth a search each."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; `offsets[i]` is where its i-th character comes from, and last stands the original's length."""

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original that the non-empty folded span [start, end) comes from."""
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> str:
    """Return `text` in one script, width and case, without what is no character of its own."""
    if len(text) < _LONG_CHARS or len({*_doubtful().findall(text, 0, _LONG_CHARS)}) > _MANY:
        return text.translate(_TABLE)
    # One after the other is all at once: what a character folds to folds to itself.
    for char in {*_doubtful().findall(text)}:
        text = text.replace(char, _TABLE[ord(char)])
    return text


def fold_with_offsets(text: str) -> Folded:
    """Return `fold(text)` with the way back: one character may become several (`ß`), or none (`·`)."""
    pieces = [*map(_TABLE.__getitem__, map(ord, text))]
    folded = "".join(pieces)
    if len(folded) == len(text) and "" not in pieces:
        return Folded(folded, (*range(len(text) + 1),))  # one for one, as nearly always
    offsets = [at for at, piece in enumerate(pieces) for _ in piece]
    return Folded(folded, (*offsets, len(text)))


@cache
def _doubtful() -> re.Pattern[str]:
    """Return what finds the characters that folding may change: nearly none of a text in simplified Han."""
    # Beyond U+FFFF the range will do: each character by itself would be compared with every one of a text.
    return re.compile(f"[{_DOUBTFUL}{''.join(char for char in _REPRESENTATIVES if '一' <= char <= '鿿')}]")


class _Table(dict[int, str]):
    """Code point -> what it folds to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _folded(chr(code))
        return folded


def _folded(char: str) -> str:
    """Fold again and again until nothing changes, so that folding twice is folding once."""
    text = "".join(map(_step, char))
    return text if text == char else "".join(map(_folded, text))


def _step(char: str) -> str:
    if char in _CIRCLES:
        return "〇"
    if char in _MIDDLE_DOTS or (unicodedata.category(char) in ("Mn", "Cf") and char not in _VOICED):
        return ""
    if ord(char) in _COMPATIBILITY:
        char = unicodedata.normalize("NFKC", char)
    elif ord(char) not in _HANGUL:
        char = unicodedata.normalize("NFD", char)
    return _REPRESENTATIVES.get(char, char).casefold()


_REPRESENTATIVES: Final = representatives()
_TABLE: Final = _Table()

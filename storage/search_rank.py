"""Owns relevance: how much each of some texts is about what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Final

from storage.fold import fold
from storage.search_match import occurrences
from storage.search_query import Phrase

__all__ = ["relevance"]

_SATURATION: Final = 1.2
_LENGTH_WEIGHT: Final = 0.75
"""BM25's k1 and b, as FTS5 has them."""
_TITLE: Final = 2.0
"""A title that says it is worth what no number of times in the text can be: a phrase's part there is below 1."""


def relevance(texts: Sequence[tuple[str, str]], phrases: Sequence[Phrase]) -> list[float]:
    """Return the weight of each (title, body) among the others: BM25 over the phrases, and titles before all.

    The rarer a phrase is among these texts, the more it weighs; SQLite's own BM25 counts it over the whole archive,
    which costs a third of a second for a common word.
    """
    mean_chars = max(1.0, sum(len(body) for _, body in texts) / max(1, len(texts)))
    weights = [0.0] * len(texts)
    folded = [(fold(title), fold(body)) for title, body in texts]
    for phrase in phrases:
        found = [(occurrences(phrase, title), occurrences(phrase, body)) for title, body in folded]
        rarity = log(1 + len(texts) / max(1, sum(any(one) for one in found)))
        for at, (in_title, in_body) in enumerate(found):
            length = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * len(folded[at][1]) / mean_chars
            weights[at] += rarity * (in_body / (in_body + _SATURATION * length) + _TITLE * bool(in_title))
    return weights

"""Owns what a scan finds: whether a query matches folded texts, and where. The full text index must say the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from storage.fold import Folded, fold, fold_with_offsets
from storage.search_query import IDEOGRAPHIC, LONGEST_WORD, And, Not, Or, Phrase, Query, is_ideographic

__all__ = ["Matcher", "first_match", "matcher", "occurrences", "spans"]

Matcher: TypeAlias = Callable[[Sequence[str]], bool]
"""Whether folded texts (a title, a body) match together; a phrase lies within one of them."""

_PIECE_CHARS: Final = 512

_LETTER: Final = rf"[^\W_{IDEOGRAPHIC}]"
_SEPARATOR: Final = rf"(?:[^\w{IDEOGRAPHIC}]|_)"


def matcher(query: Query) -> Matcher:
    """Return the test that a scan puts to each text."""
    match query:
        case Phrase():
            search = _pattern(query).search
            return lambda texts: any(search(text) for text in texts)
        case Not(part):
            is_there = matcher(part)
            return lambda texts: not is_there(texts)
        case And(parts):
            all_of = [matcher(part) for part in parts]
            return lambda texts: all(one(texts) for one in all_of)
        case Or(parts):
            any_of = [matcher(part) for part in parts]
            return lambda texts: any(one(texts) for one in any_of)


def first_match(phrases: Sequence[Phrase], text: str) -> int:
    """Return where the first of the phrases begins in a text that is not folded; 0 if it holds none."""
    folded = fold(text)
    found = [match.start() for match in (_pattern(phrase).search(folded) for phrase in phrases) if match]
    if not found:
        return 0
    # The way back is worked out for one piece of the text: that of all of a long one would cost more than the search.
    left, start = min(found), 0
    while (length := len(fold(text[start : start + _PIECE_CHARS]))) <= left:
        left -= length
        start += _PIECE_CHARS
    return start + fold_with_offsets(text[start : start + _PIECE_CHARS]).offsets[left]


def occurrences(phrase: Phrase, folded: str) -> int:
    """Return how often a folded text holds a phrase, without overlap."""
    return sum(1 for _ in _pattern(phrase).finditer(folded))


def spans(phrases: Sequence[Phrase], folded: Folded) -> tuple[tuple[int, int], ...]:
    """Return where the original text holds the phrases, in order, overlapping matches joined."""
    found = sorted(folded.span(*match.span()) for one in phrases for match in _pattern(one).finditer(folded.text))
    return tuple(_joined(found))


def _joined(found: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(found):
        start, end = found[at]
        while at < len(found) and found[at][0] < max(end, start + 1):
            end = max(end, found[at][1])
            at += 1
        yield start, end


@lru_cache(maxsize=256)
def _pattern(phrase: Phrase) -> re.Pattern[str]:
    pieces = []
    for at, run in enumerate(phrase.runs):
        if at:
            # Two words, or a word and ideographs, are told apart by what they are; ideographs need a separator.
            both = is_ideographic(run) and is_ideographic(phrase.runs[at - 1])
            pieces.append(_SEPARATOR + ("+" if both else "*"))
        pieces.append(_run_pattern(run, is_last=at == len(phrase.runs) - 1))
    return re.compile("".join(pieces))


def _run_pattern(run: str, *, is_last: bool) -> str:
    if is_ideographic(run):
        return re.escape(run)
    rest = f"{_LETTER}*" if len(run) == LONGEST_WORD else ""
    return rf"(?<!{_LETTER}){re.escape(run)}{rest}" + ("" if is_last else f"(?!{_LETTER})")

"""Owns what a copy leaves out of its original, adds to it and alters, and whether it names whom it has it from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pipelines.sentences import Piece, compare
from storage.fold import Folded, fold, fold_with_offsets

__all__ = ["Deviation", "deviations", "origin_verdict"]

_LONGEST_CHARS: Final = 200_000
"""What stands behind is not compared: no article is as long, and what a stranger sends may be."""

_CONTEXT: Final = 12
"""Letters on either side that say where it is."""

_STOP: Final = re.compile(r"(?<=[^\0-\x7f])\.|\.(?![^\W_])")
"""A full stop: behind a Han character, or before no letter."""

_MARKS: Final = str.maketrans({"!": "！", "?": "？", ";": "；", "、": ",", "“": '"', "”": '"', "「": '"', "」": '"'})
"""Marks that scripts and keyboards write differently; each stays one character."""

_LETTER: Final = re.compile(r"[^\W_]")
_SUFFIX: Final = re.compile(r"(?:网站?|社|客户端|微信(?:公众号)?|微博|在线|app)$")
"""One house under several names: 新华社 and 新华网."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place where a copy departs from its original; both sides as they are written there."""

    kind: str
    """cut | added | altered."""
    original: str
    copy: str
    before: str
    """The letters of the copy that stand before the place, the same in both texts."""
    after: str


def deviations(copy: str, original: str) -> tuple[Deviation, ...]:
    """Return where the letters of `copy` depart from `original`, in reading order.

    Script, width and case make no difference, nor does a mark or a space.
    """
    copy, original = copy[:_LONGEST_CHARS], original[:_LONGEST_CHARS]
    ours, theirs = _comparable(copy), _comparable(original)
    return tuple(_placed(compare(theirs.text, ours.text), copy, ours, original, theirs))


def origin_verdict(named: str | None, houses: Iterable[str | None]) -> str:
    """Return how the 来源 that a copy names stands to the names of its original's house: agrees, differs or nobody."""
    if not named:
        return "nobody"
    name = _house(named)
    others = [_house(house) for house in houses if house]
    return "agrees" if any(_is_one_house(name, other) for other in others if other) and name else "differs"


def _comparable(text: str) -> Folded:
    """Fold `text`, write its marks in one way and leave its spaces and line breaks out, with the way back."""
    folded = fold_with_offsets(text)
    marked = _STOP.sub("。", folded.text.translate(_MARKS))
    kept = [(char, at) for char, at in zip(marked, folded.offsets, strict=False) if not char.isspace()]
    return Folded("".join(char for char, _ in kept), (*(at for _, at in kept), len(text)))


def _house(name: str) -> str:
    return _SUFFIX.sub("", "".join(_LETTER.findall(fold(name))))


def _is_one_house(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) > 2 and (one in other or other in one))


def _placed(pieces: Iterable[Piece], copy: str, ours: Folded, original: str, theirs: Folded) -> Iterator[Deviation]:
    """Bring pieces of the folded texts back to the texts as they are written."""
    at, other = 0, 0
    for changed, run in groupby(pieces, key=lambda piece: piece.tag != "equal"):
        stretch = list(run)
        end = at + sum(len(piece.text) for piece in stretch if piece.tag != "delete")
        other_end = other + sum(len(piece.text) for piece in stretch if piece.tag != "insert")
        if changed:
            here = copy[ours.offsets[at] : ours.offsets[end]].strip()
            there = original[theirs.offsets[other] : theirs.offsets[other_end]].strip()
            kind = _kind(there, here)
            if kind is not None:
                before = copy[: ours.offsets[at]][-_CONTEXT:]
                yield Deviation(kind, there, here, before, copy[ours.offsets[end] :][:_CONTEXT])
        at, other = end, other_end


def _kind(original: str, copy: str) -> str | None:
    """Name a change by which side has letters at all; None if only marks changed."""
    lost, gained = _letters(original), _letters(copy)
    if lost == gained:
        return None
    return "altered" if lost and gained else "cut" if lost else "added"


def _letters(text: str) -> str:
    return "".join(_LETTER.findall(fold(text)))

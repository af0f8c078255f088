"""Owns when two texts are one article: fingerprints that find the few worth comparing, and the comparison itself.

Texts are compared by their letters alone, folded (one script, one width, one case), so that marks, spaces, line breaks
and the choice of characters make no difference. A word or number that is not written in Han is one letter here. What
stands in quotation marks on either side tells nothing, as long as enough else is left: three hundred reports of one
speech are three hundred articles.

Everything here is a function of the two texts and nothing else, so that no order of arrival changes an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from os.path import commonprefix
from typing import Final
from zlib import crc32

from storage.fold import fold
from storage.han_classes import representatives

__all__ = ["LEAST_LETTERS", "LEAST_SHARED", "SHARE", "Letters", "Likeness", "compare", "letters_of", "method"]

_METHOD: Final = "letters-5/2"
"""Counts up whenever texts are read, sampled or compared in another way."""

SHINGLE: Final = 5
"""Letters in one shingle: with 2 % of the letters wrong nine of ten still match, and strangers share next to none."""

LEAST_LETTERS: Final = 60
"""A text, or what is left of it beside quotations, tells nothing below this."""

_SAMPLING: Final = 3
"""One shingle in 2**3 is sampled, those whose hash ends in so many zeros: two texts that share one both sample it."""

LEAST_SHARED: Final = 3
"""Samples that two texts must have in common to be compared …"""

SHARE: Final = 0.3
"""… and which share of the samples of either: at 10 % of letters wrong, the least that was seen was .34."""

_LEAST_COMMON: Final = 0.35
"""Share of the shingles of one text that must be in the other: with 10 % of the letters wrong some .55."""

_RELATED: Final = 0.7
"""Share of one text that must stand in the other."""

_WHOLE: Final = 0.6
"""With that much of each in the other, a copy is one of the whole article."""

_LEAST_QUOTATION: Final = 12
"""Letters; what is shorter is a name or a term."""

_MOST_ALTERED: Final = 8
"""Letters between two matching runs that count as altered, not as other text, if the other side has about as many."""

_LONGEST_CHARS: Final = 200_000
"""What stands behind is not compared: no article is as long, and what a stranger sends may be."""

_MARKS: Final = re.compile('[\n“”「」『』"]')
_OPENING: Final = "“「『"
_IDEOGRAPHIC: Final = "々〇぀-ヿ㐀-䶿一-鿿가-힯豈-﫿\U00020000-\U000323af"
_RUN: Final = re.compile(rf"[{_IDEOGRAPHIC}]+|[^\W_{_IDEOGRAPHIC}]+")
_HAN: Final = re.compile(f"[{_IDEOGRAPHIC}]")
_WORDS: Final = 0xF0000
"""Where words in other scripts stand, by their hash: of letters alone, strangers share half of all runs of five."""


@dataclass(frozen=True)
class Letters:
    """What a text says, without what a copy changes unawares."""

    text: str
    quoted: bytes
    """1 for each letter inside a quotation, else 0."""

    @property
    def sha256(self) -> str:
        """Return what identifies them, quotations included."""
        return sha256(self.text.encode("utf-8", "surrogatepass") + b"\0" + self.quoted).hexdigest()

    @cached_property
    def shingles(self) -> frozenset[str]:
        """Return every run of five letters."""
        return frozenset(_shingles(self.text))

    def samples(self) -> tuple[int, ...]:
        """Return the sampled shingles outside quotations (of all the text if too little is), as hashes, sorted."""
        units = self.text.encode("utf-32-le", "surrogatepass")
        hashes = [crc32(units[at : at + 4 * SHINGLE]) for at in range(0, len(units) - 4 * (SHINGLE - 1), 4)]
        if self.quoted.count(1) and _enough(self.quoted.count(0), len(self.text)):
            quoted = zip(self.quoted, self.quoted[SHINGLE - 1 :], strict=False)
            hashes = [made for made, ends in zip(hashes, quoted, strict=True) if ends != (1, 1)]
        return tuple(sorted({made >> _SAMPLING for made in hashes if not made & (1 << _SAMPLING) - 1}))


@dataclass(frozen=True, slots=True)
class Likeness:
    """How two texts are one article."""

    similarity: float
    """0..1; of what, `basis` says."""
    basis: str
    """whole: Jaccard similarity of all shingles; excerpt: share of the copy that stands in the original; extended:
    share of the original that stands in the copy."""


@cache
def method() -> str:
    """Return the name of how texts are read, folded and sampled here; what was indexed by another is indexed again."""
    classes = sha256(repr(sorted(representatives().items())).encode()).hexdigest()
    return f"{_METHOD} {classes[:16]}"


def letters_of(text: str) -> Letters:
    """Return the letters and digits of `text`, folded, with which of them are quoted."""
    folded = fold(text[:_LONGEST_CHARS])
    quotations = [*_quotations(folded)]
    pieces: list[str] = []
    quoted: list[bytes] = []
    at = 0
    for start, end in [*quotations, (len(folded), len(folded))]:
        for low, high, mark in ((at, start, b"\0"), (start, end, b"\1")):
            letters = "".join(map(_as_letters, _RUN.findall(folded[low:high])))
            pieces.append(letters)
            quoted.append((mark if len(letters) >= _LEAST_QUOTATION else b"\0") * len(letters))
        at = end
    return Letters("".join(pieces), b"".join(quoted))


def _as_letters(run: str) -> str:
    """Return a run of Han as it is, a word of another script as one letter of no script."""
    return run if _HAN.match(run) else chr(_WORDS + crc32(run.encode("utf-8", "surrogatepass")) % 0x1FFFE)


def _quotations(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans between marks. A paragraph ends what was left open; its next may go on with a mark of its own."""
    depth, start, seen = 0, 0, False
    for match in _MARKS.finditer(text):
        mark, at = match[0], match.start()
        if mark == "\n":
            if depth:
                yield start, at
            depth, seen = 0, True
            continue
        opens = mark in _OPENING or (depth == 0 and seen) or (mark == '"' and depth == 0)
        if opens:
            start = start if depth else at + 1
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                yield start, at
        else:
            yield 0, at  # the text begins inside a quotation
        seen = True
    if depth:
        yield start, len(text)


def compare(copy: Letters, original: Letters) -> Likeness | None:
    """Return how `copy` is the article that `original` is, None when it is another."""
    if copy.text == original.text:
        return Likeness(1.0, "whole") if len(copy.text) >= LEAST_LETTERS else None
    common = len(copy.shingles & original.shingles)
    if common < _LEAST_COMMON * min(len(copy.shingles), len(original.shingles)):
        return None
    copied, kept = _shares(copy, original)
    if max(copied, kept) < _RELATED:
        return None
    if min(copied, kept) >= _WHOLE:
        return Likeness(round(common / (len(copy.shingles) + len(original.shingles) - common), 4), "whole")
    return Likeness(round(copied, 4), "excerpt") if copied > kept else Likeness(round(kept, 4), "extended")


def _shingles(text: str) -> list[str]:
    return [text[at : at + SHINGLE] for at in range(len(text) - SHINGLE + 1)]


def _shares(copy: Letters, original: Letters) -> tuple[float, float]:
    """Return the share of each text that stands in the other, outside what either quotes."""
    covered = bytearray(len(copy.text)), bytearray(len(original.text))
    quoted = bytearray(copy.quoted), bytearray(original.quoted)
    low, other_low = 0, 0
    for at, other, length in _runs(copy.text, original.text):
        gap, other_gap = at - low, other - other_low
        if 0 <= gap <= _MOST_ALTERED and 0 <= other_gap <= _MOST_ALTERED:
            covered[0][low:at] = b"\1" * gap
            covered[1][other_low:other] = b"\1" * other_gap
        low, other_low = at + length, other + length
        covered[0][at:low] = covered[1][other:other_low] = b"\1" * length
        either = _either(copy.quoted[at:low], original.quoted[other:other_low])
        quoted[0][at:low] = quoted[1][other:other_low] = either
    return _share(covered[0], quoted[0]), _share(covered[1], quoted[1])


def _runs(copy: str, original: str) -> Iterator[tuple[int, int, int]]:
    """Yield the longest equal runs of at least a shingle: where in `copy`, where in `original`, how many letters."""
    places = {shingle: at for at, shingle in enumerate(_shingles(original))}
    at, last = 0, len(copy) - SHINGLE
    while at <= last:
        other = places.get(copy[at : at + SHINGLE], -1)
        if other < 0:
            at += 1
            continue
        length = SHINGLE + _equal(copy, at + SHINGLE, original, other + SHINGLE)
        yield at, other, length
        at += length


def _equal(left: str, at: int, right: str, other: int) -> int:
    """Return how many letters from `at` and from `other` on are the same."""
    length = 0
    while (piece := left[at + length : at + length + 64]) and piece == right[other + length : other + length + 64]:
        length += len(piece)
    return length + len(commonprefix((piece, right[other + length : other + length + 64])))


def _either(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") | int.from_bytes(right, "big")).to_bytes(len(left), "big")


def _share(covered: bytearray, quoted: bytearray) -> float:
    """Return the covered share of what is not quoted, or of all where too little is left."""
    own = quoted.count(0)
    if not _enough(own, len(quoted)):
        return covered.count(1) / len(covered) if len(covered) >= LEAST_LETTERS else 0.0
    return _count_unquoted(covered, quoted) / own


def _count_unquoted(covered: bytearray, quoted: bytearray) -> int:
    both = int.from_bytes(covered, "big") & ~int.from_bytes(quoted, "big")
    return both.bit_count()


def _enough(own: int, letters: int) -> bool:
    """Whether the letters outside quotations tell what a text is."""
    return own >= max(LEAST_LETTERS, letters // 10)

"""Owns the normalised text: what machines put into a text on its way here is undone, each repair counted.

The stored text keeps everything as the page has it; search and comparison use this one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipelines.charset import commonness
from pipelines.labels import GLOSS
from pipelines.text import HAN

__all__ = ["Normalised", "normalise"]

_PUNCTUATION = "，。；：！？、,;:!?"
_DOUBLED = re.compile(r"([，、；：,])[，、；：,]+|([，、；：,]+)(?=[。！？])")
"""A converter writes a comma before a mark that is there already; `……`, `！！` and `？！` are people's own."""

_PAIR = re.compile(r"[，、；：,][，、；：,。！？]")
"""Without such a pair no mark is doubled, and a pattern that begins with a class of characters is found ten times
faster than one that begins with a choice."""

_SPACES = " \t\u00a0\u3000"
_SPACED = re.compile(
    rf"[ \t\u00a0\u3000](?<=[{HAN}」』”’）》][ \t\u00a0\u3000])[ \t\u00a0\u3000]*(?=[，。；：！？、”’）》」』])"
)
_BROKEN = re.compile(rf"[?\ufffd]!?([{HAN}]{{2,24}}[\x40-\x7e\x80-\xff]?)(?=[{HAN}{_PUNCTUATION}\s?]|$)")
"""A run of GBK that lost one byte: everything behind it is read one byte too early until an ASCII byte ends it."""

_MUCH_COMMONER = 0.3
"""Share of common characters that a repaired run must win: in true text it is .45-.65, in shifted GBK under .1."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text without machine-made noise."""

    text: str
    repairs: Mapping[str, int] = field(default_factory=dict)
    """Kind of repair -> how often it was made: `gloss`, `doubled`, `spaced`, `broken`."""


def normalise(text: str) -> Normalised:
    """Undo glosses behind characters, doubled commas, spaces before marks and shifted GBK runs; count each."""
    repairs: Counter[str] = Counter()

    def repair(kind: str, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str], whole: str) -> str:
        def replaced(match: re.Match[str]) -> str:
            instead = by(match)
            repairs[kind] += instead != match[0]
            return instead

        return pattern.sub(replaced, whole)

    if "(" in text:
        text = repair("gloss", GLOSS, lambda match: "", text)
    if "?" in text or "\ufffd" in text:
        text = repair("broken", _BROKEN, _shifted_back, text)
    if _PAIR.search(text):
        text = repair("doubled", _DOUBLED, _one_mark, text)
    if any(space in text for space in _SPACES):
        text = repair("spaced", _SPACED, lambda match: "", text)
    return Normalised(text, {kind: count for kind, count in repairs.items() if count})


def _one_mark(match: re.Match[str]) -> str:
    if match[2] is not None:
        return ""
    marks = match[0]
    # Of `，,` or `,、` the full-width one is the author's.
    return next((mark for mark in reversed(marks) if mark not in ",;:"), marks[0])


def _shifted_back(match: re.Match[str]) -> str:
    """Return a run read from its second byte on, where that makes text of it; else as it was."""
    run = match[1]
    try:
        raw = run.encode("gb18030")
        text = raw[1:].decode("gb18030")
    except UnicodeError:
        try:
            text = run.encode("gb18030")[1:-1].decode("gb18030")
        except UnicodeError:
            return match[0]
    if commonness(text, least=2) < commonness(run, least=2) + _MUCH_COMMONER:
        return match[0]
    return "\ufffd" + text

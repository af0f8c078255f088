"""Owns the tokens of the full text index: how a text becomes some, and a query an FTS5 expression over them.

A run of ideographs becomes its overlapping pairs and its last character (粮食局: 粮食 食局 局), a word itself. A phrase
of n ideographs is the phrase of its n - 1 pairs, found by their positions, so the index finds what a scan finds and
nothing else. Tokens are joined by spaces for the tokenizer `ascii`, which takes them as they are. SQLite's own
tokenizers cannot do it: `unicode61` takes a run of Han for one word, `trigram` finds nothing shorter than three.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterator, Sequence
from operator import add
from typing import Final, Literal, TypeAlias

from storage.search_query import IDEOGRAPHIC, LONGEST_WORD, And, Not, Or, Phrase, Query, is_ideographic

__all__ = ["Tables", "characters_of", "expression", "tables_of", "tokens_of"]

Tables: TypeAlias = Literal["characters", "tokens", "both"]
"""Which table a query is put to: of characters when it is all single ideographs, of tokens when it has none."""

_EDGE: Final = "\ue000"
"""Stands before the title and between title and body: no phrase spans it. Every text has it, and none as a letter."""

_IDEOGRAPHS: Final = re.compile(f"[{IDEOGRAPHIC}]+")
_WORD: Final = re.compile(f"([^\\W_{IDEOGRAPHIC}][^\\W_{IDEOGRAPHIC}]*)")
"""`xx*`, not `x+`: the search for what begins with a class of characters is a loop in C, twice as fast."""
_PLACE: Final = " 0 "
"""Stands for a word while pairs are made: where words are taken out, there is no digit."""
_RUN_OR_PLACE: Final = re.compile(f"[{_PLACE.strip()}{IDEOGRAPHIC}][{IDEOGRAPHIC}]*")
_UNITS: Final = f"utf-32-{sys.byteorder[0]}e"
_SPACE: Final = " ".encode(_UNITS)


def tokens_of(title: str, body: str) -> str:
    """Return the tokens of a folded title and body."""
    return " ".join(filter(None, (_EDGE, _joined_tokens(title), _EDGE, _joined_tokens(body))))


def characters_of(title: str, body: str) -> str:
    """Return the ideographs of a folded title and body, each once: queries of one character are put to these."""
    # Numbers are told apart faster than strings.
    codes = {*array("I", (title + body).encode(_UNITS, "surrogatepass"))}
    once = array("I", sorted(codes)).tobytes().decode(_UNITS, "surrogatepass")
    return " ".join((_EDGE, *"".join(_IDEOGRAPHS.findall(once))))


def tables_of(query: Query) -> Tables:
    """Return which table holds what a query asks for."""
    match query:
        case Phrase((run,)) if len(run) == 1 and is_ideographic(run):
            return "characters"
        case Phrase():
            return "tokens"
        case Not(part):
            return tables_of(part)
        case And(parts) | Or(parts):
            tables = {tables_of(part) for part in parts}
            return tables.pop() if len(tables) == 1 else "both"


def expression(query: Query, tables: Tables = "tokens") -> str:
    """Return the FTS5 expression that asks one table for a query; that of tokens can be asked for any."""
    match query:
        case Phrase() if tables == "characters":
            return f'"{query.runs[0]}"'
        case Phrase():
            return _phrase(query)
        case Not(part):
            return f'("{_EDGE}" NOT {expression(part, tables)})'
        case Or(parts):
            return "(" + " OR ".join(expression(part, tables) for part in parts) + ")"
        case And(parts):
            wanted = [expression(part, tables) for part in parts if not isinstance(part, Not)] or [f'"{_EDGE}"']
            unwanted = [expression(part.part, tables) for part in parts if isinstance(part, Not)]
            joined = " AND ".join(wanted)
            return f"(({joined}) NOT ({' OR '.join(unwanted)}))" if unwanted else f"({joined})"


def _joined_tokens(folded: str) -> str:
    """Return the tokens of a folded text, joined by spaces."""
    parts = _WORD.split(folded)  # between, word, between, ...
    runs = _RUN_OR_PLACE.findall(_PLACE.join(parts[::2]))
    if not runs:
        return ""
    parts[::2] = _joined_pairs(runs).split(_PLACE.strip())
    parts[1::2] = [word[:LONGEST_WORD] for word in parts[1::2]]
    return "".join(parts)


def _joined_pairs(runs: Sequence[str]) -> str:
    """Return the pairs of each run and its last character, joined by spaces.

    One pair at a time would take four times as long: 3,000 pairs of a text are 0.2 ms so.
    """
    firsts = "".join(runs)
    seconds = " ".join([run[1:] for run in runs]) + " "
    units = array("I", _SPACE * (3 * len(firsts)))
    units[::3] = array("I", firsts.encode(_UNITS, "surrogatepass"))
    units[1::3] = array("I", seconds.encode(_UNITS, "surrogatepass"))
    joined = units.tobytes().decode(_UNITS, "surrogatepass")
    # The last character of a run has a space for its second.
    return joined.rstrip().replace("  ", " ")


def _pairs(run: str) -> Iterator[str]:
    return map(add, run, run[1:])


def _phrase(phrase: Phrase) -> str:
    *before, last = phrase.runs
    tokens = [*filter(None, map(_joined_tokens, before))]
    if is_ideographic(last) and len(last) > 1:
        return f'"{" ".join([*tokens, *_pairs(last)])}"'
    # The beginning of a word, or of the pairs that begin with one character.
    return f'"{" ".join([*tokens, last])}" *'

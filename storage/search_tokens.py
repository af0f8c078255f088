"""Owns the tokens of the full text index: how a text becomes some, and a query an FTS5 expression over them.

A run of ideographs becomes its overlapping pairs and its last character (粮食局: 粮食 食局 局), a word itself. A phrase
of n ideographs is the phrase of its n - 1 pairs, found by their positions, so the index finds what a scan finds and
nothing else. Tokens are joined by spaces for the tokenizer `ascii`, which takes them as they are. SQLite's own
tokenizers cannot do it: `unicode61` takes a run of Han for one word, `trigram` finds nothing shorter than three.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from storage.search_query import And, Not, Or, Phrase, Query, is_ideographic, runs_of

__all__ = ["Tables", "characters_of", "expression", "tables_of", "tokens_of"]

Tables: TypeAlias = Literal["characters", "tokens", "both"]
"""Which table a query is put to: of characters when it is all single ideographs, of tokens when it has none."""

_EDGE: Final = "\ue000"
"""Stands before the title and between title and body: no phrase spans it. Every text has it, and none as a letter."""


def tokens_of(title: str, body: str) -> str:
    """Return the tokens of a folded title and body."""
    return " ".join((_EDGE, *_text_tokens(title), _EDGE, *_text_tokens(body)))


def characters_of(title: str, body: str) -> str:
    """Return the ideographs of a folded title and body, each once: queries of one character are put to these."""
    runs = (run for text in (title, body) for run in runs_of(text) if is_ideographic(run))
    return " ".join((_EDGE, *dict.fromkeys("".join(runs))))


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


def _text_tokens(folded: str) -> Iterator[str]:
    for run in runs_of(folded):
        if is_ideographic(run):
            yield from _pairs(run)
            yield run[-1]
        else:
            yield run


def _pairs(run: str) -> Iterator[str]:
    return map("".join, pairwise(run))


def _phrase(phrase: Phrase) -> str:
    *before, last = phrase.runs
    tokens = [token for run in before for token in _text_tokens(run)]
    if is_ideographic(last) and len(last) > 1:
        return f'"{" ".join([*tokens, *_pairs(last)])}"'
    # The beginning of a word, or of the pairs that begin with one character.
    return f'"{" ".join([*tokens, last])}" *'

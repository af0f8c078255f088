"""Owns what a query means: the tree that any text is read as; no text is an error.

    粮食 丰收            both, anywhere in the title or the body
    粮食 OR 丰收         either
    粮食 NOT 丰收        the first without the second
    "粮食，丰收"         one after the other; “ and ” quote as well
    (粮食 OR 丰收) 秋收   parentheses group

AND, OR and NOT are words of the language in capitals and between terms; OR binds least, NOT most. An operator with
nothing to join is a word like others, a quotation without an end ends with the query, a parenthesis without its fellow
is not there. What is neither letter nor digit separates, within a term too: 粮食，丰收 is a phrase, quoted or not.

A phrase is a sequence of runs: of ideographs (Han, kana, hangul), which match anywhere, or of other letters and digits,
which match whole words, the last run of a phrase the beginning of one. Where two runs meet in the query, nothing but
separators may stand between them in the text; between ideographs there must be one, as in the query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from storage.fold import fold

__all__ = [
    "LONGEST_WORD",
    "MOST_PHRASES",
    "And",
    "Not",
    "Or",
    "Phrase",
    "Query",
    "is_ideographic",
    "parse",
    "phrases_of",
    "runs_of",
    "size",
]

IDEOGRAPHIC: Final = "々〇\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af"
"""For a character class: what is written without spaces. 々〇, kana, Han and its extensions, hangul."""
LONGEST_WORD: Final = 64
"""Characters of a word that count."""

MOST_PHRASES: Final = 100
"""Of one query, before it takes seconds."""

_RUN: Final = re.compile(rf"[{IDEOGRAPHIC}]+|[^\W_{IDEOGRAPHIC}]+")
_IDEOGRAPH: Final = re.compile(f"[{IDEOGRAPHIC}]")
_LEXEME: Final = re.compile(r'["“”„＂](?P<quoted>[^"“”„＂]*)["“”„＂]?|(?P<paren>[()（）])|(?P<word>[^\s()（）"“”„＂]+)')
_OPERATORS: Final = frozenset(("AND", "OR", "NOT"))
_DEEPEST: Final = 8
"""Parentheses within parentheses; what is nested deeper is not grouped. FTS5's parser has room for 100 symbols."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded runs, one after the other; at least one."""

    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be there."""

    part: Query


@dataclass(frozen=True, slots=True)
class And:
    """Two parts or more that must all be there."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Two parts or more of which one is enough."""

    parts: tuple[Query, ...]


Query: TypeAlias = Phrase | Not | And | Or


def parse(text: str) -> Query | None:
    """Return what `text` asks for, None when it holds neither letter, digit nor ideograph."""
    lexemes = _balanced([*_lexemes(text)])
    return _Parser(lexemes).query() if lexemes else None


def phrases_of(query: Query | None) -> tuple[Phrase, ...]:
    """Return the phrases that may be found in a text that matches: all that no NOT rules out, each once."""
    return tuple(dict.fromkeys(_wanted(query))) if query is not None else ()


def size(query: Query) -> int:
    """Return how many phrases a query consists of."""
    match query:
        case Phrase():
            return 1
        case Not(part):
            return size(part)
        case And(parts) | Or(parts):
            return sum(map(size, parts))


def runs_of(folded: str) -> Iterator[str]:
    """Yield the runs of a folded text, words cut to what counts of them."""
    for match in _RUN.finditer(folded):
        run = match[0]
        yield run if len(run) <= LONGEST_WORD or is_ideographic(run) else run[:LONGEST_WORD]


def is_ideographic(run: str) -> bool:
    """Tell whether a run is one of ideographs, not a word."""
    return _IDEOGRAPH.match(run) is not None


def _wanted(query: Query) -> Iterator[Phrase]:
    match query:
        case Phrase():
            yield query
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part)
        case Not(Not(part)):
            yield from _wanted(part)


_Lexeme: TypeAlias = Phrase | str
"""A phrase, a parenthesis or an operator."""


def _lexemes(text: str) -> Iterator[_Lexeme]:
    for match in _LEXEME.finditer(text):
        if match["paren"]:
            yield "(" if match["paren"] in "(（" else ")"
        elif match["word"] in _OPERATORS:
            yield match["word"]
        elif runs := tuple(runs_of(fold(match["quoted"] or match["word"] or ""))):
            yield Phrase(runs)


def _balanced(lexemes: Sequence[_Lexeme]) -> list[_Lexeme]:
    """Return the lexemes with every parenthesis in its pair, none empty, none too deep."""
    kept: list[_Lexeme] = []
    opened: list[bool] = []  # whether each open parenthesis was kept
    for lexeme in lexemes:
        if lexeme == "(":
            opened.append(len(opened) < _DEEPEST)
            if opened[-1]:
                kept.append("(")
        elif lexeme != ")":
            kept.append(lexeme)
        elif opened and opened.pop():
            _close(kept)
    for was_kept in reversed(opened):
        if was_kept:
            _close(kept)
    return kept


def _close(kept: list[_Lexeme]) -> None:
    if kept[-1] == "(":
        kept.pop()
    else:
        kept.append(")")


class _Parser:
    """Reads balanced lexemes by recursive descent."""

    def __init__(self, lexemes: Sequence[_Lexeme]) -> None:
        self._lexemes = lexemes
        self._at = 0

    def query(self) -> Query:
        """Read a whole query."""
        return self._joined("OR")

    def _joined(self, operator: str) -> Query:
        read = self._joined_by_and if operator == "OR" else self._negated
        parts = [read()]
        while self._joins(operator):
            parts.append(read())
        return _join(Or if operator == "OR" else And, parts)

    def _joined_by_and(self) -> Query:
        return self._joined("AND")

    def _joins(self, operator: str) -> bool:
        """Tell whether another part follows, stepping over the operator; terms side by side are joined by AND."""
        lexeme = self._peek()
        if lexeme in (None, ")"):
            return False
        if lexeme in ("AND", "OR") and self._begins(self._peek(1)):
            if lexeme == operator:
                self._at += 1
            return lexeme == operator
        return operator == "AND"

    def _negated(self) -> Query:
        negations = 0
        while self._peek() == "NOT" and self._begins(self._peek(1)):
            self._at += 1
            negations += 1
        part = self._term()
        return Not(part) if negations % 2 else part

    def _term(self) -> Query:
        lexeme = self._peek()
        assert lexeme is not None
        self._at += 1
        if lexeme != "(":
            return lexeme if isinstance(lexeme, Phrase) else Phrase((lexeme.lower(),))
        inner = self.query()
        self._at += 1
        return inner

    def _peek(self, ahead: int = 0) -> _Lexeme | None:
        at = self._at + ahead
        return self._lexemes[at] if at < len(self._lexemes) else None

    @staticmethod
    def _begins(lexeme: _Lexeme | None) -> bool:
        """Tell whether a lexeme begins an operand."""
        return isinstance(lexeme, Phrase) or lexeme in ("(", "NOT")


def _join(kind: type[And] | type[Or], parts: Sequence[Query]) -> Query:
    flat: dict[Query, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))

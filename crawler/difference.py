"""Owns what differs between two versions, field by field and line by line, and how it looks on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from rich.text import Text

from crawler.terminal import clean
from pipelines.sentences import Piece, compare

__all__ = ["body_difference", "changed_fields", "changed_lines", "difference_of", "difference_row"]

_FIELDS: Final = ("title", "authors", "editors", "origin", "published")
_CONTEXT: Final = 40
"""Characters of a long unchanged stretch that are shown at either end."""
_LITTLE_CONTEXT: Final = 10
"""The same where a change is only told of."""


def difference_of(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Text:
    """Return what changed from `earlier` to `later`, rows of the `version` view; [-taken out-] and {+put in+},
    coloured.
    """
    shown = Text()
    for name, pieces in changed_fields(earlier, later):
        shown.append(f"{name}: ")
        _line(shown, pieces)
    for pieces in changed_lines(earlier["body"] or "", later["body"] or ""):
        _line(shown, pieces)
    return shown


def body_difference(earlier: str, later: str, *, lines: int) -> Text:
    """Return the first changed lines of a body, as many as `lines`, with a few characters around each change."""
    shown = Text()
    changed = changed_lines(earlier, later)
    for pieces in islice(changed, lines):
        _line(shown, pieces, context=_LITTLE_CONTEXT)
    if next(changed, None) is not None:
        shown.append("…\n")
    shown.right_crop(1)
    return shown


def difference_row(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same as plain values: for each field and for the body, pieces as [tag, text]."""
    fields = {name: _plain(pieces) for name, pieces in changed_fields(earlier, later)}
    same = earlier["body"] == later["body"]
    body = [] if same else _plain(compare(earlier["body"] or "", later["body"] or ""))
    ends = {"from": earlier["number"], "to": later["number"]}
    return {"what": "difference", "url": later["url"], **ends, "fields": fields, "body": body}


def changed_fields(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Piece, ...]]]:
    """Yield the fields that differ, the body left out."""
    for name in _FIELDS:
        if earlier[name] != later[name]:
            yield name, compare(_written(earlier[name]), _written(later[name]))


def changed_lines(earlier: str, later: str) -> Iterator[tuple[Piece, ...]]:
    """Yield the lines of the body that hold a change, each in its pieces; a line break put in or taken out is ¶."""
    line: list[Piece] = []
    for piece in compare(earlier, later) if earlier != later else ():
        for number, text in enumerate(piece.text.split("\n")):
            if number:
                yield from _if_changed(line if piece.tag == "equal" else [*line, Piece(piece.tag, "¶")])
                line = []
            if text:
                line.append(Piece(piece.tag, text))
    yield from _if_changed(line)


def _if_changed(line: list[Piece]) -> Iterator[tuple[Piece, ...]]:
    if any(piece.tag != "equal" for piece in line):
        yield tuple(line)


def _written(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "")


def _plain(pieces: tuple[Piece, ...]) -> list[list[str]]:
    return [[piece.tag, piece.text] for piece in pieces]


def _line(shown: Text, pieces: tuple[Piece, ...], *, context: int = _CONTEXT) -> None:
    for piece in pieces:
        text = clean(piece.text)
        if piece.tag == "delete":
            shown.append(f"[-{text}-]", style="red")
        elif piece.tag == "insert":
            shown.append(f"{{+{text}+}}", style="green")
        else:
            shown.append(text if len(text) <= 3 * context else f"{text[:context]} … {text[-context:]}")
    shown.append("\n")

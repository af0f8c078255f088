"""Owns how rows look on a terminal: tables that fit Han widths, JSON, and text of strangers that cannot command it."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["UNSPOKEN", "clean", "console", "json_line", "print_table"]

_WIDTH = 120
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

UNSPOKEN: Final = re.compile("[\x7f-\x9f\u2028\u2029" + "".join(sorted(_BIDI)) + "]")
"""What JSON lets through and a terminal obeys: DEL, C1 (U+009B begins an escape code), line ends, direction marks."""


def clean(value: object) -> str:
    """Return the value as one printable line: escape codes, controls and direction marks become visible or blank."""
    if value is None:
        return ""
    return "".join(_visible(character) for character in str(value))


def _visible(character: str) -> str:
    if character in "\n\t\u2028\u2029":
        return " "
    if character in _BIDI or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
        return "\ufffd"
    return character


def json_line(row: Mapping[str, Any], *, in_ascii: bool = False) -> str:
    """Return the row as one line of JSON that says exactly what the row says and cannot command a terminal."""
    line = json.dumps(row, ensure_ascii=in_ascii, default=str)
    return UNSPOKEN.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def console() -> Console:
    """Return a console for standard output that reads no markup out of what it prints.

    Where there is no terminal to measure, the width is COLUMNS or else enough for our tables.
    """
    made = Console(markup=False, highlight=False, emoji=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = _WIDTH
    return made


def print_table(out: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a title and a table beneath; a column named with a leading `>` is right-aligned."""
    made = Table(header_style="bold", expand=False)
    for column in columns:
        made.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left", overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(clean(cell)) for cell in row))
    out.print(Text(clean(title), style="bold"), soft_wrap=True)
    out.print(made)

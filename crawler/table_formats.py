"""Owns the forms that rows are exported in: JSON lines, which say exactly what the catalogue says, and CSV for
spreadsheets, which cannot be made to compute or to run anything.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from crawler.terminal import UNSPOKEN, json_line

__all__ = ["TABLE_FORMATS", "csv_lines", "json_lines", "plain_cell"]

_FORMULA: Final = re.compile(r"[=+\-@＝＋－＠﹢﹣﹦﹫⁺⁻⁼₊₋₌−]")
"""What makes a spreadsheet compute, in every width; some fold the wide and small forms before they look."""
_IGNORED: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Categories that a spreadsheet may drop from the beginning of a cell before it looks: blanks, controls, marks."""
_UNHOLDABLE: Final = re.compile(rf"[\x00-\x08\x0b-\x1f\ud800-\udfff]|{UNSPOKEN.pattern}")
"""Controls that no spreadsheet holds, and whatever else a terminal would obey."""


def json_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield one JSON object a line, in UTF-8 wherever it goes."""
    for row in rows:
        yield json_line(row).encode("utf-8", "backslashreplace") + b"\n"


def csv_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield CSV (RFC 4180) in UTF-8: the names of the columns, then the rows; lists and objects as JSON.

    A text that a spreadsheet would compute, or that begins with an apostrophe, gets an apostrophe before it: taking one
    leading apostrophe off every cell gives the texts back. Controls but tab and line feed, and marks of direction,
    become U+FFFD; JSON lines keep them.
    """
    written = iter(rows)
    first = next(written, None)
    if first is None:
        return
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\r\n")
    for cells in chain([first.keys()], (map(plain_cell, row.values()) for row in chain([first], written))):
        out.writerow(cells)
        yield buffer.getvalue().encode("utf-8")
        buffer.seek(0)
        buffer.truncate()


def plain_cell(value: Any) -> Any:
    """Return a value as a cell that stays what it is."""
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return value if not isinstance(value, bool) else int(value)
    held = _UNHOLDABLE.sub("\ufffd", value)
    return f"'{held}" if _computes(value) or held.startswith("'") else held


def _computes(text: str) -> bool:
    if text[:1] in ("\t", "\r", "\n"):
        return True
    begins = next((char for char in text if unicodedata.category(char) not in _IGNORED), "")
    return _FORMULA.match(begins) is not None


TABLE_FORMATS: Final[Mapping[str, Callable[[Iterable[Mapping[str, Any]]], Iterator[bytes]]]] = {
    "jsonl": json_lines,
    "csv": csv_lines,
}
"""Format, which is also the suffix of its files -> rows as bytes, line by line."""

"""Owns the export of rows: articles, versions, captures or events of the chosen pages, to a file or standard output."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from crawler.exports import whole_file
from crawler.table_formats import TABLE_FORMATS
from storage.catalogue_listing import Listing, listing
from storage.catalogue_selection import Selection, asked_captures
from storage.catalogue_store import Store
from storage.errors import UsageError

__all__ = ["TABLES", "TableOrder", "format_of", "write_table"]

TABLES: Final = {"articles": "article", "versions": "version", "captures": "capture", "events": "event"}
"""Kind of export -> the view whose rows it lists."""


@dataclass(frozen=True, slots=True)
class TableOrder:
    """What was asked for."""

    kind: str
    """A key of TABLES."""
    form: str
    """A key of TABLE_FORMATS."""
    out: Path | None
    """None: standard output."""
    listing: Listing
    selection: Selection
    """Which captures, when it is them."""


def format_of(form: str | None, out: str | None) -> str:
    """Return the format that `--format` and the name of the file ask for: JSON lines if neither says.

    Raises:
        UsageError: they disagree, or ask for what there is not.
    """
    names = ", ".join(TABLE_FORMATS)
    if form is not None and form not in TABLE_FORMATS:
        raise UsageError(f"export: --format {form}: must be one of {names}")
    suffix = None if out is None else out.rpartition(".")[2]
    if suffix is not None and suffix not in TABLE_FORMATS:
        raise UsageError(f"export: -o {out}: must end in {' or '.join('.' + name for name in TABLE_FORMATS)}")
    if form is not None and suffix is not None and form != suffix:
        raise UsageError(f"export: -o {out}: must end in .{form}, as --format says")
    return form or suffix or next(iter(TABLE_FORMATS))


def write_table(store: Store, order: TableOrder) -> int:
    """Write the rows as they come and return how many; without one, no file is made.

    Raises:
        UsageError: the file exists already.
        StorageError: the file cannot be written; CatalogueError: SQLite failed.
    """
    # Closed here whatever comes: a cursor that outlives its connection, when a pipe's reader left, would complain.
    with closing(_rows(store, order)) as found:
        rows = _Counted(found)
        lines = TABLE_FORMATS[order.form](rows)
        first = next(lines, None)
        if first is None:
            return 0
        if order.out is None:
            sys.stdout.buffer.writelines(chain([first], lines))
        else:
            with whole_file(order.out) as file:
                file.writelines(chain([first], lines))
        return rows.count


def _rows(store: Store, order: TableOrder) -> Generator[dict[str, Any], None, None]:
    yield from asked_captures(store, order.selection) if order.kind == "captures" else listing(store, order.listing)


class _Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            self.count += 1
            yield row

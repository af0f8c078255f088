"""Owns `scrapy verify`: every byte, record, digest, reference and seal of the archive, and the catalogue both ways."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.terminal import clean, console
from pipelines.rebuild import catalogue_rows
from storage.catalogue import Catalogue
from storage.errors import UsageError
from storage.finding import Finding
from storage.verify import CatalogueRow, verify, warc_bytes

_SHOWN = 50


class Command(ArchiveCommand):
    """Audit the archive."""

    def syntax(self) -> str:
        """Return the usage."""
        return "[--json]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Audit the archive: every record, digest, reference and seal, and the catalogue"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return "Exit 1 on any finding. Example: scrapy verify -s ARCHIVE_DIR=/srv/archive"

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the findings."""
        if not (options.archive_dir / "warc").is_dir():
            raise UsageError(f"ARCHIVE_DIR: {options.archive_dir} holds no folder `warc`; it must be an archive")
        with ExitStack() as open_now:
            catalogue = Catalogue.open(options.catalogue_path, read_only=True)
            open_now.callback(catalogue.close)
            rows = _Counted(catalogue_rows(catalogue))
            read = open_now.enter_context(_Read(warc_bytes(options.archive_dir), as_json=opts.as_json))
            found = verify(options.archive_dir, rows, progress=read.advance)
            if opts.as_json:
                return 1 if print_json(_row(finding) for finding in found) else 0
            shown, count = _first(found)
        _print(shown, count, rows.count, read.size_bytes)
        return 1 if count else 0


class _Counted:
    """The catalogued captures, counted as they pass."""

    def __init__(self, rows: Iterable[CatalogueRow]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[CatalogueRow]:
        for row in self._rows:
            self.count += 1
            yield row


class _Read:
    """How much was read, on a bar where standard error is a terminal that nothing else is printed on."""

    def __init__(self, total_bytes: int, *, as_json: bool) -> None:
        self.size_bytes = 0
        busy = as_json and sys.stdout.isatty()
        columns = (TextColumn("verify"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        out = Console(stderr=True)
        # Standard output may be a pipe: what is printed there must not be drawn above the bar.
        self._bar = Progress(
            *columns,
            console=out,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=busy or not out.is_terminal,
        )
        self._task = self._bar.add_task("", total=total_bytes)

    def __enter__(self) -> _Read:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def advance(self, size_bytes: int) -> None:
        """Count so many more."""
        self.size_bytes += size_bytes
        if not self._bar.disable:
            self._bar.advance(self._task, size_bytes)


def _row(finding: Finding) -> dict[str, Any]:
    return {"kind": finding.kind, "file": finding.file, "offset": finding.offset, "detail": finding.detail}


def _first(found: Iterator[Finding]) -> tuple[list[Finding], int]:
    """Return the first of them, and how many there are."""
    shown: list[Finding] = []
    count = 0
    for finding in found:
        count += 1
        if count <= _SHOWN:
            shown.append(finding)
    return shown, count


def _print(shown: list[Finding], count: int, captures: int, size_bytes: int) -> None:
    out = console()
    for finding in shown:
        out.print(clean(finding), style="red", soft_wrap=True)
    if count > _SHOWN:
        out.print(f"and {count - _SHOWN} further findings; --json prints all")
    verdict = f"{count} findings" if count else "every byte is as it was sealed"
    out.print(f"{captures} captures, {size_bytes / 1e6:.1f} MB of WARC read: {verdict}")

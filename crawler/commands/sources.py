"""Owns `scrapy sources`: every source file, and what is wrong with those that cannot be used."""

from __future__ import annotations

import argparse
from typing import Any

from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.source_index import families_table, sources_table
from crawler.sources import load_all, load_families
from crawler.terminal import clean, console, print_table
from storage.errors import SourceError
from storage.model import Source

_COLUMNS = ("name", "title", "kind", "home", "lists", "feeds", "sitemaps", "verified")


class Command(ArchiveCommand):
    """List source files; `--check` makes a broken one an error."""

    def syntax(self) -> str:
        """Return the usage."""
        return "[--check] [--json] [--markdown]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "List the publications and what is wrong with a source file"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return "List every source file of ARCHIVE_SOURCES. Example: scrapy sources --check"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--check` and `--markdown`."""
        super().add_options(parser)
        parser.add_argument("--check", action="store_true", help="exit 2 if any file is broken")
        parser.add_argument("--markdown", action="store_true", help="sources and families as tables of Markdown")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the sources and the broken files."""
        sources, broken = load_all(options.sources_dir)
        rows = [_row(source) for _, source in sorted(sources.items())]
        if opts.markdown:
            print("\n".join([*sources_table(sources), "", *families_table(load_families(options.sources_dir))]))
        elif opts.as_json:
            print_json([*rows, *({"error": line} for error in broken for line in _lines(error))])
        else:
            print_table(console(), f"Sources in {options.sources_dir}", _COLUMNS, [list(row.values()) for row in rows])
            for error in broken:
                for line in _lines(error):
                    console().print(f"broken: {clean(line)}", style="red", soft_wrap=True)
        return 2 if opts.check and broken else 0


def _lines(error: SourceError) -> list[str]:
    return str(error).splitlines()


def _row(source: Source) -> dict[str, Any]:
    counts = (len(source.lists), len(source.feeds), len(source.sitemaps))
    return dict(
        zip(_COLUMNS, (source.name, source.title, source.kind, source.home, *counts, source.verified), strict=True)
    )

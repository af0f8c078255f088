"""Owns `scrapy search QUERY`: which archived articles say this."""

from __future__ import annotations

import argparse
from typing import Any

from rich.text import Text

from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.terminal import clean, console, print_table
from storage.catalogue import Catalogue
from storage.errors import UsageError
from storage.search import SearchHit, count, search

_KEYS = ("page_id", "url", "source", "title", "published", "origin", "state", "snippet", "capture_id")


class Command(ArchiveCommand):
    """Search titles and bodies."""

    takes_arguments = True
    is_paged = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[--json] [-n N] [--source NAME] QUERY"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Find articles: any run of Han characters, Latin words by prefix"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Every term must occur in the title or the body of the latest version: Han characters as they stand, one "
            "or more; Latin words and digits by the beginning of a word. Newest first. Exit 1 when nothing is found. "
            "Example: scrapy search 粮食 2026"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the filters."""
        super().add_options(parser)
        parser.add_argument("-n", type=int, default=20, dest="limit", help="hits shown at most (default 20)")
        parser.add_argument("--source", help="only this source")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the hits; 1 when there are none."""
        query = " ".join(args)
        if not query.strip():
            raise UsageError("search: give something to look for, for example `scrapy search 粮食`")
        if opts.limit < 1:
            raise UsageError(f"search: -n {opts.limit}: must be at least 1")
        catalogue = Catalogue.open(options.catalogue_path, read_only=True)
        try:
            hits = list(search(catalogue, query, source=opts.source, limit=opts.limit))
            found = len(hits) if len(hits) < opts.limit else count(catalogue, query, source=opts.source)
        finally:
            catalogue.close()
        if opts.as_json:
            print_json(_plain(hit) for hit in hits)
        elif not hits:
            console().print(clean(f"Nothing says {query}"))
        else:
            title = f"{found} articles say {query}" + (f", the newest {len(hits)} of them" if found > len(hits) else "")
            rows = [(hit.published, hit.source, _marked(hit)) for hit in hits]
            print_table(console(), title, ("published", "source", "article"), rows)
        return 0 if hits else 1


def _plain(hit: SearchHit) -> dict[str, Any]:
    return {name: getattr(hit, name) for name in _KEYS}


def _marked(hit: SearchHit) -> Text:
    """Return title, address and snippet of a hit, the matches marked; `clean` keeps every character's place."""
    shown = _with_marks(hit.title or "", hit.title_marks, "bold")
    shown.append(f"\n{clean(hit.url)}\n", style="dim")
    shown.append_text(_with_marks(hit.snippet, hit.marks, ""))
    return shown


def _with_marks(text: str, marks: tuple[tuple[int, int], ...], style: str) -> Text:
    shown = Text(clean(text), style=style)
    for start, end in marks:
        shown.stylize("bold reverse", start, end)
    return shown

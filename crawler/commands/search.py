"""Owns `scrapy search QUERY`: which archived articles say this."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.text import Text

from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.search_filters import add_filters, filter_of
from crawler.terminal import clean, console, print_table
from storage.catalogue import Catalogue
from storage.errors import UsageError
from storage.search import Searcher, SearchHit, reindex
from storage.search_filter import Filter
from storage.search_query import MOST_PHRASES, Query, parse, size
from storage.search_tokens import expression

_KEYS = (
    "page_id",
    "url",
    "source",
    "title",
    "published",
    "origin",
    "state",
    "number",
    "captured",
    "snippet",
    "version_id",
    "capture_id",
)
_RANKED = 500
"""The newest hits among which `--rank relevance` chooses."""
_WHOLE_CHARS = 200
"""Of a title or a query on a terminal; `--json` has all of it."""
_WORTH_TELLING = 2000
"""Texts to index that take a person's time."""


class Command(ArchiveCommand):
    """Search titles and bodies."""

    takes_arguments = True
    is_paged = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[--json] [-n N] [filters] [--rank date|relevance] [--all-versions] [--count] [--fts] [--reindex] QUERY"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Find articles: any run of Han characters, Latin words by prefix, phrases, AND, OR, NOT"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Terms side by side must all be there, in the title or the text; AND, OR, NOT and parentheses join them, "
            "quotation marks make a phrase. Han match anywhere, one character or more, simplified or traditional; "
            "words and numbers from their beginning. Newest publication first. Exit 1 when nothing is found. "
            "Example: scrapy search '\"粮食产量\" (河南 OR 山东) NOT 广告' --from 2026-11 --kind party"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the filters and what is printed of the hits."""
        super().add_options(parser)
        parser.add_argument("-n", type=int, default=20, dest="limit", metavar="N", help="hits at most (default 20)")
        add_filters(parser)
        parser.add_argument(
            "--rank", default="date", metavar="BY", help=f"date (default), or relevance among the newest {_RANKED} hits"
        )
        parser.add_argument("--all-versions", action="store_true", help="find what a page said before, too")
        parser.add_argument("--count", action="store_true", help="only say how many")
        parser.add_argument("--fts", action="store_true", help="only print the query as search_text MATCH takes it")
        parser.add_argument("--reindex", action="store_true", help="make the index anew first; QUERY may be left out")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the hits; 1 when there are none."""
        text = " ".join(args)
        if opts.limit < 1:
            raise UsageError(f"search: -n {opts.limit}: must be at least 1")
        if opts.rank not in ("date", "relevance"):
            raise UsageError(f"search: --rank {opts.rank}: must be date or relevance")
        if not text.strip() and not opts.reindex:
            raise UsageError("search: give something to look for, for example `scrapy search 粮食`")
        query = _query(text)
        if opts.fts:
            return _print_expression(query)
        filter = filter_of(opts, options, "search")
        with Catalogue.open(options.catalogue_path, read_only=True) as catalogue:
            if opts.reindex:
                texts = reindex(catalogue, _progress())
                print(f"scrapy: search: {texts} texts indexed", file=sys.stderr)
                if not text.strip():
                    return 0
            found = _Found(0, (), 0)
            if query is not None:
                with Searcher.open(catalogue, _progress()) as searcher:
                    found = _find(searcher, query, filter, opts)
        # Nothing is held while a person reads.
        return _print(found, text, opts)


def _query(text: str) -> Query | None:
    query = parse(text)
    if query is not None and size(query) > MOST_PHRASES:
        raise UsageError(
            f"search: {size(query)} terms: must be at most {MOST_PHRASES}; in quotation marks they are one phrase"
        )
    return query


def _print_expression(query: Query | None) -> int:
    if query is not None:
        print(expression(query))
    return 0 if query is not None else 1


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of a query."""

    count: int
    hits: Sequence[SearchHit]
    ranked: int
    """Among how many hits the most relevant were chosen; 0 when they are by date."""


def _find(searcher: Searcher, query: Query, filter: Filter, opts: argparse.Namespace) -> _Found:
    if opts.count:
        return _Found(searcher.count(query, filter), (), 0)
    if opts.rank == "relevance":
        hits, ranked = searcher.relevant(query, filter, among=_RANKED, limit=opts.limit)
        return _Found(searcher.count(query, filter) if ranked == _RANKED else ranked, hits, ranked)
    hits = [*islice(searcher.newest(query, filter), opts.limit)]
    return _Found(searcher.count(query, filter) if len(hits) == opts.limit else len(hits), hits, 0)


def _print(found: _Found, text: str, opts: argparse.Namespace) -> int:
    if opts.count and opts.as_json:
        print_json([{"count": found.count}])
    elif opts.as_json:
        extra = {"ranked_among": found.ranked} if found.ranked else {}
        print_json(_plain(hit) | extra for hit in found.hits)
    elif not found.count:
        console().print(clean(f"Nothing says {_cut(text)}"), soft_wrap=True)
    elif opts.count:
        console().print(clean(_title(found, text, opts)), soft_wrap=True)
    else:
        rows = [(hit.published, hit.source, _marked(hit, opts.all_versions)) for hit in found.hits]
        print_table(console(), _title(found, text, opts), ("published", "source", "article"), rows)
    return 0 if found.count else 1


def _title(found: _Found, text: str, opts: argparse.Namespace) -> str:
    title = f"{found.count} {'versions' if opts.all_versions else 'articles'} say {_cut(text)}"
    shown = len(found.hits)
    if found.count > found.ranked > 0:
        return f"{title}, these {shown} the most relevant of the newest {found.ranked}"
    if found.ranked:
        return f"{title}, the {shown} most relevant of them" if found.count > shown else f"{title}, most relevant first"
    return f"{title}, the newest {shown} of them" if found.count > shown > 0 else title


def _progress() -> Callable[[int, int], None]:
    """Return what tells a person at a terminal how far the index is, if it takes long."""

    def tell(done: int, of: int) -> None:
        if of > _WORTH_TELLING and sys.stderr.isatty():
            print(f"\rindexing: {done} of {of} texts", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return tell


def _plain(hit: SearchHit) -> dict[str, Any]:
    return {name: getattr(hit, name) for name in _KEYS}


def _marked(hit: SearchHit, with_version: bool) -> Text:
    """Return title, address and snippet of a hit, the matches marked; `clean` keeps every character's place."""
    shown = Text().append_text(_with_marks(hit.title or "", hit.title_marks, "bold"))
    version = f" (version {hit.number}, {hit.captured[:10]})" if with_version else ""
    shown.append(f"\n{clean(hit.url)}{version}\n", style="dim")
    shown.append_text(_with_marks(hit.snippet, hit.marks, ""))
    return shown


def _cut(text: str) -> str:
    return text if len(text) <= _WHOLE_CHARS else text[: _WHOLE_CHARS - 1] + "…"


def _with_marks(text: str, marks: tuple[tuple[int, int], ...], style: str) -> Text:
    shown = Text(clean(_cut(text)), style=style)
    for start, end in marks:
        shown.stylize("bold reverse", start, min(end, _WHOLE_CHARS))
    return shown

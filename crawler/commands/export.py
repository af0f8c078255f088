"""Owns `scrapy export KIND`: captures and what was read from them, handed on in the forms that others read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from crawler.command import ArchiveCommand, print_json
from crawler.exports import EXPORTS, Order, digest_of
from crawler.options import Options
from crawler.table_exports import TABLES, TableOrder, format_of, write_table
from crawler.terminal import clean, console
from pipelines.surroundings import surroundings
from storage.catalogue import Catalogue
from storage.catalogue_events import EVENT_KINDS, EventChoice
from storage.catalogue_listing import ArticleChoice, Listing, chosen_pages
from storage.catalogue_selection import Selection, chosen, chosen_by_file, dangling
from storage.errors import UsageError
from storage.search import Searcher
from storage.search_filter import Filter
from storage.search_query import parse

_KINDS = (*TABLES, *EXPORTS)
_STATES = ("live", "suspect", "removed", "unobserved")
_SCRIPTS = ("Hans", "Hant")
_DAYS = "published (articles, versions; as the page dates itself), observed (events) or captured (the rest; UTC)"


class Command(ArchiveCommand):
    """Export captures and articles."""

    takes_arguments = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[-o FILE] [--format jsonl|csv] [filters] " + "|".join(_KINDS)

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Hand on rows (JSON lines, CSV), an index for pywb, a WACZ that plays alone, or a WARC"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "articles, versions, captures, events: one row each, with the WARC file, offset and digest that prove it. "
            "cdxj: the index that pywb serves. wacz: a package that ReplayWeb.page plays alone. warc: the records byte "
            "for byte in one file; with these come what their revisits refer to and what their pages need. "
            "Exit 1 when nothing is chosen. "
            "Example: scrapy export articles --source mine --from 2026-11-01 --to 2026-11-30 -o november.csv"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what chooses and what shapes the file."""
        super().add_options(parser)
        parser.add_argument("--source", help="only of this source")
        parser.add_argument("--from", dest="since", metavar="DATE", help=f"{_DAYS}, on this day or later")
        parser.add_argument("--to", dest="until", metavar="DATE", help="... on this day or earlier")
        parser.add_argument(
            "--query", metavar="Q", help="only pages whose articles say this, as `scrapy search` finds them"
        )
        parser.add_argument("--origin", metavar="NAME", help="only pages whose articles name this 来源")
        parser.add_argument("--author", metavar="NAME", help="only pages whose articles name this author")
        parser.add_argument("--state", metavar="STATE", help=f"only pages that are {', '.join(_STATES)}")
        parser.add_argument("--script", metavar="SCRIPT", help="only pages whose articles are in Hans or Hant")
        parser.add_argument("--kind", action="append", default=[], metavar="KIND", help="events: only of this kind")
        parser.add_argument("-o", dest="out", metavar="FILE", help="file to write; it must not exist")
        parser.add_argument("--format", metavar="FORM", help="rows: jsonl, or csv; by default as the file is named")
        parser.add_argument("--text", action="store_true", help="warc: add conversion records with the articles' text")
        parser.add_argument("--sign", metavar="KEY", help="wacz: sign with this PEM key (ECDSA, P-384)")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Write the export and say what it holds; 1 when nothing is chosen or a revisit's response is lost."""
        kind = _kind(args, opts)
        catalogue = Catalogue.open(options.catalogue_path, read_only=True)
        try:
            with _one_view(catalogue):
                return _rows(catalogue, kind, opts) if kind in TABLES else _files(catalogue, kind, opts, options)
        finally:
            catalogue.close()


def _rows(catalogue: Catalogue, kind: str, opts: argparse.Namespace) -> int:
    since, until = _span(opts)
    order = TableOrder(
        kind=kind,
        form=format_of(opts.format, opts.out),
        out=_path(opts),
        listing=Listing(
            TABLES[kind],
            _choice(catalogue, opts, is_dated=kind in ("articles", "versions")),
            EventChoice(since=since, until=until, kinds=tuple(opts.kind)),
        ),
        selection=_selection(catalogue, opts) if kind == "captures" else Selection(),
    )
    rows = write_table(catalogue.store, order)
    if not rows:
        return _nothing()
    if order.out is not None:
        _tell(kind, order.out, {"rows": rows}, as_json=opts.as_json)
    return 0


def _files(catalogue: Catalogue, kind: str, opts: argparse.Namespace, options: Options) -> int:
    selection = _with_surroundings(catalogue, options, _selection(catalogue, opts))
    if selection.pages == () or not chosen_by_file(catalogue.store, selection):
        return _nothing()
    order = _order(opts, options, selection)
    counts = EXPORTS[kind].write(catalogue.store, order)
    lost = dangling(catalogue.store, selection)
    if order.out is not None:
        _tell(kind, order.out, counts, as_json=opts.as_json)
    if lost:
        print(f"scrapy: export: {lost} revisits refer to responses that are not in the archive", file=sys.stderr)
    return 1 if lost else 0


def _nothing() -> int:
    print("scrapy: export: nothing in the archive is chosen by this", file=sys.stderr)
    return 1


def _kind(args: list[str], opts: argparse.Namespace) -> str:
    if len(args) != 1 or args[0] not in _KINDS:
        raise UsageError(f"export: {' '.join(args) or 'no kind'}: give one of {', '.join(_KINDS)}")
    kind = args[0]
    for option, given, kinds in (
        ("--text", opts.text, ("warc",)),
        ("--sign", opts.sign, ("wacz",)),
        ("--format", opts.format, tuple(TABLES)),
        ("--kind", opts.kind, ("events",)),
    ):
        if given and kind not in kinds:
            raise UsageError(f"export: {option}: belongs to {', '.join(kinds)}")
    for option, given, values in (
        ("--state", [opts.state], _STATES),
        ("--script", [opts.script], _SCRIPTS),
        ("--kind", opts.kind, EVENT_KINDS),
    ):
        for value in given:
            if value is not None and value not in values:
                raise UsageError(f"export: {option} {value}: must be one of {', '.join(values)}")
    if kind in EXPORTS:
        _check_name(kind, opts.out)
    return kind


def _check_name(kind: str, out: str | None) -> None:
    export = EXPORTS[kind]
    if out is None and export.needs_file:
        raise UsageError(f"export: {kind}: give a file to write, for example `-o archive{export.suffixes[0]}`")
    if out is not None and not out.endswith(export.suffixes):
        raise UsageError(f"export: -o {out}: must end in {' or '.join(export.suffixes)}")


@contextmanager
def _one_view(catalogue: Catalogue) -> Iterator[None]:
    """Read all of it as it is now, also while a crawl goes on writing."""
    catalogue.store.run("BEGIN")
    try:
        yield
    finally:
        catalogue.store.run("ROLLBACK")


def _choice(catalogue: Catalogue, opts: argparse.Namespace, *, is_dated: bool) -> ArticleChoice:
    """Return which pages are asked for, by days of publication too if `is_dated`."""
    pages = None
    if opts.query is not None:
        query = parse(opts.query)
        if query is None:
            raise UsageError(f"export: --query {opts.query}: must hold a letter, a digit or a Han character")
        with Searcher.open(catalogue) as searcher:
            pages = tuple(searcher.pages(query, Filter(sources=None if opts.source is None else (opts.source,))))
    _span(opts)
    return ArticleChoice(
        source=opts.source,
        origin=opts.origin,
        author=opts.author,
        state=opts.state,
        script=opts.script,
        published_from=opts.since if is_dated else None,
        published_to=opts.until if is_dated else None,
        pages=pages,
    )


def _selection(catalogue: Catalogue, opts: argparse.Namespace) -> Selection:
    since, until = _span(opts)
    choice = _choice(catalogue, opts, is_dated=False)
    is_of_pages = choice != ArticleChoice(source=choice.source)
    pages = tuple(chosen_pages(catalogue.store, choice)) if is_of_pages else None
    return Selection(source=opts.source, since=since, until=until, pages=pages)


def _span(opts: argparse.Namespace) -> tuple[datetime | None, datetime | None]:
    since, until = _day("--from", opts.since), _day("--to", opts.until)
    return since, None if until is None else until + timedelta(days=1)


def _with_surroundings(catalogue: Catalogue, options: Options, selection: Selection) -> Selection:
    """Choose with the pages what they need to look as they did; everything holds that already."""
    if selection == Selection():
        return selection
    items = chosen(catalogue.store, selection)
    return replace(selection, also=tuple(surroundings(catalogue.store, options.archive_dir, selection, items)))


def _day(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise UsageError(f"export: {option} {text}: must be a day such as 2026-11-22") from None


def _order(opts: argparse.Namespace, options: Options, selection: Selection) -> Order:
    filters = ("source", "from", "to", "query", "origin", "author", "state", "script")
    asked = {name: getattr(opts, {"from": "since", "to": "until"}.get(name, name)) for name in filters}
    words = ", ".join(f"{name} {value}" for name, value in asked.items() if value is not None)
    return Order(
        archive_dir=options.archive_dir,
        selection=selection,
        words=words or "everything",
        out=_path(opts),
        made=datetime.now(UTC),
        operator=options.contact,
        with_text=opts.text,
        key_file=None if opts.sign is None else Path(opts.sign),
    )


def _path(opts: argparse.Namespace) -> Path | None:
    return None if opts.out is None else Path(opts.out).absolute()


def _tell(kind: str, out: Path, counts: Mapping[str, Any], *, as_json: bool) -> None:
    size_bytes, digest = out.stat().st_size, digest_of(out)
    if as_json:
        print_json([{"kind": kind, "file": str(out), **counts, "size_bytes": size_bytes, "sha256": digest}])
        return
    said = ", ".join(
        f"{value} {name.replace('_', ' ')}" for name, value in counts.items() if not isinstance(value, bool)
    )
    console().print(clean(f"{out}: {said}; {size_bytes} bytes, {digest}"), soft_wrap=True)

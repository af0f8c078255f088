"""Owns `scrapy export KIND`: captures and what was read from them, handed on in the forms that others read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.command import ArchiveCommand, print_json
from crawler.exports import EXPORTS, Order, digest_of
from crawler.options import Options
from crawler.search_filters import add_filters, filter_of
from crawler.table_exports import TABLES, TableOrder, format_of, write_table
from crawler.terminal import clean, console
from crawler.typed_time import days_of
from pipelines.surroundings import surroundings
from storage.catalogue import Catalogue
from storage.catalogue_events import EVENT_KINDS, EventChoice
from storage.catalogue_listing import Listing, chosen_pages
from storage.catalogue_selection import Selection, chosen, chosen_by_file, dangling
from storage.errors import UsageError
from storage.search import Searcher
from storage.search_filter import Filter
from storage.search_query import parse

_KINDS = (*TABLES, *EXPORTS)
_SAID = {"sources": "source", "since": "from", "until": "to"}
_DATED = ("articles", "versions")
_DAYS = f"{' and '.join(_DATED)}: published, as the page dates itself; events: observed; the rest: captured (UTC)"


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
        add_filters(parser)
        parser.add_argument("--from", dest="since", metavar="DATE", help=f"then or later. {_DAYS}")
        parser.add_argument("--to", dest="until", metavar="DATE", help="then or earlier: 2026, 2026-11, 2026-11-22")
        parser.add_argument(
            "--query", metavar="Q", help="only pages whose articles say this, as `scrapy search` finds them"
        )
        parser.add_argument(
            "--event", action="append", default=[], metavar="KIND", help=f"events: only {', '.join(EVENT_KINDS)}"
        )
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
                asked = _asked(catalogue, kind, opts, filter_of(opts, options, "export"))
                return (
                    _rows(catalogue, asked, kind, opts)
                    if kind in TABLES
                    else _files(catalogue, asked, kind, opts, options)
                )
        finally:
            catalogue.close()


def _rows(catalogue: Catalogue, asked: Listing, kind: str, opts: argparse.Namespace) -> int:
    selection = _selection(catalogue, asked, opts) if kind == "captures" else Selection()
    order = TableOrder(kind, format_of(opts.format, opts.out), _path(opts), asked, selection)
    rows = write_table(catalogue.store, order)
    if not rows:
        return _nothing()
    if order.out is not None:
        _tell(kind, order.out, {"rows": rows}, as_json=opts.as_json)
    return 0


def _files(catalogue: Catalogue, asked: Listing, kind: str, opts: argparse.Namespace, options: Options) -> int:
    selection = _with_surroundings(catalogue, options, _selection(catalogue, asked, opts))
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
        ("--event", opts.event, ("events",)),
    ):
        if given and kind not in kinds:
            raise UsageError(f"export: {option}: belongs to {', '.join(kinds)}")
    for value in opts.event:
        if value not in EVENT_KINDS:
            raise UsageError(f"export: --event {value}: must be one of {', '.join(EVENT_KINDS)}")
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


def _asked(catalogue: Catalogue, kind: str, opts: argparse.Namespace, filter: Filter) -> Listing:
    """Return what is asked for; days that are not of publication choose no pages."""
    since, until = _span(opts)
    if kind not in _DATED:
        filter = replace(filter, since=None, until=None)
    pages = None
    if opts.query is not None:
        query = parse(opts.query)
        if query is None:
            raise UsageError(f"export: --query {opts.query}: must hold a letter, a digit or a Han character")
        with Searcher.open(catalogue) as searcher:
            pages = tuple(searcher.pages(query, filter))
    events = EventChoice(since=since, until=until, kinds=tuple(opts.event)) if kind == "events" else None
    return Listing(TABLES.get(kind, "capture"), filter, pages, events)


def _selection(catalogue: Catalogue, asked: Listing, opts: argparse.Namespace) -> Selection:
    since, until = _span(opts)
    is_of_pages = asked.pages is not None or asked.filter != Filter(sources=asked.filter.sources)
    pages = tuple(chosen_pages(catalogue.store, asked)) if is_of_pages else None
    return Selection(sources=asked.filter.sources, since=since, until=until, pages=pages)


def _span(opts: argparse.Namespace) -> tuple[datetime | None, datetime | None]:
    """Return the moments (UTC) at which the first day begins and the last has ended."""
    since = None if opts.since is None else days_of("export: --from", opts.since)[0]
    return since, None if opts.until is None else days_of("export: --to", opts.until)[1]


def _with_surroundings(catalogue: Catalogue, options: Options, selection: Selection) -> Selection:
    """Choose with the pages what they need to look as they did; everything holds that already."""
    if selection == Selection():
        return selection
    items = chosen(catalogue.store, selection)
    return replace(selection, also=tuple(surroundings(catalogue.store, options.archive_dir, selection, items)))


def _order(opts: argparse.Namespace, options: Options, selection: Selection) -> Order:
    filters = ("sources", "kind", "since", "until", "query", "origin", "author", "state", "script")
    asked = {_SAID.get(name, name): getattr(opts, name) for name in filters}
    words = ", ".join(
        f"{name} {' or '.join(value) if isinstance(value, list) else value}" for name, value in asked.items() if value
    )
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

"""Owns `scrapy export KIND`: captures handed on in the forms that others read."""

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
from crawler.terminal import clean, console
from pipelines.surroundings import surroundings
from storage.catalogue import Catalogue
from storage.catalogue_selection import Selection, chosen, chosen_by_file, dangling
from storage.errors import UsageError
from storage.search import search, terms_of


class Command(ArchiveCommand):
    """Export captures."""

    takes_arguments = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[--source NAME] [--from DATE] [--to DATE] [--query Q] [-o FILE] " + "|".join(EXPORTS)

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Hand captures on: an index for pywb, a WACZ that plays alone, or a WARC"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "cdxj: the index that pywb serves. wacz: a package that ReplayWeb.page plays alone. warc: the records byte "
            "for byte in one file. With whatever is chosen come what its revisits refer to and what its pages need. "
            "Exit 1 when nothing is chosen. "
            "Example: scrapy export wacz --source mine --from 2026-11-01 --to 2026-11-30 -o november.wacz"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what chooses captures and what shapes the file."""
        super().add_options(parser)
        parser.add_argument("--source", help="only captures of this source")
        parser.add_argument("--from", dest="since", metavar="DATE", help="captured on this day (UTC) or later")
        parser.add_argument("--to", dest="until", metavar="DATE", help="captured on this day (UTC) or earlier")
        parser.add_argument(
            "--query", metavar="Q", help="only pages whose articles say this, as `scrapy search` finds them"
        )
        parser.add_argument("-o", dest="out", metavar="FILE", help="file to write; it must not exist")
        parser.add_argument("--text", action="store_true", help="warc: add conversion records with the articles' text")
        parser.add_argument("--sign", metavar="KEY", help="wacz: sign with this PEM key (ECDSA, P-384)")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Write the export and say what it holds; 1 when nothing is chosen or a revisit's response is lost."""
        kind = _kind(args, opts)
        catalogue = Catalogue.open(options.catalogue_path, read_only=True)
        try:
            with _one_view(catalogue):
                selection = _with_surroundings(catalogue, options, _selection(catalogue, opts))
                if selection.pages == () or not chosen_by_file(catalogue.store, selection):
                    print("scrapy: export: nothing in the archive is chosen by this", file=sys.stderr)
                    return 1
                order = _order(opts, options, selection)
                counts = EXPORTS[kind].write(catalogue.store, order)
                lost = dangling(catalogue.store, selection)
        finally:
            catalogue.close()
        if order.out is not None:
            _tell(kind, order.out, counts, as_json=opts.as_json)
        if lost:
            print(f"scrapy: export: {lost} revisits refer to responses that are not in the archive", file=sys.stderr)
        return 1 if lost else 0


def _kind(args: list[str], opts: argparse.Namespace) -> str:
    names = ", ".join(EXPORTS)
    if len(args) != 1 or args[0] not in EXPORTS:
        raise UsageError(f"export: {' '.join(args) or 'no kind'}: give one of {names}")
    kind = args[0]
    export = EXPORTS[kind]
    if opts.out is None and export.needs_file:
        raise UsageError(f"export: {kind}: give a file to write, for example `-o archive{export.suffixes[0]}`")
    if opts.out is not None and not opts.out.endswith(export.suffixes):
        raise UsageError(f"export: -o {opts.out}: must end in {' or '.join(export.suffixes)}")
    if opts.text and kind != "warc":
        raise UsageError("export: --text: belongs to warc")
    if opts.sign and kind != "wacz":
        raise UsageError("export: --sign: belongs to wacz")
    return kind


@contextmanager
def _one_view(catalogue: Catalogue) -> Iterator[None]:
    """Read all of it as it is now, also while a crawl goes on writing."""
    catalogue.store.run("BEGIN")
    try:
        yield
    finally:
        catalogue.store.run("ROLLBACK")


def _selection(catalogue: Catalogue, opts: argparse.Namespace) -> Selection:
    pages = None
    if opts.query is not None:
        if not terms_of(opts.query):
            raise UsageError(f"export: --query {opts.query}: must hold a letter, a digit or a Han character")
        pages = tuple(hit.page_id for hit in search(catalogue, opts.query, source=opts.source, limit=None))
    until = _day("--to", opts.until)
    return Selection(
        source=opts.source,
        since=_day("--from", opts.since),
        until=None if until is None else until + timedelta(days=1),
        pages=pages,
    )


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
    asked = {"source": opts.source, "from": opts.since, "to": opts.until, "query": opts.query}
    words = ", ".join(f"{name} {value}" for name, value in asked.items() if value is not None)
    return Order(
        archive_dir=options.archive_dir,
        selection=selection,
        words=words or "everything",
        out=None if opts.out is None else Path(opts.out).absolute(),
        made=datetime.now(UTC),
        operator=options.contact,
        with_text=opts.text,
        key_file=None if opts.sign is None else Path(opts.sign),
    )


def _tell(kind: str, out: Path, counts: Mapping[str, Any], *, as_json: bool) -> None:
    size_bytes, digest = out.stat().st_size, digest_of(out)
    if as_json:
        print_json([{"kind": kind, "file": str(out), **counts, "size_bytes": size_bytes, "sha256": digest}])
        return
    said = ", ".join(
        f"{value} {name.replace('_', ' ')}" for name, value in counts.items() if not isinstance(value, bool)
    )
    console().print(clean(f"{out}: {said}; {size_bytes} bytes, {digest}"), soft_wrap=True)

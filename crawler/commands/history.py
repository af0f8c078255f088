"""Owns `scrapy history URL`: what became of one page, capture by capture, version by version, event by event."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias

from rich.text import Text

from crawler.command import ArchiveCommand, print_json
from crawler.difference import difference_of, difference_row
from crawler.history_page import history_page
from crawler.options import Options
from crawler.terminal import console, print_table
from crawler.timeline import condensed, proof_of, said_of, timeline
from storage.catalogue import Catalogue, History
from storage.errors import UsageError
from storage.urlkey import canonical

Pairs: TypeAlias = Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]

_RANGE: Final = re.compile(r"(\d{1,6})?(\.\.)?(\d{1,6})?")


class Command(ArchiveCommand):
    """Show the timeline of one page."""

    takes_arguments = True
    is_paged = True

    def syntax(self) -> str:
        """Return the usage."""
        return "URL [--diff [A..B]] [--html | --json]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Show what became of one page: captures, versions, events"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Show every capture, version and event of a page, and what changed from version to version. Examples: "
            "scrapy history http://www.news.cn/c.html; scrapy history http://www.news.cn/c.html --diff 1..3; "
            "scrapy history http://www.news.cn/c.html --html > c.html"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the difference and its form."""
        super().add_options(parser)
        parser.add_argument(
            "--diff",
            nargs="?",
            const="",
            metavar="A..B",
            help="only what changed from version A to B; without numbers, to the latest from the one before",
        )
        parser.add_argument("--html", action="store_true", help="a page for a browser, safe to open and to send")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the timeline or a difference; 1 when nothing is known of the address."""
        if opts.diff is not None and not args and _RANGE.fullmatch(opts.diff) is None:
            args, opts.diff = [opts.diff], ""  # `--diff URL`
        if len(args) != 1:
            raise UsageError("history: give one URL, for example `scrapy history http://www.news.cn/politics/c.html`")
        url = canonical(args[0])
        if url is None:
            raise UsageError(f"history: {args[0]}: must be an http or https URL")
        with Catalogue.open(options.catalogue_path, read_only=True) as catalogue:
            history = catalogue.history(url)
        rows = timeline(history)
        pairs = _pairs(history.versions, opts.diff)
        if opts.html and rows:
            print(history_page(url, history, rows if opts.diff is None else [], pairs))
        elif opts.as_json:
            print_json(rows if opts.diff is None else [difference_row(*pair) for pair in pairs])
        elif rows:
            _print(url, history, rows if opts.diff is None else [], pairs)
        else:
            console().print(f"Nothing is known of {url}", soft_wrap=True)
        return 0 if rows else 1


def _pairs(versions: Sequence[Mapping[str, Any]], wanted: str | None) -> Pairs:
    """Return the versions to compare: each with the next, or those that `wanted` names (`2..5`, `2..`, `5`).

    Raises:
        UsageError: it names none that there is.
    """
    if wanted is None or len(versions) < 2:
        return [*pairwise(versions)]
    match = _RANGE.fullmatch(wanted)
    if match is None:
        raise UsageError(f"history: --diff {wanted}: must be two numbers of versions, for example --diff 1..2")
    first, dots, last = match.groups()
    end = int(last or 0) or (len(versions) if dots or not first else int(first))
    begin = int(first) if first and (dots or last) else end - 1
    if not 1 <= begin <= len(versions) or not 1 <= end <= len(versions):
        raise UsageError(f"history: --diff {wanted}: the page has the versions 1 to {len(versions)}")
    return [(versions[begin - 1], versions[end - 1])]


def _print(url: str, history: History, rows: Sequence[Mapping[str, Any]], pairs: Pairs) -> None:
    out = console()
    page = history.page or {}
    title = f"{(page.get('title') or url)[:200]}: {page.get('state') or 'no article'}"
    if rows:
        lines = [(row["at"], row["what"], said_of(row), proof_of(row)) for row in condensed(rows)]
        print_table(out, title, ("at (UTC)", "what", "says", "proof"), lines)
    for address in history.addresses[1:]:
        out.print(Text(f"Also at {address['url']} ({address['relation']})"), soft_wrap=True)
    for earlier, later in pairs:
        out.print(Text(f"Version {earlier['number']} to {later['number']}:", style="bold"))
        out.print(difference_of(earlier, later) or Text("the same text\n"))

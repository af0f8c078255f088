"""Owns `scrapy history URL`: what became of one page, capture by capture, version by version, event by event."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from crawler.command import ArchiveCommand, print_json
from crawler.difference import difference_of
from crawler.options import Options
from crawler.terminal import console, print_table
from storage.catalogue import Catalogue, History
from storage.errors import UsageError
from storage.urlkey import canonical


class Command(ArchiveCommand):
    """Show the timeline of one page."""

    takes_arguments = True
    is_paged = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[--json] URL"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Show what became of one page: captures, versions, events"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return "Show every capture, version and event of a page. Example: scrapy history http://www.news.cn/c.html"

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the timeline; 1 when nothing is known of the address."""
        if len(args) != 1:
            raise UsageError("history: give one URL, for example `scrapy history http://www.news.cn/politics/c.html`")
        url = canonical(args[0])
        if url is None:
            raise UsageError(f"history: {args[0]}: must be an http or https URL")
        catalogue = Catalogue.open(options.catalogue_path, read_only=True)
        try:
            history = catalogue.history(url)
        finally:
            catalogue.close()
        rows = timeline(history)
        if opts.as_json:
            print_json(rows)
        elif rows:
            _print(url, history, rows)
        else:
            console().print(f"Nothing is known of {url}", soft_wrap=True)
        return 0 if rows else 1


def timeline(history: History) -> list[dict[str, Any]]:
    """Return captures, versions, events and failures of one page in the order of their times, each with its `what`."""
    rows: list[dict[str, Any]] = []
    for what, key, group in (
        ("capture", "captured", history.captures),
        ("version", "captured", history.versions),
        ("event", "observed", history.events),
        ("failure", "attempted", history.failures),
    ):
        rows += [{"what": what, "at": row[key], **row} for row in group]
    order = {"capture": 0, "failure": 1, "version": 2, "event": 3}
    return sorted(rows, key=lambda row: (row["at"], order[row["what"]]))


def _print(url: str, history: History, rows: list[dict[str, Any]]) -> None:
    out = console()
    title = f"{(history.page or {}).get('title') or url}: {(history.page or {}).get('state') or 'no article'}"
    print_table(out, title, ("at (UTC)", "what", "says", "proof"), [_line(row) for row in rows])
    for earlier, later in zip(history.versions, history.versions[1:], strict=False):
        out.print(Text(f"Version {earlier['number']} to {later['number']}:", style="bold"))
        out.print(difference_of(earlier, later))


def _line(row: Mapping[str, Any]) -> tuple[object, ...]:
    what = row["what"]
    if what == "capture":
        found = f", {row['finding']}" + (f" ({row['grade']})" if row["finding"] == "unchanged" else "")
        said = f"{row['method']} {row['status']} {row['kind']}" + (found if row["finding"] else "")
        proof = f"{row['warc_file']}@{row['warc_offset']}"
    elif what == "version":
        said, proof = f"number {row['number']}: {row['title']}", row["version_id"]
    elif what == "event":
        detail = row["detail"] if isinstance(row["detail"], str) else json.dumps(row["detail"], ensure_ascii=False)
        said, proof = f"{row['kind']} ({row['grade']}), after {row['after'] or 'never'} {detail}", row["capture_after"]
    else:
        said, proof = f"{row['stage']}: {row['reason']}", row["crawl_id"]
    return row["at"], what, said, proof

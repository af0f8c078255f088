"""Owns `scrapy changes`: what happened to the archived pages, newest first."""

from __future__ import annotations

import argparse
from collections.abc import Generator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any

from rich.text import Text

from crawler.command import ArchiveCommand, print_json
from crawler.compared import caught_up
from crawler.difference import body_difference
from crawler.event_words import Behind, event_text
from crawler.options import Options
from crawler.tampered import TAMPERED, tampered_copies
from crawler.terminal import clean, console, print_table
from crawler.typed_time import read_since, read_until
from storage.catalogue import Catalogue
from storage.catalogue_events import EVENT_KINDS, EventChoice, count_events, edited_fields, events
from storage.catalogue_store import Store
from storage.errors import UsageError

_KINDS = (*EVENT_KINDS, TAMPERED)
_SHOWN = 50
_BODY_LINES = 3
_TITLE_CHARS = 200
_LONGEST_CHARS = 40_000
"""Of both bodies: beyond, comparing them takes too long for a line in a list."""


class Command(ArchiveCommand):
    """List events."""

    is_paged = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[--json] [-n N] [--since TIME] [--until TIME] [--kind KIND]... [--source NAME]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "List what happened: edits, removals, returns, injected links"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Newest observation first. Each event states the interval in which it happened: after the last observation "
            "that still found things as they were, by the observation that found them changed. --kind reprint lists "
            "the copies that cut, added or altered something, by their capture; it is never included unasked. Exit 1 "
            "when nothing happened. Example: scrapy changes --since 7d --kind edited --kind removed"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the filters."""
        super().add_options(parser)
        parser.add_argument(
            "-n", type=int, dest="limit", metavar="N", help=f"events at most ({_SHOWN} by default, all with --json)"
        )
        parser.add_argument("--since", metavar="TIME", help="observed then or later: 2026-11-22, a moment, or 7d (ago)")
        parser.add_argument("--until", metavar="TIME", help="observed before then; a day is meant to its end (UTC)")
        parser.add_argument(
            "--kind", action="append", default=[], metavar="KIND", help=f"one of {', '.join(_KINDS)}; repeatable"
        )
        parser.add_argument("--source", help="only this source")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the events; 1 when there are none."""
        choice = _choice(opts)
        limit = opts.limit if opts.limit is not None or opts.as_json else _SHOWN
        with _opened(choice, options) as catalogue, closing(_rows(catalogue.store, choice)) as rows:
            if opts.as_json:
                return 0 if print_json(islice(rows, limit)) else 1
            found = list(islice(rows, limit))
            lines = [_line(event, _behind(catalogue.store, event)) for event in found]
            title = _title(catalogue.store, choice, len(found), is_all=next(rows, None) is None)
        if not lines:
            console().print("Nothing of this kind happened", soft_wrap=True)
            return 1
        print_table(console(), title, ("observed, and last seen before (UTC)", "event", "page"), lines)
        return 0


def _choice(opts: argparse.Namespace) -> EventChoice:
    for kind in opts.kind:
        if kind not in _KINDS:
            raise UsageError(f"changes: --kind {kind}: must be one of {', '.join(_KINDS)}")
    if opts.limit is not None and opts.limit < 1:
        raise UsageError(f"changes: -n {opts.limit}: must be at least 1")
    now = datetime.now(UTC)
    return EventChoice(
        source=opts.source,
        since=read_since(opts.since, "changes: --since", now),
        until=read_until(opts.until, "changes: --until", now),
        kinds=tuple(opts.kind),
    )


def _opened(choice: EventChoice, options: Options) -> Catalogue:
    """Open the catalogue, its texts compared if reprints are asked for."""
    path = options.catalogue_path
    return caught_up(path) if TAMPERED in choice.kinds else Catalogue.open(path, read_only=True)


def _rows(store: Store, choice: EventChoice) -> Generator[dict[str, Any], None, None]:
    """Yield events, and copies that depart from their original if those are asked for, newest first."""
    happened = events(store, choice) if choice.kinds != (TAMPERED,) else iter(())
    copies = tampered_copies(store, choice) if TAMPERED in choice.kinds else iter(())
    yield from merge(happened, copies, key=lambda row: str(row["observed"]), reverse=True)


def _title(store: Store, choice: EventChoice, shown: int, *, is_all: bool) -> str:
    if is_all:
        return f"{shown} event{'' if shown == 1 else 's'}"
    if TAMPERED in choice.kinds:  # to count these, every one would have to be compared
        return f"The newest {shown} events; -n N shows more"
    return f"{count_events(store, choice)} events, the newest {shown} of them"


def _behind(store: Store, event: Mapping[str, Any]) -> Behind:
    version = event["detail"].get("version")
    edited = event["kind"] == "edited" and isinstance(version, int)
    fields = edited_fields(store, event["page_id"], version) if edited else {}
    before, after = fields.get("body", ("", ""))
    is_told = before != after and len(before) + len(after) < _LONGEST_CHARS
    return Behind(
        fields=fields,
        body=body_difference(before, after, lines=_BODY_LINES) if is_told else None,
    )


def _line(event: Mapping[str, Any], behind: Behind) -> tuple[Text, Text, Text]:
    when = Text(_seconds(event["observed"]))
    if event["kind"] != TAMPERED:
        when.append(f"\nafter {_seconds(event['after'])}" if event["after"] else "\nnever seen before", style="dim")
    page = Text(clean(event["title"] or "(no title)")[:_TITLE_CHARS])
    page.append(f"\n{clean(event['url'])}", style="dim")
    return when, event_text(event, behind), page


def _seconds(stamped: str) -> str:
    return stamped[:19].replace("T", " ")

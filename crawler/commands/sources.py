"""Owns `scrapy sources`: every source file and what is wrong with it; a first file for a new site; a source tried."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from crawler.command import ArchiveCommand, print_json
from crawler.contact import require_contact
from crawler.families import FamilyForm
from crawler.options import Options
from crawler.probe import asking
from crawler.proposal import name_for, proposed
from crawler.site_survey import Look, SiteSurvey, stand_in
from crawler.source_index import families_table, sources_table
from crawler.source_trial import Card, Trial, try_source
from crawler.sources import load, load_all, load_families
from crawler.terminal import clean, console, print_table
from storage.errors import SourceError, UsageError
from storage.model import Source
from storage.urlkey import canonical

T = TypeVar("T")

_COLUMNS = ("name", "title", "kind", "home", "lists", "feeds", "sitemaps", "verified")
_CARD = ("url", "title", "published", "origin", "authors", "editors", "section", "body")
_DELAY_S = 1.0


class Command(ArchiveCommand):
    """List source files, propose one, or try one; `--check` makes a broken one an error."""

    takes_arguments = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[--check] [--json] [--markdown] | new URL [-o FILE] [--delay S] | try NAME"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "List the publications and what is wrong with a source file; propose one; try one"

    def long_desc(self) -> str:
        """Return the help with examples."""
        return (
            "List every source file of ARCHIVE_SOURCES. `new URL` looks at a site from its front page, some twenty "
            "requests as polite as a crawl's, and prints a source file for it. `try NAME` fetches one list and three "
            "articles of a source and shows the cards. Neither keeps anything. Examples: scrapy sources --check; "
            "scrapy sources new https://www.example.org/ -o crawler/sources/mine.toml; scrapy sources try mine"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of all three forms."""
        super().add_options(parser)
        parser.add_argument("--check", action="store_true", help="exit 2 if any file is broken")
        parser.add_argument("--markdown", action="store_true", help="sources and families as tables of Markdown")
        parser.add_argument("-o", dest="file", type=Path, help="new: write the file there, which must not exist yet")
        parser.add_argument(
            "--delay",
            type=float,
            default=_DELAY_S,
            help="new: seconds between two requests (default 1), also in the file",
        )

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """List, propose or try."""
        if not args:
            return _list(opts, options)
        form = {"new": _new, "try": _try}.get(args[0])
        if form is None or len(args) != 2:
            raise UsageError("sources: give nothing, `new URL` or `try NAME`; `scrapy sources -h` tells more")
        return form(args[1], opts, options)


# --- sources -----------------------------------------------------------------------------------


def _list(opts: argparse.Namespace, options: Options) -> int:
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


# --- sources new -------------------------------------------------------------------------------


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise UsageError("sources: stopped; nothing was kept") from None


def _new(address: str, opts: argparse.Namespace, options: Options) -> int:
    """Print a source file for the site at `address`; 1 when no articles were found."""
    url = canonical(address if "://" in address else f"https://{address}")
    if url is None:
        raise UsageError(f"sources new: {address}: is no http or https URL")
    if not 0 <= opts.delay <= 3600:
        raise UsageError(f"sources new: --delay {opts.delay:g}: must be a number of seconds from 0 to 3600")
    if opts.file is not None and opts.file.exists():
        raise UsageError(f"sources new: -o {opts.file}: is there already")
    source = stand_in(url)
    require_contact(options, source)
    families = load_families(options.sources_dir)
    if sys.stderr.isatty():
        print(f"Looking at {url}: some twenty requests, {opts.delay:g} s apart; Ctrl-C ends it.", file=sys.stderr)
    look = _run(_look(url, families, source, opts.delay, options))
    text = proposed(look, families, opts.delay, datetime.now(UTC).date())
    if opts.as_json:
        print_json([{"name": name_for(look.home), "toml": text, "unsure": look.unsure, "requests": look.asked}])
    if opts.file is not None:
        _write(opts.file, text)
    elif not opts.as_json:
        print(text, end="")
        print(f"Save it as {options.sources_dir / name_for(look.home)}.toml (-o writes it).", file=sys.stderr)
    return 0 if look.groups else 1


async def _look(url: str, families: Mapping[str, FamilyForm], source: Source, delay_s: float, options: Options) -> Look:
    async with asking(options, source, delay_s) as (probe, workers):
        return await SiteSurvey(probe, workers, families).look(url)


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise UsageError(f"sources new: -o {file}: cannot be written ({error.strerror or error})") from error
    try:
        load(file)
    except SourceError as error:
        print(f"scrapy: not usable yet: {clean(error)}", file=sys.stderr)


# --- sources try -------------------------------------------------------------------------------


def _try(name: str, opts: argparse.Namespace, options: Options) -> int:
    """Show the cards of three articles of the source `name`; 1 when there is none."""
    source = load(options.sources_dir / f"{name}.toml")
    require_contact(options, source)
    trial = _run(_tried(source, options))
    if opts.as_json:
        print_json(_card_row(card) for card in trial.cards)
    else:
        _print_trial(trial)
    return 0 if any(card.article is not None for card in trial.cards) else 1


async def _tried(source: Source, options: Options) -> Trial:
    async with asking(options, source, source.crawl.delay_s) as (probe, workers):
        return await try_source(source, probe, workers)


def _card_row(card: Card) -> dict[str, Any]:
    values = {key: getattr(card.article, key, None) for key in _CARD[1:]}
    return {"url": card.url, **values, "reason": card.reason}


def _print_trial(trial: Trial) -> None:
    out = console()
    rows = [(url, count, reason) for url, count, reason in trial.ways]
    print_table(out, "Where articles are announced", ("address", ">articles", "what is wrong"), rows)
    for card in trial.cards:
        values = _card_row(card)
        shown = [(key, _shown(values[key])) for key in (*_CARD, "reason") if values[key]]
        print_table(out, "", ("field", "value"), shown)


def _shown(value: Any) -> str:
    text = "、".join(value) if isinstance(value, tuple) else str(value)
    return text if len(text) <= 160 else f"{text[:120]} … ({len(text)} characters)"

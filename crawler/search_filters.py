"""Owns the filters of a search as options of a command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from crawler.options import Options
from storage.errors import UsageError
from storage.search_filter import Filter, partial_day

__all__ = ["add_filters", "filter_of"]

_KINDS: Final = ("news", "party", "government", "other")
_STATES: Final = ("live", "suspect", "removed", "unobserved")
_SCRIPTS: Final = ("Hans", "Hant")


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which articles count."""
    parser.add_argument(
        "--source", action="append", dest="sources", metavar="NAME", help="only this source; repeatable"
    )
    parser.add_argument("--origin", metavar="NAME", help="only articles whose 来源 holds this")
    parser.add_argument("--author", metavar="NAME", help="only articles with an author whose name holds this")
    parser.add_argument("--kind", metavar="KIND", help=f"only sources of this kind: {', '.join(_KINDS)}")
    parser.add_argument(
        "--from", dest="since", metavar="DATE", help="published then or later: 2026, 2026-11, 2026-11-22"
    )
    parser.add_argument("--to", dest="until", metavar="DATE", help="published then or earlier, as the page states it")
    parser.add_argument("--state", metavar="STATE", help=f"only pages in this state: {', '.join(_STATES)}")
    parser.add_argument("--script", metavar="SCRIPT", help="only simplified (Hans) or traditional (Hant) texts")


def filter_of(opts: argparse.Namespace, options: Options, command: str) -> Filter:
    """Return the filter that the options say.

    Raises:
        UsageError: a value is none that the option takes.
    """
    _check(command, "--kind", opts.kind, _KINDS)
    _check(command, "--state", opts.state, _STATES)
    _check(command, "--script", opts.script, _SCRIPTS)
    return Filter(
        sources=_sources(opts, options),
        origin=opts.origin,
        author=opts.author,
        since=None if opts.since is None else partial_day(f"{command}: --from", opts.since),
        until=None if opts.until is None else partial_day(f"{command}: --to", opts.until),
        state=opts.state,
        script=opts.script,
        all_versions=getattr(opts, "all_versions", False),
    )


def _check(command: str, option: str, value: str | None, possible: Sequence[str]) -> None:
    if value is not None and value not in possible:
        raise UsageError(f"{command}: {option} {value}: must be one of {', '.join(possible)}")


def _sources(opts: argparse.Namespace, options: Options) -> tuple[str, ...] | None:
    """Return the names that `--source` and `--kind` leave, None if neither was given."""
    named = None if opts.sources is None else tuple(opts.sources)
    if opts.kind is None:
        return named
    from crawler.sources import load_all  # the models of source files take a fifth of a second to import

    sources, _ = load_all(options.sources_dir)
    return tuple(name for name, source in sources.items() if source.kind == opts.kind and name in (named or sources))

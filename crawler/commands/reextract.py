"""Owns `scrapy reextract`: today's extractor over what is archived."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.terminal import clean, console
from pipelines.reextract import Reextracted, reextract
from storage.errors import UsageError


class Command(ArchiveCommand):
    """Read archived captures again."""

    def syntax(self) -> str:
        """Return the usage."""
        return "[--source NAME] [--since DATE] [--json]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Read the archived captures again with today's extractor"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Run today's extractor over the capture of every version and change the fields that differ. What was "
            "captured is not touched and no event arises; a second run changes nothing. "
            "Example: scrapy reextract --source mine --since 2026-01-01"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--source` and `--since`."""
        super().add_options(parser)
        parser.add_argument("--source", metavar="NAME", help="only the versions of one source")
        parser.add_argument("--since", metavar="DATE", help="only versions first captured at or after (UTC)")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Re-extract and say what changed."""
        if not options.catalogue_path.exists():
            raise UsageError(f"ARCHIVE_DIR: {options.archive_dir} holds no catalogue.sqlite; it must be an archive")
        out = console()
        tell = (lambda line: None) if opts.as_json else (lambda line: out.print(clean(line), soft_wrap=True))
        done = reextract(
            options.archive_dir,
            source=opts.source,
            since=_since(opts.since),
            processes=options.workers,
            max_body_bytes=options.max_body_bytes,
            tell=tell,
        )
        if opts.as_json:
            print_json(_rows(done))
        else:
            for url, reason in done.kept:
                out.print(clean(f"kept as it was: {url}: {reason}"), soft_wrap=True)
            out.print(f"{done.read} captures read, {len(done.changed)} versions changed, {len(done.kept)} kept")
        return 0


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"reextract: --since {text}: must be a date, such as 2026-01-31") from error
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _rows(done: Reextracted) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {
            "version_id": one.version_id,
            "url": one.url,
            "extractor_before": one.before,
            "extractor_after": one.after,
            "changed": list(one.fields),
        }
        for one in done.changed
    ]
    return rows

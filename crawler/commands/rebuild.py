"""Owns `scrapy rebuild`: the catalogue made anew from the WARC files alone."""

from __future__ import annotations

import argparse

from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.terminal import clean, console
from pipelines.rebuild import rebuild
from storage.errors import UsageError


class Command(ArchiveCommand):
    """Make the catalogue anew."""

    def syntax(self) -> str:
        """Return the usage."""
        return "[--json]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Make the catalogue anew from the WARC files alone"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Read every WARC file of ARCHIVE_DIR and make catalogue.sqlite anew; the old one is replaced only when "
            "the new one is whole. Exit 1 if a file is not as sealed. Example: scrapy rebuild -s ARCHIVE_DIR=/srv/a"
        )

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Rebuild and say what was found."""
        if not (options.archive_dir / "warc").is_dir():
            raise UsageError(f"ARCHIVE_DIR: {options.archive_dir} holds no folder `warc`; it must be an archive")
        out = console()
        tell = (lambda line: None) if opts.as_json else (lambda line: out.print(clean(line), soft_wrap=True))
        rebuilt = rebuild(options.archive_dir, max_body_bytes=options.max_body_bytes, tell=tell)
        if opts.as_json:
            findings = list(rebuilt.findings)
            print_json([{"files": rebuilt.files, "captures": rebuilt.captures, "findings": findings}])
        else:
            for finding in rebuilt.findings:
                out.print(f"finding: {clean(finding)}", style="red", soft_wrap=True)
            out.print(f"{rebuilt.captures} captures catalogued from {rebuilt.files} files")
        return 1 if rebuilt.findings else 0

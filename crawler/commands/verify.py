"""Owns `scrapy verify`: every byte, digest, offset and seal of the archive against the catalogue, both ways."""

from __future__ import annotations

import argparse

from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.terminal import clean, console
from pipelines.rebuild import catalogue_rows
from storage.catalogue import Catalogue
from storage.errors import UsageError
from storage.verify import verify

_SHOWN = 50


class Command(ArchiveCommand):
    """Audit the archive."""

    def syntax(self) -> str:
        """Return the usage."""
        return "[--json]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Check every byte of the archive against seals, digests and catalogue"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return "Exit 1 on any finding. Example: scrapy verify -s ARCHIVE_DIR=/srv/archive"

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the findings."""
        if not (options.archive_dir / "warc").is_dir():
            raise UsageError(f"ARCHIVE_DIR: {options.archive_dir} holds no folder `warc`; it must be an archive")
        read = [0]
        catalogue = Catalogue.open(options.catalogue_path, read_only=True)
        try:
            found = [
                {"kind": finding.kind, "file": finding.file, "offset": finding.offset, "detail": finding.detail}
                for finding in verify(
                    options.archive_dir, catalogue_rows(catalogue), progress=lambda size: read.append(size)
                )
            ]
            captures = sum(1 for _ in catalogue.captures())
        finally:
            catalogue.close()
        if opts.as_json:
            print_json(found)
            return 1 if found else 0
        out = console()
        for row in found[:_SHOWN]:
            at = "" if row["offset"] is None else f" at {row['offset']}"
            out.print(clean(f"{row['kind']}: {row['file']}{at}: {row['detail']}"), style="red", soft_wrap=True)
        if len(found) > _SHOWN:
            out.print(f"and {len(found) - _SHOWN} further findings; --json prints all")
        verdict = f"{len(found)} findings" if found else "every byte is as it was sealed"
        out.print(f"{captures} captures, {sum(read) / 1e6:.1f} MB of WARC read: {verdict}")
        return 1 if found else 0

"""Owns `scrapy verify`: every byte, record, digest, reference and seal of the archive, the catalogue both ways, and the
text of every version.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from crawler.bar import Bar
from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.terminal import clean, console
from pipelines.extract import EXTRACTOR
from pipelines.readings import readings
from pipelines.rebuild import catalogue_rows
from storage.catalogue import Catalogue
from storage.catalogue_readings import Answer, Place
from storage.errors import UsageError
from storage.finding import Finding
from storage.verify import CatalogueRow, verify, warc_bytes
from storage.verify_texts import TextAudit

_SHOWN = 50


class Command(ArchiveCommand):
    """Audit the archive."""

    def syntax(self) -> str:
        """Return the usage."""
        return "[--texts] [--json]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Audit the archive: every record, digest, reference and seal, and the catalogue"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Exit 1 on any finding. With --texts every version is also held against what its capture gives when it is "
            "read again; those that another extractor read are counted, not judged. "
            "Example: scrapy verify --texts -s ARCHIVE_DIR=/srv/archive"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--texts`."""
        super().add_options(parser)
        parser.add_argument("--texts", action="store_true", help="also read the capture of every version again")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the findings."""
        if not (options.archive_dir / "warc").is_dir():
            raise UsageError(f"ARCHIVE_DIR: {options.archive_dir} holds no folder `warc`; it must be an archive")
        with Catalogue.open(options.catalogue_path, read_only=True) as catalogue:
            audit = _Audit(catalogue, options, texts=opts.texts, printing=opts.as_json)
            if opts.as_json:
                count = print_json(_row(finding) for finding in audit.findings())
                if audit.others:
                    print(f"scrapy: {audit.left_out()}", file=sys.stderr)
            else:
                count = _print(audit)
        return 1 if count else 0


class _Audit:
    """One audit: its findings, and what it looked at."""

    def __init__(self, catalogue: Catalogue, options: Options, *, texts: bool, printing: bool) -> None:
        self._catalogue = catalogue
        self._options = options
        self._texts = texts
        self._printing = printing
        self.captures = self.size_bytes = self.versions = self.others = 0

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the bytes, then with the texts."""
        archive_dir = self._options.archive_dir
        with Bar("verify", warc_bytes(archive_dir), in_bytes=True, printing=self._printing) as read:
            yield from verify(archive_dir, self._counted(catalogue_rows(self._catalogue)), progress=read.advance)
        self.size_bytes = read.done
        if self._texts:
            yield from self._wrong_texts()

    def _wrong_texts(self) -> Iterator[Finding]:
        texts, options = TextAudit(self._catalogue.store, EXTRACTOR), self._options
        self.others = texts.others
        with Bar("texts", len(texts.places), in_bytes=False, printing=self._printing) as read:

            def answers(places: list[Place]) -> Iterator[list[Answer]]:
                for some in readings(
                    options.archive_dir, places, processes=options.workers, max_body_bytes=options.max_body_bytes
                ):
                    read.advance(len(some))
                    yield some

            yield from texts.findings(answers)
        self.versions = read.done

    def _counted(self, rows: Iterable[CatalogueRow]) -> Iterator[CatalogueRow]:
        for row in rows:
            self.captures += 1
            yield row

    def looked_at(self) -> str:
        """Say what was looked at."""
        said = f"{self.captures} captures, {self.size_bytes / 1e6:.1f} MB of WARC read"
        return f"{said}, {self.versions} versions read again" if self._texts else said

    def left_out(self) -> str:
        """Say which versions could not be judged."""
        return f"{self.others} versions were read by another extractor and not compared: run `scrapy reextract` first"


def _row(finding: Finding) -> dict[str, Any]:
    return {"kind": finding.kind, "file": finding.file, "offset": finding.offset, "detail": finding.detail}


def _print(audit: _Audit) -> int:
    """Print the first findings and the verdict; return how many there are."""
    shown: list[Finding] = []
    count = 0
    for finding in audit.findings():
        count += 1
        if count <= _SHOWN:
            shown.append(finding)
    out = console()
    for finding in shown:
        out.print(clean(finding), style="red", soft_wrap=True)
    if count > _SHOWN:
        out.print(f"and {count - _SHOWN} further findings; --json prints all")
    verdict = f"{count} findings" if count else "every byte is as it was sealed"
    out.print(f"{audit.looked_at()}: {verdict}", soft_wrap=True)
    if audit.others:
        out.print(audit.left_out(), soft_wrap=True)
    return count

"""Owns `scrapy verify`: every byte, record, digest, reference and seal of the archive, the catalogue both ways, and the
text of every version.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from crawler.bar import Bar
from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.terminal import clean, console
from pipelines.extractor import EXTRACTOR
from pipelines.readings import readings
from storage.catalogue import Catalogue
from storage.catalogue_readings import Answer, Place
from storage.errors import UsageError
from storage.finding import Finding
from storage.model import Capture
from storage.scanner import scan
from storage.verify import verify, warc_bytes
from storage.verify_texts import TextAudit

_SHOWN = 50


class Command(ArchiveCommand):
    """Audit the archive."""

    takes_arguments = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[--texts] [--json] [FILE.warc.gz ...]"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Audit the archive: every record, digest, reference and seal, and the catalogue"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Exit 1 on any finding. With --texts every version is also held against what its capture gives when it is "
            "read again; those that another extractor read are counted, not judged. WARC files that are named are "
            "scanned by themselves, as one archive, whoever wrote them. "
            "Examples: scrapy verify --texts -s ARCHIVE_DIR=/srv/archive; scrapy verify november.warc.gz"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--texts`."""
        super().add_options(parser)
        parser.add_argument("--texts", action="store_true", help="also read the capture of every version again")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the findings."""
        if args:
            return _tell(_Scan(_files(args, texts=opts.texts), printing=opts.as_json), as_json=opts.as_json)
        if not (options.archive_dir / "warc").is_dir():
            raise UsageError(f"ARCHIVE_DIR: {options.archive_dir} holds no folder `warc`; it must be an archive")
        with Catalogue.open(options.catalogue_path, read_only=True) as catalogue:
            audit = _Audit(catalogue, options, texts=opts.texts, printing=opts.as_json)
            return _tell(audit, as_json=opts.as_json)


class _Scan:
    """WARC files by themselves."""

    sound = "nothing in them is against the standard"

    def __init__(self, paths: list[Path], *, printing: bool) -> None:
        self._paths = paths
        self._printing = printing
        self._size_bytes = sum(path.stat().st_size for path in paths)

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with them."""
        with Bar("verify", self._size_bytes, in_bytes=True, printing=self._printing) as read:
            yield from scan(self._paths, progress=read.advance)

    def looked_at(self) -> str:
        """Say what was looked at."""
        return f"{len(self._paths)} files, {self._size_bytes / 1e6:.1f} MB of WARC read"

    def left_out(self) -> str:
        """Return nothing: all was judged."""
        return ""


class _Audit:
    """The audit of an archive: its findings, and what it looked at."""

    sound = "every byte is as it was sealed"

    def __init__(self, catalogue: Catalogue, options: Options, *, texts: bool, printing: bool) -> None:
        self._catalogue = catalogue
        self._options = options
        self._texts = texts
        self._printing = printing
        self._captures = self._size_bytes = self._versions = self._others = 0

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the bytes, then with the texts."""
        archive_dir = self._options.archive_dir
        with Bar("verify", warc_bytes(archive_dir), in_bytes=True, printing=self._printing) as read:
            yield from verify(archive_dir, self._counted(self._catalogue.captures()), progress=read.advance)
        self._size_bytes = read.done
        if self._texts:
            yield from self._wrong_texts()

    def _wrong_texts(self) -> Iterator[Finding]:
        texts, options = TextAudit(self._catalogue.store, EXTRACTOR), self._options
        self._others = texts.others
        with Bar("texts", len(texts.places), in_bytes=False, printing=self._printing) as read:

            def answers(places: list[Place]) -> Iterator[list[Answer]]:
                for some in readings(
                    options.archive_dir, places, processes=options.workers, max_body_bytes=options.max_body_bytes
                ):
                    read.advance(len(some))
                    yield some

            yield from texts.findings(answers)
        self._versions = read.done

    def _counted(self, rows: Iterable[Capture]) -> Iterator[Capture]:
        for row in rows:
            self._captures += 1
            yield row

    def looked_at(self) -> str:
        """Say what was looked at."""
        said = f"{self._captures} captures, {self._size_bytes / 1e6:.1f} MB of WARC read"
        return f"{said}, {self._versions} versions read again" if self._texts else said

    def left_out(self) -> str:
        """Say which versions could not be judged; nothing when all were."""
        if not self._others:
            return ""
        return f"{self._others} versions were read by another extractor and not compared: run `scrapy reextract` first"


def _row(finding: Finding) -> dict[str, Any]:
    return {"kind": finding.kind, "file": finding.file, "offset": finding.offset, "detail": finding.detail}


def _files(names: list[str], *, texts: bool) -> list[Path]:
    """Return the files that were named.

    Raises:
        UsageError: one is not there, or `texts` was asked of them.
    """
    if texts:
        raise UsageError("verify: --texts: needs the archive and its catalogue; it cannot be asked of single files")
    for name in names:
        if not Path(name).is_file():
            raise UsageError(f"verify: {name}: is no file; without a name the archive in ARCHIVE_DIR is audited")
    return [Path(name) for name in names]


def _tell(audit: _Audit | _Scan, *, as_json: bool) -> int:
    """Print the findings and what was not judged; return the exit code."""
    count = print_json(_row(finding) for finding in audit.findings()) if as_json else _print(audit)
    if audit.left_out() and as_json:
        print(f"scrapy: {audit.left_out()}", file=sys.stderr)
    elif audit.left_out():
        console().print(audit.left_out(), soft_wrap=True)
    return 1 if count else 0


def _print(audit: _Audit | _Scan) -> int:
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
    verdict = f"{count} findings" if count else audit.sound
    out.print(f"{audit.looked_at()}: {verdict}", soft_wrap=True)
    return count

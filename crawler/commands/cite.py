"""Owns `scrapy cite URL`: one capture as others can cite it, with the record that proves it."""

from __future__ import annotations

import argparse

from crawler.citation import cite
from crawler.citation_forms import FORMS, fields_of
from crawler.command import ArchiveCommand, print_json
from crawler.options import Options
from crawler.terminal import clean, console
from crawler.typed_time import read_time
from storage.catalogue import Catalogue
from storage.errors import UsageError
from storage.urlkey import canonical


class Command(ArchiveCommand):
    """Cite a capture."""

    takes_arguments = True

    def syntax(self) -> str:
        """Return the usage."""
        return f"[--json] [--at TIME] [--format {'|'.join(FORMS)}] URL"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Cite one capture: title, publication, dates, and the WARC record that proves it"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return (
            "Text is the form of GB/T 7714-2015 with the proof beneath. Dates are those of the page and of the "
            "publication's zone. The record is read and its digest computed before it is cited. Exit 1 when nothing is "
            "archived of the address. Example: scrapy cite http://www.news.cn/c.html --at 2026-11-22"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what is cited and how."""
        super().add_options(parser)
        parser.add_argument("--at", metavar="TIME", help="the capture nearest to this time; the newest by default")
        parser.add_argument("--format", default="text", metavar="FORM", help=f"{', '.join(FORMS)}; text by default")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Print the citation; 1 when there is nothing to cite."""
        if len(args) != 1:
            raise UsageError("cite: give one URL, for example `scrapy cite http://www.news.cn/politics/c.html`")
        url = canonical(args[0])
        if url is None:
            raise UsageError(f"cite: {args[0]}: must be an http or https URL")
        if opts.format not in FORMS:
            raise UsageError(f"cite: --format {opts.format}: must be one of {', '.join(FORMS)}")
        at = None if opts.at is None else read_time(opts.at, "cite: --at")
        with Catalogue.open(options.catalogue_path, read_only=True) as catalogue:
            citation = cite(catalogue, options.archive_dir, url, at)
        if citation is None:
            if not opts.as_json:
                console().print(f"Nothing to cite is archived of {clean(url)}", soft_wrap=True)
            return 1
        if opts.as_json:
            print_json([fields_of(citation)])
        else:
            print(FORMS[opts.format](citation))
        return 0

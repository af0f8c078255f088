"""Owns `scrapy crawl SOURCE`: one run of one source, its live line, its report and its exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit
from urllib.request import url2pathname

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError as ScrapyUsageError
from scrapy.spiderloader import get_spider_loader

from crawler.archivist import Archivist
from crawler.command import fail, print_json, speak_any_characters
from crawler.contact import require_contact
from crawler.options import read_options
from crawler.report import print_report
from storage.errors import ArchiveError, StorageError, UsageError

_ARGUMENTS = ("revisit", "url")
_CHATTY = ("scrapy.addons", "scrapy.crawler", "scrapy.middleware", "scrapy.utils.log")


class Command(BaseRunSpiderCommand):
    """Archive what is new and what is due."""

    requires_project = True

    def syntax(self) -> str:
        """Return the usage."""
        return "[options] SOURCE"

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Archive a publication: new pages and what is due"

    def long_desc(self) -> str:
        """Return the help with examples."""
        return (
            "Fetch the lists, feeds and sitemaps that are due, every new article and every revisit that is due. "
            "`-a revisit=all` fetches every known page of the source again now; `-a url=URL` fetches just that page. "
            "Examples: scrapy crawl xinhua; scrapy crawl xinhua -a url=http://www.news.cn/politics/c.html -O out.jsonl"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--json` to Scrapy's own options."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the report as one JSON object")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Take Scrapy's own options; from here on it logs, so what it says of itself is kept out."""
        super().process_options(args, opts)
        assert self.settings is not None
        level = str(self.settings.get("LOG_LEVEL"))
        if not isinstance(logging.getLevelName(level), int):
            raise ScrapyUsageError(f"LOG_LEVEL: {level!r}: must be DEBUG, INFO, WARNING or ERROR", print_help=False)
        _quiet(level)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run, report, and set the exit code: 0 done, 2 usage, 3 locked, 4 storage, 5 finished with failures."""
        speak_any_characters()
        try:
            self.exitcode = self._crawl(args, opts)
        except ArchiveError as error:
            self.exitcode = fail(error)
        except KeyboardInterrupt:  # before the first fetch; from then on the reactor hears it
            _end_at_once("scrapy: stopped before the first fetch; the next crawl goes on")

    def _crawl(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) != 1:
            raise UsageError("crawl: give one source, for example `scrapy crawl xinhua`; `scrapy list` shows them")
        for name in opts.spargs:
            if name not in _ARGUMENTS:
                raise UsageError(f"crawl: -a {name}: is not known; there are revisit=all and url=URL")
        assert self.settings is not None
        options = read_options(self.settings)
        try:
            spider = get_spider_loader(self.settings).load(args[0])
        except KeyError as error:
            raise UsageError(str(error.args[0])) from error
        source = spider.source  # type: ignore[attr-defined]
        require_contact(options, source)
        for address in self.settings.getdict("FEEDS"):
            _require_writable(str(address))
        archivist = Archivist.open(options, source, **opts.spargs)
        assert self.crawler_process
        crawler = self.crawler_process.create_crawler(spider)
        crawler.archivist = archivist  # type: ignore[attr-defined]
        try:
            self.crawler_process.crawl(crawler)
            self.crawler_process.start()
        finally:
            archivist.abandon()
        if archivist.error is not None:
            raise archivist.error
        if archivist.report is None:
            _end_at_once(f"scrapy: {source.name}: stopped at once; the next crawl finds what is archived and goes on")
        if opts.as_json:
            print_json([archivist.report.row])
        else:
            print_report(archivist.report, options)
        return 5 if archivist.report.failures else 0


def _require_writable(address: str) -> None:
    """Refuse a feed file that cannot be written, before the crawl whose articles it would miss."""
    scheme = urlsplit(address).scheme
    if scheme not in ("", "file") or "%(" in address:
        return
    path = Path(url2pathname(urlsplit(address).path) if scheme else address)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_there = path.exists()
        path.open("ab").close()
        if not is_there:
            path.unlink()
    except OSError as error:
        raise UsageError(f"crawl: -O {path}: cannot be written ({error.strerror})") from error


def _end_at_once(why: str) -> NoReturn:
    """End the process at Ctrl-C, when nothing is owed to anyone: the archive is as a kill leaves it.

    Tasks may be pending; collected at the interpreter's exit they crash CPython before 3.11.8 (python/cpython#113566).
    """
    print(why, file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(StorageError.exit_code)


def _quiet(level: str) -> None:
    """Keep out of the log what libraries say of themselves, unless everything is asked for."""
    if level != "DEBUG":
        logging.getLogger("alembic").setLevel(logging.WARNING)
        for name in _CHATTY:
            # A filter, because Scrapy sets the levels of all its loggers anew before it first speaks.
            logging.getLogger(name).addFilter(lambda record: record.levelno >= logging.WARNING)

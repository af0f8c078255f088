"""Owns `scrapy demo`: the whole main job on the bundled site, on loopback, told step by step with the real commands
and their output.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.panel import Panel
from rich.text import Text

from crawler.command import ArchiveCommand
from crawler.demo.site import DemoSite, demo_toml
from crawler.options import Options
from crawler.settings import ARCHIVE_DEFAULTS
from crawler.terminal import clean, console, print_table
from storage.errors import StorageError, UsageError

_MARK = "this-is-a-demo"
_SEARCHED = "图书馆"


class Command(ArchiveCommand):
    """Crawl the bundled site, let it change, crawl again, and show what was noticed."""

    def syntax(self) -> str:
        """Return the usage."""
        return ""

    def short_desc(self) -> str:
        """Return the one-line help."""
        return "Show the main job on a bundled site: archive, change, notice"

    def long_desc(self) -> str:
        """Return the help with an example."""
        return "Needs no network; writes the folder demo-archive anew at each run. Example: scrapy demo"

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Run the demo; 0 when all of it went as told."""
        with DemoSite() as site:
            return _Demo(site, _fresh(_folder(options))).run()


def _folder(options: Options) -> Path:
    default = Path(ARCHIVE_DEFAULTS["ARCHIVE_DIR"]).absolute()
    return Path("demo-archive").absolute() if options.archive_dir == default else options.archive_dir


def _fresh(folder: Path) -> Path:
    """Empty the folder of an earlier demo, and no other."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise UsageError(f"demo: {folder} holds something that is no demo; move it away, or give another ARCHIVE_DIR")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "sources").mkdir(parents=True)
        (folder / _MARK).touch()
    except OSError as error:
        raise StorageError(f"demo: {folder}: cannot be written ({error.strerror})") from error
    return folder


class _Demo:
    def __init__(self, site: DemoSite, folder: Path) -> None:
        self._site = site
        self._folder = folder
        self._out = console()
        self._failed = 0
        (folder / "sources" / "demo.toml").write_text(demo_toml(site.base_url), "utf-8")

    def run(self) -> int:
        source = (self._folder / "sources" / "demo.toml").read_text("utf-8")
        self._say("A small news site of five kinds runs on loopback. This source file is all that Shilu knows of it:")
        self._out.print(Panel(Text(source.strip()), title="sources/demo.toml", expand=False))
        self._step("1. Archive it", ["crawl", "demo"], expect=5)
        self._say(
            "The 404 is true: a list names a page that is gone. Everything that passed on the wire is in the WARC file."
        )
        self._fetched()
        self._cards()
        self._step(f"2. Search: any run of Han characters, here {_SEARCHED}", ["search", _SEARCHED])
        edit, removed = self._site.edit(), self._site.remove()
        self._say(f"\n3. The site now changes {edit.url} without saying so, and takes {removed} down. Crawl it again:")
        self._step("", ["crawl", "demo", "-a", "revisit=all"], expect=5)
        self._step("4. The edit, with its difference", ["history", edit.url])
        self._step(
            "5. The page that was taken down: one failure is never a removal, so it is under suspicion",
            ["history", removed],
        )
        self._say(
            "\nBy default three observations over a day are needed. Lowered to two without a span, to show the verdict:"
        )
        lowered = ["-s", "ARCHIVE_REMOVAL_OBSERVATIONS=2", "-s", "ARCHIVE_REMOVAL_SPAN_S=0"]
        self._step("", ["crawl", "demo", "-a", f"url={removed}", *lowered], expect=5)
        self._events()
        self._step("6. Check every byte and digest against the catalogue", ["verify"])
        self._files()
        self._next(edit.url)
        return 1 if self._failed else 0

    def _say(self, text: str) -> None:
        self._out.print(Text(clean(text) if "\n" not in text else text), soft_wrap=True)

    def _step(self, heading: str, arguments: Sequence[str], expect: int = 0) -> None:
        if heading:
            self._out.print(Text(f"\n{heading}", style="bold"), soft_wrap=True)
        self._out.print(Text(f"$ scrapy {' '.join(arguments)}", style="cyan"), soft_wrap=True)
        sys.stdout.flush()
        settings = {
            "ARCHIVE_DIR": str(self._folder),
            "ARCHIVE_SOURCES": str(self._folder / "sources"),
            "ARCHIVE_ALLOW_NETWORKS": "127.0.0.0/8",
            "PAGER": "",
        }
        width = {} if self._out.is_terminal else {"COLUMNS": "120"}
        command = [sys.executable, "-m", "scrapy", *arguments, "-s", "LOG_LEVEL=WARNING"]
        code = subprocess.run(command, env={**os.environ, **width, **settings}, stdin=subprocess.DEVNULL).returncode
        if code != expect:
            self._failed += 1
            self._out.print(Text(f"exit code {code}, expected {expect}", style="red"))

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self._folder / 'catalogue.sqlite'}?mode=ro", uri=True) as connection:
            return connection.execute(sql).fetchall()

    def _fetched(self) -> None:
        rows = self._rows(
            "SELECT status, coalesce(mime, '?'), count(*), sum(warc_length) FROM capture GROUP BY 1, 2 ORDER BY 1, 2"
        )
        print_table(self._out, "What was fetched", (">status", "type", ">captures", ">bytes in WARC"), rows)

    def _cards(self) -> None:
        rows = self._rows(
            "SELECT published, title, origin, group_concat(value, '、'), length(body) FROM article LEFT JOIN "
            "json_each(editors) GROUP BY page_id ORDER BY published_utc"
        )
        columns = ("published", "title", "origin 来源", "editors 责任编辑", ">characters")
        print_table(self._out, "Catalogue cards", columns, rows)

    def _events(self) -> None:
        rows = self._rows("SELECT observed, kind, grade, url, after FROM event ORDER BY observed")
        columns = ("observed (UTC)", "event", "grade", "page", "last observation before")
        print_table(self._out, "Events", columns, rows)

    def _files(self) -> None:
        rows = [
            (str(path.relative_to(self._folder)), path.stat().st_size)
            for path in sorted(self._folder.rglob("*"))
            if path.is_file() and path.name != _MARK and "locks" not in path.parts
        ]
        print_table(self._out, f"\n7. Where the files are: {self._folder}", ("file", ">bytes"), rows)

    def _next(self, url: str) -> None:
        name = os.path.relpath(self._folder)
        self._say("\nNext, type:")
        for line in (
            f"scrapy search 水 -s ARCHIVE_DIR={name}",
            f"scrapy history {url} -s ARCHIVE_DIR={name}",
            f"sqlite3 {name}/catalogue.sqlite 'SELECT published, title, origin FROM article'",
            f"scrapy rebuild -s ARCHIVE_DIR={name}",
            "scrapy list",
        ):
            self._out.print(Text(f"  {line}", style="cyan"), soft_wrap=True)
        self._say("`source .venv/bin/activate` puts scrapy on the path; README.md tells how to add a source.")

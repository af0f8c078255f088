"""Owns who runs in the rounds and how each is started: wget, bare Scrapy, Shilu.

Each gets the same site, an empty folder, compiled bytecode and the defaults it comes with; what differs is said here.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.site import source_toml

__all__ = ["CONTESTANTS", "OURS", "Contestant", "Launch", "Task", "environment"]

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Task:
    """What there is to fetch, and where to."""

    url: str
    """Scheme, host and port."""
    articles: int
    folder: Path
    """Empty; all that is kept goes here."""
    cores: int
    """Processor cores that the contestant may use."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a contestant."""

    command: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """In addition to what all have."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One row of the table."""

    name: str
    title: str
    launch: Callable[[Task], Launch]
    needs: str = ""
    """A program that must be on PATH."""
    kept: Callable[[Path], int | None] = lambda folder: None
    """Articles found in what it kept, for one that extracts."""

    @property
    def missing(self) -> str | None:
        """Say what is missing on this machine."""
        return f"{self.needs} is not installed" if self.needs and shutil.which(self.needs) is None else None


def environment(work: Path) -> dict[str, str]:
    """Return the environment of every contestant: bytecode is compiled once, into `work`, and nothing of ours is set.

    Without compiled bytecode each start costs 2-3 CPU seconds more to whoever imports most.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVE_", "PYTHON", "SCRAPY"))}
    return {**plain, "PYTHONPYCACHEPREFIX": str(work / "bytecode"), "COLUMNS": "120"}


def _wget(task: Task) -> Launch:
    # Without -p and with pictures on another host it fetches pages only; it obeys robots.txt, as it does by default.
    return Launch(("wget", "-nv", "--mirror", "--warc-file=mirror", f"{task.url}/"), task.folder)


def _bare(*settings: str) -> Callable[[Task], Launch]:
    script = str(_ROOT / "bench" / "bare_scrapy.py")
    return lambda task: Launch((sys.executable, script, f"{task.url}/", *settings), task.folder)


def _ours(task: Task) -> Launch:
    (task.folder / "sources").mkdir()
    (task.folder / "sources" / "bench.toml").write_text(source_toml(task.url, task.articles), "utf-8")
    settings = {
        "ARCHIVE_DIR": str(task.folder / "archive"),
        "ARCHIVE_SOURCES": str(task.folder / "sources"),
        "ARCHIVE_ALLOW_NETWORKS": "127.0.0.0/8",
        # The default counts the machine's cores, not those given to this run.
        "ARCHIVE_WORKERS": str(max(1, task.cores - 1)),
    }
    return Launch((sys.executable, "-m", "scrapy", "crawl", "bench"), _ROOT, settings)


def _catalogued(folder: Path) -> int | None:
    catalogue = folder / "archive" / "catalogue.sqlite"
    if not catalogue.is_file():
        return 0
    with sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True) as connection:
        whole = "title <> '' AND length(body) > 100 AND published IS NOT NULL AND origin <> ''"
        return int(connection.execute(f"SELECT count(*) FROM article WHERE {whole}").fetchone()[0])


OURS = Contestant("ours", "Shilu", _ours, kept=_catalogued)

CONTESTANTS = (
    Contestant("wget", "wget --mirror --warc-file", _wget, needs="wget"),
    Contestant("bare", "bare Scrapy, keeps nothing", _bare()),
    Contestant("bare-tuned", "bare Scrapy, CONCURRENT_ITEMS=1", _bare("CONCURRENT_ITEMS=1")),
    OURS,
)
"""A new peer is a line here."""

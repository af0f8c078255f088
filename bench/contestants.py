"""Owns who runs in the rounds, how each is started and whether it did its work: wget, Scrapy, Shilu.

Each gets the same site, an empty folder, compiled bytecode and the defaults it comes with; what differs is said here.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.site import source_toml

__all__ = ["CONTESTANTS", "OURS", "Contestant", "Launch", "Task", "environment"]

_ROOT = Path(__file__).resolve().parent.parent
_EVERYWHERE = "的"
"""The commonest character: a search for it reads the whole index, and nearly every article has it."""
_FOUND = "found.json"


@dataclass(frozen=True, slots=True)
class Task:
    """What there is to fetch, and where to."""

    url: str
    """Scheme, host and port."""
    articles: int
    folder: Path
    """Empty; all that is kept goes here."""


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
    lacks: Callable[[Path, int], str | None] = lambda folder, articles: None
    """Say what its folder lacks after a site of so many articles."""
    archives: bool = False
    """Writes WARC files."""
    one_core: bool = False
    """Kept on one core, with the server on another; else it shares its cores with the server."""

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


def _naive(task: Task) -> Launch:
    script = str(_ROOT / "bench" / "naive_pipeline.py")
    return Launch((sys.executable, script, f"{task.url}/", str(task.folder)), task.folder)


def _ours(task: Task) -> Launch:
    # Shilu fills its index when somebody searches: the search is part of what is measured.
    both = f'"$0" -m scrapy crawl bench && exec "$0" -m scrapy search --json --count {_EVERYWHERE} > "$1"'
    command = ("sh", "-c", both, sys.executable, str(task.folder / _FOUND))
    return _shilu(task, command, rules=False)


def _ours_with_rules(task: Task) -> Launch:
    return _shilu(task, (sys.executable, "-m", "scrapy", "crawl", "bench"), rules=True)


def _shilu(task: Task, command: tuple[str, ...], *, rules: bool) -> Launch:
    (task.folder / "sources").mkdir()
    (task.folder / "sources" / "bench.toml").write_text(source_toml(task.url, task.articles, rules=rules), "utf-8")
    settings = {
        "ARCHIVE_DIR": str(task.folder / "archive"),
        "ARCHIVE_SOURCES": str(task.folder / "sources"),
        "ARCHIVE_ALLOW_NETWORKS": "127.0.0.0/8",
    }
    return Launch(command, _ROOT, settings)


# --- whether they did their work -----------------------------------------------------------------


def _lacks_rows(folder: Path, articles: int) -> str | None:
    whole = _count(folder / "articles.sqlite", "SELECT count(*) FROM article WHERE title <> '' AND length(text) > 100")
    return None if whole == articles else f"has {whole} of {articles} articles with title and text"


def _lacks_articles(folder: Path, articles: int) -> str | None:
    whole = "title <> '' AND length(body) > 100 AND published IS NOT NULL AND origin <> ''"
    catalogued = _count(folder / "archive" / "catalogue.sqlite", f"SELECT count(*) FROM article WHERE {whole}")
    return (
        None if catalogued == articles else f"has {catalogued} of {articles} articles with title, date, origin and body"
    )


def _lacks_index(folder: Path, articles: int) -> str | None:
    lacking = _lacks_articles(folder, articles)
    if lacking is not None:
        return lacking
    containing = f"SELECT count(*) FROM article WHERE instr(title || ' ' || body, '{_EVERYWHERE}')"
    wanted = _count(folder / "archive" / "catalogue.sqlite", containing)
    found = json.loads((folder / _FOUND).read_text("utf-8"))["count"]
    return None if found == wanted else f"a search finds {found} of {wanted} articles"


def _count(database: Path, question: str) -> int:
    if not database.is_file():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute(question).fetchone()[0])


OURS = Contestant("ours", "Shilu, everything on, index filled", _ours, lacks=_lacks_index, archives=True)

CONTESTANTS = (
    Contestant("wget", "wget --mirror --warc-file", _wget, needs="wget", archives=True),
    Contestant("bare", "bare Scrapy, keeps nothing", _bare()),
    Contestant("bare-tuned", "bare Scrapy, CONCURRENT_ITEMS=1", _bare("CONCURRENT_ITEMS=1")),
    Contestant("bare-one", "bare Scrapy, on one core", _bare(), one_core=True),
    Contestant("naive", "Scrapy + warcio + readability + ORM", _naive, lacks=_lacks_rows, archives=True),
    Contestant("naive-one", "the same, on one core", _naive, lacks=_lacks_rows, archives=True, one_core=True),
    OURS,
    Contestant("ours-rules", "Shilu, CSS rules, no index", _ours_with_rules, lacks=_lacks_articles, archives=True),
    Contestant("ours-one", "Shilu, index filled, on one core", _ours, lacks=_lacks_index, archives=True, one_core=True),
)
"""A new peer is a line here."""

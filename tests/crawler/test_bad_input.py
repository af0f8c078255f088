"""Whatever is wrong with what we are given: one line and the right exit code, or a row with its reason."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from storage.locks import archive_lock, source_lock
from tests.crawling import at_once, complaint, source_toml
from tests.forked import ForkedArchive
from tests.server import Server

NOWHERE = source_toml("http://127.0.0.1:9")


# --- the command line, the settings, the source files ------------------------------------------


@dataclass(frozen=True)
class Wrong:
    """A run that cannot begin."""

    arguments: tuple[str, ...] = ("crawl", "mine")
    code: int = 2
    says: tuple[str, ...] = ()
    settings: dict[str, str] | None = None
    prepare: Callable[[ForkedArchive], object] = lambda archive: None


def below_a_file(archive: ForkedArchive) -> None:
    (archive.folder / "archive").write_text("a file")


def newer_catalogue(archive: ForkedArchive) -> None:
    archive.path.mkdir()
    assert archive.scrapy("crawl", "mine", ARCHIVE_RETRIES="0").returncode == 5
    with sqlite3.connect(archive.path / "catalogue.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def no_sqlite(archive: ForkedArchive) -> None:
    archive.path.mkdir()
    (archive.path / "catalogue.sqlite").write_text("这不是数据库，只是一些文字。" * 500, "utf-8")


def other_sqlite(archive: ForkedArchive) -> None:
    archive.path.mkdir()
    with sqlite3.connect(archive.path / "catalogue.sqlite") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()


WRONG = {
    "no source named": Wrong(("crawl",), says=("give one source",)),
    "unknown source": Wrong(("crawl", "mien"), says=("no source 'mien'", "did you mean mine?")),
    "a path for a source": Wrong(("crawl", "../mine"), says=("no source '../mine'",)),
    "unknown option": Wrong(("crawl", "mine", "--jsn"), says=("give one source",)),
    "unknown argument": Wrong(("crawl", "mine", "-a", "depth=3"), says=("-a depth", "revisit=all")),
    "revisit of something": Wrong(("crawl", "mine", "-a", "revisit=some"), says=("revisit=some", "must be `all`")),
    "no web address": Wrong(("crawl", "mine", "-a", "url=ftp://a/"), says=("url=ftp://a/", "http or https")),
    "a feed that cannot be written": Wrong(
        ("crawl", "mine", "-O", "/proc/nowhere/x.jsonl"), says=("-O /proc/nowhere/x.jsonl", "cannot be written")
    ),
    "no folder of sources": Wrong(settings={"ARCHIVE_SOURCES": "/nowhere/at/all"}, says=("/nowhere/at/all",)),
    "no TOML": Wrong(("crawl", "broken"), says=("broken.toml", "is no TOML", "line 2")),
    "not UTF-8": Wrong(("crawl", "gbk"), says=("gbk.toml", "is not UTF-8", "line 2")),
    "unknown key": Wrong(("crawl", "typo"), says=("typo.toml", "crawl.dealy_s", "did you mean `delay_s`?")),
    "missing key": Wrong(("crawl", "empty"), says=("empty.toml",)),
    "no number": Wrong(settings={"ARCHIVE_TIMEOUT_S": "soon"}, says=("ARCHIVE_TIMEOUT_S", "'soon'")),
    "below the least": Wrong(settings={"ARCHIVE_COMMIT_CAPTURES": "0"}, says=("ARCHIVE_COMMIT_CAPTURES", "at least 1")),
    "no network": Wrong(settings={"ARCHIVE_ALLOW_NETWORKS": "loopback"}, says=("ARCHIVE_ALLOW_NETWORKS", "'loopback'")),
    "no contact": Wrong(settings={"ARCHIVE_CONTACT": "ask me"}, says=("ARCHIVE_CONTACT", "'ask me'")),
    "nobody asks": Wrong(settings={"ARCHIVE_ALLOW_NETWORKS": "10.0.0.0/8"}, says=("ARCHIVE_CONTACT", "is not set")),
    "below a file": Wrong(
        code=4, prepare=below_a_file, settings={"ARCHIVE_DIR": "{folder}/archive/x"}, says=("/archive/x",)
    ),
    "a file": Wrong(code=4, prepare=below_a_file, says=("/archive", "must be a folder")),
    "read-only": Wrong(code=4, settings={"ARCHIVE_DIR": "/proc/archive"}, says=("/proc/archive",)),
    "no SQLite file": Wrong(code=4, prepare=no_sqlite, says=("catalogue.sqlite", "is no SQLite file")),
    "SQLite of others": Wrong(code=4, prepare=other_sqlite, says=("catalogue.sqlite", "some other program")),
    "newer catalogue": Wrong(code=4, prepare=newer_catalogue, says=("catalogue.sqlite", "later version")),
    "search in none": Wrong(("search", "水"), code=4, says=("there is no catalogue",)),
    "verify of none": Wrong(("verify",), says=("holds no folder `warc`",)),
    "rebuild of none": Wrong(("rebuild",), says=("holds no folder `warc`",)),
    "history of nothing": Wrong(("history",), says=("give one URL",)),
    "history of no address": Wrong(("history", "页面"), says=("页面", "http or https")),
    "search for nothing": Wrong(("search", " "), says=("give something to look for",)),
}  # fmt: skip


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CompletedProcess[str]]:
    def run(name: str, trial: Wrong) -> CompletedProcess[str]:
        archive = ForkedArchive(folders[name])
        archive.add_source("mine", NOWHERE)
        archive.add_source("broken", "schema = 1\ntitle = 三\n")
        archive.add_source("empty", "")
        archive.add_source("typo", NOWHERE.replace("delay_s", "dealy_s"))
        (archive.folder / "sources" / "gbk.toml").write_bytes('schema = 1\ntitle = "晨报"\n'.encode("gbk"))
        trial.prepare(archive)
        settings = {key: value.format(folder=archive.folder) for key, value in (trial.settings or {}).items()}
        archive.settings |= settings
        return archive.scrapy(*trial.arguments)

    folders = {name: tmp_path_factory.mktemp("wrong") for name in WRONG}
    return dict(zip(WRONG, at_once([partial(run, name, trial) for name, trial in WRONG.items()]), strict=True))


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(wrong: dict[str, CompletedProcess[str]], name: str) -> None:
    run, expected = wrong[name], WRONG[name]
    assert run.returncode == expected.code, run.stderr
    assert run.stdout == ""
    if name == "missing key":
        said = run.stderr
        assert said.count("empty.toml") >= 3 and "title: is missing; for example" in said
    else:
        said = complaint(run)
    for words in expected.says:
        assert words in said


def test_nothing_is_asked_or_made_before_the_contact_is_known(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path, {"ARCHIVE_ALLOW_NETWORKS": "10.0.0.0/8"})
    with Server({}) as server:
        archive.add_source("mine", source_toml(server.origin))
        assert archive.scrapy("crawl", "mine").returncode == 2
        assert server.connections == 0 and not archive.path.exists()


def test_what_somebody_else_holds_is_left_alone(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path)
    archive.add_source("mine", NOWHERE)
    (archive.path / "warc").mkdir(parents=True)
    with source_lock(archive.path, "mine").acquire():
        crawl = archive.scrapy("crawl", "mine")
    assert crawl.returncode == 3 and "another crawl of this source is running (process " in complaint(crawl)
    with archive_lock(archive.path).acquire(shared=True):
        rebuild = archive.scrapy("rebuild")
    assert rebuild.returncode == 3 and "is using this archive" in complaint(rebuild)

"""What each command imports, for that is most of what it takes to begin: nothing but what it works with."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.crawling import source_toml
from tests.press import TABLES, Press
from tests.run import ROOT, Archive
from tests.server import Server

NEVER = {"sqlalchemy", "alembic", "readability"}
"""What no command needs that meets a catalogue of today and no page that only readability understands."""
EXTRACTOR = {"pipelines.extract", "pipelines.page", "pipelines.body"}
CRAWL = {"crawler.archivist", "crawler.wire", "crawler.dispatch", "protego", "warcio"}


TOLD = """
import atexit, sys
atexit.register(lambda: open({path!r}, "w").write("\\n".join(sys.modules)))
"""
"""Beginning of a program: it leaves the names of all modules that it has imported by its end."""


def begun(archive: Archive, *arguments: str, code: int = 0) -> set[str]:
    """Run `scrapy` and return the modules that it imported."""
    told = archive.folder / "modules"
    program = TOLD.format(path=str(told)) + "from scrapy.cmdline import execute\nexecute()"
    process = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=archive.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == code, process.stderr
    return {*told.read_text().split()}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive with nothing due."""
    archive = Archive(tmp_path_factory.mktemp("startup"))
    with Server(Press()) as server:
        archive.add_source("press", source_toml(server.origin, TABLES, crawl="delay_s = 0\nconcurrency = 8"))
        archive.scrapy("crawl", "press")
    return archive


def test_to_list_is_to_read_source_files(archive: Archive) -> None:
    modules = begun(archive, "list")
    assert "crawler.sources" in modules
    assert not modules & {*NEVER, *EXTRACTOR, *CRAWL, "sqlite3", "rich", "storage.catalogue"}


@pytest.mark.parametrize(
    "arguments", [("search", "没有说过的话"), ("history", "http://a.test/"), ("changes", "-n", "1")]
)
def test_to_ask_the_catalogue_is_to_open_it(archive: Archive, arguments: Sequence[str]) -> None:
    modules = begun(archive, *arguments, code=1)
    assert "storage.catalogue" in modules
    assert not modules & {*NEVER, *EXTRACTOR, *CRAWL, "crawler.sources"}
    others = {name for name in modules if name.startswith("crawler.commands.")}
    assert others == {f"crawler.commands.{arguments[0]}"}


def test_to_crawl_is_to_let_others_extract(archive: Archive) -> None:
    modules = begun(archive, "crawl", "press")
    assert modules >= CRAWL
    assert not modules & {*NEVER, *EXTRACTOR}


def test_to_make_a_catalogue_is_no_migration(archive: Archive, tmp_path: Path) -> None:
    new = Archive(tmp_path, {"ARCHIVE_SOURCES": archive.environment()["ARCHIVE_SOURCES"]})
    modules = begun(new, "crawl", "press", code=5)  # its server is gone
    assert new.rows("SELECT count(*) FROM crawl") == [(1,)]
    assert not modules & {*NEVER, *EXTRACTOR}


def test_to_extract_is_to_import_no_more_than_most_pages_need(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    told = tmp_path / "modules"
    program = TOLD.format(path=str(told)) + "from pipelines.worker import main\nmain()"
    with theirs:
        subprocess.run(
            [sys.executable, "-c", program, str(theirs.fileno()), str(2 << 30), "1", "1"],
            cwd=ROOT,
            pass_fds=(theirs.fileno(),),
            timeout=60,
            check=True,
        )
    modules = {*told.read_text().split()}
    assert modules >= EXTRACTOR
    others = {
        "asyncio", "brotli", "charset_normalizer", "crawler", "cssselect", "email", "jmespath", "parsel", "pydantic",
        "rich", "scrapy", "sqlite3", "twisted", "warcio", "zstandard",
    }  # fmt: skip
    assert not modules & {*NEVER, *others}

"""crawler.loader: every source file is a spider."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.settings import Settings

from crawler.loader import SourceLoader, UnknownSource
from crawler.spiders.source import SourceSpider
from storage.errors import SourceError

GOOD = """schema = 1
title = "晨报"
home = "http://{host}/"
[[lists]]
url = "http://{host}/gn/"
[[articles]]
match = ['/c\\d+\\.html$']
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("morning", "evening-2"):
        (tmp_path / f"{name}.toml").write_text(GOOD.format(host=f"{name}.cn"), "utf-8")
    (tmp_path / "broken.toml").write_text('schema = 1\ntitle = 3\nhome = "x"\n', "utf-8")
    (tmp_path / "Not A Name.toml").write_text("", "utf-8")
    (tmp_path / ".hidden.toml").write_text("", "utf-8")
    (tmp_path / "notes.txt").write_text("", "utf-8")
    return tmp_path


def test_the_folder_comes_from_the_setting_or_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["evening-2", "morning"]
    assert SourceLoader.from_settings(Settings({"ARCHIVE_SOURCES": str(folder)})).list() == names
    monkeypatch.setenv("ARCHIVE_SOURCES", os.fspath(folder))
    assert SourceLoader.from_settings(Settings()).list() == names


def test_without_either_it_is_the_folder_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARCHIVE_SOURCES", raising=False)
    assert "xinhua" in SourceLoader.from_settings(Settings()).list()


def test_broken_files_are_warned_of_in_one_line_each_and_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            SourceLoader(folder).list()
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2 and not any("\n" in line for line in lines)
    assert "broken.toml: title: " in lines[1] and "1 more mistake;" in lines[1]


def test_a_missing_folder_is_told_and_has_no_spiders(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    loader = SourceLoader(tmp_path / "none")
    assert loader.list() == []
    assert "no such folder" in caplog.text
    with pytest.raises(KeyError, match="ARCHIVE_SOURCES"):
        loader.load("x")


def test_load_gives_the_one_spider_with_its_source(folder: Path) -> None:
    spider = SourceLoader(folder).load("evening-2")
    assert issubclass(spider, SourceSpider)
    assert (spider.name, spider.source.name, spider.source.title) == ("evening-2", "evening-2", "晨报")
    other = SourceLoader(folder).load("morning")
    assert issubclass(other, SourceSpider) and other.source.home == "http://morning.cn/"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("mornin", "did you mean morning?"),
        ("zzz", "there are"),
        ("../morning", "no source"),
        ("", "no source"),
        ("morning.toml", "no source"),
    ],
)
def test_an_unknown_name_is_a_keyerror_that_helps(folder: Path, name: str, says: str) -> None:
    with pytest.raises(UnknownSource) as raised:
        SourceLoader(folder).load(name)
    line = str(raised.value)
    assert issubclass(UnknownSource, KeyError) and raised.value.exit_code == 2
    assert says in line and "\n" not in line and not line.startswith('"')


def test_loading_a_broken_file_says_why(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"broken\.toml: title: must be one line of text"):
        SourceLoader(folder).load("broken")


def test_find_by_request(folder: Path) -> None:
    loader = SourceLoader(folder)
    assert loader.find_by_request(Request("https://morning.cn/x")) == ["morning"]
    assert loader.find_by_request(Request("https://other.cn/x")) == []

"""The commands that read an archive: what a person sees, what `--json` gives, and the exit codes."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from storage.catalogue_views import VIEW_COLUMNS
from tests.crawling import article, at_once, complaint, links, source_toml
from tests.forked import ForkedArchive
from tests.run import Archive
from tests.server import Page, Server, Site

Row = dict[str, Any]


@dataclass
class Press:
    """An archive of two sources: of the first, one article was edited and one taken away between two crawls."""

    archive: ForkedArchive
    origin: str
    crawled: list[CompletedProcess[str]]

    def rows(self, *arguments: str, code: int = 0) -> list[Row]:
        """Run a command with `--json` and return its objects, one a line."""
        run = self.archive.scrapy(*arguments, "--json")
        assert run.returncode == code, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    def text(self, *arguments: str, code: int = 0) -> str:
        """Run a command for a person and return what it prints."""
        run = self.archive.scrapy(*arguments)
        assert run.returncode == code, run.stderr
        return run.stdout


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    archive = ForkedArchive(tmp_path_factory.mktemp("commands"))
    site = Site()
    site.put("/", links("/a/1.html", "/a/2.html", "/a/3.html", "/a/old.html"))
    site.put("/a/1.html", article("渡口摆渡恢复", "镇政府在三月九日发布了通告。"))
    site.put("/a/2.html", article("早市菜船靠岸", "共有 HTTP2026 号等十四条船。"))
    site.put("/a/3.html", article("水库压减下泄", "报告编号 Beta-7，另见说明。"))
    site.pages["/a/old.html"] = Page(b"", status="301 Moved", headers=(("Location", "/a/1.html"),))
    other = Site()
    other.put("/", links("/a/1.html"))
    other.put("/a/1.html", article("邻县渡口照常", "鼋头渚景区不受影响。"))
    with Server(site) as server, Server(other) as neighbour:
        archive.add_source("press", source_toml(server.origin))
        archive.add_source("neighbour", source_toml(neighbour.origin))
        archive.add_source("broken", "schema = 2\ncolour = 'red'\n")
        crawled = [archive.scrapy("crawl", "press", "--json"), archive.scrapy("crawl", "neighbour")]
        site.put("/a/1.html", article("渡口摆渡恢复", "镇政府在三月十日更正了通告。"))
        site.remove("/a/2.html")
        crawled.append(archive.scrapy("crawl", "press", "-a", "revisit=all"))
        return Press(archive, server.origin, crawled)


# --- crawl -------------------------------------------------------------------------------------


def test_crawl_reports_a_row_of_the_view(press: Press) -> None:
    (row,) = [json.loads(line) for line in press.crawled[0].stdout.splitlines()]
    assert tuple(row) == VIEW_COLUMNS["crawl"]
    assert (row["outcome"], row["new"], row["failed"]) == ("finished", 3, 0)


def test_crawl_shows_counts_and_reasons(press: Press) -> None:
    said = press.crawled[2].stdout
    assert press.crawled[2].returncode == 5
    assert "press: finished" in said and "404 Not Found" in said and str(press.archive.path) in said


# --- list, sources -----------------------------------------------------------------------------


def test_list_names_what_can_be_crawled_and_warns_of_the_rest(press: Press) -> None:
    run = press.archive.scrapy("list")
    assert run.returncode == 0 and run.stdout.split() == ["neighbour", "press"]


def test_sources_shows_every_file_and_what_is_wrong(press: Press) -> None:
    said = press.text("sources")
    assert "河口晨报" in said and "neighbour" in said
    assert "broken: " in said and "broken.toml: schema: must be 1" in said and "colour: unknown key" in said


def test_sources_check_fails_on_a_broken_file_that_disables_only_itself(press: Press) -> None:
    assert "broken.toml" in press.text("sources", "--check", code=2)
    rows = press.rows("sources", "--check", code=2)
    assert [row["name"] for row in rows if "name" in row] == ["neighbour", "press"]
    errors = [row["error"] for row in rows if "error" in row]
    assert len(errors) >= 3 and all("broken.toml: " in error for error in errors)


# --- search ------------------------------------------------------------------------------------

EVERYWHERE = {"渡口摆渡恢复", "早市菜船靠岸", "水库压减下泄", "邻县渡口照常"}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        (["鼋"], {"邻县渡口照常"}),
        (["渡口"], EVERYWHERE),
        (["恢复摆渡"], EVERYWHERE),
        (["HTTP"], {"早市菜船靠岸"}),
        (["http20"], {"早市菜船靠岸"}),
        (["ttp"], set()),
        (["beta"], {"水库压减下泄"}),
        (["十日更正"], {"渡口摆渡恢复"}),
        (["三月九日发布"], set()),
        (["水位", "报告"], {"水库压减下泄"}),
        (["渡口", "--source", "neighbour"], {"邻县渡口照常"}),
        (["渡口", "--source", "neighbour", "--source", "press"], EVERYWHERE),
        (["渡口 NOT 恢复"], set()),
        (["黿頭 OR HTTP"], {"邻县渡口照常", "早市菜船靠岸"}),
        (["火箭"], set()),
        (["，"], set()),
    ],
)
def test_search_finds_what_the_articles_say_now(press: Press, query: list[str], titles: set[str]) -> None:
    rows = press.rows("search", *query, code=0 if titles else 1)
    assert {row["title"] for row in rows} == titles
    for row in rows:
        assert set(row) - {"snippet"} <= {*VIEW_COLUMNS["article"], *VIEW_COLUMNS["version"]}


def test_search_shows_the_words_where_they_stand(press: Press) -> None:
    said = press.text("search", "鼋头")
    assert "say 鼋头" in said or "says 鼋头" in said
    assert "邻县渡口照常" in said and "鼋头渚景区" in said
    assert "火箭" in press.text("search", "火箭", code=1)


def test_search_shows_the_newest_and_says_how_many_more(press: Press) -> None:
    assert len(press.rows("search", "渡口", "-n", "2")) == 2
    assert "4 articles say 渡口" in press.text("search", "渡口", "-n", "2")
    assert "must be at least 1" in complaint(press.archive.scrapy("search", "渡口", "-n", "0"))


# --- history -----------------------------------------------------------------------------------


def columns(view: str, *more: str) -> set[str]:
    return {*VIEW_COLUMNS[view], "what", "at", *more}


def test_history_tells_captures_versions_and_events_in_their_order(press: Press) -> None:
    rows = press.rows("history", f"{press.origin}/a/1.html")
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    counted = {what: sum(row["what"] == what for row in rows) for what in ("capture", "version", "event", "failure")}
    # two of its own, two of the address that redirects to it
    assert counted == {"capture": 4, "version": 2, "event": 1, "failure": 0}
    for row in rows:
        extra = {"capture": ("finding", "verdict", "grade", "version_id"), "version": ("confidence", "reasons")}
        more = extra.get(row["what"], ())
        assert set(row) == columns(row["what"], *more)
    event = next(row for row in rows if row["what"] == "event")
    assert event["kind"] == "edited" and event["after"] < event["observed"]


def test_history_of_an_address_that_redirects_is_that_of_its_page(press: Press) -> None:
    assert press.rows("history", f"{press.origin}/a/old.html") == press.rows("history", f"{press.origin}/a/1.html")


def test_history_shows_the_difference_and_the_suspicion(press: Press) -> None:
    edited = press.text("history", f"{press.origin}/a/1.html")
    assert "edited" in edited and "[-九-]" in edited and "{+十+}" in edited
    gone = press.text("history", f"{press.origin}/a/2.html")
    assert "早市菜船靠岸: suspect" in gone and "suspected (http-404)" in gone


def test_history_of_what_nobody_fetched_is_nothing(press: Press) -> None:
    assert press.rows("history", f"{press.origin}/a/none.html", code=1) == []
    assert "Nothing is known of" in press.text("history", f"{press.origin}/a/none.html", code=1)


# --- verify, rebuild ---------------------------------------------------------------------------


@pytest.fixture
def copied(press: Press, tmp_path: Path) -> Press:
    """A copy, to be spoilt."""
    shutil.copytree(press.archive.folder, tmp_path / "copy")
    return Press(ForkedArchive(tmp_path / "copy"), press.origin, [])


def test_verify_of_a_sound_archive_finds_nothing(press: Press) -> None:
    assert press.rows("verify") == []
    assert "every byte is as it was sealed" in press.text("verify")


def test_verify_names_what_was_altered(copied: Press) -> None:
    warc = min((copied.archive.path / "warc").iterdir())
    altered = bytearray(warc.read_bytes())
    altered[len(altered) // 2] ^= 1
    warc.write_bytes(altered)
    rows = copied.rows("verify", code=1)
    assert rows and all({"kind", "file", "offset", "detail"} <= set(row) for row in rows)
    assert "altered-file" in {row["kind"] for row in rows} and {row["file"] for row in rows} == {warc.name}
    assert warc.name in copied.text("verify", code=1)
    assert warc.name in str(copied.rows("rebuild", code=1)[0]["findings"])


def test_rebuild_gives_the_same_views(copied: Press) -> None:
    before = copied.archive.truth()
    assert all(
        before[view] for view in ("article", "version", "address", "capture", "failure", "event", "crawl", "warc")
    )
    (copied.archive.path / "catalogue.sqlite").unlink()
    (row,) = copied.rows("rebuild")
    assert row == {"files": 3, "captures": len(before["capture"]), "findings": []}
    assert copied.archive.truth() == before
    assert f"{len(before['capture'])} captures catalogued from 3 files" in copied.text("rebuild")


# --- any terminal ------------------------------------------------------------------------------


def test_no_terminal_is_too_poor(press: Press) -> None:
    archive = Archive(press.archive.folder, {"PYTHONIOENCODING": "ascii"})
    shown, plain = at_once(
        [partial(archive.scrapy, "search", "鼋头"), partial(archive.scrapy, "search", "鼋头", "--json")]
    )
    assert shown.returncode == 0 and r"\u9f0b" in shown.stdout, shown.stderr
    assert plain.stdout.isascii() and json.loads(plain.stdout)["title"] == "邻县渡口照常"

"""`scrapy crawl`, end to end on loopback: every key of a source file, what a second run does, `-a`, `-O`."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import dataclass
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.crawling import asked, complaint, source_toml
from tests.forked import ForkedArchive
from tests.press import FOUND, TABLES, Press
from tests.server import Server
from tests.warc_by_hand import read_records


@dataclass
class Run:
    """One run of the trial."""

    process: CompletedProcess[str]
    asked: Counter[str]
    elapsed_s: float


@dataclass
class Trial:
    """One source with every key, crawled again and again."""

    archive: ForkedArchive
    origin: str
    runs: dict[str, Run]
    exported: list[dict[str, Any]]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    archive = ForkedArchive(tmp_path_factory.mktemp("crawl"))
    out = archive.folder / "out.jsonl"
    runs: dict[str, Run] = {}
    with Server(Press()) as server:
        archive.add_source("press", source_toml(server.origin, TABLES, crawl="delay_s = 0\nconcurrency = 8"))

        def crawl(name: str, *arguments: str) -> None:
            before, began = len(server.served), time.monotonic()
            process = archive.scrapy("crawl", "press", *arguments)
            runs[name] = Run(process, asked(server, before), time.monotonic() - began)

        crawl("first", "-O", str(out))
        crawl("again")
        crawl("everything", "-a", "revisit=all")
        crawl("known", "-a", f"url={server.url('/a/css-1.html')}")
        crawl("unknown", "-a", f"url={server.url('/b/never-announced.html')}")
        crawl("abroad", "-a", "url=http://elsewhere.invalid/a/1.html")
    return Trial(archive, server.origin, runs, [json.loads(line) for line in out.read_text("utf-8").splitlines()])


# --- the first run -----------------------------------------------------------------------------


@pytest.mark.parametrize("place", FOUND)
def test_every_kind_of_list_leads_to_its_articles(trial: Trial, place: str) -> None:
    titles = dict(trial.archive.rows("SELECT url, title FROM article"))
    for name in FOUND[place]:
        assert titles.get(f"{trial.origin}/a/{name}.html") == f"改题 {name}", trial.runs["first"].process.stderr


def test_nothing_is_fetched_that_no_rule_wants(trial: Trial) -> None:
    wanted = {f"/a/{name}.html" for names in FOUND.values() for name in names} | {"/b/other-1.html"}
    pages = {path for path in trial.runs["first"].asked if re.match("/[ab]/", path)}
    assert pages == wanted
    assert not {"/about.html", "/column.html", "/walk/d.html", "/count/index_4.html"} & set(trial.runs["first"].asked)


def test_everything_is_fetched_once(trial: Trial) -> None:
    assert set(trial.runs["first"].asked.values()) == {1}


def test_the_run_says_what_it_did(trial: Trial) -> None:
    run = trial.runs["first"].process
    assert run.returncode == 0, run.stdout + run.stderr
    articles = sum(len(names) for names in FOUND.values()) + 1
    assert f"{articles} " in run.stdout and "Traceback" not in run.stderr
    (row,) = trial.archive.rows("SELECT outcome, fetched, new, failed, not_reached FROM crawl ORDER BY started LIMIT 1")
    assert row == ("finished", sum(trial.runs["first"].asked.values()), articles, 0, 0)


def test_the_css_of_a_source_overrides_the_extraction_of_its_kind_of_article_alone(trial: Trial) -> None:
    rows = trial.archive.rows("SELECT url, title, body FROM article WHERE url LIKE '%-1.html'")
    said = {url.removeprefix(trial.origin): (title, body) for url, title, body in rows}
    assert "广告位" not in said["/a/all-1.html"][1]
    assert said["/a/all-1.html"][0] == "改题 all-1"
    assert said["/b/other-1.html"][0] == "稿件 other-1"


def test_what_led_to_a_page_is_in_the_archive(trial: Trial) -> None:
    first = sorted((trial.archive.path / "warc").iterdir())[0]
    said = {}
    for record in read_records(first):
        if record.type == "metadata":
            lines = (line.partition(": ") for line in record.block.decode("utf-8", "replace").split("\r\n"))
            said[record.target.removeprefix(trial.origin)] = {name: value for name, _, value in lines}
    assert said["/walk/c.html"]["via"] == f"{trial.origin}/walk/b.html"
    assert said["/cms/ds_0123456789abcdef.json"]["via"] == f"{trial.origin}/cms/index.html"
    assert said["/a/news-1.html"]["via"] == f"{trial.origin}/maps/news.xml"


def test_the_export_holds_one_object_an_article(trial: Trial) -> None:
    rows = trial.archive.rows("SELECT url, title, body FROM article WHERE url NOT LIKE '%never-announced%'")
    assert sorted((item["url"], item["title"], item["body"]) for item in trial.exported) == sorted(rows)
    for item in trial.exported:
        assert item["editors"] == ["甘棠"] and item["authors"] == [] and item["source"] == "press"
        assert item["capture_id"].startswith("urn:uuid:")


# --- further runs ------------------------------------------------------------------------------


def test_a_second_run_at_once_has_nothing_to_do(trial: Trial) -> None:
    run = trial.runs["again"]
    assert not run.asked
    assert run.process.returncode == 0 and run.elapsed_s < 30


def test_revisit_all_fetches_every_known_page_again(trial: Trial) -> None:
    first, everything = trial.runs["first"].asked, trial.runs["everything"].asked
    assert not [path for path in first if re.match("/[ab]/", path) and everything[path] != 1]
    assert {"/css.html", "/rss.xml", "/sitemap.xml", "/maps/news.xml", "/cms/ds_0123456789abcdef.json"} <= set(
        everything
    )
    assert "/robots.txt" not in everything
    unchanged = trial.archive.rows("SELECT unchanged, changed FROM crawl ORDER BY started LIMIT 1 OFFSET 2")
    assert unchanged == [(sum(len(names) for names in FOUND.values()) + 1, 0)]


def test_one_known_page_is_fetched_alone(trial: Trial) -> None:
    assert trial.runs["known"].asked == {"/a/css-1.html": 1}
    count = "SELECT count(*) FROM capture WHERE url LIKE '%/a/css-1.html'"
    assert trial.archive.rows(count) == [(3,)]


def test_one_unknown_page_in_scope_is_fetched_alone_and_read_by_its_kind(trial: Trial) -> None:
    assert trial.runs["unknown"].asked == {"/b/never-announced.html": 1}
    assert trial.archive.rows("SELECT title FROM article WHERE url LIKE '%never%'") == [("稿件 never-announced",)]


def test_a_page_out_of_scope_is_refused(trial: Trial) -> None:
    run = trial.runs["abroad"]
    assert run.process.returncode == 2 and not run.asked
    assert "out of the scope of press" in complaint(run.process)


def test_the_archive_is_in_order_after_all_of_it(trial: Trial) -> None:
    run = trial.archive.scrapy("verify")
    assert run.returncode == 0, run.stdout

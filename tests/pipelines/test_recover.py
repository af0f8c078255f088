"""What dead crawls left is mended, catalogued and read, once, and only where nobody crawls."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines import recover as recover_module
from pipelines.archived_outcomes import outcomes_of
from pipelines.recover import catch_up
from storage.catalogue import Catalogue
from storage.frontier import Frontier
from storage.locks import source_lock
from storage.model import FrontierEntry, Outcome, Thresholds
from storage.seals import read_seals
from tests.pipelines.crawled import BODY_BYTES, HOME, START, Crawl, open_catalogue, rows
from tests.storage.exchanges import files


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return open_catalogue(tmp_path)


def caught_up(archive_dir: Path, catalogue: Catalogue, source: str = "paper") -> tuple[int, list[str]]:
    """Return how many captures were added, and what was told."""
    told: list[str] = []
    return catch_up(archive_dir, catalogue, max_body_bytes=BODY_BYTES, source=source, tell=told.append), told


def due(catalogue: Catalogue) -> dict[str, FrontierEntry]:
    """Return what would be fetched a minute after all of it, by path."""
    now = START + timedelta(hours=9)
    entries = Frontier(catalogue).lease("paper", "w", 100, now, now + timedelta(minutes=1))
    return {entry.url.removeprefix(HOME): entry for entry in entries}


def test_captures_articles_and_links_of_a_dead_crawl_are_catalogued(tmp_path: Path, catalogue: Catalogue) -> None:
    crawl = Crawl(tmp_path)
    crawl.list(1, 2, 3)
    capture = crawl.article(1)
    crawl.refused("/a/3.html")
    crawl.die()
    count, told = caught_up(tmp_path, catalogue)
    assert count == 2
    assert [path.name for path in files(tmp_path)] == [capture.warc_file]
    assert [seal.name for seal in read_seals(tmp_path)] == [capture.warc_file]
    assert any(capture.warc_file in line and "sealed" in line for line in told)
    assert capture.id in {row[0] for row in rows(catalogue, "capture")}
    article = catalogue.article(f"{HOME}/a/1.html")
    assert article is not None and article["title"] == "闸口村水渠修通第1段"
    assert [row["reason"] for row in catalogue.view("failure")] == ["forbidden"]
    assert {"/a/2.html", "/list_1.html"} <= due(catalogue).keys()
    assert "/a/1.html" not in due(catalogue)


def test_a_crawl_that_said_how_it_ended_ended_so_and_another_was_interrupted(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    ended, died = Crawl(tmp_path, 1), Crawl(tmp_path, 2)
    ended.article(1)
    ended.end("stopped")
    died.article(2)
    died.die()
    caught_up(tmp_path, catalogue)
    outcomes = {row["id"]: (row["outcome"], row["finished"] is None) for row in catalogue.crawls()}
    assert outcomes == {ended.id: ("stopped", False), died.id: ("interrupted", True)}


def test_a_second_time_there_is_nothing_to_do(tmp_path: Path, catalogue: Catalogue) -> None:
    crawl = Crawl(tmp_path)
    crawl.article(1)
    crawl.refused("/a/2.html")
    crawl.die()
    assert caught_up(tmp_path, catalogue)[0] == 1
    before = {view: rows(catalogue, view) for view in ("capture", "failure", "version", "warc", "crawl")}
    assert caught_up(tmp_path, catalogue) == (0, [])
    assert {view: rows(catalogue, view) for view in before} == before


def test_only_what_is_not_catalogued_is_read(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl = Crawl(tmp_path)
    for number in range(7):
        crawl.article(number)
    crawl.end()
    catalogue.start_crawl(crawl.id, crawl.source, crawl.started, Thresholds())
    live = [one for one in outcomes_of(files(tmp_path)[0], max_body_bytes=BODY_BYTES) if isinstance(one, Outcome)]
    catalogue.commit(live[:3], now=START)
    monkeypatch.setattr(recover_module, "BATCH", 2)
    assert caught_up(tmp_path, catalogue)[0] == 4
    assert len(rows(catalogue, "article")) == 7


def test_files_of_a_source_that_is_being_crawled_are_left_to_it(tmp_path: Path, catalogue: Catalogue) -> None:
    Crawl(tmp_path, 1, "paper").die()
    others = Crawl(tmp_path, 2, "other")
    others.article(1)
    others.die()
    with source_lock(tmp_path, "other").acquire():
        assert caught_up(tmp_path, catalogue)[0] == 0
        assert {row["source"] for row in catalogue.crawls()} == {"paper"}
    assert caught_up(tmp_path, catalogue)[0] == 1
    assert {row["source"]: row["outcome"] for row in catalogue.crawls()} == {
        "paper": "interrupted",
        "other": "interrupted",
    }


def test_the_file_of_a_living_writer_is_not_touched(tmp_path: Path, catalogue: Catalogue) -> None:
    living = Crawl(tmp_path, 1, "other")
    living.article(1)
    assert caught_up(tmp_path, catalogue) == (0, [])
    assert [path.suffix for path in files(tmp_path)] == [".open"]
    living.article(2)
    living.end()
    assert caught_up(tmp_path, catalogue)[0] == 2


def test_a_torn_tail_is_cut_and_what_is_whole_is_catalogued(tmp_path: Path, catalogue: Catalogue) -> None:
    crawl = Crawl(tmp_path)
    whole, torn = crawl.article(1), crawl.article(2)
    crawl.die()
    with files(tmp_path)[0].open("r+b") as file:
        file.truncate(torn.warc_offset + torn.warc_length - 1)
    count, told = caught_up(tmp_path, catalogue)
    assert count == 1
    assert [row[0] for row in rows(catalogue, "capture")] == [whole.id]
    assert any("mended" in line and "quarantine" in line for line in told)


def test_one_damaged_file_is_told_and_does_not_keep_the_others_out(tmp_path: Path, catalogue: Catalogue) -> None:
    damaged, whole = Crawl(tmp_path, 1), Crawl(tmp_path, 2)
    damaged.article(1)
    second = damaged.article(2)
    damaged.end()
    whole.article(3)
    whole.end()
    path = files(tmp_path)[0]
    content = bytearray(path.read_bytes())
    content[second.warc_offset + second.warc_length - 6] ^= 1
    path.write_bytes(content)
    count, told = caught_up(tmp_path, catalogue)
    assert count == 2
    assert any(path.name in line and "verify" in line for line in told)
    assert {row["url"] for row in catalogue.view("article")} == {f"{HOME}/a/1.html", f"{HOME}/a/3.html"}


def test_a_file_that_is_no_warc_is_told(tmp_path: Path, catalogue: Catalogue) -> None:
    crawl = Crawl(tmp_path)
    crawl.article(1)
    crawl.end()
    (path,) = files(tmp_path)
    path.write_bytes(b"no archive at all")
    count, told = caught_up(tmp_path, catalogue)
    assert count == 0
    assert any(path.name in line for line in told)

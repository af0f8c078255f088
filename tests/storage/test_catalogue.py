from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.errors import CatalogueError
from storage.frontier import Frontier
from storage.model import CrawlEnd, Thresholds
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_outcome


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle) as catalogue:
        yield catalogue


def test_a_run_goes_from_running_to_its_end(catalogue: Catalogue) -> None:
    catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
    assert catalogue.crawls()[0]["outcome"] == "running"
    catalogue.end_crawl(CrawlEnd(crawl_id(), SOURCE.name, START, after(60), "stopped", 7))
    catalogue.start_crawl(crawl_id(), SOURCE, after(99), Thresholds())
    assert catalogue.interrupt_crawls() == 0
    (row,) = catalogue.crawls(SOURCE.name)
    assert (row["started"], row["finished"]) == ("2026-11-22T08:00:00.000000Z", "2026-11-22T08:01:00.000000Z")
    assert (row["outcome"], row["not_reached"]) == ("stopped", 7)
    assert catalogue.crawls("another") == []


def test_a_run_that_never_ended_is_interrupted(catalogue: Catalogue) -> None:
    for number in (1, 2):
        catalogue.start_crawl(crawl_id(number), SOURCE, after(number), Thresholds())
    assert [row["outcome"] for row in catalogue.crawls()] == ["interrupted", "running"]
    assert catalogue.interrupt_crawls("another") == 0
    assert catalogue.interrupt_crawls(SOURCE.name) == 1
    assert [(row["outcome"], row["finished"]) for row in catalogue.crawls()] == [("interrupted", None)] * 2


def test_an_end_without_a_beginning_is_kept(catalogue: Catalogue) -> None:
    catalogue.end_crawl(CrawlEnd(crawl_id(), SOURCE.name, START, after(60), "finished", 0))
    assert catalogue.crawls()[0]["outcome"] == "finished"


def test_a_warc_file_is_open_and_then_sealed(catalogue: Catalogue) -> None:
    catalogue.open_warc("a.warc.gz", "warc/a.warc.gz")
    assert catalogue.warcs() == [
        {"name": "a.warc.gz", "location": "warc/a.warc.gz", "size_bytes": None, "sha256": None, "sealed": None}
    ]
    catalogue.seal_warc("a.warc.gz", "warc/a.warc.gz", 9, "ab" * 32, START)
    catalogue.open_warc("a.warc.gz", "warc/a.warc.gz")
    (row,) = catalogue.warcs()
    assert (row["size_bytes"], row["sha256"], row["sealed"]) == (9, "ab" * 32, "2026-11-22T08:00:00.000000Z")


def test_what_is_committed_is_there_after_opening_again(catalogue: Catalogue) -> None:
    catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
    catalogue.commit([make_outcome(f"{HOME}a/1.html", body="正文")], now=START)
    with Catalogue.open(catalogue.store.path, read_only=True) as reader:
        assert reader.article(f"{HOME}a/1.html") is not None
        with pytest.raises(CatalogueError, match="cannot be written"):
            reader.start_crawl(crawl_id(2), SOURCE, START, Thresholds())


def test_a_crawl_started_by_another_opening_must_be_started_here_too(catalogue: Catalogue) -> None:
    with Catalogue.open(catalogue.store.path, settle=settle) as other:
        other.start_crawl(crawl_id(), SOURCE, START, Thresholds())
    with pytest.raises(CatalogueError, match="was never started"):
        catalogue.commit([make_outcome(f"{HOME}a/1.html")], now=START)
    assert catalogue.commit([], now=START).fetched == 0


def test_two_sources_commit_to_one_catalogue_at_once(catalogue: Catalogue) -> None:
    def crawl(number: int) -> int:
        source = replace(SOURCE, name=f"paper{number}")
        same: dict[str, Any] = {"source": source.name, "crawl": crawl_id(number)}
        with Catalogue.open(catalogue.store.path, settle=settle) as own:
            own.start_crawl(crawl_id(number), source, START, Thresholds())
            frontier = Frontier(own)
            for at in range(20):
                frontier.seed(source, after(at))
                frontier.lease(source.name, "w", 9, after(at), after(at + 9))
                own.commit([make_outcome(f"{HOME}a/{at}.html", after(at), body="正文", **same)], now=after(at))
        return number

    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(crawl, (1, 2))] == [1, 2]
    assert [row["new"] for row in catalogue.crawls()] == [20, 20]

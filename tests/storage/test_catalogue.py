from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.errors import CatalogueError
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
    assert catalogue.interrupt_crawls("another") == 0
    assert catalogue.interrupt_crawls(SOURCE.name) == 2
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

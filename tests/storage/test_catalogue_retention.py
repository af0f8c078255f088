"""Pages that are let go by age are told from pages that are taken down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.model import CrawlEnd, Thresholds
from storage.stamps import stamp
from tests.storage.outcomes import HOME, SOURCE, START, crawl_id, make_article, make_outcome

KEPT_DAYS = 30
PAGES = 60


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle) as opened:
        opened.open_warc("one.warc.gz", "warc/one.warc.gz")
        yield opened


def run(catalogue: Catalogue, day: int, gone: set[int]) -> None:
    """Look at every page on `day`; page N was published N days before the first, those in `gone` answer 404."""
    began, crawl = START + timedelta(days=day), crawl_id(day + 1)
    catalogue.start_crawl(crawl, SOURCE, began, Thresholds())
    outcomes = [make_outcome(f"{HOME}news/", began, role="list:0", crawl=crawl)]
    for number in range(PAGES):
        url, at = f"{HOME}a/{number}.html", began + timedelta(seconds=number + 1)
        published = stamp(START - timedelta(days=number))
        text = make_article(f"正文{number}", published_utc=published)
        look = {"status": 404} if number in gone else {"article": text, "payload": url}
        outcomes.append(make_outcome(url, at, crawl=crawl, **look))  # type: ignore[arg-type]
    catalogue.commit(outcomes, now=began)
    catalogue.end_crawl(CrawlEnd(crawl, SOURCE.name, began, began, "finished", 0))


def grades(catalogue: Catalogue) -> list[tuple[str, str]]:
    return sorted({(row["kind"], row["grade"]) for row in catalogue.view("event")})


def test_pages_that_all_go_at_one_age_were_let_go(catalogue: Catalogue) -> None:
    run(catalogue, 0, set())
    for day in (1, 2, 3):
        run(catalogue, day, {number for number in range(PAGES) if number + day >= KEPT_DAYS})
    assert grades(catalogue) == [("removed", "http-404"), ("suspected", "http-404")]  # all were seen older once


def test_pages_are_let_go_when_none_was_ever_seen_older(catalogue: Catalogue) -> None:
    for day in range(0, PAGES, 3):
        run(catalogue, day, {number for number in range(PAGES) if number + day > KEPT_DAYS})
    events = [row for row in catalogue.view("event") if row["grade"] == "retention"]
    assert {row["kind"] for row in events} == {"suspected", "removed"}
    assert all(row["detail"]["evidence"] == "http-404" for row in events)
    inferred = events[-1]["detail"]["retention_inferred"]
    assert KEPT_DAYS < inferred["days"] <= KEPT_DAYS + 4 and inferred["pages_gone"] >= 20
    first = [row["grade"] for row in catalogue.view("event") if row["observed"] < stamp(START + timedelta(days=15))]
    assert set(first) == {"http-404"}  # of few pages nobody can tell yet


def test_pages_that_go_at_any_age_were_taken_down(catalogue: Catalogue) -> None:
    run(catalogue, 0, set())
    for day in (1, 2, 3, 4):
        run(catalogue, day, set(range(0, PAGES, 2)))
    assert grades(catalogue) == [("removed", "http-404"), ("suspected", "http-404")]

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.catalogue_views import VIEW_COLUMNS
from storage.model import Failure, Thresholds
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_article, make_outcome, redirect

OLD, MIDDLE, NEW = f"{HOME}old.html", f"{HOME}middle.html", f"{HOME}a/1.html"


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """A page with two addresses that lead to it, two versions, an absence, a failure; and one of another source."""
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        catalogue.start_crawl(crawl_id(2), replace(SOURCE, name="mirror"), after(1), Thresholds())
        catalogue.commit(
            [
                redirect(OLD, MIDDLE, after(1)),
                redirect(MIDDLE, NEW, after(2)),
                make_outcome(NEW, after(3), article=make_article("一", authors=("张三",), keywords=("粮",))),
                make_outcome(
                    NEW, after(4), article=make_article("二", authors=("张三",)), capture={"tls_verified": True}
                ),
                make_outcome(NEW, after(5), status=404),
                make_outcome(NEW, after(6), status=None, failure=Failure("dns", "no address")),
                make_outcome(NEW, after(7), body="三", source="mirror", crawl=crawl_id(2)),
                make_outcome(f"{HOME}news/", after(8), role="list:0"),
            ],
            now=after(9),
        )
        yield catalogue


@pytest.mark.parametrize("url", [OLD, MIDDLE, NEW, "HTTP://Paper.Test:80/a/./1.html#top"])
def test_an_article_is_found_by_any_of_its_addresses(catalogue: Catalogue, url: str) -> None:
    row = catalogue.article(url, SOURCE.name)
    assert row is not None
    assert tuple(row) == VIEW_COLUMNS["article"]
    assert (row["url"], row["body"], row["state"], row["authors"], row["keywords"]) == (
        NEW,
        "二",
        "suspect",
        ["张三"],
        [],
    )


def test_of_two_sources_the_one_last_seen_answers_unless_one_is_named(catalogue: Catalogue) -> None:
    found = catalogue.article(NEW)
    assert found is not None and found["source"] == "mirror"
    named = catalogue.article(NEW, "paper")
    assert named is not None and named["source"] == "paper"
    assert catalogue.article(NEW, "nobody") is None
    assert catalogue.article("no url") is None


def test_a_history_holds_all_of_a_page_with_all_its_addresses(catalogue: Catalogue) -> None:
    history = catalogue.history(OLD, SOURCE.name)
    assert [(row["url"], row["relation"]) for row in history.addresses] == [
        (NEW, "first"),
        (MIDDLE, "redirect"),
        (OLD, "redirect"),
    ]
    assert [(row["url"], row["status"], row["finding"]) for row in history.captures] == [
        (OLD, 302, None),
        (MIDDLE, 302, None),
        (NEW, 200, "new"),
        (NEW, 200, "changed"),
        (NEW, 404, None),
    ]
    assert [row["tls_verified"] for row in history.captures[2:4]] == [None, True]
    assert [row["number"] for row in history.versions] == [1, 2]
    assert [row["kind"] for row in history.events] == ["edited", "suspected"]
    assert history.events[0]["detail"]["changed"] == ["body"]
    assert [row["stage"] for row in history.failures] == ["http", "dns"]
    assert history.page is not None and history.page["versions"] == 2


def test_a_history_of_what_is_no_page_is_its_captures_and_failures(catalogue: Catalogue) -> None:
    history = catalogue.history(f"{HOME}news/")
    assert (history.page, history.addresses, history.versions, history.events) == (None, (), (), ())
    assert len(history.captures) == 1
    nothing = catalogue.history("http://nowhere.test/")
    assert (nothing.page, nothing.captures, nothing.failures) == (None, (), ())


def test_captures_come_as_they_lie(catalogue: Catalogue) -> None:
    places = [(2, 30), (1, 20), (2, 5), (1, 7)]
    catalogue.commit(
        [
            make_outcome(f"{HOME}{n}", role="page", capture={"warc_file": f"x{file}", "warc_offset": offset})
            for n, (file, offset) in enumerate(places)
        ],
        now=START,
    )
    found = [(c.warc_file, c.warc_offset) for c in catalogue.captures() if c.warc_file.startswith("x")]
    assert found == [("x1", 7), ("x1", 20), ("x2", 5), ("x2", 30)]
    assert [c.warc_offset for c in catalogue.captures("x2")] == [5, 30]


def test_what_is_lacking_is_told(catalogue: Catalogue) -> None:
    known = next(catalogue.captures()).id
    assert catalogue.lacks([known, "urn:uuid:x"]) == {"urn:uuid:x"}
    assert catalogue.lacks([]) == set()


def test_a_report_counts_failures_by_reason(catalogue: Catalogue) -> None:
    again = make_outcome(f"{HOME}a/9.html", after(9), status=None, failure=Failure("dns", "no address"))
    catalogue.commit([again], now=after(9))
    report = catalogue.crawl_report(crawl_id())
    assert report is not None
    assert tuple(report.row) == VIEW_COLUMNS["crawl"]
    assert (report.row["fetched"], report.row["new"], report.row["changed"], report.row["failed"]) == (6, 1, 1, 3)
    assert report.failures == (("dns", "no address", 2), ("http", "404 Error", 1))
    assert catalogue.crawl_report("none") is None

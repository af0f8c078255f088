"""When the whole site is out, no page is the worse for it; when only pages are gone, the site is not out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.model import CrawlEnd, Failure, Outcome, Thresholds
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_outcome

HOUR = 3600
LIST = f"{HOME}news/"
PAGES = [f"{HOME}a/{number}.html" for number in range(6)]
OK, GONE, DOWN = 200, 404, 503


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle) as opened:
        opened.open_warc("one.warc.gz", "warc/one.warc.gz")
        yield opened


def outcomes(number: int, looks: Mapping[str, int | str]) -> Iterator[Outcome]:
    for second, (url, answer) in enumerate(looks.items()):
        is_list = not url.startswith(f"{HOME}a/")
        at = {"at": after(number * 12 * HOUR + second), "crawl": crawl_id(number)}
        role = {"role": "list:0" if is_list else "article:0"}
        if isinstance(answer, str):
            yield make_outcome(url, status=None, failure=Failure(answer, "x"), **at, **role)
        elif answer == OK:
            yield make_outcome(url, body=None if is_list else f"正文 {url}", payload=url, **at, **role)
        else:
            yield make_outcome(url, status=answer, **at, **role)


def run(catalogue: Catalogue, number: int, looks: Mapping[str, int | str], *, ends: bool = True) -> None:
    catalogue.start_crawl(crawl_id(number), SOURCE, after(number * 12 * HOUR), Thresholds())
    catalogue.commit(list(outcomes(number, looks)), now=after(number * 12 * HOUR))
    if ends:
        started = after(number * 12 * HOUR)
        catalogue.end_crawl(CrawlEnd(crawl_id(number), SOURCE.name, started, started, "finished", 0))


def all_of(answer: int | str, urls: Sequence[str] = (LIST, *PAGES)) -> dict[str, int | str]:
    return dict.fromkeys(urls, answer)


def events(catalogue: Catalogue) -> list[tuple[str, str]]:
    return sorted((row["url"].removeprefix(f"{HOME}a/"), row["kind"]) for row in catalogue.view("event"))


def outages(catalogue: Catalogue) -> list[Any]:
    return [row["outage"] for row in catalogue.crawls()]


def states(catalogue: Catalogue) -> list[str]:
    return [row["state"] for row in catalogue.view("article")]


def test_a_site_of_404s_removes_nothing_however_long(catalogue: Catalogue) -> None:
    run(catalogue, 0, all_of(OK))
    run(catalogue, 1, all_of(GONE), ends=False)
    assert len(events(catalogue)) == len(PAGES)  # until the run is over nobody knows
    for number in range(2, 6):
        run(catalogue, number, all_of(GONE))
    assert events(catalogue) == []
    assert outages(catalogue)[1] == {
        "lists_failed": 1,
        "pages_failed": 6,
        "pages_answered": 0,
        "grades": {"http-404": 6},
    }
    assert states(catalogue) == ["unobserved"] * 6
    run(catalogue, 6, all_of(OK))
    assert (events(catalogue), states(catalogue)) == ([], ["live"] * 6)
    (looks,) = {(row["verdict"], row["grade"]) for row in catalogue.history(PAGES[0]).captures[1:6]}
    assert looks == ("unreachable", "outage")
    assert len(catalogue.history(PAGES[0]).outages) == 5


def test_an_outage_in_the_midst_of_an_absence_neither_counts_nor_ends_it(catalogue: Catalogue) -> None:
    run(catalogue, 0, all_of(OK))
    for number in (1, 2):
        run(catalogue, number, all_of(OK) | {PAGES[0]: GONE})
    run(catalogue, 3, all_of(GONE))
    assert events(catalogue) == [("0.html", "suspected")]
    assert catalogue.article(PAGES[0])["state"] == "suspect"  # type: ignore[index]
    run(catalogue, 4, all_of(OK) | {PAGES[0]: GONE})
    removed = [row for row in catalogue.view("event") if row["kind"] == "removed"]
    assert [row["detail"]["observations"] for row in removed] == [3]
    assert [look["grade"] for look in removed[0]["detail"]["looks"]] == ["http-404"] * 3


def test_a_removal_spoken_in_an_outage_is_taken_back(catalogue: Catalogue) -> None:
    run(catalogue, 0, all_of(OK))
    for number in (1, 2):
        run(catalogue, number, all_of(OK) | {PAGES[0]: GONE})
    run(catalogue, 3, all_of(GONE), ends=False)
    assert ("0.html", "removed") in events(catalogue)
    assert catalogue.interrupt_crawls() == 1  # a killed run is judged too
    assert events(catalogue) == [("0.html", "suspected")]


def test_a_page_that_was_removed_before_an_outage_stays_removed(catalogue: Catalogue) -> None:
    run(catalogue, 0, all_of(OK))
    for number in range(1, 5):
        run(catalogue, number, all_of(OK) | {PAGES[0]: GONE})
    before = events(catalogue)
    run(catalogue, 5, all_of(GONE))
    assert events(catalogue) == before
    run(catalogue, 6, all_of(OK))
    restored = [row for row in catalogue.view("event") if row["kind"] == "restored"]
    assert [row["detail"]["gone_observations"] for row in restored] == [4]


def test_a_look_at_another_address_of_a_page_is_no_absence_to_take_back(catalogue: Catalogue) -> None:
    run(catalogue, 0, all_of(OK))
    for number in (1, 2):
        run(catalogue, number, all_of(OK) | {PAGES[0]: GONE})
    run(catalogue, 3, all_of(GONE), ends=False)
    at = {"at": after(3 * 12 * HOUR + 60), "crawl": crawl_id(3)}
    catalogue.commit([make_outcome(f"{PAGES[0]}?spm=1", status=GONE, **at)], now=START)
    catalogue.interrupt_crawls()
    run(catalogue, 4, all_of(OK) | {PAGES[0]: GONE})
    (removed,) = [row for row in catalogue.view("event") if row["kind"] == "removed"]
    assert removed["detail"]["observations"] == 3


@pytest.mark.parametrize(
    "looks",
    [
        all_of(GONE, PAGES) | {LIST: OK},
        {LIST: DOWN, **all_of(OK, PAGES[:4]), **all_of(GONE, PAGES[4:])},
        all_of(GONE, PAGES),
        all_of(GONE, PAGES) | {LIST: "robots"},
    ],
    ids=["the list answers", "most pages answer", "no list was asked for", "we are forbidden the list"],
)
def test_pages_that_are_gone_by_themselves_are_suspect(catalogue: Catalogue, looks: dict[str, int | str]) -> None:
    run(catalogue, 0, all_of(OK))
    run(catalogue, 1, looks)
    assert outages(catalogue) == [None, None]
    assert {kind for _, kind in events(catalogue)} == {"suspected"}


@pytest.mark.parametrize("failing", [DOWN, GONE, "connect"])
def test_lists_that_fail_in_any_way_count(catalogue: Catalogue, failing: int | str) -> None:
    run(catalogue, 0, all_of(OK))
    run(catalogue, 1, all_of(GONE, PAGES) | {LIST: failing})
    assert events(catalogue) == [] and outages(catalogue)[1] is not None


def test_an_outage_lasts_until_something_answers(catalogue: Catalogue) -> None:
    run(catalogue, 0, all_of(OK))
    run(catalogue, 1, all_of(GONE))
    run(catalogue, 2, all_of(GONE, PAGES[:1]))  # no list is due
    assert events(catalogue) == []
    run(catalogue, 3, {PAGES[0]: GONE, PAGES[1]: OK})
    assert events(catalogue) == [("0.html", "suspected")]


def test_a_list_that_died_long_ago_does_not_keep_pages_alive(catalogue: Catalogue) -> None:
    run(catalogue, 0, all_of(OK))
    run(catalogue, 1, all_of(OK, PAGES) | {LIST: GONE})
    for number in (2, 3, 4):
        run(catalogue, number, {LIST: GONE, PAGES[0]: GONE})
    assert events(catalogue) == [("0.html", "removed"), ("0.html", "suspected")]


def test_a_site_that_is_down_with_503_is_an_outage_without_any_event(catalogue: Catalogue) -> None:
    run(catalogue, 0, all_of(OK))
    run(catalogue, 1, all_of(DOWN))
    assert (events(catalogue), states(catalogue)) == ([], ["live"] * 6)
    assert outages(catalogue)[1]["grades"] == {"http-503": 6}

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.changes import settle
from storage.catalogue import Catalogue, Retry
from storage.frontier import Frontier
from storage.model import Link, Outcome, Thresholds
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_article, make_outcome

FIRST = f"{HOME}a/1.html"
TEXTS = {1: "第一页说的是早晨。", 2: "第二页说的是中午。", 3: "第三页说的是晚上。"}


def url(number: int) -> str:
    return FIRST if number == 1 else f"{HOME}a/1_{number}.html"


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue in which one crawl has begun."""
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle, retry=Retry(tries=1)) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        yield catalogue


def look(number: int, at: float, text: str | None = None, *, pages: int = 3, **fields: Any) -> Outcome:
    """Return a look at one page of an article of three."""
    links = tuple(url(n) for n in range(1, pages + 1) if n != number)
    article = None if fields.get("status", 200) != 200 else make_article(text or TEXTS[number], page_links=links)
    attempt = {} if number == 1 else {"relation": "part", "via": FIRST, "number": number}
    role = "article:0" if number == 1 else "part:0"
    return make_outcome(url(number), after(at), role=role, article=article, attempt=attempt, **fields)


def commit(catalogue: Catalogue, *outcomes: Outcome) -> None:
    for outcome in outcomes:
        catalogue.commit([outcome], now=outcome.attempted)


def due(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Return what waits for nothing but its time, and its role."""
    rows = catalogue.store.rows("SELECT url, role FROM t_frontier WHERE next_due IS NOT NULL ORDER BY url")
    return [(row.url.removeprefix(HOME), row.role) for row in rows]


def versions(catalogue: Catalogue) -> list[str]:
    return [row["body"] for row in catalogue.view("version")]


def test_each_page_leads_to_the_next_and_the_last_to_the_first(catalogue: Catalogue) -> None:
    commit(catalogue, look(1, 0))
    assert due(catalogue) == [("a/1_2.html", "part:0")]
    assert versions(catalogue) == [TEXTS[1]]
    commit(catalogue, look(2, 1))
    assert due(catalogue) == [("a/1_3.html", "part:0")]
    commit(catalogue, look(3, 2))
    assert due(catalogue) == [("a/1.html", "article:0")]
    assert versions(catalogue) == ["\n".join(TEXTS.values())]
    rows = catalogue.store.rows("SELECT next_due FROM t_frontier WHERE url = :url", {"url": FIRST})
    assert rows[0].next_due.startswith("2026-11-22T09:00:00")  # an hour after its own look, by the ladder


def test_in_one_group_or_one_by_one_the_rows_are_the_same(catalogue: Catalogue, tmp_path: Path) -> None:
    outcomes = [look(1, 0), look(2, 1), look(3, 2), look(1, 10), look(2, 11, "第二页改了。"), look(3, 12)]
    commit(catalogue, *outcomes)
    with Catalogue.open(tmp_path / "other.sqlite", settle=settle, retry=Retry(tries=1)) as other:
        other.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        other.commit(outcomes, now=after(12))
        for view in ("article", "version", "version_capture", "event", "capture"):
            assert [*other.view(view)] == [*catalogue.view(view)], view
    (event,) = catalogue.view("event")
    assert event["detail"]["pages"][0][0] == url(2)
    assert (event["after"], event["observed"]) == ("2026-11-22T08:00:00.000000Z", "2026-11-22T08:00:11.000000Z")


def test_a_passing_failure_is_tried_again_before_the_next_page(catalogue: Catalogue) -> None:
    commit(catalogue, look(1, 0), look(2, 1, status=503))
    assert due(catalogue) == [("a/1_2.html", "part:0")]
    commit(catalogue, look(2, 6, status=503))
    assert due(catalogue) == [("a/1_3.html", "part:0")]
    commit(catalogue, look(3, 7))
    assert versions(catalogue) == [f"{TEXTS[1]}\n{TEXTS[3]}"]
    (row,) = catalogue.store.rows("SELECT details FROM t_version")
    assert json.loads(row.details)["gaps"] == [url(2)]


def test_a_new_look_at_the_first_page_settles_what_the_last_one_left(catalogue: Catalogue) -> None:
    commit(catalogue, look(1, 0), look(2, 1), look(3, 2))
    commit(catalogue, look(1, 10, "第一页改了。"), look(1, 20, "第一页又改了。"), look(2, 21), look(3, 22))
    assert [body.partition("\n")[0] for body in versions(catalogue)] == [TEXTS[1], "第一页改了。", "第一页又改了。"]
    assert [event["kind"] for event in catalogue.view("event")] == ["edited", "edited"]


def test_a_first_page_that_is_gone_is_suspect_and_its_others_are_not_asked_for(catalogue: Catalogue) -> None:
    commit(catalogue, look(1, 0), look(2, 1), look(3, 2), look(1, 10, status=404))
    (article,) = catalogue.view("article")
    assert (article["state"], article["body"]) == ("suspect", "\n".join(TEXTS.values()))
    assert due(catalogue) == [("a/1.html", "article:0")]


def test_what_the_source_takes_for_an_article_is_no_page_of_another(catalogue: Catalogue) -> None:
    lists = make_outcome(f"{HOME}news/", START, role="list:0", links=(Link(url(2), "article:0"),))
    commit(catalogue, lists, look(1, 1))
    assert ("a/1_2.html", "article:0") in due(catalogue)
    assert ("a/1.html", "article:0") in due(catalogue)


def test_a_page_without_its_article_is_a_capture_and_no_page(catalogue: Catalogue) -> None:
    commit(catalogue, look(2, 0))
    assert [*catalogue.view("article")] == []
    assert len([*catalogue.view("capture")]) == 1


def test_all_anew_puts_off_the_pages_that_were_next(catalogue: Catalogue) -> None:
    commit(catalogue, look(1, 0))
    frontier = Frontier(catalogue)
    frontier.seed(SOURCE, after(100), revisit_all=True)
    assert [row for row in due(catalogue) if row[0].startswith("a/")] == [("a/1.html", "article:0")]
    assert frontier.whole(SOURCE.name, url(2)) == FIRST
    assert frontier.whole(SOURCE.name, f"{HOME}a/9.html") == f"{HOME}a/9.html"

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.changes import settle
from storage import frontier as frontier_module
from storage.catalogue import Catalogue
from storage.errors import UsageError
from storage.frontier import Frontier, expand_dates, seeds_of
from storage.model import Failure, FrontierEntry, Link, Outcome, Thresholds
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_outcome, redirect

DAY = 86400
LIST, FEED, SITEMAP = f"{HOME}news/", f"{HOME}feed.xml", f"{HOME}sitemap.xml"
PAPER = f"{HOME}e/202611/22/"
ARTICLE = f"{HOME}a/1.html"


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue in which one crawl has begun."""
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        yield catalogue


@pytest.fixture
def frontier(catalogue: Catalogue) -> Frontier:
    """The frontier of `catalogue`, empty."""
    return Frontier(catalogue)


def lease(frontier: Frontier, at: float = 0, limit: int = 100, worker: str = "w", **more: Any) -> list[FrontierEntry]:
    return frontier.lease(SOURCE.name, worker, limit, after(at), after(at + 600), **more)


def urls(entries: list[FrontierEntry]) -> list[str]:
    return [entry.url for entry in entries]


def done(catalogue: Catalogue, entry: FrontierEntry, at: float, **fields: Any) -> Outcome:
    """Commit the outcome of `entry`, with its own role."""
    fields = {"role": entry.role, "frontier_id": entry.id, **fields}
    outcome = make_outcome(entry.url, after(at), attempt={"number": entry.number, "hops": entry.hops}, **fields)
    catalogue.commit([outcome], now=after(at))
    return outcome


def links(*numbers: int) -> tuple[Link, ...]:
    return tuple(Link(f"{HOME}a/{n}.html", "article:0") for n in numbers)


def row(catalogue: Catalogue, url: str) -> Any:
    (found,) = catalogue.store.rows("SELECT * FROM t_frontier WHERE url = :url", {"url": url})
    return found


# --- seeds -------------------------------------------------------------------------------------


def test_seeds_are_lists_feeds_and_sitemaps_with_dates_expanded(frontier: Frontier) -> None:
    assert frontier.seed(SOURCE, START) == 4
    entries = lease(frontier)
    assert {(entry.url, entry.role) for entry in entries} == {
        (LIST, "list:0"),
        (PAPER, "list:1"),
        (FEED, "feed:0"),
        (SITEMAP, "sitemap:0"),
    }
    assert {entry.relation for entry in entries} == {"seed"}


def test_a_list_behind_a_small_api_keeps_method_headers_and_body() -> None:
    page = replace(SOURCE.lists[0], method="POST", headers=(("Referer", HOME),), body='{"day": "{date:%d}"}')
    ((link, every_s), *_) = seeds_of(replace(SOURCE, lists=(page,)), START)
    assert (link.method, link.headers, link.body, every_s) == ("POST", (("Referer", HOME),), '{"day": "22"}', 600)


def test_requests_that_differ_in_body_are_two_rows(frontier: Frontier) -> None:
    first = replace(SOURCE.lists[0], method="POST", body="1")
    frontier.seed(replace(SOURCE, lists=(first, replace(first, body="2")), feeds=(), sitemaps=()), START)
    assert sorted(str(entry.body) for entry in lease(frontier)) == ["1", "2"]


def test_a_known_seed_keeps_its_time_unless_its_interval_is_now_shorter(
    catalogue: Catalogue, frontier: Frontier
) -> None:
    frontier.seed(SOURCE, START)
    for entry in lease(frontier):
        done(catalogue, entry, 10)
    assert frontier.seed(SOURCE, after(20)) == 0
    assert row(catalogue, SITEMAP).next_due.startswith("2026-11-23")
    hourly = replace(SOURCE, sitemaps=(replace(SOURCE.sitemaps[0], every_s=3600),))
    frontier.seed(hourly, after(20))
    assert row(catalogue, SITEMAP).next_due == "2026-11-22T09:00:20.000000Z"


def test_yesterdays_paper_and_a_list_taken_out_are_asked_no_more(catalogue: Catalogue, frontier: Frontier) -> None:
    frontier.seed(SOURCE, START)
    frontier.seed(replace(SOURCE, feeds=()), after(DAY))
    assert set(urls(lease(frontier, 10 * DAY))) == {LIST, SITEMAP, f"{HOME}e/202611/23/"}
    frontier.release("w")
    frontier.seed(SOURCE, after(DAY))
    assert FEED in urls(lease(frontier, 10 * DAY))


def test_a_seed_that_a_page_had_linked_becomes_a_seed(catalogue: Catalogue, frontier: Frontier) -> None:
    catalogue.commit([make_outcome(HOME, role="page", links=(Link(FEED, "page"),))], now=START)
    frontier.seed(SOURCE, START)
    assert (row(catalogue, FEED).role, row(catalogue, FEED).relation) == ("feed:0", "seed")


def test_a_date_that_cannot_be_expanded_is_named(frontier: Frontier) -> None:
    with pytest.raises(UsageError, match="must be one of %Y"):
        frontier.seed(replace(SOURCE, lists=(replace(SOURCE.lists[0], url=HOME + "{date:%B}"),)), START)


def test_revisit_all_makes_known_articles_and_seeds_due(catalogue: Catalogue, frontier: Frontier) -> None:
    frontier.seed(SOURCE, START)
    for entry in lease(frontier):
        done(catalogue, entry, 10, links=links(1, 2) if entry.url == LIST else ())
    for entry in lease(frontier, 20):
        done(catalogue, entry, 30, body="正文")
    assert frontier.seed(SOURCE, after(40)) == 0
    assert frontier.seed(SOURCE, after(40), revisit_all=True) == 6


@pytest.mark.parametrize("known", [False, True])
def test_one_url_can_be_asked_for_alone_with_what_it_redirects_to(
    catalogue: Catalogue, frontier: Frontier, known: bool
) -> None:
    frontier.seed(SOURCE, START)
    if known:
        catalogue.commit([make_outcome(ARTICLE, body="正文")], now=START)
    assert urls(lease(frontier, only=(ARTICLE,))) == []
    frontier.seed(SOURCE, after(1), only_url=ARTICLE, only_role="article:0")
    (entry,) = lease(frontier, 1, only=(ARTICLE,))
    assert (entry.url, entry.role) == (ARTICLE, "article:0")
    for n in (2, 3):
        link = Link(f"{HOME}a/{n}.html", "article:0", "redirect")
        done(catalogue, entry, n, status=302, links=(link, Link(f"{HOME}a/9.html", "article:0")))
        (entry,) = lease(frontier, n, only=(ARTICLE, f"{HOME}p/1.png"))
        assert (entry.url, entry.hops) == (link.url, n - 1)
    done(catalogue, entry, 4, links=tuple(Link(f"{HOME}p/{n}.png", "requisite:image", "requisite") for n in (1, 2)))
    assert urls(lease(frontier, 5, only=(ARTICLE, f"{HOME}p/1.png"))) == [f"{HOME}p/1.png"]


# --- leases ------------------------------------------------------------------------------------


def test_lists_go_before_articles_and_the_longest_due_first(catalogue: Catalogue, frontier: Frontier) -> None:
    catalogue.commit([make_outcome(HOME, after(-50), role="page", links=links(5))], now=START)
    catalogue.commit([make_outcome(HOME, after(-90), role="page", links=links(9))], now=START)
    frontier.seed(SOURCE, START)
    got = [*urls(lease(frontier, 1, limit=3)), *urls(lease(frontier, 1, limit=2)), *urls(lease(frontier, 1, limit=9))]
    assert set(got[:4]) == {LIST, FEED, SITEMAP, PAPER}
    assert got[4:] == [f"{HOME}a/9.html", f"{HOME}a/5.html"]


def test_nothing_is_leased_twice_until_released_or_expired(frontier: Frontier) -> None:
    frontier.seed(SOURCE, START)
    assert len(lease(frontier, worker="one")) == 4
    assert lease(frontier, worker="two") == []
    assert frontier.expire(after(599)) == 0
    assert frontier.expire(after(600)) == 4
    assert len(lease(frontier, worker="two", limit=3)) == 3
    assert frontier.release("one") == 0
    assert frontier.release("two") == 3
    assert len(lease(frontier)) == 4
    assert frontier.expire(START, source="another") == 0
    assert frontier.expire(START, source=SOURCE.name) == 4


def test_a_lease_survives_the_process_and_not_the_row(catalogue: Catalogue, frontier: Frontier) -> None:
    frontier.seed(SOURCE, START)
    (entry,) = lease(frontier, limit=1)
    with Catalogue.open(catalogue.store.path, settle=settle) as other:
        assert len(lease(Frontier(other), worker="two")) == 3
    done(catalogue, entry, 5)
    assert (row(catalogue, entry.url).state, row(catalogue, entry.url).worker) == ("done", None)


def test_sources_do_not_see_each_other(frontier: Frontier) -> None:
    frontier.seed(SOURCE, START)
    assert frontier.lease("another", "w", 10, after(1), after(2)) == []


def test_what_is_due_is_counted_and_the_next_time_told(catalogue: Catalogue, frontier: Frontier) -> None:
    frontier.seed(SOURCE, START)
    (entry, *_) = lease(frontier, limit=2)
    done(catalogue, entry, 5)
    assert frontier.due(SOURCE.name, after(5)) == 2
    assert frontier.next_due(SOURCE.name) == START
    assert frontier.next_due("another") is None


def test_what_is_due_at_one_time_is_leased_as_it_came(catalogue: Catalogue, frontier: Frontier) -> None:
    frontier.seed(SOURCE, START)
    entries = lease(frontier)
    done(catalogue, entries[0], 1, links=links(*range(9, 0, -1)))
    taken = [entry.id for _ in range(3) for entry in lease(frontier, 2, limit=3)]
    assert len(taken) == 9 and taken == sorted(taken)


def test_leasing_sorts_no_more_than_it_takes(catalogue: Catalogue) -> None:
    at = {"source": "s", "worker": "w", "limit": 1, "now": "", "until": "", "only": "[]"}
    for statement in (frontier_module._LEASE, frontier_module._LEASE_ONLY):
        plan = " ".join(row.detail for row in catalogue.store.rows(f"EXPLAIN QUERY PLAN {statement}", at))
        assert "RIGHT PART OF ORDER BY" not in plan and "AUTOMATIC" not in plan
        assert not re.search(r"SCAN (f|t_frontier)|ix_frontier_due \(source=\?\)", plan)


def test_the_queue_is_counted_now_and_then_and_reckoned_in_between(
    catalogue: Catalogue, frontier: Frontier, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.1, 4.9, 5.0, 5.1])
    monkeypatch.setattr(frontier_module.time, "monotonic", lambda: next(clock))
    frontier.seed(SOURCE, START)
    assert frontier.queue(SOURCE.name, START, 0) == 4 == frontier.due(SOURCE.name, START)
    lease(frontier, limit=3)
    assert frontier.queue(SOURCE.name, START, 2) == 2, "reckoned: 4 less 2"
    assert frontier.queue(SOURCE.name, START, 1) == 1, "counted: a fiftieth of the time has gone by"


def test_the_next_retry_is_told_apart_from_other_dues(catalogue: Catalogue, frontier: Frontier) -> None:
    frontier.seed(SOURCE, START)
    (entry, *_) = lease(frontier)
    assert frontier.next_retry(SOURCE.name) is None
    done(catalogue, entry, 5, status=503)
    assert frontier.next_retry(SOURCE.name) == after(10)
    (again,) = lease(frontier, 10)
    assert (again.id, again.attempts) == (entry.id, 1)
    assert frontier.next_retry(SOURCE.name) is None


def test_an_article_is_revisited_by_its_ladder_and_a_missing_one_confirmed(
    catalogue: Catalogue, frontier: Frontier
) -> None:
    catalogue.commit([make_outcome(HOME, role="page", links=links(1))], now=START)
    (entry,) = lease(frontier)
    done(catalogue, entry, 10, body="正文")
    assert lease(frontier, 3609) == []
    (entry,) = lease(frontier, 3610)
    done(catalogue, entry, 3620, status=404)
    assert row(catalogue, ARTICLE).due_reason == "confirm absence: gone 1 of 3 times"
    assert lease(frontier, 3620 + DAY / 2 - 1) == []
    assert len(lease(frontier, 3620 + DAY / 2)) == 1


def test_large_frontiers_are_answered_from_indexes(catalogue: Catalogue) -> None:
    for statement in (frontier_module._DUE, frontier_module._LEASE, frontier_module._NEXT):
        names = dict.fromkeys(re.findall(r":(\w+)", statement))
        plan = [row.detail for row in catalogue.store.rows(f"EXPLAIN QUERY PLAN {statement}", names)]
        assert any("COVERING INDEX ix_frontier_due (source=? AND rank=?" in step for step in plan), plan
        assert not any("SCAN t_frontier" in step or "(source=?)" in step for step in plan), plan


def test_dates_expand_here_too() -> None:
    assert expand_dates("{date:%Y}", START, "UTC") == "2026"


# --- an outcome without a row of its own -------------------------------------------------------


def test_recovery_finds_the_row_by_its_url(catalogue: Catalogue, frontier: Frontier) -> None:
    frontier.seed(SOURCE, START)
    lease(frontier)
    catalogue.commit([make_outcome(LIST, after(5), role="list:0", links=links(1))], now=after(9))
    assert (row(catalogue, LIST).state, row(catalogue, LIST).worker) == ("done", None)
    assert row(catalogue, LIST).next_due == "2026-11-22T08:10:05.000000Z"


def test_a_rebuild_knows_what_is_to_be_visited_again(catalogue: Catalogue, frontier: Frontier) -> None:
    catalogue.commit([make_outcome(LIST, role="list:0", attempt={"relation": "seed"}, links=links(1, 2))], now=after(9))
    catalogue.commit([make_outcome(ARTICLE, after(1), body="正文")], now=after(9))
    assert urls(lease(frontier, 10)) == [f"{HOME}a/2.html"]
    assert urls(lease(frontier, 3601)) == [LIST, ARTICLE]


def test_robots_and_posts_are_no_rows(catalogue: Catalogue) -> None:
    post = make_outcome(LIST, role="list:0", capture={"method": "POST"})
    catalogue.commit([make_outcome(f"{HOME}robots.txt", role="robots"), post], now=START)
    assert catalogue.store.rows("SELECT url FROM t_frontier") == []


def test_a_post_is_found_by_url_and_role(catalogue: Catalogue, frontier: Frontier) -> None:
    page = replace(SOURCE.lists[0], method="POST", body="1")
    frontier.seed(replace(SOURCE, lists=(page,), feeds=(), sitemaps=()), START)
    lease(frontier)
    catalogue.commit([make_outcome(LIST, role="list:0", capture={"method": "POST"})], now=START)
    assert row(catalogue, LIST).state == "done"


def test_a_trapped_way_does_not_spoil_a_known_row(catalogue: Catalogue, frontier: Frontier) -> None:
    catalogue.commit([make_outcome(HOME, role="page", links=links(1))], now=START)
    trap = Failure("trap", "more than 10 redirects in a row")
    catalogue.commit([make_outcome(ARTICLE, after(1), status=None, failure=trap)], now=START)
    assert urls(lease(frontier, 2)) == [ARTICLE]


def test_outcomes_of_a_redirect_lead_on(catalogue: Catalogue, frontier: Frontier) -> None:
    catalogue.commit([redirect(ARTICLE, f"{HOME}a/2.html", role="article:0")], now=START)
    (entry,) = lease(frontier, 1)
    assert (entry.url, entry.relation, entry.hops, entry.via) == (f"{HOME}a/2.html", "redirect", 1, ARTICLE)

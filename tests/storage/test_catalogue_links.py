from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.changes import settle
from storage import catalogue_links
from storage.catalogue import Catalogue, Retry
from storage.catalogue_links import body_digest, rank_of
from storage.frontier import Frontier
from storage.model import FrontierEntry, Link, Outcome, Thresholds
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_outcome

LIST = f"{HOME}news/"


class Site:
    """A list of three pages, walked as a crawl would, one commit a page."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.frontier = Frontier(catalogue)
        self.pages: dict[int, tuple[int, ...]] = {1: (9, 8), 2: (7, 6), 3: (5, 4)}
        self.fetched: list[str] = []

    def lease(self, at: float) -> list[FrontierEntry]:
        entries = self.frontier.lease(SOURCE.name, "w", 100, after(at), after(at + 600))
        return [entry for entry in entries if entry.role == "list:0"]

    def outcome(self, entry: FrontierEntry, at: float) -> Outcome:
        links = tuple(Link(f"{HOME}a/{n}.html", "article:0") for n in self.pages[entry.number])
        number = entry.number + 1
        following = Link(f"{LIST}index_{number}.html", "list:0", "next", number) if number in self.pages else None
        attempt = {"number": entry.number, "relation": entry.relation}
        fields: dict[str, Any] = {"links": links, "following": following, "attempt": attempt}
        return make_outcome(entry.url, after(at), role="list:0", frontier_id=entry.id, **fields)

    def step(self, at: float) -> list[int]:
        """Fetch what of the list is due at `at`; return the page numbers."""
        entries = self.lease(at)
        self.catalogue.commit([self.outcome(entry, at + 1) for entry in entries], now=after(at + 2))
        return [entry.number for entry in entries]

    def walk(self, at: float) -> list[int]:
        """Fetch until nothing of the list is due; return the page numbers."""
        numbers: list[int] = []
        while step := self.step(at):
            numbers += step
            at += 10
        return numbers


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue in which one crawl has begun."""
    retry = Retry(redirects=3)
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle, retry=retry) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        yield catalogue


@pytest.fixture
def site(catalogue: Catalogue) -> Site:
    """The list, seeded."""
    Frontier(catalogue).seed(SOURCE, START)
    return Site(catalogue)


def due(catalogue: Catalogue) -> dict[str, tuple[str, int]]:
    """Return what is due, with relation and hops."""
    rows = catalogue.store.rows("SELECT url, relation, hops FROM t_frontier WHERE next_due IS NOT NULL")
    return {row.url: (row.relation, row.hops) for row in rows}


# --- the walk ----------------------------------------------------------------------------------


def test_a_walk_goes_on_while_it_finds_something_unknown(site: Site) -> None:
    assert site.walk(0) == [1, 2, 3]


def test_a_later_walk_stops_at_the_first_page_with_nothing_unknown(site: Site) -> None:
    site.walk(0)
    assert site.walk(1000) == [1]
    site.pages[1] = (10, 9)
    assert site.walk(2000) == [1, 2]
    site.pages = {1: (13, 12), 2: (11, 9), 3: (8, 7)}
    assert site.walk(3000) == [1, 2, 3]


def test_what_another_list_found_during_the_walk_was_unknown_when_it_began(site: Site) -> None:
    (entry,) = site.lease(0)
    found = tuple(Link(f"{HOME}a/{n}.html", "article:0") for n in (9, 8))
    site.catalogue.commit([make_outcome(f"{HOME}feed.xml", after(1), role="feed:0", links=found)], now=after(1))
    site.catalogue.commit([site.outcome(entry, 2)], now=after(3))
    assert site.walk(10) == [2, 3]


def test_a_walk_killed_before_the_commit_begins_its_page_again(site: Site) -> None:
    site.step(0)
    (entry,) = site.lease(10)
    assert entry.number == 2
    site.frontier.expire(after(20), source=SOURCE.name)
    assert site.walk(20) == [2, 3]


def test_a_walk_goes_on_from_a_page_that_was_recovered(site: Site) -> None:
    site.step(0)
    (entry,) = site.lease(10)
    lost = site.outcome(entry, 11)
    site.frontier.expire(after(20), source=SOURCE.name)
    site.catalogue.commit([lost], now=after(30))
    assert site.walk(40) == [3]


def test_a_page_fetched_again_after_a_kill_does_not_stop_the_walk(site: Site) -> None:
    site.step(0)
    (entry,) = site.lease(10)
    site.catalogue.commit([site.outcome(entry, 11)], now=after(12))
    site.catalogue.store.run("UPDATE t_frontier SET next_due = :at WHERE id = :id", {"at": "2026", "id": entry.id})
    assert sorted(site.walk(30)) == [2, 3]


def test_pages_of_a_walk_are_not_due_by_themselves(site: Site) -> None:
    site.walk(0)
    assert [url for url in due(site.catalogue) if "index_" in url] == []


# --- links that are more -----------------------------------------------------------------------


def commit(catalogue: Catalogue, url: str, at: float, *links: Link, role: str = "list:0", hops: int = 0) -> int:
    outcome = make_outcome(url, after(at), role=role, links=links, attempt={"hops": hops})
    return catalogue.commit([outcome], now=after(at)).discovered


def test_links_are_counted_once(catalogue: Catalogue) -> None:
    one, two = (Link(f"{HOME}a/{n}.html", "article:0") for n in (1, 2))
    assert commit(catalogue, LIST, 0, one, one) == 1
    assert commit(catalogue, LIST, 1, one, two) == 1
    assert commit(catalogue, LIST, 2, one, two) == 0


def test_the_list_proper_is_fetched_whenever_the_list_is(site: Site) -> None:
    inner = Link(f"{HOME}ds_1.json", "listdata:0", "listdata")
    commit(site.catalogue, LIST, 0, inner)
    (entry,) = [e for e in site.frontier.lease(SOURCE.name, "w", 9, after(1), after(9)) if e.role == "listdata:0"]
    site.catalogue.commit([make_outcome(entry.url, role="listdata:0", frontier_id=entry.id)], now=after(2))
    assert inner.url not in due(site.catalogue)
    commit(site.catalogue, LIST, 700, inner)
    assert inner.url in due(site.catalogue)


def test_a_list_that_redirects_leads_on_each_time(catalogue: Catalogue) -> None:
    moved = Link(f"{HOME}list/", "list:0", "redirect")
    for at in (0, 700):
        commit(catalogue, LIST, at, moved)
        assert due(catalogue)[moved.url] == ("redirect", 1)
        commit(catalogue, moved.url, at + 1, hops=1)
        assert moved.url not in due(catalogue)


def test_an_article_that_redirects_to_a_known_one_leaves_it_its_time(catalogue: Catalogue) -> None:
    target = f"{HOME}a/2.html"
    catalogue.commit([make_outcome(target, body="正文")], now=START)
    before = catalogue.store.rows("SELECT * FROM t_frontier WHERE url = :url", {"url": target})
    commit(catalogue, f"{HOME}a/1.html", 5, Link(target, "article:0", "redirect"), role="article:0")
    assert catalogue.store.rows("SELECT * FROM t_frontier WHERE url = :url", {"url": target}) == before


def test_redirects_end(catalogue: Catalogue) -> None:
    link = Link(f"{HOME}x", "list:0", "redirect")
    commit(catalogue, LIST, 0, link, hops=2)
    assert due(catalogue)[link.url] == ("redirect", 3)
    commit(catalogue, link.url, 1, Link(f"{HOME}y", "list:0", "redirect"), hops=3)
    assert f"{HOME}y" not in due(catalogue)


def test_a_seed_in_a_ring_of_redirects_keeps_its_time(site: Site) -> None:
    commit(site.catalogue, LIST, 0, Link(f"{HOME}x", "list:0", "redirect"))
    commit(site.catalogue, f"{HOME}x", 1, Link(LIST, "list:0", "redirect"), hops=1)
    (row,) = site.catalogue.store.rows("SELECT * FROM t_frontier WHERE url = :url", {"url": LIST})
    assert (row.relation, row.next_due) == ("seed", "2026-11-22T08:10:00.000000Z")


def test_a_link_to_itself_is_nothing(catalogue: Catalogue) -> None:
    assert commit(catalogue, LIST, 0, Link(LIST, "list:0", "redirect"), Link(LIST, "page")) == 0


def test_a_post_and_a_get_of_one_address_are_two(catalogue: Catalogue) -> None:
    get, post = Link(f"{HOME}api", "listdata:0", "listdata"), Link(f"{HOME}api", "listdata:0", "listdata", 1, "POST")
    assert commit(catalogue, LIST, 0, get, post) == 2


def test_http_and_https_are_two_rows(catalogue: Catalogue) -> None:
    https = Link("https://paper.test/a/1.html", "article:0", "redirect")
    assert commit(catalogue, f"{HOME}a/1.html", 0, https, role="article:0") == 1


@pytest.mark.parametrize(
    ("role", "rank"), [("list:0", 0), ("sitemap:3", 0), ("feed:0", 0), ("article:0", 1), ("page", 1)]
)
def test_what_leads_to_articles_ranks_first(role: str, rank: int) -> None:
    assert rank_of(role) == rank


@pytest.mark.parametrize("statement", [catalogue_links._UNKNOWN, catalogue_links._FIRST_SEEN, catalogue_links._WHOLE])
def test_links_are_looked_up_one_by_one_and_not_by_source(catalogue: Catalogue, statement: str) -> None:
    names = {"source": "", "urls": "[]", "ids": "[]"}
    plan = [row.detail for row in catalogue.store.rows(f"EXPLAIN QUERY PLAN {statement}", names)]
    assert any("(source=? AND url=?" in step for step in plan)
    assert not any("(source=?)" in step or "SCAN t_frontier" in step for step in plan), plan


def test_bodies_are_told_apart() -> None:
    assert len({body_digest(body) for body in (None, "", "a", "b")}) == 4

"""One publication with many addresses is one page, and a claim does not make two pages one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.model import Aliases, Outcome, Source, SourceCrawl, Thresholds
from tests.storage.outcomes import SOURCE, after, crawl_id, make_outcome, redirect

WWW, MOBILE, OLD = "http://www.paper.test/a/1001.html", "http://m.paper.test/a/1001.html", "http://old.test/a/1001.html"
HOSTS = ("paper.test", "www.paper.test", "m.paper.test", "old.test")
PLAIN = replace(SOURCE, crawl=SourceCrawl(hosts=HOSTS))
DECLARED = replace(
    PLAIN, aliases=Aliases(hosts=(("m.paper.test", "www.paper.test"), ("old.test", "www.paper.test")), scheme="http")
)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle) as opened:
        opened.open_warc("one.warc.gz", "warc/one.warc.gz")
        yield opened


def commit(catalogue: Catalogue, number: int, source: Source, *outcomes: Outcome) -> None:
    catalogue.start_crawl(crawl_id(number), source, after(number * 43200), Thresholds())
    catalogue.commit(outcomes, now=after(number * 43200))


def look(
    number: int, url: str, body: str = "正文", second: int = 0, canonical: str | None = None, **fields: Any
) -> Outcome:
    made = make_outcome(url, after(number * 43200 + second), body=body, crawl=crawl_id(number), **fields)
    assert made.read is not None
    return replace(made, read=replace(made.read, canonical=canonical))


def addresses(catalogue: Catalogue) -> list[tuple[str, str]]:
    return [(row["url"], row["relation"]) for row in catalogue.view("address")]


def test_declared_aliases_are_one_page_and_its_addresses_are_kept(catalogue: Catalogue) -> None:
    commit(catalogue, 1, DECLARED, look(1, WWW), look(1, MOBILE, "移动版", 1), look(1, OLD, "旧版", 2))
    (page,) = catalogue.view("article")
    assert (page["url"], page["versions"]) == (WWW, 1)
    assert sorted(addresses(catalogue)) == [(MOBILE, "alias"), (OLD, "alias"), (WWW, "first")]
    assert len(catalogue.history(MOBILE).captures) == 3
    assert catalogue.history(OLD).addresses[0]["url"] == WWW


def test_undeclared_hosts_are_two_pages(catalogue: Catalogue) -> None:
    commit(catalogue, 1, PLAIN, look(1, WWW), look(1, MOBILE, second=1))
    assert len(list(catalogue.view("article"))) == 2


def test_a_moved_domain_goes_on_as_the_page_that_it_was(catalogue: Catalogue) -> None:
    commit(catalogue, 1, PLAIN, look(1, OLD))
    (before,) = catalogue.view("article")
    gone = make_outcome(OLD, after(2 * 43200), status=404, crawl=crawl_id(2))
    commit(catalogue, 2, PLAIN, gone)
    commit(catalogue, 3, DECLARED, look(3, WWW))
    (page,) = catalogue.view("article")
    assert (page["page_id"], page["url"], page["state"]) == (before["page_id"], OLD, "live")
    assert [row["kind"] for row in catalogue.view("event")] == ["suspected", "cleared"]
    commit(catalogue, 4, DECLARED, look(4, WWW, "改过的正文"))
    assert [row["kind"] for row in catalogue.view("event")][2:] == ["edited"]
    (page,) = catalogue.view("article")
    assert page["versions"] == 2


def test_a_redirect_between_its_own_addresses_is_no_event(catalogue: Catalogue) -> None:
    commit(catalogue, 1, DECLARED, look(1, WWW))
    for number in (2, 3, 4):
        there = redirect(WWW, MOBILE, after(number * 43200), crawl=crawl_id(number))
        commit(catalogue, number, DECLARED, there, look(number, MOBILE, second=1))
    assert list(catalogue.view("event")) == []
    assert catalogue.article(WWW)["last_captured"] == catalogue.history(WWW).captures[-1]["captured"]  # type: ignore[index]


def test_a_canonical_link_joins_pages_that_say_the_same(catalogue: Catalogue) -> None:
    commit(catalogue, 1, PLAIN, look(1, WWW), look(1, MOBILE, second=1, canonical=WWW))
    assert sorted(addresses(catalogue)) == [(MOBILE, "alias"), (WWW, "first")]


def test_a_canonical_link_to_a_page_that_says_something_else_joins_nothing(catalogue: Catalogue) -> None:
    commit(catalogue, 1, PLAIN, look(1, WWW), look(1, MOBILE, "别的正文", 1, canonical=WWW))
    assert len(list(catalogue.view("article"))) == 2
    assert {relation for _, relation in addresses(catalogue)} == {"first"}


def test_a_page_known_by_a_canonical_link_alone_can_go_missing(catalogue: Catalogue) -> None:
    commit(catalogue, 1, PLAIN, look(1, MOBILE, canonical=WWW))
    assert sorted(addresses(catalogue)) == [(MOBILE, "first"), (WWW, "canonical")]
    commit(catalogue, 2, PLAIN, make_outcome(MOBILE, after(2 * 43200), status=404, crawl=crawl_id(2)))
    assert [row["kind"] for row in catalogue.view("event")] == ["suspected"]
    commit(catalogue, 3, PLAIN, look(3, WWW))
    assert [row["kind"] for row in catalogue.view("event")] == ["suspected", "cleared"]
    assert sorted(addresses(catalogue)) == [(MOBILE, "first"), (WWW, "alias")]


def test_a_page_keeps_its_identity_when_it_begins_to_claim_another_address(catalogue: Catalogue) -> None:
    commit(catalogue, 1, PLAIN, look(1, MOBILE))
    (before,) = catalogue.view("article")
    commit(catalogue, 2, PLAIN, look(2, MOBILE, canonical=WWW))
    (after_all,) = catalogue.view("article")
    assert after_all["page_id"] == before["page_id"]

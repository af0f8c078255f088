"""crawler.traps: links that must not be followed are taken out, and stated while they are few."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.attempts import Fetched
from crawler.traps import MOST_ROWS, Traps
from storage.model import Attempt, Exchange, Failure, FrontierEntry, Link, PageRead, Source, SourceCrawl
from tests.in_process import entry_of

SOURCE = Source("mine", "晨报", "http://a.cn/", crawl=SourceCrawl(("a.cn",)))


def page(hops: int = 0) -> Fetched:
    """Return a fetched page that was reached by so many redirects."""
    exchange = Exchange("http://a.cn/list", "GET", b"", b"", datetime.now(UTC))
    return Fetched(entry_of(exchange.url), Attempt("mine", "c", "list:0", hops=hops), exchange, None)


def sifted(traps: Traps, *links: Link, hops: int = 0) -> tuple[list[str], list[tuple[FrontierEntry, Failure]]]:
    read, refused = traps.sift(PageRead(links=links), page(hops))
    return [link.url for link in read.links], refused


def link(path: str, relation: str = "link") -> Link:
    return Link(f"http://a.cn{path}", "article:0", relation)


def test_a_trap_is_taken_out_counted_and_stated_once() -> None:
    traps = Traps(SOURCE, 10)
    kept, refused = sifted(traps, link("/ok"), link("/x/x/x/1"))
    assert kept == ["http://a.cn/ok"]
    ((entry, failure),) = refused
    assert (entry.url, entry.via, failure.stage) == ("http://a.cn/x/x/x/1", "http://a.cn/list", "trap")
    assert "repeats" in failure.reason
    assert traps.sift(PageRead(links=(link("/x/x/x/1"),), dropped=2), page())[0].dropped == 3
    assert sifted(traps, link("/x/x/x/1")) == ([], [])


def test_a_page_without_traps_stays_as_it_was_read() -> None:
    read = PageRead(links=(link("/ok"),), dropped=2)
    assert Traps(SOURCE, 10).sift(read, page()) == (read, [])


def test_a_site_made_of_traps_does_not_fill_the_archive_with_them() -> None:
    traps = Traps(SOURCE, 10)
    _, refused = sifted(traps, *(link(f"/x/x/x/{n}") for n in range(MOST_ROWS + 50)))
    assert len(refused) == MOST_ROWS


def test_a_redirect_too_many_is_stated_and_stays_as_evidence() -> None:
    kept, refused = sifted(Traps(SOURCE, 3), link("/next", "redirect"), hops=2)
    assert kept == ["http://a.cn/next"] and not refused
    kept, refused = sifted(Traps(SOURCE, 3), link("/next", "redirect"), hops=3)
    assert kept == ["http://a.cn/next"]
    ((entry, failure),) = refused
    assert failure.reason == "more than 3 redirects in a row" and entry.hops == 4

"""pipelines.links: what stands on a page as an address, and which of them are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.links import MAX_LINKS, Page, article_links, base_of, html_hrefs, scoped_links
from pipelines.tree import parse
from storage.model import ArticleKind, Link, Source, SourceCrawl
from storage.urlkey import canonical

SOURCE = Source(
    name="mine",
    title="t",
    home="http://h.cn/",
    crawl=SourceCrawl(hosts=("h.cn",)),
    articles=(ArticleKind(match=(r"/v\d+\.html$",)), ArticleKind(match=(r"/\w?\d+\.html$", r"\?id="))),
)
PAGE = Page("http://h.cn/gn/", "http://h.cn/gn/", "gb18030")


def _hrefs(html: str, css: str | None = None) -> list[str]:
    return list(html_hrefs(parse(html), css))


def test_without_a_selector_links_areas_and_frames_count() -> None:
    html = (
        '<frameset><frame src="f.html"></frameset><body><a name=top>x</a><A HREF=" 1.html ">1</A><area href="2.html">'
        '<iframe src="3.html"></iframe><img src="4.jpg"><link href="5.css"><div data-href="6.html"></div>'
    )
    assert sorted(_hrefs(html)) == [" 1.html ", "2.html", "3.html", "f.html"]


@pytest.mark.parametrize(
    ("css", "found"),
    [
        ("ul.list a::attr(href)", ["1.html", "2.html"]),
        ("ul.list a", ["1.html", "2.html"]),
        ("ul.list", ["1.html", "2.html"]),
        ("ul.list li", ["1.html", "2.html"]),
        ("p::attr(data-href)", ["3.html"]),
        ("ul.list a::attr(href), p::attr(data-href)", ["1.html", "2.html", "3.html"]),
        ('a:contains("下一页")::attr(href)', ["next.html"]),
        ("table a", []),
        ("a[", []),
        ("", []),
    ],
)
def test_selectors_take_elements_or_attributes(css: str, found: list[str]) -> None:
    html = (
        "<ul class=list><li><a href=1.html>一</a><li><a href=2.html>二</a></ul><p data-href=3.html>三</p>"
        "<a href=next.html>下一页</a>"
    )
    assert _hrefs(html, css) == found


@pytest.mark.parametrize(
    ("tag", "base"),
    [
        ("", "http://h.cn/gn/1.html"),
        ('<base target="_blank">', "http://h.cn/gn/1.html"),
        ('<base href="/other/">', "http://h.cn/other/"),
        ('<base target=x><base href="//o.cn/"><base href="/z/">', "http://o.cn/"),
        ('<base href="javascript:0">', "http://h.cn/gn/1.html"),
    ],
)
def test_base(tag: str, base: str) -> None:
    assert base_of(parse(f"<head>{tag}</head><p>x"), "http://h.cn/gn/1.html") == base


def test_articles_are_kept_in_order_once_with_their_kind() -> None:
    hrefs = [
        "2.html",
        "v1.html",
        "./2.html#a",
        "http://h.cn/gn/2.html",
        "list.html",
        "javascript:0",
        "",
        "//o.cn/3.html",
    ]
    chosen = article_links(hrefs, PAGE, SOURCE, chosen=True)
    assert chosen.links == (Link("http://h.cn/gn/2.html", "article:1"), Link("http://h.cn/gn/v1.html", "article:0"))
    assert chosen.dropped == 2
    everything = article_links(hrefs, PAGE, SOURCE, chosen=False)
    assert (everything.links, everything.dropped) == (chosen.links, 1)


def test_a_query_is_in_the_pages_charset() -> None:
    assert article_links(["/s?id=党"], PAGE, SOURCE, chosen=True).links[0].url == "http://h.cn/s?id=%B5%B3"


def test_the_page_itself_is_no_link_of_it() -> None:
    page = Page("http://h.cn/1.html", "http://h.cn/1.html", "utf-8")
    assert article_links(["", "#c", "1.html", "2.html"], page, SOURCE, chosen=False).links == (
        Link("http://h.cn/2.html", "article:1"),
    )


def test_no_page_gives_more_than_the_limit_and_the_rest_is_counted() -> None:
    harvest = article_links((f"{n}.html" for n in range(60_000)), PAGE, SOURCE, chosen=True)
    assert len(harvest.links) == MAX_LINKS
    assert harvest.dropped == 50_000


def test_an_address_that_no_server_takes_is_left_out() -> None:
    assert article_links(["a" * 9_000 + "/1.html"], PAGE, SOURCE, chosen=True).links == ()


def test_scoped_links_carry_the_template() -> None:
    template = Link("", "listdata:2", "listdata", headers=(("Referer", "http://h.cn/"),))
    harvest = scoped_links(["a.json", "http://o.cn/b.json"], PAGE, SOURCE, template)
    assert harvest.links == (Link("http://h.cn/gn/a.json", "listdata:2", "listdata", headers=template.headers),)
    assert harvest.dropped == 1


@given(st.lists(st.text(max_size=30), max_size=20), st.booleans())
def test_whatever_is_written_links_are_canonical_and_unique(hrefs: list[str], chosen: bool) -> None:
    source = Source(
        name="a", title="", home="", crawl=SourceCrawl(hosts=("h.cn",)), articles=(ArticleKind(match=("",)),)
    )
    urls = [link.url for link in article_links(hrefs, PAGE, source, chosen=chosen).links]
    assert len(set(urls)) == len(urls)
    assert all(canonical(url) == url for url in urls)

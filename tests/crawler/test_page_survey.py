"""crawler.page_survey: links with their words, feeds, and how a list says that it goes on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.page_survey import Anchor, NextPage, survey_page

URL = "http://h.cn/gn/index.html"
OTHER = "<a href='/gn/1.html'>一篇文章的题目</a>"


def following(html: str, url: str = URL) -> NextPage | None:
    return survey_page(OTHER + html, "utf-8", url).next


def test_links_have_their_words_or_their_title() -> None:
    page = survey_page(
        "<html lang=zh-TW><title> 晨报\n首页 </title><a href=a.html> 粮库 <b>开仓</b></a>"
        "<a href=b.html title='图说'><img></a><a href='mailto:x@y.z'>信</a>",
        "utf-8", URL,
    )  # fmt: skip
    assert (page.title, page.language) == ("晨报 首页", "zh-tw")
    assert page.anchors == (Anchor("http://h.cn/gn/a.html", "粮库 开仓"), Anchor("http://h.cn/gn/b.html", "图说"))


def test_feeds_are_named_in_the_head_or_linked() -> None:
    page = survey_page(
        '<link rel=alternate type="application/rss+xml" href="/feed/"><link rel=alternate hreflang=en href="/en/">'
        '<link rel=stylesheet type="text/css" href="/a.css"><a href="/rss/china.xml">RSS</a><a href="/feed/">订阅</a>',
        "utf-8", URL,
    )  # fmt: skip
    assert page.feeds == ("http://h.cn/feed/", "http://h.cn/rss/china.xml")


@pytest.mark.parametrize(
    ("html", "found"),
    [
        (
            "<script>createPageHTML(7, 0, 'index', 'html');</script>",
            NextPage("index_{n}.html", "http://h.cn/gn/index_1.html", 1, 7),
        ),
        ("<script>createPageHTML(1, 0, 'index', 'html');</script>", None),
        (
            "<a class='pg next' href='?p=2'>下一页</a><a class=pg href='?p=3'>3</a>",
            NextPage("a.next::attr(href)", "http://h.cn/gn/index.html?p=2", pages=3),
        ),
        ("<a href='?p=2'>下页</a>", NextPage('a:contains("下页")::attr(href)', "http://h.cn/gn/index.html?p=2")),
        (
            "<a rel=next href='/gn/p2'>→</a>",
            NextPage("a[rel=next]::attr(href)", "http://h.cn/gn/p2"),
        ),
        (
            "<link rel=next href='/gn/p2'>",
            NextPage("link[rel=next]::attr(href)", "http://h.cn/gn/p2"),
        ),
        (
            "<b>1</b><a href=index_2.html>2</a><a href=index_3.html>3</a><a href=index_9.html>9</a>",
            NextPage("http://h.cn/gn/index_{n}.html", "http://h.cn/gn/index_2.html", 2, 9),
        ),
        (
            "<b>1</b><a href=index_1.html>2</a><a href=index_2.html>3</a>",
            NextPage("http://h.cn/gn/index_{n}.html", "http://h.cn/gn/index_1.html", 1, 3),
        ),
        (
            "<a href='/gn/2/'>2</a>",
            NextPage("http://h.cn/gn/{n}/", "http://h.cn/gn/2/", 2, 2),
        ),
        ("<a href='/a.html'>2</a><a href='/b.html'>3</a>", None),
        ("<a href='/gn/12.html'>2</a><a href='/gn/13.html'>3</a>", None),
        ("", None),
    ],
)
def test_the_next_page(html: str, found: NextPage | None) -> None:
    assert following(html) == found


@settings(max_examples=80)
@given(st.text(max_size=200))
def test_no_page_makes_it_raise(text: str) -> None:
    survey_page(text, "utf-8", URL)
    survey_page(f"<a href='{text}'>2</a><a class='{text}' href='/x2'>下一页</a><title>{text}", "gbk", URL)

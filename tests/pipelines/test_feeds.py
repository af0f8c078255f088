"""pipelines.feeds: feeds as Chinese sites serve them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.charset import decode
from pipelines.feeds import FeedEntry, feed_entries, read_feed
from storage.model import ArticleKind, Link, Source, SourceCrawl

URL = "http://h.cn/rss/china.xml"
SOURCE = Source(
    name="mine",
    title="t",
    home="http://h.cn/",
    crawl=SourceCrawl(hosts=("h.cn",)),
    articles=(ArticleKind(match=(r"\d\.html$",)),),
)


def _entries(text: str, zone: str = "Asia/Shanghai") -> tuple[FeedEntry, ...]:
    entries, failure = feed_entries(text, URL, zone)
    assert failure is None
    return entries


def _rss(*items: str) -> str:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>频道</title><link>http://h.cn/</link>{body}</channel></rss>'


def test_rss_2() -> None:
    (entry,) = _entries(
        _rss(
            "<title>甲&nbsp;乙</title><link>http://h.cn/gn/1.html</link>"
            "<pubDate>2026-01-05 09:30:00</pubDate><guid>x</guid>"
        )
    )
    assert entry == FeedEntry("http://h.cn/gn/1.html", "甲 乙", "2026-01-05T09:30:00+08:00", "2026-01-05 09:30:00")


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="http://h.cn/"><title>频道</title><items><rdf:Seq>
<rdf:li resource="http://h.cn/1.html"/></rdf:Seq></items></channel><item rdf:about="http://h.cn/1.html"><title>甲</title>
<link>http://h.cn/1.html</link><dc:date>2026-01-05T01:30:00Z</dc:date></item><item rdf:about="http://h.cn/2.html"/></rdf:RDF>"""


def test_rdf() -> None:
    assert _entries(RDF) == (
        FeedEntry("http://h.cn/1.html", "甲", "2026-01-05T09:30:00+08:00", "2026-01-05T01:30:00Z"),
        FeedEntry("http://h.cn/2.html"),
    )


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/simp/"><title>频道</title><link href="http://h.cn/"/>
<entry><title type="html">甲 &lt;b&gt;乙&lt;/b&gt;</title>
<link rel="self" href="self.html"/><link rel="enclosure" href="a.mp3"/>
<link rel="alternate" href="1.html"/><id>tag:h.cn,2026:1</id><published>2026-01-05T09:30:00+08:00</published>
<updated>2026-01-06T00:00:00Z</updated></entry><entry><id>http://h.cn/2.html</id><updated>2026-01-06T00:00:00Z</updated></entry>
<entry><link rel="self" href="3.html"/></entry></feed>"""


def test_atom_with_its_base() -> None:
    assert _entries(ATOM) == (
        FeedEntry("http://h.cn/simp/1.html", "甲 乙", "2026-01-05T09:30:00+08:00", "2026-01-05T09:30:00+08:00"),
        FeedEntry("http://h.cn/2.html", None, "2026-01-06T08:00:00+08:00", "2026-01-06T00:00:00Z"),
    )


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link>/gn/1.html?a=1&b=2</link>", "http://h.cn/gn/1.html?a=1&b=2"),
        ("<link>/gn/1.html?a=1&amp;b=2</link>", "http://h.cn/gn/1.html?a=1&b=2"),
        ("<link><![CDATA[ http://h.cn/1.html?a=1&b=2 ]]></link>", "http://h.cn/1.html?a=1&b=2"),
        ("<link><![CDATA[http://h.cn/1.html?a=1&amp;b=2]]></link>", "http://h.cn/1.html?a=1&b=2"),
        ("<link>../1.html</link>", "http://h.cn/1.html"),
        ("<guid>http://h.cn/1.html</guid>", "http://h.cn/1.html"),
        ('<guid isPermaLink="true">http://h.cn/1.html</guid>', "http://h.cn/1.html"),
        ("<link/><guid>http://h.cn/1.html</guid>", "http://h.cn/1.html"),
        ("<guid>http://h.cn/2.html</guid><link>http://h.cn/1.html</link>", "http://h.cn/1.html"),
        (
            '<f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">http://h.cn/1.html</f:origLink>'
            "<link>http://count.er/~r/1</link>",
            "http://h.cn/1.html",
        ),
        (
            '<m:link xmlns:m="http://search.yahoo.com/mrss/">http://h.cn/a.jpg</m:link><link>1.html</link>',
            "http://h.cn/rss/1.html",
        ),
        ("<link>http://h.cn/新闻/1.html</link>", "http://h.cn/%E6%96%B0%E9%97%BB/1.html"),
    ],
)
def test_the_address_of_an_entry(item: str, url: str) -> None:
    assert [entry.url for entry in _entries(_rss(item))] == [url]


@pytest.mark.parametrize(
    "item",
    [
        "",
        "<title>x</title>",
        '<guid isPermaLink="false">http://h.cn/1</guid>',
        "<guid>12</guid>",
        "<link>javascript:0</link>",
        "<link> </link>",
    ],
)
def test_an_entry_without_address_is_none(item: str) -> None:
    assert _entries(_rss(item)) == ()


@pytest.mark.parametrize(
    ("raw", "published"),
    [
        ("2026年1月5日", "2026-01-05"),
        ("2026年1月5日 9:30", "2026-01-05T09:30:00+08:00"),
        ("Mon, 05 Jan 2026 01:30:00 GMT", "2026-01-05T09:30:00+08:00"),
        ("Mon, 05 Jan 2026 09:30:00 +0800", "2026-01-05T09:30:00+08:00"),
        ("Mon, 5 Jan 26 09:30:00 +0800", "2026-01-05T09:30:00+08:00"),
        ("Mon Jan  5 09:30:00 CST 2026", "2026-01-05T09:30:00+08:00"),
        ("Mon, 05 Jan 2026 09:30:00 CST", "2026-01-05T09:30:00+08:00"),
        ("Sun, 04 Jan 2026 20:30:00 EST", "2026-01-04T20:30:00-05:00"),
        ("2026-01-05T09:30:00+08:00", "2026-01-05T09:30:00+08:00"),
        ("2026-01-05", "2026-01-05"),
        ("昨天", None),
        ("Mon, 99 Jan 2026 99:30:00", None),
        ("Jan " * 1000, None),
        ("", None),
    ],
)
def test_dates_in_every_form(raw: str, published: str | None) -> None:
    (entry,) = _entries(_rss(f"<link>1.html</link><pubDate>{raw}</pubDate>"))
    assert entry.published == published
    assert (entry.published_raw or "") == " ".join(raw.split())


@pytest.mark.parametrize("declared", ["gb2312", "utf-8", "big5", "no-such"])
def test_gbk_bytes_whatever_is_declared(declared: str) -> None:
    title = "国务院召开常务会议部署经济工作的有关情况报告"
    prologue = f'<?xml version="1.0" encoding="{declared}"?>'
    text = f"{prologue}<rss><channel><item><title>{title}</title><link>1.html</link></item></channel></rss>"
    decoded = decode(text.encode("gb18030"), f"text/xml; charset={declared}")
    assert [entry.title for entry in _entries(decoded.text)] == [title]


def test_a_cut_feed_gives_what_came() -> None:
    text = _rss("<link>1.html</link>", "<link>2.html</link>")
    assert [entry.url[-6:] for entry in _entries(text[: text.index("2.html") + 6])] == ["1.html", "2.html"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no element"),
        ("请完成验证", "no element"),
        ("<html><body>请完成验证</body></html>", "its root is <html>"),
        ('<!DOCTYPE rss [<!ENTITY x "y">]><rss><channel/></rss>', "entities"),
        (_rss(), "0 entries"),
        (_rss("<link>http://o.cn/1.html</link>"), "1 entries"),
    ],
)
def test_what_is_no_feed_or_announces_nothing_says_so(text: str, says: str) -> None:
    read = read_feed(text, URL, SOURCE)
    assert read.links == () and read.failure is not None and says in read.failure.reason


def test_links_of_a_feed_in_its_order_with_the_rest_counted() -> None:
    feed = _rss(*(f"<link>http://{host}.cn/{n}.html</link>" for host, n in (("h", 3), ("o", 1), ("h", 2), ("h", 3))))
    read = read_feed(feed, URL, SOURCE)
    assert read.links == (Link("http://h.cn/3.html", "article:0"), Link("http://h.cn/2.html", "article:0"))
    assert (read.dropped, read.failure) == (1, None)


def test_what_a_feed_has_beyond_the_limit_is_counted() -> None:
    read = read_feed(_rss(*(f"<link>{n}.html</link>" for n in range(10_005))), URL, SOURCE)
    assert (len(read.links), read.dropped) == (10_000, 5)


PIECES = st.sampled_from(
    [
        "<rss>",
        "<item>",
        "</item>",
        "<link>",
        "</link>",
        "<pubDate>",
        "<![CDATA[",
        "]]>",
        "&amp",
        "中",
        "<a:b>",
        "<feed",
        "<",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_no_text_makes_it_raise(text: str) -> None:
    read_feed(text, URL, SOURCE)

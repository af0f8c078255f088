"""pipelines.redirects: where Location and refresh lead."""

from __future__ import annotations

import pytest

from pipelines.redirects import follow_location, follow_refresh
from storage.http_message import Head
from storage.model import Feed, Link, ListPage, PageRead, Source, SourceCrawl

URL = "http://h.cn/a/1.html"
SOURCE = Source(
    name="mine",
    title="t",
    home="http://h.cn/",
    crawl=SourceCrawl(hosts=("h.cn",)),
    lists=(ListPage("http://h.cn/l", method="POST", headers=(("X-A", "1"),), body="{}"),),
    feeds=(Feed("http://h.cn/f", headers=(("X-B", "2"),)),),
)


def _location(value: bytes | None, role: str = "article:0", status: int = 302, method: str = "GET") -> PageRead:
    headers = () if value is None else ((b"location", value),)
    return follow_location(Head(status, b"", "1.1", headers), method, URL, SOURCE, role, 4)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (b"/b.html", "http://h.cn/b.html"),
        (b"b.html#x", "http://h.cn/a/b.html"),
        (b" https://H.cn/b ", "https://h.cn/b"),
        ("/新闻.html".encode("gbk"), "http://h.cn/%D0%C2%CE%C5.html"),
        ("/新闻.html".encode(), "http://h.cn/%E6%96%B0%E9%97%BB.html"),
        (b"?a=b c", "http://h.cn/a/1.html?a=b%20c"),
    ],
)
def test_location_keeps_role_and_number(value: bytes, url: str) -> None:
    assert _location(value).links == (Link(url, "article:0", "redirect", 4),)


@pytest.mark.parametrize(
    ("value", "dropped", "says"),
    [
        (None, 0, "without a Location"),
        (b"", 0, "without a Location"),
        (b"http://o.cn/x", 1, "out of scope: http://o.cn/x"),
        (b"javascript:0", 0, "no http or https"),
        (b"http://[", 0, "no http or https"),
        (b"1.html", 0, "to itself"),
        (b"#top", 0, "to itself"),
    ],
)
def test_a_redirect_that_leads_nowhere_says_why(value: bytes | None, dropped: int, says: str) -> None:
    read = _location(value)
    assert (read.links, read.dropped) == ((), dropped)
    assert read.failure is not None and read.failure.stage == "extract" and says in read.failure.reason


def test_the_request_goes_on_as_the_status_says() -> None:
    assert _location(b"/x", "list:0", 307, "POST").links == (
        Link("http://h.cn/x", "list:0", "redirect", 4, "POST", (("X-A", "1"),), "{}"),
    )
    assert _location(b"/x", "list:0", 302, "POST").links == (
        Link("http://h.cn/x", "list:0", "redirect", 4, "GET", (("X-A", "1"),)),
    )
    assert _location(b"/x", "feed:0").links[0].headers == (("X-B", "2"),)


@pytest.mark.parametrize(
    ("meta", "url"),
    [
        ('<meta http-equiv="refresh" content="0;url=layout/node_01.html">', "http://h.cn/a/layout/node_01.html"),
        ("<META HTTP-EQUIV=Refresh CONTENT=\"1; URL='../x.html'\">", "http://h.cn/x.html"),
        ('<meta http-equiv="refresh" content="0, /y.html">', "http://h.cn/y.html"),
        ('<base href="/z/"><meta http-equiv="refresh" content="0;url=y.html">', "http://h.cn/z/y.html"),
    ],
)
def test_refresh(meta: str, url: str) -> None:
    read = follow_refresh(f"<head>{meta}</head>", URL, SOURCE, "list:0", 1)
    assert read is not None and [(link.url, link.relation, link.method) for link in read.links] == [
        (url, "redirect", "GET")
    ]


@pytest.mark.parametrize(
    "meta",
    [
        "",
        '<meta http-equiv="refresh" content="300">',
        '<meta http-equiv="refresh" content="300;url=/y.html">',
        '<meta http-equiv="refresh" content="0;url=/a/1.html">',
        '<meta name="refresh" content="0;url=/y.html">',
        '<meta http-equiv="refresh">',
    ],
)
def test_no_refresh(meta: str) -> None:
    assert follow_refresh(meta, URL, SOURCE, "list:0", 1) is None

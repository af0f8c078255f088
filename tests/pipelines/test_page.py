"""pipelines.page: one response in, links, an article or a reason out."""

from __future__ import annotations

import gzip
import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipelines.page
from pipelines.page import read_page
from storage.model import ArticleKind, ExtractRules, Feed, Link, ListPage, PageRead, Sitemap, Source, SourceCrawl

URL = "http://h.cn/gn/c1.html"
SOURCE = Source(
    name="mine",
    title="t",
    home="http://h.cn/index.html",
    crawl=SourceCrawl(hosts=("h.cn",)),
    lists=(ListPage("http://h.cn/gn/", next="index_{n}.html", pages=3), ListPage("http://h.cn/api", format="json")),
    feeds=(Feed("http://h.cn/rss.xml"),),
    sitemaps=(Sitemap("http://h.cn/sitemap.xml"),),
    articles=(
        ArticleKind(match=(r"/gn/c\d+\.html$",)),
        ArticleKind(match=(r"/x/\d+\.html$",), extract=ExtractRules(body="#zoom")),
    ),
)
ROLES = ["robots", "page", "list:0", "list:1", "listdata:0", "feed:0", "sitemap:0", "article:0", "article:1", "part:0"]
TEXT = "<p>本报讯，市政府昨日召开会议，研究部署今年春季农业生产和防汛抗旱工作，要求各地各部门早作准备。</p>" * 6
PAGER = (
    "<div>"
    + "".join(f'<a href="c1_{n}.html">【{n}】</a>' for n in (2, 3))
    + '<a href="http://o.cn/c1_4.html">【4】</a></div>'
)
HEAD = "<head><meta charset=gb2312><title>部署农业生产</title></head>"
ARTICLE = f"<html>{HEAD}<body><h1>部署农业生产</h1>{TEXT}{PAGER}</body></html>"


def _response(body: bytes, *lines: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *(lines or ("Content-Type: text/html",))]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _read(response: bytes, role: str = "article:0", url: str = URL, number: int = 1, method: str = "GET") -> PageRead:
    return read_page(response, method, url, SOURCE, role, number, max_body_bytes=1 << 20)


def _reason(read: PageRead) -> str:
    assert read.article is None and read.failure is not None and read.failure.stage == "extract"
    return read.failure.reason


def test_an_article_in_gbk_gzip_and_chunks() -> None:
    packed = gzip.compress(ARTICLE.encode("gb18030"))
    chunks = (
        b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (packed[:9], packed[9:])) + b"0\r\n\r\n"
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\ncontent-encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    read = _read(head + chunks)
    assert read.article is not None and read.failure is None
    assert (read.article.title, read.article.charset_used) == ("部署农业生产", "gb18030")
    assert read.article.body.count("防汛抗旱") == 6


def test_the_pages_after_the_first_are_no_links_of_their_own() -> None:
    read = _read(_response(ARTICLE.encode("gb18030")))
    assert read.article is not None
    assert read.article.page_links == ("http://h.cn/gn/c1_2.html", "http://h.cn/gn/c1_3.html")
    assert read.links == ()


def test_a_later_page_leads_to_the_first() -> None:
    read = _read(_response(ARTICLE.encode("gb18030")), url="http://h.cn/gn/c1_3.html")
    assert read.article is not None and read.article.page_links == ("http://h.cn/gn/c1_2.html",)
    assert read.links == (Link("http://h.cn/gn/c1_2.html", "article:0"),)


def test_a_later_page_of_an_article_is_read_by_its_rules_and_leads_nowhere() -> None:
    read = _read(_response(ARTICLE.encode("gb18030")), "part:0", "http://h.cn/gn/c1_2.html")
    assert read.article is not None and read.links == ()
    assert _read(_response(b"", "Location: /x", status="302 Found"), "part:0").failure is not None


def test_the_rules_of_its_kind_take_part() -> None:
    body = f"<html><body><h1>题</h1><div>{TEXT}</div><div id=zoom><p>只有这一段。</p></div></body></html>".encode()
    read = _read(_response(body), "article:1", "http://h.cn/x/1.html")
    assert read.article is not None and read.article.body == "只有这一段。"


# --- where there is no article -----------------------------------------------------------------

RANDOM = random.Random(1).randbytes(200_000)


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (_response(b""), "the body is empty"),
        (_response(b"\0" * 50_000), "control characters"),
        (_response(RANDOM), "control characters"),
        (_response(b"<html><p>" + RANDOM), "control characters"),
        (_response(b"%PDF-1.4 ...", "Content-Type: application/pdf"), "is no page but application/pdf"),
        (_response(b'{"code":403}', "Content-Type: application/json"), "is no page but application/json"),
        (_response(b"<html><body></body></html>"), "no article"),
        (_response(b" \n "), "no article"),
        (_response(TEXT.encode() * 9)[:-500], "is not whole"),
        (_response(gzip.compress(TEXT.encode())[:-20], "Content-Encoding: gzip"), "is not whole"),
        (_response(TEXT.encode() + b" " * (2 << 20)), "larger than 1048576 bytes"),
        (_response(gzip.compress(TEXT.encode() + b" " * (2 << 20)), "Content-Encoding: gzip"), "is not whole"),
        (_response(TEXT.encode(), "Content-Type: video/mp4"), "is no page but video/mp4"),
        (_response(TEXT.encode(), "Content-Type: application/vnd.ms-excel"), "is no page but application/vnd.ms-excel"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n" + RANDOM, "control characters"),
    ],
)
def test_a_page_without_article_says_why(response: bytes, says: str) -> None:
    assert says in _reason(_read(response))


def test_a_cut_transfer_of_a_whole_page_still_gives_it() -> None:
    response = _response(ARTICLE.encode("gb18030")).replace(b"Content-Length: ", b"Content-Length: 9")
    assert _read(response).article is not None


@pytest.mark.parametrize("url", ["http://h.cn/", "http://h.cn/index.html", "http://h.cn/gn/", "http://h.cn/rss.xml"])
def test_a_front_page_is_never_an_article(url: str) -> None:
    assert "front or list page" in _reason(_read(_response(ARTICLE.encode("gb18030")), url=url))


@pytest.mark.parametrize("status", ["404 Not Found", "503 Busy", "304 Not Modified", "300 Multiple Choices", "abc"])
@pytest.mark.parametrize("role", ROLES)
def test_another_status_gives_nothing(status: str, role: str) -> None:
    assert _read(_response(ARTICLE.encode("gb18030"), status=status), role) == PageRead()


def test_an_answer_to_head_gives_nothing() -> None:
    assert _read(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", method="HEAD") == PageRead()


def test_robots_is_read_by_others() -> None:
    assert _read(_response(b"Sitemap: http://h.cn/s.xml"), "robots") == PageRead()
    assert _read(_response(b"", "Location: /b", status="301 Moved"), "robots") == PageRead()


# --- links -------------------------------------------------------------------------------------


def test_a_redirect_is_a_link_of_the_same_role() -> None:
    read = _read(_response(b"<a href=/gn/c9.html>here</a>", "Location: /gn/c2.html", status="301 Moved"), number=2)
    assert read == PageRead(links=(Link("http://h.cn/gn/c2.html", "article:0", "redirect", 2),))
    gone = _read(_response(b"", "Location: http://o.cn/", status="302 Found"))
    assert gone.dropped == 1 and "out of scope" in _reason(gone)


def test_a_list_page() -> None:
    html = '<a href="c5.html">a</a><a href="/about">b</a><a href="//o.cn/gn/c6.html">c</a>'
    read = _read(_response(html.encode()), "list:0", "http://h.cn/gn/")
    assert read == PageRead(
        links=(Link("http://h.cn/gn/c5.html", "article:0"),),
        next=Link("http://h.cn/gn/index_1.html", "list:0", "next", 2),
        dropped=1,
    )


def test_json_list_feed_and_sitemap() -> None:
    expected = (Link("http://h.cn/gn/c5.html", "article:0"),)
    assert _read(_response(b'[{"u":"/gn/c5.html"}]'), "list:1", "http://h.cn/api").links == expected
    feed = b"<rss><channel><item><link>/gn/c5.html</link></item></channel></rss>"
    assert _read(_response(feed), "feed:0", "http://h.cn/rss.xml").links == expected
    sitemap = gzip.compress(b"<urlset><url><loc>http://h.cn/gn/c5.html</loc></url></urlset>")
    assert _read(_response(sitemap), "sitemap:0", "http://h.cn/s.xml.gz").links == expected


def test_a_front_page_that_refreshes_to_the_newest_issue() -> None:
    html = b'<html><head><meta http-equiv="refresh" content="0; url=202601/05/node_2.html"></head></html>'
    read = _read(_response(html), "list:0", "http://h.cn/gn/")
    assert read.links == (Link("http://h.cn/gn/202601/05/node_2.html", "list:0", "redirect", 1),)


def test_a_page_given_by_hand_is_article_and_list() -> None:
    html = ARTICLE.replace("</body>", '<a href="/gn/c7.html">又一篇</a><a href="/about">b</a></body>').encode("gb18030")
    read = _read(_response(html), "page")
    assert read.article is not None and read.article.title == "部署农业生产"
    assert [link.url for link in read.links] == [f"http://h.cn/gn/{name}.html" for name in ("c7",)]
    other = _read(_response(html), "page", "http://h.cn/special.html")
    assert other.article is not None and len(other.links) == 1
    front = _read(_response(html), "page", "http://h.cn/gn/")
    assert front.article is None and front.failure is None and front.links
    assert "control" in _reason(_read(_response(RANDOM), "page"))


# --- never raises ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["bogus", "list:9", "article:9", ""])
def test_a_role_the_source_does_not_have_is_a_reason(role: str) -> None:
    assert "reading failed" in _reason(_read(_response(ARTICLE.encode()), role))


def test_what_a_library_raises_becomes_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **named: Any) -> Any:
        raise RecursionError("too deep\nfor us")

    monkeypatch.setattr(pipelines.page, "extract", broken)
    assert _reason(_read(_response(ARTICLE.encode()))) == "reading failed: RecursionError: too deep for us"


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=200)
    | st.binary(max_size=200).map(_response)
    | st.text(max_size=200).map(lambda t: _response(t.encode("gb18030", "replace"))),
    st.sampled_from(ROLES),
    st.sampled_from(["GET", "HEAD", "POST"]),
    st.sampled_from([URL, "http://h.cn/", "nonsense"]),
)
def test_no_bytes_make_it_raise_and_it_is_deterministic(response: bytes, role: str, method: str, url: str) -> None:
    read = _read(response, role, url, method=method)
    assert read == _read(response, role, url, method=method)


@pytest.mark.parametrize("role", ["article:0", "page"])
@pytest.mark.parametrize(
    ("href", "named"), [("/gn/c1002.html?utm_source=a", "http://h.cn/gn/c1002.html"), ("/gn/c1003.html", None)]
)
def test_an_article_names_its_other_address_where_that_may_be_believed(role: str, href: str, named: str | None) -> None:
    page = ARTICLE.replace("</head>", f'<link rel="canonical" href="{href}"></head>')
    read = _read(_response(page.encode("gb18030")), role, "http://h.cn/wap/gn/c1002.html")
    assert read.article is not None and read.canonical == named


@given(st.binary(max_size=60))
def test_control_characters_are_counted(body: bytes) -> None:
    assert pipelines.page._controls_in(body) == len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", body))

"""pipelines.sitemaps: urlset, index, news, text, gzip, and what is none of them."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sitemaps import MAX_URLS, SitemapRead, read_sitemap
from storage.model import ArticleKind, Link, Source, SourceCrawl

URL = "http://h.cn/sitemap.xml"
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
SOURCE = Source(
    name="mine",
    title="t",
    home="http://h.cn/",
    crawl=SourceCrawl(hosts=("h.cn",)),
    articles=(ArticleKind(match=(r"\d\.html$",)),),
)


def _read(body: str | bytes, number: int = 1) -> SitemapRead:
    content = body.encode() if isinstance(body, str) else body
    return read_sitemap(content, "application/xml", URL, SOURCE, "sitemap:0", number)


def _urlset(*locations: str) -> str:
    return (
        f'<?xml version="1.0"?><urlset {SPACE}>'
        + "".join(f"<url><loc>{loc}</loc></url>" for loc in locations)
        + "</urlset>"
    )


NEWS = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset {SPACE} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> http://h.cn/gn/1.html </loc><news:news><news:publication_date>2026-01-05</news:publication_date>
<news:title>甲</news:title>
<news:loc>http://h.cn/7.html</news:loc></news:news><image:image><image:loc>http://h.cn/8.html</image:loc></image:image></url>
<url><lastmod>2026-01-05</lastmod><loc><![CDATA[http://h.cn/gn/2.html]]></loc></url>
<url><loc>http://h.cn/about</loc></url><url><loc>http://o.cn/3.html</loc></url></urlset>"""


def test_only_an_entrys_own_address_counts() -> None:
    read = _read(NEWS)
    assert read.links == (Link("http://h.cn/gn/1.html", "article:0"), Link("http://h.cn/gn/2.html", "article:0"))
    assert (read.dropped, read.failure) == (2, None)


def test_a_file_without_namespace_or_with_a_prefix() -> None:
    for text in (
        NEWS.replace(SPACE, ""),
        '<s:urlset xmlns:s="urn:x"><s:url><s:loc>http://h.cn/1.html</s:loc></s:url></s:urlset>',
    ):
        assert _read(text).links


INDEX = (
    f"<sitemapindex {SPACE}><sitemap><loc>/sitemap-2026.xml.gz</loc></sitemap>"
    "<sitemap><loc>http://o.cn/sitemap.xml</loc></sitemap></sitemapindex>"
)


def test_an_index_names_further_sitemaps_of_the_same_role() -> None:
    read = _read(INDEX, number=2)
    assert read.links == (Link("http://h.cn/sitemap-2026.xml.gz", "sitemap:0", "sitemap", 3),)
    assert read.dropped == 1


def test_an_index_is_not_followed_for_ever() -> None:
    read = _read(INDEX, number=3)
    assert (read.links, read.dropped) == ((), 2)
    assert read.failure is not None and "deeper" in read.failure.reason


def test_gzip_by_its_own_bytes() -> None:
    assert len(_read(gzip.compress(NEWS.encode())).links) == 2
    cut = gzip.compress(_urlset(*(f"http://h.cn/{n}.html" for n in range(1000))).encode())[:-200]
    assert 0 < len(_read(cut).links) < 1000


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(_urlset("http://h.cn/1.html").encode()[:-9] + b" " * (200 << 20))
    began = time.monotonic()
    assert len(_read(bomb).links) == 1
    assert time.monotonic() - began < 4


def test_a_list_of_lines() -> None:
    read = _read("\ufeffhttp://h.cn/1.html\r\n# x\r\n\r\nhttp://h.cn/2.html\nhttp://h.cn/x\n")
    assert [link.url for link in read.links] == ["http://h.cn/1.html", "http://h.cn/2.html"]
    assert read.dropped == 1


def test_no_more_than_the_protocol_allows() -> None:
    read = _read(_urlset(*(f"http://h.cn/{n}.html" for n in range(MAX_URLS + 10))))
    assert len(read.links) == MAX_URLS


def test_gbk_bytes_declared_as_utf8() -> None:
    text = _urlset("http://h.cn/国务院召开常务会议部署经济工作的有关情况/1.html")
    assert _read(text.encode("gb18030")).links == _read(text).links


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"\0" * 100, "neither XML nor"),
        ("请完成验证", "neither XML nor"),
        ("<html><body>404</body></html>", "<html>"),
        ("<", "root"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><urlset/>', "entities"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><urlset/>'.encode("utf-16"), "entities"),
        (b"\x1f\x8b" + b"x" * 50, "gzip"),
    ],
)
def test_what_is_no_sitemap_says_so(body: str | bytes, says: str) -> None:
    read = _read(body)
    assert read.links == ()
    assert read.failure is None if says == "root" else read.failure is not None and says in read.failure.reason


@given(
    st.binary(max_size=100)
    | st.lists(
        st.sampled_from(["<urlset>", "<url>", "<loc>", "</loc>", "http://h.cn/1.html", "</url>", "<sitemap>", "<"])
    ).map("".join)
)
def test_no_bytes_make_it_raise(body: str | bytes) -> None:
    _read(body)

"""Pictures, sheets, icons and fonts of articles are archived with them: once, politely, as far as the source says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.forked import ForkedArchive
from tests.run import Archive
from tests.server import Asked, Server, Site, Step

ARTICLE = """<html><head><meta charset=utf-8><title>老桥换了新栏杆</title>
<link rel="stylesheet" href="/css/main.css"><link rel="icon" href="/favicon.ico"></head><body>
<h1>老桥换了新栏杆</h1><p>2026-03-01 08:00 来源：河东日报</p>
<p>河东镇的老桥上周换上了新栏杆，旧石料编号以后收进了镇里的文史馆，桥面同时修补了三处裂缝。</p>
<img src="/p/bridge.png"><img src="/grey.gif" data-original="{cdn}/lazy.jpg"><img src="{cdn}/private/x.png">
<script src="/s.js"></script></body></html>"""
SHEET = (
    '@import "base.css"; @font-face { font-family: h; src: url(/f/han.woff2) } body { background: url(/p/paper.png) }'
)


class Portal:
    """A site and the host where it keeps its pictures."""

    def __init__(self) -> None:
        self.cdn = Site()
        self.site = Site()
        self.cdn_url = ""

    def answer(self, asked: Asked) -> Iterable[Step]:
        """Answer as the site."""
        if asked.target in ("/a/c_1.html", "/a/c_2.html"):
            self.site.put(asked.target, ARTICLE.format(cdn=self.cdn_url))
        return self.site(asked)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Portal, Archive]:
    portal, archive = Portal(), Archive(tmp_path_factory.mktemp("requisites"))
    portal.site.put("/list.html", '<a href="/a/c_1.html">1</a> <a href="/a/c_2.html">2</a>')
    portal.site.put("/css/main.css", SHEET, content_type="text/css")
    portal.site.put("/css/base.css", "p { margin: 0 }", content_type="text/css")
    for path in ("/favicon.ico", "/p/bridge.png", "/p/paper.png", "/grey.gif"):
        portal.site.put(path, path.encode() * 40, content_type="image/png")
    portal.site.put("/f/han.woff2", b"w" * 5000, content_type="font/woff2")
    portal.cdn.put("/lazy.jpg", b"j" * 400, content_type="image/jpeg")
    portal.cdn.put("/robots.txt", "User-agent: *\nDisallow: /private/\n", content_type="text/plain")
    with Server(portal.answer) as site, Server(portal.cdn) as cdn:
        portal.cdn_url = cdn.origin
        archive.add_source("lit", toml(site.origin, "[requisites]\nfetch = true\nmax_bytes = 1000\n"))
        archive.add_source("plain", toml(site.origin, ""))
        assert archive.scrapy("crawl", "lit").returncode == 5
        assert archive.scrapy("crawl", "lit", "-a", "revisit=all").returncode in (0, 5)
        assert archive.scrapy("crawl", "plain").returncode == 0
    return portal, archive


def test_one_page_comes_with_what_it_needs_in_the_same_run(tmp_path: Path) -> None:
    """Also where another page had named it first and no run has come to it yet, and where the page is unchanged."""
    site, archive = Site(), ForkedArchive(tmp_path)
    needed = '<link rel="stylesheet" href="/css/main.css"><img src="/p/{}.png">'
    for number in (1, 2):
        page = ARTICLE.format(cdn="").replace("<body>", f"<body>{needed.format(number)}")
        site.put(f"/a/c_{number}.html", page.replace('<img src="/private/x.png">', ""))
    site.put("/css/main.css", '@import "base.css"; p { background: url(/p/paper.png) }', content_type="text/css")
    site.put("/css/base.css", "p { margin: 0 }", content_type="text/css")
    for path in ("/favicon.ico", "/p/bridge.png", "/p/paper.png", "/grey.gif", "/lazy.jpg", "/p/1.png", "/p/2.png"):
        site.put(path, path.encode() * 40, content_type="image/png")
    with Server(site) as server:
        archive.add_source("lit", toml(server.origin, "[requisites]\nfetch = true\n"))
        one, other = (f"url={server.url(f'/a/c_{number}.html')}" for number in (1, 2))
        assert archive.scrapy("crawl", "lit", "-a", one, ARCHIVE_MAX_PAGES="1").returncode == 0
        assert "/css/main.css" not in site.requests
        for _ in range(2):
            assert archive.scrapy("crawl", "lit", "-a", other).returncode == 0
            assert "/p/1.png" not in site.requests and "/list.html" not in site.requests
        assert site.requests["/a/c_2.html"] == 2
        for path in ("/css/main.css", "/css/base.css", "/favicon.ico", "/p/paper.png", "/lazy.jpg", "/p/2.png"):
            assert site.requests[path] == 1, path
        assert archive.scrapy("crawl", "lit", "-a", one).returncode == 0
        assert site.requests["/p/1.png"] == 1 and site.requests["/p/paper.png"] == 1
    before = archive.truth()
    assert archive.scrapy("rebuild").returncode == 0
    assert archive.truth() == before


def toml(base: str, requisites: str) -> str:
    return f"""schema = 1
title = "河东"
home = "{base}/"
[crawl]
delay_s = 0
[[lists]]
url = "{base}/list.html"
[[articles]]
match = ['/a/c_\\d+\\.html$']
{requisites}"""


def test_what_an_article_needs_is_fetched_once(crawled: tuple[Portal, Archive]) -> None:
    portal, _ = crawled
    wanted = ("/css/main.css", "/css/base.css", "/favicon.ico", "/p/bridge.png", "/p/paper.png", "/grey.gif")
    assert {path: portal.site.requests.get(path) for path in (*wanted, "/f/han.woff2")} == dict.fromkeys(
        (*wanted, "/f/han.woff2"), 1
    )
    assert portal.cdn.requests["/lazy.jpg"] == 1
    assert "/s.js" not in portal.site.requests


def test_the_robots_of_the_host_with_the_pictures_are_obeyed(crawled: tuple[Portal, Archive]) -> None:
    portal, archive = crawled
    assert "/private/x.png" not in portal.cdn.requests
    rows = archive.rows("SELECT stage FROM failure WHERE url LIKE '%/private/x.png'")
    assert set(rows) == {("robots",)}


def test_a_large_requisite_is_cut_and_marked(crawled: tuple[Portal, Archive]) -> None:
    _, archive = crawled
    assert archive.rows("SELECT truncated FROM capture WHERE url LIKE '%/han.woff2'") == [("length",)]


def test_without_the_switch_only_the_pages_are_fetched(crawled: tuple[Portal, Archive]) -> None:
    _, archive = crawled
    urls = archive.rows("SELECT url FROM capture WHERE source = 'plain' AND kind IN ('response', 'revisit')")
    assert {Path(url).suffix for (url,) in urls} <= {".html", ".txt"}


def test_a_rebuild_gives_the_same_rows(crawled: tuple[Portal, Archive]) -> None:
    _, archive = crawled
    before = archive.truth()
    assert archive.scrapy("rebuild").returncode == 0
    assert archive.truth() == before

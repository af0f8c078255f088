"""Owns a newspaper site that announces articles in every way a source file knows, each article in one place alone."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.crawling import article, links
from tests.server import Asked, Step, response

__all__ = ["FOUND", "TABLES", "Press", "missing", "page"]

HTML = "text/html; charset=utf-8"
XML = "application/xml"
JSON = "application/json"
POSTED = '{"column":"政务","size":2}'

TABLES = r"""
[[lists]]
url = "{origin}/css.html"
links = "ul.news li::attr(data-to)"

[[lists]]
url = "{origin}/api/list.json"
format = "json"
links = "data.items[?show].url"

[[lists]]
url = "{origin}/feed.js"
format = "text"
links = 'to: "([^"]+)"'

[[lists]]
url = "{origin}/cms/index.html"
list_from = "[datasource]::attr(datasource)"
format = "json"
links = "datasource[].publishUrl"

[[lists]]
url = "{origin}/epaper/{date:%Y%m/%d}/index.html"

[[lists]]
url = "{origin}/guarded.html"
headers = { Referer = "{origin}/", X-Requested-With = "XMLHttpRequest" }

[[lists]]
url = "{origin}/api/query"
method = "POST"
headers = { Content-Type = "application/json" }
body = '{"column":"政务","size":2}'
format = "json"

[[lists]]
url = "{origin}/walk/a.html"
next = "a.next::attr(href)"
pages = 3

[[lists]]
url = "{origin}/count/index.html"
next = "index_{n}.html"
start = 2
pages = 9

[[lists]]
url = "{origin}/all.html"

[[feeds]]
url = "{origin}/rss.xml"

[[feeds]]
url = "{origin}/atom.xml"
headers = { X-Reader = "shilu-trial" }

[[feeds]]
url = "{origin}/rdf.xml"

[[sitemaps]]
url = "{origin}/sitemap.xml"

[[articles]]
match = ['/a/[\w-]+\.html$']
exclude = ['/a/video-']

[articles.extract]
title = "h2.real"
body = "div.text"
drop = ["p.advert"]

[[articles]]
match = ['/b/[\w-]+\.html$']
"""

FOUND = {
    "css": ("css-1", "css-2"),
    "json": ("json-1", "json-3"),
    "text": ("text-1", "text-2"),
    "cms": ("cms-1",),
    "dated": ("dated-1",),
    "guarded": ("guarded-1",),
    "posted": ("posted-1",),
    "walk": ("walk-1", "walk-2", "walk-3"),
    "count": ("count-1", "count-2"),
    "all": ("all-1",),
    "rss": ("rss-1", "rss-2"),
    "atom": ("atom-1",),
    "rdf": ("rdf-1",),
    "sitemap": ("map-1", "gz-1", "news-1"),
}
"""Where articles are announced, and which ones; each in one place alone."""


class Press:
    """A site with every kind of list. `/a/NAME.html` and `/b/NAME.html` are articles, whatever the name."""

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Answer one request."""
        path = asked.target
        day = re.fullmatch(r"/epaper/(\d{6}/\d\d)/index\.html", path)
        if day is not None:
            return page(links("/a/dated-1.html")) if day[1] in _days() else missing()
        if path == "/guarded.html":
            proper = asked.header("Referer") and asked.header("X-Requested-With") == "XMLHttpRequest"
            return page(links("/a/guarded-1.html")) if proper else missing("403 Forbidden")
        if path == "/atom.xml" and asked.header("X-Reader") != "shilu-trial":
            return missing("403 Forbidden")
        if path == "/api/query":
            right = asked.method == "POST" and asked.body.decode() == POSTED
            return page(json.dumps({"rows": [{"link": "/a/posted-1.html"}]}) if right else "{}", JSON)
        if path in PAGES:
            return page(*PAGES[path])
        name = re.fullmatch(r"/[ab]/([\w-]+)\.html", path)
        return missing() if name is None else page(_article(name[1]))


def _days() -> set[str]:
    """Return today and yesterday in Shanghai: the request may be older than midnight."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    return {f"{now - timedelta(days=days):%Y%m/%d}" for days in (0, 1)}


def _index(*paths: str) -> str:
    rows = "".join(f"<sitemap><loc>{path}</loc></sitemap>" for path in paths)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>'


def _urlset(*paths: str, news: str = "") -> str:
    spaces = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    return f"<urlset {spaces}>{''.join(f'<url><loc>{path}</loc>{news}</url>' for path in paths)}</urlset>"


def page(body: str | bytes, mime: str = HTML) -> list[Step]:
    return [response(body.encode() if isinstance(body, str) else body, ("Content-Type", mime))]


def missing(status: str = "404 Not Found") -> list[Step]:
    return [response(b"no", status=status)]


def _article(name: str) -> str:
    plain = article(f"稿件 {name}")
    return plain.replace("<h1>", f'<h2 class="real">改题 {name}</h2><h1>').replace(
        "</p></div>", '</p><p class="advert">广告位招租请联系报社经营部</p></div>'
    )


def _walked(address: str, following: str) -> str:
    return links(address) + f'<a class="next" href="{following}">下一页</a>'


PAGES: dict[str, tuple[str | bytes, str]] = {
    "/css.html": (
        '<ul class=news><li data-to="/a/css-1.html"><li data-to="a/css-2.html"></ul>'
        '<ul class=hot><li><a href="/a/unwanted-hot.html">x</a></ul>',
        HTML,
    ),
    "/api/list.json": (
        json.dumps(
            {
                "data": {
                    "items": [
                        {"show": True, "url": "/a/json-1.html"},
                        {"show": False, "url": "/a/unwanted-2.html"},
                        {"show": True, "url": "/a/json-3.html"},
                    ],
                    "ads": ["/a/unwanted-ad.html"],
                }
            }
        ),
        JSON,
    ),
    "/feed.js": (
        'var l = [{to: "/a/text-1.html"}, {to: "\\/a\\/text-2.html"}, "/a/unwanted-3.html"]',
        "text/javascript",
    ),
    "/cms/index.html": (
        '<div datasource="datasource:0123456789abcdef"></div><a href="/a/unwanted-4.html">x</a>',
        HTML,
    ),
    "/cms/ds_0123456789abcdef.json": (json.dumps({"datasource": [{"publishUrl": "/a/cms-1.html"}]}), JSON),
    "/walk/a.html": (_walked("/a/walk-1.html", "b.html"), HTML),
    "/walk/b.html": (_walked("/a/walk-2.html", "c.html"), HTML),
    "/walk/c.html": (_walked("/a/walk-3.html", "d.html"), HTML),
    "/walk/d.html": (links("/a/unwanted-5.html"), HTML),
    "/count/index.html": (links("/a/count-1.html"), HTML),
    "/count/index_2.html": (links("/a/count-2.html", "/a/count-1.html"), HTML),
    "/count/index_3.html": ("<p>没有更多内容</p>", HTML),
    "/count/index_4.html": (links("/a/unwanted-6.html"), HTML),
    "/all.html": (
        links("/a/all-1.html", "/b/other-1.html", "/a/video-1.html", "/about.html", "//elsewhere.invalid/a/x.html"),
        HTML,
    ),
    "/rss.xml": (
        '<rss version="2.0"><channel><item><title>一</title><link>/a/rss-1.html</link></item>'
        "<item><link>/a/rss-2.html</link><pubDate>2026年1月5日</pubDate></item></channel></rss>",
        XML,
    ),
    "/atom.xml": (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="alternate" href="/a/atom-1.html"/></entry></feed>',
        XML,
    ),
    "/rdf.xml": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<item rdf:about="x"><link>/a/rdf-1.html</link></item></rdf:RDF>',
        XML,
    ),
    "/sitemap.xml": (_index("/maps/plain.xml", "/maps/packed.xml.gz", "/maps/news.xml"), XML),
    "/maps/plain.xml": (_urlset("/a/map-1.html", "/column.html"), XML),
    "/maps/packed.xml.gz": (gzip.compress(_urlset("/a/gz-1.html").encode()), "application/gzip"),
    "/maps/news.xml": (_urlset("/a/news-1.html", news="<n:news><n:title>三</n:title></n:news>"), XML),
}
"""List pages by path."""

"""Owns where the bundled site announces its articles: lists of several pages, a feed, sitemaps, robots.txt."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence

from crawler.demo import replies
from crawler.demo.pages import feed, list_page
from crawler.demo.server import Reply
from crawler.demo.stories import Story

__all__ = ["DISALLOWED", "GONE", "LIFTS", "REDIRECTED", "announcements"]

LIFTS = 1004
"""The portal story that only an old address leads to."""
REDIRECTED = "/portal/2026-10/11/c_0995.html"
"""That old address: answers 301."""
GONE = "/portal/2026-09/01/c_0990.html"
"""Named by a list, answers 404."""
DISALLOWED = "/portal/internal/2026-11-20/c_1100.html"
"""Named by a list, disallowed by robots.txt."""

ROBOTS = "User-agent: *\nDisallow: /portal/internal/\n\nSitemap: {base}/sitemap.xml\n"

Entry = tuple[str, str, str]
"""Address, title, day."""


def announcements(base_url: str, stories: Iterable[Story]) -> dict[str, Reply]:
    """Return, by path, everything through which the articles at `base_url` are found."""
    of: dict[str, list[Story]] = {}
    for story in stories:
        of.setdefault(story.site, []).append(story)
    found = {"/": _home(), "/robots.txt": replies.text(ROBOTS.format(base=base_url))}
    found |= _portal_lists(of["portal"])
    found |= _party_lists(of["party"])
    found |= _sitemaps(base_url, of["mirror"], of["hijacked"])
    found["/company/rss.xml"] = replies.xml(
        feed("恒川物流集团 新闻中心", ((base_url + s.path, s) for s in of["company"]))
    )
    for path, title, site in (("/company/", "恒川物流集团", "company"), ("/fanti/", "白鷺縣", "mirror")):
        found[path] = replies.html(list_page(title, map(_entry, of[site])))
    found["/company/newslist.html"] = found["/company/"]
    return found


def _home() -> Reply:
    sites = ("/portal/index.html", "云泽新闻网"), ("/party/list.asp", "云泽先锋网"), ("/fanti/", "白鷺縣")
    return replies.html(
        list_page("示范站点", ((url, title, "") for url, title in (*sites, ("/company/", "恒川物流集团"))))
    )


def _entry(story: Story) -> Entry:
    return story.path, story.title, story.day


def _portal_lists(stories: Sequence[Story]) -> dict[str, Reply]:
    """Three pages: `index.html`, `index_1.html`, `index_2.html`; a pager made by script, as such sites have."""
    entries = [(REDIRECTED if s.id == LIFTS else s.path, s.title, s.day) for s in stories]
    entries[2:2] = [(DISALLOWED, "内部稿件（待审）", "2026-11-20")]
    entries[7:7] = [(GONE, "晒秋节明日开幕", "2026-09-01")]
    parts = [entries[at : at + 4] for at in range(0, len(entries), 4)]
    pager = f"<script>createPageHTML({len(parts)}, 0, 'index', 'html');</script>"
    pages = (replies.html(list_page("云泽新闻网 要闻", part, pager=pager)) for part in parts)
    return {f"/portal/index{f'_{n}' if n else ''}.html": page for n, page in enumerate(pages)}


def _party_lists(stories: Sequence[Story]) -> dict[str, Reply]:
    """Two pages in GBK that say gb2312, each linking to the next."""
    following = '<a class="next" href="list.asp?page=2">下一页</a>'
    first, second = stories[:3], stories[3:]
    pages = {
        "/party/list.asp": list_page("云泽先锋网", map(_entry, first), pager=following, charset="gb2312"),
        "/party/list.asp?page=2": list_page("云泽先锋网", map(_entry, second), charset="gb2312"),
    }
    return {path: replies.html(page) for path, page in pages.items()}


def _sitemaps(base_url: str, mirror: Iterable[Story], hijacked: Iterable[Story]) -> dict[str, Reply]:
    """An index over two sitemaps, one of them a gzip file."""
    parts = ("/sitemap-fanti.xml.gz", "/sitemap-huizhi.xml")
    index = "".join(f"<sitemap><loc>{base_url}{part}</loc></sitemap>\n" for part in parts)
    return {
        "/sitemap.xml": replies.xml(_xml("sitemapindex", index)),
        parts[0]: replies.xml(gzip.compress(_urlset(base_url, mirror), mtime=0), "application/x-gzip"),
        parts[1]: replies.xml(_urlset(base_url, hijacked)),
    }


def _urlset(base_url: str, stories: Iterable[Story]) -> bytes:
    urls = (f"<url><loc>{base_url}{s.path}</loc><lastmod>{s.day}</lastmod></url>\n" for s in stories)
    return _xml("urlset", "".join(urls))


def _xml(root: str, inner: str) -> bytes:
    name = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{name}">\n{inner}</{root}>\n'.encode()

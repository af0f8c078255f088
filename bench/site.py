"""Owns the generated newspapers of the rounds: the same bytes for the same number of articles, on every machine.

Two of them with the same channels, lists and addresses: `light` pages have 36 KB, `heavy` ones what pages of Chinese
news portals have (`site_figures.py` holds them beside real ones).
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.heavy_press import HeavyPress
from bench.press import CHANNELS, PER_LIST, Page, Press

__all__ = ["ARTICLE", "CHANNELS", "SITES", "Page", "build", "source_toml"]

ARTICLE = r"/\d{6}/\d{2}/c_\d+\.html$"
"""Matches the path of every article and of nothing else."""

SITES = {"light": Press, "heavy": HeavyPress}

_RULES = """
[articles.extract]
title = 'h1'
published = 'div.about span.when'
origin = 'div.about span.from a'
editors = 'div.desk'
body = '#text'
"""
"""What a user would write who has looked at one article; it holds for both newspapers."""


def source_toml(base_url: str, articles: int, *, rules: bool = False) -> str:
    """Return the source file with which Shilu crawls the newspaper at `base_url`; with CSS if `rules`."""
    most = -(-articles // PER_LIST) + 1
    lists = "".join(
        f"[[lists]]\nurl = '{base_url}/{channel}/index.html'\nlinks = 'ul.list a::attr(href)'\n"
        f"next = 'div.pages a.next::attr(href)'\npages = {most}\n\n"
        for channel in CHANNELS
    )
    return (
        f"schema = 1\ntitle = '城东新闻网'\nhome = '{base_url}/'\nkind = 'news'\n\n"
        f"[crawl]\ndelay_s = 0\nconcurrency = 8\n\n{lists}"
        f"[[articles]]\nmatch = ['{ARTICLE}']\n{_RULES if rules else ''}"
    )


def build(articles: int, site: str = "light") -> Iterator[Page]:
    """Yield every page of a newspaper with so many articles; `site` is a key of SITES."""
    press = SITES[site](articles)
    yield Page("/robots.txt", "text/plain", b"User-agent: *\nDisallow: /admin/\n")
    yield press.front()
    for channel in CHANNELS:
        yield from press.lists(channel)
    for story in press.stories:
        yield press.article(story)

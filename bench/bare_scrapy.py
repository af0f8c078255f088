"""Owns the bare Scrapy project: one spider that follows a newspaper's lists, asks for every article and keeps nothing.

    python bench/bare_scrapy.py http://127.0.0.1:8000/ [SETTING=VALUE ...]

The least that a user could write, with Scrapy's defaults. One setting is changed, in its favour: it logs at INFO, for a
DEBUG line a page costs time. It knows nothing of this project and is started outside its settings.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response, TextResponse


class BareSpider(scrapy.Spider):
    """Goes from the front page to every channel, from list page to list page, and to every article."""

    name = "bare"

    def parse(self, response: Response, **kwargs: Any) -> Iterator[scrapy.Request]:
        """Follow channels, pages and articles."""
        assert isinstance(response, TextResponse)
        yield from response.follow_all(css="ul.bar a, div.pages a")
        yield from response.follow_all(css="ul.list a", callback=self.parse_article)

    def parse_article(self, response: Response) -> None:
        """Keep nothing."""


def main(url: str, settings: list[str]) -> None:
    """Crawl the newspaper at `url`; each setting is NAME=VALUE."""
    changed = dict(setting.split("=", 1) for setting in settings)
    process = CrawlerProcess({"LOG_LEVEL": "INFO", **changed})
    process.crawl(BareSpider, start_urls=[url])
    process.start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

"""Owns the answer to `scrapy parse`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "`scrapy crawl SOURCE -a url=URL` reads one page, `scrapy history URL` shows what was read"

"""Owns the answer to `scrapy fetch`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "`scrapy crawl SOURCE -a url=URL` fetches one page and archives it"

"""Owns the answer to `scrapy runspider`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "every source file is a spider: `scrapy crawl SOURCE`"

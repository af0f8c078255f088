"""Owns the answer to `scrapy shell`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "`scrapy history URL` and `scrapy replay URL` show what is archived of a page"

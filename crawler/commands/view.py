"""Owns the answer to `scrapy view`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "`scrapy replay URL` opens an archived page in the browser"

"""Owns the answer to `scrapy bench`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "`make bench` measures this crawler beside wget and bare Scrapy"

"""Owns the answer to `scrapy check`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "`scrapy sources --check` checks the source files, `scrapy verify` the archive"

"""Owns the answer to `scrapy edit`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "a source is a TOML file in ARCHIVE_SOURCES; `scrapy sources` shows where"

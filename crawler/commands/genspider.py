"""Owns the answer to `scrapy genspider`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "a source is a TOML file, not a spider; the README shows one"

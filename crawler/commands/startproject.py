"""Owns the answer to `scrapy startproject`, which Scrapy offers and an archive has no use for."""

from crawler.command import RefusedCommand


class Command(RefusedCommand):
    """Say what to type instead."""

    instead = "this folder is the project; `scrapy sources` shows what it crawls"

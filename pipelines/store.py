"""Owns the Scrapy item pipeline: a page counts as done only when its group commit is on disk. Duck-typed, so it
imports no Scrapy.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

from storage.model import Outcome

__all__ = ["StorePipeline"]


class Keeps(Protocol):
    """What the pipeline needs of the crawler's archivist."""

    def keep(self, outcome: Outcome) -> Awaitable[dict[str, Any]]:
        """Return the article as an exportable item once `outcome` is durable, or raise Scrapy's DropItem."""


class StorePipeline:
    """Settles every page's outcome; what comes out of it, to `-O out.jsonl` for one, are the articles."""

    def __init__(self, crawler: Any) -> None:
        """Belong to one crawler."""
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> StorePipeline:
        """Return the pipeline of `crawler`, whose `archivist` keeps outcomes."""
        return cls(crawler)

    async def process_item(self, item: Any) -> dict[str, Any]:
        """Return the article's row once the page is durable; Scrapy's DropItem where there is none to export."""
        archivist: Keeps = self._crawler.archivist
        return await archivist.keep(item)

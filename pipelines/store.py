"""Owns the Scrapy item pipeline: a page counts as done only when its group commit is on disk. Duck-typed, so it
imports no Scrapy.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

from storage.model import Outcome

__all__ = ["StorePipeline"]


class Settles(Protocol):
    """What the pipeline needs of the crawler's archivist."""

    def settle(self, outcome: Outcome) -> Awaitable[None]:
        """Return once `outcome` is durable."""

    def item_of(self, outcome: Outcome) -> dict[str, Any]:
        """Return the article as an exportable item, or raise Scrapy's DropItem for a page that has none."""


class StorePipeline:
    """Settles every page's outcome; what comes out of it, to `-O out.jsonl` for one, are the articles."""

    def __init__(self, crawler: Any) -> None:
        """Belong to one crawler."""
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> StorePipeline:
        """Return the pipeline of `crawler`, whose `archivist` settles outcomes."""
        return cls(crawler)

    async def process_item(self, item: Any) -> dict[str, Any]:
        """Return the article's row once the page is durable.

        Raises:
            StorageError: the commit failed; the run ends.
        """
        archivist: Settles = self._crawler.archivist
        await archivist.settle(item)
        return archivist.item_of(item)

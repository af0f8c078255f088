"""Owns what Scrapy's exporters get of a durable page: its article as one flat item."""

from __future__ import annotations

from typing import Any, Final

from scrapy.exceptions import DropItem

from storage.model import Outcome

__all__ = ["item_of"]

_FIELDS: Final = (
    "title",
    "published",
    "published_precision",
    "published_utc",
    "origin",
    "authors",
    "editors",
    "keywords",
    "section",
    "language",
    "script",
    "body",
    "body_sha256",
    "extractor",
)


def item_of(outcome: Outcome) -> dict[str, Any]:
    """Return the article of an outcome, keys as in the view `article`.

    Raises:
        DropItem: the page has none; quietly, for lists and errors have none.
    """
    read, capture = outcome.read, outcome.capture
    if read is None or read.article is None or capture is None:
        raise DropItem(f"{outcome.url}: no article", log_level="DEBUG")
    said = {name: getattr(read.article, name) for name in _FIELDS}
    return {"url": outcome.url, "source": outcome.attempt.source, **said, "capture_id": capture.id}

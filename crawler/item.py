"""Owns what Scrapy's exporters get of a durable page: its article as one flat item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scrapy.exceptions import DropItem

from storage.model import Outcome

__all__ = ["first_page_of", "item_of"]

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


def first_page_of(outcome: Outcome) -> str | None:
    """Return the address of the first page of an article over several, None for one on one page."""
    if outcome.attempt.role.startswith("part"):
        return outcome.attempt.via
    article = outcome.read.article if outcome.read is not None else None
    return outcome.url if article is not None and article.page_links else None


def item_of(outcome: Outcome, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the article of an outcome, keys as in the view `article`.

    `known` is the row of `article` of a page that is unchanged and therefore was not read, or of an article over
    several pages, of which the outcome is the last.

    Raises:
        DropItem: the page has none; quietly, for lists and errors have none.
    """
    article = outcome.read.article if outcome.read is not None else None
    if outcome.capture is None or (article is None and known is None):
        raise DropItem(f"{outcome.url}: no article", log_level="DEBUG")
    said = {name: getattr(article, name) if known is None else known[name] for name in _FIELDS}
    url = first_page_of(outcome) or outcome.url
    return {"url": url, "source": outcome.attempt.source, **said, "capture_id": outcome.capture.id}

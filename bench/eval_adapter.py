"""Owns the thin coat under which the evaluation ruler drives our extractor: `extract(html, url) -> dict`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipelines.extract import extract as read
from pipelines.worker import spare_the_collector

spare_the_collector()  # as the extraction process does


def extract(html: bytes, url: str) -> dict[str, object]:
    """Return body, title, author, date, source and editor of a page."""
    article = read(html, {}, url or "http://example.invalid/")
    return {
        "body": article.body,
        "title": article.title,
        "author": list(article.authors),
        "date": article.published,
        "source": article.origin,
        "editor": list(article.editors),
    }

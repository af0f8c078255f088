"""Owns the smaller fields of an article as one JSON text, and back: those that no query asks for by themselves."""

from __future__ import annotations

import json
from typing import Any, Final

from storage.catalogue_rows import json_text
from storage.model import Article, InjectedLink

__all__ = ["details_of", "details_text"]

_PLAIN: Final = (
    "kicker",
    "subtitle",
    "modified",
    "origin_url",
    "document_number",
    "issuer",
    "written",
    "index_number",
    "views",
    "content_id",
)


def details_text(article: Article) -> str:
    """Return the smaller fields that are not empty as canonical JSON."""
    details: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(article, name)) is not None}
    if article.confidence:
        details["confidence"] = dict(article.confidence)
    if article.repairs:
        details["repairs"] = dict(article.repairs)
    if article.gaps:
        details["gaps"] = article.gaps
    if article.injected:
        details["injected"] = [[link.url, link.text, link.hidden] for link in article.injected]
    return json_text(dict(sorted(details.items())))


def details_of(text: str) -> dict[str, Any]:
    """Return the arguments of Article that `details_text` wrote."""
    details = json.loads(text)
    if "gaps" in details:
        details["gaps"] = tuple(details["gaps"])
    if "injected" in details:
        details["injected"] = tuple(InjectedLink(*link) for link in details["injected"])
    return dict(details)

"""Owns an article as plain JSON values, and back: every field, nothing lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.model import Article, Image, InjectedLink

__all__ = ["article_from_json", "article_to_json"]

_MAPPINGS = ("reasons", "confidence", "repairs")
_TUPLES = ("authors", "editors", "keywords", "page_links", "gaps")


def article_to_json(article: Article) -> dict[str, Any]:
    """Return the article as plain JSON values."""
    plain = {name: getattr(article, name) for name in Article.__slots__}
    plain["images"] = [[image.url, image.caption] for image in article.images]
    plain["injected"] = [[link.url, link.text, link.hidden] for link in article.injected]
    for name in _MAPPINGS:
        plain[name] = dict(getattr(article, name))
    return plain


def article_from_json(plain: Mapping[str, Any]) -> Article:
    """Return the article that `article_to_json` wrote; what is left out is empty."""
    fields = dict(plain)
    for name in _TUPLES:
        if name in fields:
            fields[name] = tuple(fields[name])
    fields["images"] = tuple(Image(*image) for image in fields.get("images", ()))
    fields["injected"] = tuple(InjectedLink(*link) for link in fields.get("injected", ()))
    return Article(**fields)

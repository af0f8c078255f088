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
    details: dict[str, Any] = {name: getattr(article, name) for name in _PLAIN}
    details |= {"confidence": dict(article.confidence), "repairs": dict(article.repairs), "gaps": list(article.gaps)}
    details["injected"] = [[link.url, link.text, link.hidden] for link in article.injected]
    return json_text({name: value for name, value in sorted(details.items()) if value not in (None, [], {})})


def details_of(text: str) -> dict[str, Any]:
    """Return the arguments of Article that `details_text` wrote."""
    details = json.loads(text)
    if "gaps" in details:
        details["gaps"] = tuple(details["gaps"])
    if "injected" in details:
        details["injected"] = tuple(InjectedLink(*link) for link in details["injected"])
    return dict(details)

"""Owns per-source CSS: where a source file says how to find a field, its selector beats the generic rules."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import astuple, replace
from typing import Any

from pipelines.blocks import read_blocks
from pipelines.bylines import labelled_authors, labelled_editors
from pipelines.dates import find_dates, zone_of
from pipelines.names import split_names
from pipelines.noise import normalise
from pipelines.origin import labelled_origin
from pipelines.text import collapse
from pipelines.tree import Node, select
from pipelines.visibility import Styles
from storage.model import Article, ExtractRules

__all__ = ["apply_rules", "rules_digest"]


def rules_digest(rules: ExtractRules | None) -> str:
    """Return `+` and eight hex digits of the rules, empty when there are none that say anything."""
    if rules is None or rules == ExtractRules():
        return ""
    return "+" + hashlib.sha256(repr(astuple(rules)).encode()).hexdigest()[:8]


def _text(root: Node, css: str | None) -> str:
    for element in select(root, css) if css else []:
        value = element.get("content") if element.tag == "meta" else "".join(element.itertext())
        if text := collapse(value or ""):
            return text
    return ""


def _body(root: Node, rules: ExtractRules) -> str:
    elements = select(root, rules.body or "")
    for css in rules.drop:
        for element in select(root, css):
            parent = element.getparent()
            if parent is not None:
                # The tail belongs to the parent: keep it.
                element.tag, element.text = "hr", None
                for child in list(element):
                    element.remove(child)
    return "\n".join(_lines(elements))


def _lines(elements: Iterable[Node]) -> list[str]:
    return [block.text for element in elements for block in read_blocks(element, Styles({})).blocks]


def _spared(body: str, root: Node, drop: Iterable[str]) -> str:
    """Return the generic `body` without the lines that dropped elements hold."""
    dropped = {normalise(line).text for css in drop for line in _lines(select(root, css))}
    return "\n".join(line for line in body.split("\n") if line not in dropped)


def apply_rules(article: Article, root: Node, rules: ExtractRules | None, zone_name: str) -> Article:
    """Replace the fields that the rules find; a selector that finds nothing leaves the generic value and says so."""
    if rules is None:
        return article
    changes: dict[str, Any] = {}
    if title := _text(root, rules.title):
        changes["title"] = title
    if origin := _text(root, rules.origin):
        changes["origin"] = labelled_origin(origin) or origin
    if authors := _text(root, rules.authors):
        changes["authors"] = labelled_authors(authors) or split_names(authors)
    if editors := _text(root, rules.editors):
        changes["editors"] = labelled_editors(editors) or split_names(editors)
    if section := _text(root, rules.section):
        changes["section"] = section
    if dates := find_dates(_text(root, rules.published)):
        zone = zone_of(zone_name)
        changes |= {
            "published": dates[0].written(zone),
            "published_precision": dates[0].precision,
            "published_utc": dates[0].utc(zone),
            "published_raw": dates[0].raw,
        }
    text = _body(root, rules) if rules.body else _spared(article.body, root, rules.drop)
    if text and (rules.body or text != article.body):
        changes |= {"body": text, "body_sha256": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()}
    reasons = {**article.reasons, **{name: "source rule" for name in changes if "_" not in name}}
    return replace(article, **changes, reasons=reasons)

"""Owns how far each rule is to be believed: how often what it gave was right when it was measured.

Measured on pages of Chinese portals, government sites and mirrors (2003-2024), and of newspapers in thirty languages,
of which a careful reader wrote down the fields; they stay outside the project. `python -m bench.confidence CORPUS`
counts anew and prints this table. Right is: a title equal to the reader's, a body of F1 .9 at least, a date of the same
day (and minute, where the reader has one), the same names; a charset under which the body has an F1 of .5 at least.
The figure is Laplace's, (right + 1) / (seen + 2), so that a rule seen once is not believed for ever, and one that
never occurred on those pages is even.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from storage.model import Article

__all__ = ["MEASURED", "confidence_of", "rule_of"]

_HEADING: Final = re.compile(r"^(?:h[1-6]|[a-z]+)(?= (?:borne out|before the body))")
_DECLARED: Final = re.compile(r"^(meta|json-ld) .*")

MEASURED: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "authors": {
        "json-ld": (33, 36),
        "byline in the text": (14, 16),
        "作者 near the title": (15, 16),
        "element named author": (8, 8),
        "作者 below the text": (8, 8),
        "who posted it": (5, 5),
        "meta": (2, 3),
        "account that publishes it": (2, 2),
        "names below the title": (2, 2),
        "source rule": (0, 0),
    },
    "body": {
        "density": (205, 224),
        "family": (147, 155),
        "chain": (4, 7),
        "below the title": (1, 1),
        "verse": (0, 0),
        "density, hidden until a script runs": (0, 0),
        "family, hidden until a script runs": (0, 0),
        "chain, hidden until a script runs": (0, 0),
        "density, in a state": (0, 0),
        "family, in a state": (0, 0),
        "chain, in a state": (0, 0),
        "readability": (0, 0),
        "source rule": (0, 0),
    },
    "charset": {
        "strict utf-8": (313, 315),
        "declared": (62, 62),
        "common characters": (8, 8),
        "byte order mark": (2, 2),
        "detected": (0, 0),
    },
    "editors": {
        "编辑 below the text": (35, 35),
        "编辑 near the title": (2, 2),
        "source rule": (0, 0),
    },
    "origin": {
        "来源 near the title": (72, 72),
        "element named source": (8, 8),
        "beside the date": (4, 4),
        "line below the title": (1, 1),
        "来源 below the text": (0, 0),
        "meta": (0, 0),
        "source rule": (0, 0),
    },
    "published": {
        "between title and text": (129, 131),
        "meta": (29, 35),
        "json-ld": (14, 15),
        "below the text": (4, 5),
        "above the title": (0, 1),
        "between title and text, clock declared": (1, 1),
        "day of the printed issue": (1, 1),
        "in the head of the text": (0, 0),
        "in the head of the text, clock declared": (0, 0),
        "above the title, clock declared": (0, 0),
        "below the text, clock declared": (0, 0),
        "above the title, borne out by the address": (0, 0),
        "time element": (0, 0),
        "source rule": (0, 0),
    },
    "title": {
        "heading borne out by the declared title": (138, 146),
        "line borne out by the declared title": (7, 7),
        "heading before the body": (2, 5),
        "line before the body": (1, 1),
        "title element": (0, 0),
        "meta": (0, 0),
        "json-ld": (0, 0),
        "source rule": (0, 0),
    },
}
"""Field -> rule -> how often it was right, how often it was seen. Fields that no reader wrote down are not in it."""


def rule_of(field: str, reason: str) -> str:
    """Return the rule that a reason of `field` is an instance of: the reason without the names of this page."""
    if field == "title":
        heading = _HEADING.match(reason)
        if heading is not None:
            kind = "heading" if re.fullmatch(r"h[1-6]", heading[0]) else "line"
            return f"{kind}{reason[heading.end() :]}"
    head, comma, tail = reason.partition(", ")
    rule = _DECLARED.sub(r"\1", head)
    if not comma:
        return rule
    return (
        f"{rule}, {'in a state' if tail.startswith('in ') else 'clock declared' if tail.startswith('clock') else tail}"
    )


def confidence_of(article: Article, reasons: Mapping[str, str] | None = None) -> dict[str, float]:
    """Return, for each measured field that `article` has, how often the rule that gave it was right, to two digits.

    `reasons` are those of the article where it does not hold them yet.
    """
    reasons = article.reasons if reasons is None else reasons
    return {
        field: _figure(field, reasons[field])
        for field in MEASURED
        if field in reasons and (field == "charset" or getattr(article, field))
    }


@lru_cache(maxsize=512)
def _figure(field: str, reason: str) -> float:
    """Return the figure of a reason; a source's pages have the same few."""
    right, seen = MEASURED[field].get(rule_of(field, reason), (0, 0))
    return round((right + 1) / (seen + 2), 2)

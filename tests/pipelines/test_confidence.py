from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.confidence import MEASURED, confidence_of, rule_of
from pipelines.extract import extract
from tests.storage.outcomes import make_article

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.mark.parametrize("case", sorted(path.parent.name for path in GOLDEN.glob("*/article.json")))
def test_every_rule_that_gives_a_field_of_a_golden_page_has_a_number(case: str) -> None:
    wanted = json.loads((GOLDEN / case / "article.json").read_text("utf-8"))
    article = extract((GOLDEN / case / "page.html").read_bytes(), wanted["headers"], wanted["url"])
    rules = {field: rule_of(field, article.reasons[field]) for field in article.confidence}
    assert {field: rule for field, rule in rules.items() if rule not in MEASURED[field]} == {}
    assert set(article.confidence) == {
        field for field in MEASURED if field in article.reasons and (field == "charset" or getattr(article, field))
    }


@pytest.mark.parametrize(
    ("field", "reason", "rule"),
    [
        ("title", "h1 borne out by the declared title", "heading borne out by the declared title"),
        ("title", "td before the body", "line before the body"),
        ("title", "title element", "title element"),
        ("published", "meta article:published_time", "meta"),
        ("published", "json-ld datePublished", "json-ld"),
        ("published", "below the text, clock from meta pubdate", "below the text, clock declared"),
        ("published", "above the title, borne out by the address", "above the title, borne out by the address"),
        ("body", "density, in __NEXT_DATA__ content", "density, in a state"),
        ("body", "family, hidden until a script runs", "family, hidden until a script runs"),
        ("origin", "来源 near the title", "来源 near the title"),
    ],
)
def test_a_reason_is_an_instance_of_a_rule(field: str, reason: str, rule: str) -> None:
    assert rule_of(field, reason) == rule
    assert rule in MEASURED[field]


def test_the_figure_is_laplaces_and_a_rule_never_seen_is_even() -> None:
    right, seen = MEASURED["published"]["meta"]
    article = make_article(
        published="2026-01-01",
        origin="本报",
        reasons={"published": "meta x", "origin": "a rule of tomorrow", "title": "?"},
    )
    assert confidence_of(article)["published"] == round((right + 1) / (seen + 2), 2)
    assert confidence_of(article)["origin"] == 0.5


def test_what_is_not_there_has_no_figure() -> None:
    assert confidence_of(make_article("", title="", reasons={"title": "none found", "body": "list: why"})) == {}


def test_no_rule_was_right_more_often_than_it_was_seen() -> None:
    assert all(0 <= right <= seen for rules in MEASURED.values() for right, seen in rules.values())

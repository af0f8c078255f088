"""Every page under tests/golden gives exactly the fields that its article.json states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.extract import extract
from storage.model import Article

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/article.json"))
FEWEST_CASES = 11


def _stated(article: Article, field: str) -> Any:
    value = getattr(article, field)
    if field == "images":
        return [[image.url, image.caption] for image in value]
    return list(value) if isinstance(value, tuple) else value


def test_no_case_was_lost() -> None:
    assert len(CASES) >= FEWEST_CASES


@pytest.mark.parametrize("case", CASES)
def test_golden_page(case: str) -> None:
    wanted = json.loads((GOLDEN / case / "article.json").read_text(encoding="utf-8"))
    page = (GOLDEN / case / "page.html").read_bytes()
    url, headers, absent = wanted.pop("url"), wanted.pop("headers"), wanted.pop("absent")
    article = extract(page, headers, url)
    assert {field: _stated(article, field) for field in wanted} == wanted
    assert [text for text in absent if text in article.body] == []

"""Every page under tests/golden gives exactly the fields that its article.json states; what is covered only grows."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipelines.extract import extract
from storage.model import Article

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
FLOORS = GOLDEN / "floors.json"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/article.json"))
ABOUT = ("url", "headers", "absent")


def _stated(article: Article, field: str) -> Any:
    value = getattr(article, field)
    if field == "images":
        return [[image.url, image.caption] for image in value]
    if field == "injected":
        return [[link.url, link.text, link.hidden] for link in value]
    return list(value) if isinstance(value, tuple) else value


def _wanted(case: str) -> dict[str, Any]:
    wanted = json.loads((GOLDEN / case / "article.json").read_text(encoding="utf-8"))
    assert isinstance(wanted, dict)
    return wanted


def covered() -> dict[str, int]:
    """Return how many cases there are and how many of them state each field."""
    counts = Counter(field for case in CASES for field in _wanted(case) if field not in ABOUT)
    lines = sum(len(_wanted(case)["absent"]) for case in CASES)
    return {"cases": len(CASES), "absent": lines, **dict(sorted(counts.items()))}


def earlier_floors() -> list[dict[str, int]]:
    """Return the floors of every commit that touched them; none where there is no history to ask."""
    log = ["git", "-C", str(ROOT), "log", "--format=%H", "--", str(FLOORS)]
    try:
        commits = subprocess.run(log, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return []
    name = FLOORS.relative_to(ROOT).as_posix()
    shown = (
        subprocess.run(
            ["git", "-C", str(ROOT), "show", f"{commit}:{name}"], capture_output=True, text=True, check=False
        )
        for commit in commits
    )
    return [json.loads(one.stdout) for one in shown if one.returncode == 0]


def test_what_is_covered_is_at_least_the_floor() -> None:
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    now = covered()
    assert {name: now.get(name, 0) for name in floors if now.get(name, 0) < floors[name]} == {}


def test_no_floor_was_ever_higher() -> None:
    """A floor that sinks needs a line `floor lowered: NAME, because …` in the changelog."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sunk = {
        name
        for earlier in earlier_floors()
        for name, floor in earlier.items()
        if floors.get(name, 0) < floor and f"floor lowered: {name}" not in changelog
    }
    assert sunk == set()


@pytest.mark.parametrize("case", CASES)
def test_golden_page(case: str) -> None:
    wanted = _wanted(case)
    page = (GOLDEN / case / "page.html").read_bytes()
    url, headers, absent = wanted.pop("url"), wanted.pop("headers"), wanted.pop("absent")
    kind = wanted.pop("kind", "")
    article = extract(page, headers, url)
    assert article.reasons["body"].startswith(kind)
    assert {field: _stated(article, field) for field in wanted} == wanted
    assert [text for text in absent if text in article.body] == []

"""The history as a page: safe whatever the archived pages said, and readable on a telephone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler.history_page import history_page
from crawler.timeline import timeline
from storage.catalogue import History
from tests.browser import Browser

URL = "http://paper.test/a/1.html?x=<b>&y=1"

HOSTILE = [
    "<script>document.title='x'</script>",
    "\"><img src=http://127.0.0.1:9/x onerror=document.title='x'>",
    "</title><style>*{display:none}</style>",
    "<iframe srcdoc='<script>1</script>'></iframe>",
    "&lt;b&gt; &#0; ]]> -->",
    "javascript:alert(1)",
    "\x00\x1b[2J\x9b31m",
    "\u202egnp.exe\u2066",
    "=cmd|' /C calc'!A0",
    "题" * 10_000,
    "\u0300" * 500,
    "\ud800\ufffe\U000e0001",
]


def version(number: int, title: str, body: str) -> dict[str, Any]:
    fields = {"authors": [title], "editors": [], "origin": title, "published": None, "url": URL}
    return {"number": number, "captured": f"2026-11-0{number}T08:00:00Z", "version_id": f"urn:{number}", **fields} | {
        "title": title,
        "body": body,
    }


def page_of(*versions: dict[str, Any]) -> str:
    capture = {"captured": "2026-11-01T08:00:00Z", "method": "GET", "status": 200, "kind": "response"}
    place = {"warc_file": "shilu-paper-20261101080000-0001.warc.gz", "warc_offset": 123456, "finding": "new"}
    history = History(
        page={"title": versions[-1]["title"], "state": "live", "source": "paper"},
        addresses=({"url": URL, "relation": "first"}, {"url": "http://m.paper.test/1", "relation": "alias"}),
        captures=({**capture, **place, "verdict": "present", "grade": "article"},),
        versions=versions,
        events=(),
        failures=(),
    )
    return history_page(URL, history, timeline(history), list(pairwise(versions)))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_text(text: str) -> None:
    page = page_of(version(1, "原题", "原文。"), version(2, text, f"原文。{text}"))
    page.encode("utf-8")
    lower = page.lower()
    assert lower.count("<script") == lower.count("<img") == lower.count("<iframe") == 0
    assert (lower.count("<style>"), lower.count("</title>")) == (1, 1)
    assert not set(page) & set("\x00\x1b\x9b\u202e\u2066\ud800")


def test_the_change_stands_inside_the_sentence_and_the_rest_is_left_out() -> None:
    page = page_of(
        version(1, "粮食入库过半", "头段。\n已入库31.2万吨。"), version(2, "粮食入库过半", "头段。\n已入库30.9万吨。")
    )
    assert "已入库<del>31.2</del><ins>30.9</ins>万吨。" in page
    assert "头段" not in page
    assert "the same text" in page_of(version(1, "题", "文"), version(2, "题", "文"))


@pytest.mark.parametrize("width", [1000, 390])
def test_a_browser_runs_and_loads_nothing_and_nothing_runs_over_the_edge(tmp_path: Path, width: int) -> None:
    texts = [text for text in HOSTILE if "\ud800" not in text]
    versions = [version(1, "粮食入库过半", "原文。\n" * 3), *(version(2, text, f"原文。{text}") for text in texts)]
    path = tmp_path / "history.html"
    path.write_text(page_of(*versions), "utf-8")
    with Browser(width, 800) as browser:
        browser.resize(width, 800)  # no window is as narrow as a telephone
        browser.open(path.as_uri())
        frame = browser.wait_for("document.readyState == 'complete' && document.querySelector('h2')")
        assert browser.value("document.title", frame) != "x"
        assert browser.value("getComputedStyle(document.querySelector('del')).color", frame) == "rgb(192, 57, 43)"
        assert browser.value("document.documentElement.scrollWidth", frame) <= width
        assert [url for url in browser.requested if not url.startswith("file:")] == []

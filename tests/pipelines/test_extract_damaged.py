"""Damaged and very large pages are read in bounded time and never raise."""

from __future__ import annotations

import time

import pytest

from pipelines.extract import extract
from tests.pipelines.damaged import LARGE, damaged

LONGEST_S = 2.0


def test_damaged_pages_never_raise_and_are_quick() -> None:
    slowest = 0.0
    for page in damaged(400, seed=11):
        started = time.process_time()
        extract(page, {"Content-Type": "text/html"}, "http://news.test/a.html")
        slowest = max(slowest, time.process_time() - started)
    assert slowest < LONGEST_S


@pytest.mark.parametrize("kind", ["nested", "20 MB of one line"])
def test_large_pages_are_read_in_bounded_time(kind: str) -> None:
    page = LARGE[kind]()
    started = time.process_time()
    extract(page, {}, "http://news.test/a.html")
    assert time.process_time() - started < LONGEST_S

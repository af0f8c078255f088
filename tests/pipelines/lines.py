"""Owns lines made of what patterns look for, and patterns that find something in all: passing over loses no line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
from hypothesis import strategies as st

__all__ = ["lines_of", "opened"]

_BETWEEN = [
    *" \u3000:：/／|丨()（）【】〔〕[]、，。;·于３1甲\u200b",
    *("2020-02-05 19:01", "2024年3月5日", "王乐文", "李白", "(wen)", "by"),
]


def lines_of(words: str) -> st.SearchStrategy[str]:
    """Return lines of these words, divided by spaces, and of names and marks, in any order."""
    return st.lists(st.sampled_from(words.split() + _BETWEEN), max_size=12).map("".join)


@contextmanager
def opened(module: ModuleType, *names: str) -> Iterator[None]:
    """Have these patterns of a module find something in every line."""
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(module, name, re.compile(""))
        yield

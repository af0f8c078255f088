"""A stranger's text cannot command the terminal."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from crawler.terminal import clean, json_line, print_table


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\x00b", "\u202egnp.exe", "\x9b2J", "one\rtwo", "\ue000"])
def test_commands_are_taken_out(text: str) -> None:
    assert clean(text) != text
    assert clean(text).isprintable() or "\ufffd" in clean(text)


@given(st.text())
def test_whatever_comes_is_one_line_without_controls(text: str) -> None:
    cleaned = clean(text)
    assert "\n" not in cleaned and "\x1b" not in cleaned and "\r" not in cleaned
    assert clean(cleaned) == cleaned


def test_tables_fit_han_widths_and_read_no_markup() -> None:
    out = io.StringIO()
    console = Console(file=out, width=60, markup=False)
    print_table(console, "来源", ("标题", ">n"), [("[bold]河道清淤[/bold]", 3)])
    text = out.getvalue()
    assert "[bold]河道清淤[/bold]" in text


@given(st.dictionaries(st.text(), st.text(), max_size=3))
def test_json_says_the_same_and_commands_nothing(row: dict[str, str]) -> None:
    line = json_line(row)
    assert json.loads(line) == row == json.loads(json_line(row, in_ascii=True))
    assert not set(line) & {*map(chr, range(32)), *map(chr, range(127, 160)), *"\u2028\u2029\u200e\u202e\u2066"}

"""Rows as JSON lines, which say what the catalogue says, and as CSV, in which nothing computes."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.table_formats import csv_lines, json_lines, plain_cell

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", " =1", "\u200b=1", "\ufeff+1",
    "\x00=1", "\u3000@x", "\xa0-1", "﹦1", "−1", "\u202e=1", "\x1b=1", "\tplain",
]  # fmt: skip


def read(content: bytes) -> list[list[str]]:
    """Read CSV as any program does."""
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_compute_is_text(text: str) -> None:
    assert plain_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["", "渡口恢复", "1=1", "a-b", "（+）", "·水位", "3-9", "http://a.test/?x=1", "“=”"])
def test_what_nobody_computes_stays_as_it_is(text: str) -> None:
    assert plain_cell(text) == text


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\t\n'=+-@＝")))
def test_one_apostrophe_taken_off_gives_the_text_back(text: str) -> None:
    row = read(b"".join(csv_lines([{"a": text, "b": "x"}])))[1]
    assert row[0].removeprefix("'") == "".join(
        "\ufffd" if "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" else c for c in text
    )
    assert row[1] == "x"


@given(st.text())
def test_no_cell_begins_a_formula_or_holds_a_control(text: str) -> None:
    written = b"".join(csv_lines([{"title": text}])).decode("utf-8")
    cell = read(written.encode())[1:] or [[""]]
    assert (cell[0] or [""])[0][:1] not in {*"=+-@＝＋－＠\t\r\n"}
    assert not {*written} & {*map(chr, [*range(9), 11, 12, *range(14, 32), *range(127, 160)])}


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.lists(st.text()), min_size=1))
def test_json_lines_say_exactly_what_is_there(row: dict[str, object]) -> None:
    (line,) = json_lines([row])
    assert json.loads(line.decode("utf-8")) == row and line.count(b"\n") == 1


def test_names_come_first_and_values_keep_their_kind() -> None:
    rows = [
        {"n": -5, "list": ["=甲"], "object": {}, "none": None, "yes": True},
        {"n": 1, "list": [], "object": {}, "none": None, "yes": False},
    ]
    assert read(b"".join(csv_lines(rows))) == [
        ["n", "list", "object", "none", "yes"],
        ["-5", '["=甲"]', "{}", "", "1"],
        ["1", "[]", "{}", "", "0"],
    ]
    assert list(csv_lines([])) == [] == list(json_lines([]))

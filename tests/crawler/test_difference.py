"""Differences are shown inside the sentence."""

from __future__ import annotations

from crawler.difference import body_difference, changed_fields, changed_lines, difference_of, difference_row
from pipelines.sentences import Piece

VERSION = {
    "number": 1,
    "url": "http://paper.test/a",
    "title": "河道清淤完工",
    "authors": [],
    "editors": ["甲"],
    "origin": None,
    "published": "2026-01-05",
    "body": "一段。\n共清淤3万立方米。\n末段。",
}


def test_a_changed_figure_is_marked_inside_its_sentence() -> None:
    later = {**VERSION, "body": "一段。\n共清淤5万立方米。\n末段。"}
    assert difference_of(VERSION, later).plain == "共清淤[-3-]{+5+}万立方米。\n"


def test_fields_are_named() -> None:
    later = {**VERSION, "title": "河道清淤开工", "editors": ["甲", "乙"]}
    assert difference_of(VERSION, later).plain == "title: 河道清淤[-完-]{+开+}工\neditors: 甲{+、乙+}\n"
    assert [name for name, _ in changed_fields(VERSION, later)] == ["title", "editors"]


def test_lines_put_in_taken_out_and_broken() -> None:
    assert list(changed_lines("甲\n乙", "甲\n丙丁\n乙")) == [(Piece("insert", "丙丁"), Piece("insert", "¶"))]
    assert list(changed_lines("甲。乙。", "甲。\n乙。")) == [(Piece("equal", "甲。"), Piece("insert", "¶"))]
    assert list(changed_lines("甲", "甲")) == []


def test_of_a_long_line_the_terminal_shows_what_stands_around_the_change() -> None:
    line = "水" * 300
    shown = difference_of({**VERSION, "body": line + "3"}, {**VERSION, "body": line + "5"}).plain
    assert shown == f"{'水' * 40} … {'水' * 40}[-3-]{{+5+}}\n"


def test_the_row_has_all_of_it() -> None:
    later = {**VERSION, "number": 4, "body": "一段。\n共清淤5万立方米。\n末段。"}
    row = difference_row(VERSION, later)
    assert (row["from"], row["to"], row["fields"], row["what"]) == (1, 4, {}, "difference")
    assert row["body"] == [
        ["equal", "一段。\n共清淤"],
        ["delete", "3"],
        ["insert", "5"],
        ["equal", "万立方米。\n末段。"],
    ]
    assert difference_row(VERSION, VERSION)["body"] == []


def test_a_hostile_text_cannot_command_the_terminal() -> None:
    later = {**VERSION, "title": "\x1b[2J河道"}
    assert "\x1b" not in difference_of(VERSION, later).plain


def test_of_a_long_body_the_first_changes_are_told() -> None:
    before = "\n".join(f"第{n}段说的是水渠第{n}段的长度和用工，记录在案。" for n in range(9))
    shown = body_difference(before, before.replace("长度", "宽度"), lines=2).plain.split("\n")
    assert len(shown) == 3 and shown[2] == "…" and "[-长-]{+宽+}" in shown[0]
    assert body_difference("一。", "一。二。", lines=3).plain == "一。{+二。+}"
    assert body_difference("一。", "一。", lines=3).plain == ""

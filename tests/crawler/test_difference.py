"""Differences are shown inside the sentence."""

from __future__ import annotations

from crawler.difference import changed_paragraphs, difference_of

VERSION = {
    "title": "河道清淤完工",
    "authors": "[]",
    "editors": "[]",
    "origin": None,
    "published": "2026-01-05",
    "body": "一段。\n共清淤3万立方米。\n末段。",
}


def test_a_changed_figure_is_marked_inside_its_sentence() -> None:
    later = {**VERSION, "body": "一段。\n共清淤5万立方米。\n末段。"}
    assert difference_of(VERSION, later).plain == "共清淤[-3-]{+5+}万立方米。\n"


def test_fields_are_named() -> None:
    assert difference_of(VERSION, {**VERSION, "title": "河道清淤开工"}).plain == "title: 河道清淤[-完-]{+开+}工\n"


def test_paragraphs_put_in_and_taken_out() -> None:
    assert list(changed_paragraphs("甲\n乙", "甲\n丙丁\n乙")) == [("", "丙丁")]
    assert list(changed_paragraphs("甲\n乙", "甲")) == [("乙", "")]
    assert list(changed_paragraphs("甲", "甲")) == []


def test_a_hostile_text_cannot_command_the_terminal() -> None:
    later = {**VERSION, "title": "\x1b[2J河道"}
    assert "\x1b" not in difference_of(VERSION, later).plain

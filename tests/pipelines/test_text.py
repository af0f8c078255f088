from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text import (
    BLANKS,
    SEPARATOR,
    collapse,
    cut_key,
    language_of,
    measure,
    narrow,
    script_of,
    visible_length,
    visible_lengths,
)

PIECE = st.text("\u3000\u200b\u00ad\ufeff\u2028\x1c\x01 \n\r.，。,!?“”《》天a")


def test_collapse_takes_ideographic_and_zero_width_space() -> None:
    assert collapse("\u3000\u3000春\u200b天\u00a0\n 来了\ufeff ") == "春天 来了"


def test_cut_key_is_equal_across_width_case_and_punctuation() -> None:
    assert cut_key("“ＡＢＣ”，春天 来了！") == cut_key("abc春天来了")
    assert cut_key("春天来了") != cut_key("春天去了")


def test_narrow_keeps_the_length() -> None:
    assert narrow("２０２０：（春）　天") == "2020:(春) 天"


def test_visible_length_leaves_white_space_out() -> None:
    assert visible_length(" 春 天\u3000\n来 ") == 3


@pytest.mark.parametrize(
    ("text", "script"),
    [("这些人们说的话", "Hans"), ("這些人們說的話", "Hant"), ("山水木石", None), ("", None), ("这這", None)],
)
def test_script(text: str, script: str | None) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("北京今天下雪了", "en", "zh"),
        ("新しい図書館が開館しました", None, "ja"),
        ("도서관이 문을 열었습니다", None, "ko"),
        ("The library opened", "en-GB", "en"),
        ("The library opened", None, None),
        ("", "zh-CN", None),
    ],
)
def test_language(text: str, declared: str | None, language: str | None) -> None:
    assert language_of(text, declared) == language


@given(st.lists(st.lists(PIECE, max_size=3), max_size=6))
def test_many_texts_at_once_come_to_the_same_as_each_alone(texts: list[list[str]]) -> None:
    filled = [text for text in texts if collapse("".join(text))]
    ended = [piece for text in filled for piece in (*text, SEPARATOR)]
    each = [collapse("".join(text)) for text in filled]
    assert visible_lengths(ended) == [visible_length("".join(text)) for text in filled]
    if filled:
        marks = [len(re.findall(r"[，。；：！？、,;!?“”「」《》]|\.\s", text)) for text in each]
        assert measure(ended) == (each, list(map(visible_length, each)), marks)


@given(st.text() | PIECE)
def test_what_is_blank_collapses_to_nothing(text: str) -> None:
    assert bool(text.strip(BLANKS)) == bool(collapse(text))

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text import (
    BLANKS,
    HAN,
    NARROW,
    SEPARATOR,
    collapse,
    cut_key,
    is_key_of,
    key_begins,
    language_of,
    measure,
    narrow,
    script_of,
    visible_lengths,
)


def visible_length(text: str) -> int:
    return sum(not char.isspace() for char in text)


PIECE = st.text("\u3000\u200b\u00ad\ufeff\u2028\x1c\x01 \n\r.，。,!?“”《》天a")


def test_collapse_takes_ideographic_and_zero_width_space() -> None:
    assert collapse("\u3000\u3000春\u200b天\u00a0\n 来了\ufeff ") == "春天 来了"


def test_cut_key_is_equal_across_width_case_and_punctuation() -> None:
    assert cut_key("“ＡＢＣ”，春天 来了！") == cut_key("abc春天来了")
    assert cut_key("春天来了") != cut_key("春天去了")


def test_narrow_keeps_the_length() -> None:
    assert narrow("２０２０：（春）　天") == "2020:(春) 天"


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


LETTERS = st.text(alphabet="北京雪這这个來来東东々〇のカ도서aé9 、。「ー㐀豈\U00020000\ud800", max_size=40)


@given(LETTERS, LETTERS)
def test_language_and_script_are_those_of_all_letters(text: str, more: str) -> None:
    text = text * 3 + more
    han, kana, hangul, latin = (
        len(re.findall(letter, text))
        for letter in (f"[{HAN}]", "[\u3041-\u30ff]", "[\uac00-\ud7af]", "[A-Za-z\u00c0-\u024f]")
    )
    if kana > 4 and kana * 20 > han:
        language = "ja"
    elif hangul > han and hangul * 3 > latin:
        language = "ko"
    else:
        language = "zh" if han >= 4 and han * 3 >= latin else "de" if latin else ""
    assert (language_of(text, "de") or "") == language
    hans, hant = (sum(map(text.count, letters)) for letters in ("这个来东", "這個來東"))
    wanted = None if hans + hant < 3 or hans == hant else "Hans" if hans > hant else "Hant"
    assert script_of(text) == wanted


@given(st.text(alphabet="ａ：，　b，年〜～！￣", max_size=20))
def test_narrow_is_the_translation_of_each_character(text: str) -> None:
    assert narrow(text) == text.translate(NARROW)


PIECES = "河堤 修缮 Ａ a E\u0301 ﬁ ｶﾞ ① · “ 【 ( _ ー ß 的 \u302a é 2024 ſ ".split(" ")
TITLES = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


@given(st.one_of(st.text(), TITLES))
def test_a_key_begins_as_it_is_said_to(text: str) -> None:
    assert cut_key(text).startswith(key_begins(text))


@given(st.one_of(st.text(), TITLES), st.one_of(st.text(), TITLES))
def test_a_key_is_told_from_others_without_making_them(one: str, other: str) -> None:
    assert is_key_of(cut_key(one), one)
    assert is_key_of(cut_key(one), other) == (cut_key(one) == cut_key(other))


def test_titles_begin_with_what_no_normalising_changes() -> None:
    assert key_begins("“河堤”修好了") == "河堤"
    assert key_begins("Cafe\u0301 opens") == "caf"
    assert key_begins("①河堤") == ""


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

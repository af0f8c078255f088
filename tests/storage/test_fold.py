from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import fold as fold_module
from storage.fold import fold, fold_with_offsets
from storage.han_classes import representatives


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("粮食（２０２６）", "粮食(2026)"),
        ("粮　食", "粮 食"),
        ("ﾃﾚﾋﾞ", "テレヒ\u3099"),
        ("STRASSE Straße", "strasse strasse"),
        ("￥５", "¥5"),
        ("糧食", "粮食"),
        ("乾隆 乾燥 幹部", "干隆 干燥 干部"),
        ("臺台檯颱", "台台台台"),
        ("裏裡里", "里里里"),
        ("二○二◯年", "二〇二〇年"),
        ("卡尔·马・克･思•", "卡尔马克思"),
        ("水\u200b庫\ufe00\u202e", "水库"),
        ("\u2f54 \uf900", "水 岂"),
        ("Café e\u0301", "cafe e"),
        ("が", "か\u3099"),
        ("한국어", "한국어"),
    ],
)
def test_what_a_reader_takes_for_the_same_becomes_the_same(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("pair", ["干千", "土士", "粮量", "后厚", "零〇", "か\u304c"])
def test_what_differs_stays_different(pair: str) -> None:
    one, other = pair
    assert fold(one) != fold(other)


def test_the_span_of_a_match_is_that_of_the_original() -> None:
    original = "大Ｇroße会"
    folded = fold_with_offsets(original)
    start = folded.text.index("grosse")
    assert original[slice(*folded.span(start, start + len("grosse")))] == "Ｇroße"
    assert original[slice(*folded.span(start + 3, start + 4))] == "ß"
    folded = fold_with_offsets("見卡尔·馬克思說")
    assert folded.span(1, 6) == (1, 7)


@given(st.text())
def test_both_folds_agree_and_folding_twice_is_folding_once(text: str) -> None:
    folded = fold_with_offsets(text)
    assert folded.text == fold(text)
    assert fold(folded.text) == folded.text


@given(st.text())
def test_offsets_lead_back_to_what_folds_to_each_character(text: str) -> None:
    folded = fold_with_offsets(text)
    assert len(folded.offsets) == len(folded.text) + 1
    assert list(folded.offsets) == sorted(folded.offsets)
    for at, char in enumerate(folded.text):
        assert char in fold(text[folded.offsets[at]])


def test_what_is_not_looked_at_folds_to_itself() -> None:
    doubtful = fold_module._doubtful()
    sure = [char for char in map(chr, range(sys.maxunicode + 1)) if not doubtful.match(char)]
    assert len(sure) > 17_000
    assert [char for char in sure if fold(char) != char] == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["乾隆", "，", "粮食", "ＷＴＯ"])))
def test_long_texts_fold_as_each_of_their_characters_does(pieces: list[str]) -> None:
    for filling in ("粮食产量。", "甲乙" * 99, "".join(list(representatives())[:80])):
        text = filling.join(pieces) + filling * 100
        assert fold(text) == "".join(map(fold, text))

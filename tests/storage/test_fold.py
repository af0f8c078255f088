from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.fold import fold, fold_with_offsets


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("粮食（２０２６）", "粮食(2026)"),
        ("粮　食", "粮 食"),
        ("ﾃﾚﾋﾞ", "テレヒ\u3099"),
        ("STRASSE Straße", "strasse strasse"),
        ("￥５", "¥5"),
    ],
)
def test_width_and_case_go(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_span_of_a_match_is_that_of_the_original() -> None:
    original = "大Ｇroße会"
    folded = fold_with_offsets(original)
    start = folded.text.index("grosse")
    assert original[slice(*folded.span(start, start + len("grosse")))] == "Ｇroße"
    assert original[slice(*folded.span(start + 3, start + 4))] == "ß"


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

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.names import chinese_names, is_person, only_names, split_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("王乐文 方 敏", ("王乐文", "方敏")),
        ("周玮、黄玥、熊丰", ("周玮", "黄玥", "熊丰")),
        ("李 白 杜 甫", ("李白", "杜甫")),
        ("買買提·艾力", ("買買提·艾力",)),
        ("甲乙和丙丁", ("甲乙", "丙丁")),
        ("", ()),
    ],
)
def test_split_names(text: str, names: tuple[str, ...]) -> None:
    assert split_names(text) == names


def test_an_ampersand_without_spaces_is_part_of_a_name() -> None:
    assert split_names("清风&明月、甲乙") == ("清风&明月", "甲乙")
    assert split_names("清风 & 明月") == ("清风", "明月")


def test_a_name_keeps_its_foreign_form_and_latin_names_their_spaces() -> None:
    assert split_names("山石 (Shi Shan)、方敏") == ("山石 (Shi Shan)", "方敏")
    assert split_names("Shi Shan, Li Si") == ("Shi Shan", "Li Si")


def test_only_names_are_all_or_nothing() -> None:
    assert only_names("常书香 马丹阳", 4) == ["常书香", "马丹阳"]
    assert only_names("常书香 教授", 4) == []
    assert only_names("甲乙 丙丁", 4, surnames=True) == []
    assert only_names("常书香 马丹阳", 1) == []
    assert only_names("来信人", 1) == only_names("来信时间", 1) == only_names("您好？", 1) == []


def test_persons_have_common_surnames_or_a_middle_dot() -> None:
    assert is_person("常书香") and is_person("买买提·艾力")
    assert not is_person("要闻") and not is_person("常书香的书店")


@given(
    st.lists(
        st.sampled_from(["王乐文", "方", "敏", "李白", "甲乙", "常书香", "教授", "A·B", "、", " ", "和", "(", "2"])
    ),
    st.integers(0, 4),
    st.booleans(),
)
def test_only_names_are_all_of_a_run_and_each_a_name(pieces: list[str], most: int, surnames: bool) -> None:
    text = "".join(pieces)
    names = chinese_names(text)
    whole = len(names) == len(split_names(text)) and all(2 <= len(name) <= 4 for name in names)
    known = not surnames or all(is_person(name) for name in names)
    assert only_names(text, most, surnames=surnames) == (names if whole and known and 0 < len(names) <= most else [])

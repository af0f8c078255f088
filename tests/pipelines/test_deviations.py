from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.deviations import Deviation, deviations, origin_verdict
from storage.fold import fold
from tests.pipelines.reprinted import ARTICLE, OTHER, TRADITIONAL


def places(copy: str, original: str = ARTICLE) -> list[tuple[str, str, str]]:
    return [(place.kind, place.original, place.copy) for place in deviations(copy, original)]


def test_the_same_letters_deviate_nowhere() -> None:
    assert places(ARTICLE) == places(TRADITIONAL) == []
    assert places(ARTICLE.replace("，", ",").replace("\n", "\n\n　　").replace("。", "．")) == []


def test_what_is_cut_added_and_altered() -> None:
    cut = "镇里先后请来两家施工队，都说要等水位退到七米以下才能动工。"
    copy = ARTICLE.replace(cut, "").replace("三十二名", "二十三名") + "（本网综合）"
    assert places(copy) == [
        ("altered", "三十二", "二十三"),
        ("cut", cut, ""),
        ("added", "", "（本网综合）"),
    ]


def test_a_place_is_told_as_it_is_written_and_where() -> None:
    (place,) = deviations("ＡＢＣ公司２０２６年在上海总部宣布盈利。", "ABC公司2026年在北京总部宣布盈利。")
    assert place == Deviation("altered", "北京", "上海", "ＡＢＣ公司２０２６年在", "总部宣布盈利。")


def test_an_excerpt_cuts_what_is_around_it() -> None:
    lines = ARTICLE.split("\n")
    assert places(lines[1]) == [("cut", lines[0], ""), ("cut", "\n".join(lines[2:]), "")]
    assert places(f"{ARTICLE}\n{OTHER}") == [("added", "", OTHER)]


@given(st.text(alphabet="水稻田AＡ，。\n ·", max_size=60), st.text(alphabet="水稻田aB。\n", max_size=60))
def test_places_hold_what_differs(copy: str, original: str) -> None:
    found = deviations(copy, original)
    assert all(place.copy in copy and place.original in original for place in found)
    assert all(fold(place.copy) != fold(place.original) for place in found)
    if not found:
        assert [char for char in fold(copy) if char.isalnum()] == [char for char in fold(original) if char.isalnum()]


@pytest.mark.parametrize(
    ("named", "houses", "verdict"),
    [
        (None, ("新华社",), "nobody"),
        ("", ("新华社",), "nobody"),
        ("新华社", ("新华社", None), "agrees"),
        ("新华网", ("新华社",), "agrees"),
        ("《河口晨报》", (None, "河口晨报"), "agrees"),
        ("河口晨报海外版", ("河口晨报",), "agrees"),
        ("ＣＣＴＶ", ("cctv",), "agrees"),
        ("中国网", ("中国日报",), "differs"),
        ("本网", ("河口晨报",), "differs"),
        ("网", ("社",), "differs"),
        ("新华社", (None, None), "differs"),
    ],
)
def test_a_named_origin_is_held_against_the_house(named: str | None, houses: tuple[str | None], verdict: str) -> None:
    assert origin_verdict(named, houses) == verdict

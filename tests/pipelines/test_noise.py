from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pipelines import noise
from pipelines.labels import GLOSS
from pipelines.noise import normalise
from pipelines.text import HAN


def test_glosses_doubled_commas_and_spaces_before_marks_are_undone_and_counted() -> None:
    clean = normalise("發(fā)布會議,,防汛工作，。他說 ，好")
    assert clean.text == "發布會議,防汛工作。他說，好"
    assert clean.repairs == {"gloss": 1, "doubled": 2, "spaced": 1}


def test_a_run_of_gbk_that_lost_a_byte_is_shifted_back() -> None:
    lost = "把突出重點".encode("gb18030")[1:].decode("gb18030", "ignore")
    assert "突出重點" not in lost
    clean = normalise(f"會議強調?{lost}，各地照辦")
    assert "突出重點" in clean.text
    assert clean.repairs == {"broken": 1}


def test_what_people_write_is_left_alone() -> None:
    text = "真的吗？！他说：“好……”你呢?我也去。Well, (a) then!! 一、二、三"
    assert normalise(text).text == text
    assert normalise(text).repairs == {}


@given(st.text(alphabet="發布(fā)，。, ?中淹怀鲋攸c\n", max_size=60))
def test_any_text_normalises(text: str) -> None:
    assert isinstance(normalise(text).text, str)


SPACED = re.compile(rf"(?<=[{HAN}」』”’）》])[ \t\u00a0\u3000]+(?=[，。；：！？、”’）》」』])")
GLOSSED = re.compile(r"(?<=[\u4e00-\u9fff])\((?=[^)]*[ā-ǜa-z])[a-zā]{1,6}\)")


@given(st.text(alphabet="他說 \u3000\u00a0\t，。；,、：！？」”》\n(ā)a", max_size=40))
def test_each_repair_finds_what_its_plain_pattern_finds(text: str) -> None:
    assert [m.span() for m in noise._SPACED.finditer(text)] == [m.span() for m in SPACED.finditer(text)]
    assert [m.span() for m in GLOSS.finditer(text)] == [m.span() for m in GLOSSED.finditer(text)]
    if noise._DOUBLED.search(text):
        assert noise._PAIR.search(text)
    if SPACED.search(text):
        assert any(space in text for space in noise._SPACES)

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.noise import normalise


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

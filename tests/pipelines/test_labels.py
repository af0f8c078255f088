from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.labels import fold, strip_glosses


def test_one_label_in_either_script_and_width() -> None:
    assert fold("責任編輯：") == "责任编辑:"
    assert fold("發佈時間　２０２０") == "发布时间 2020"


@given(st.text(max_size=80))
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_glosses_go_and_other_brackets_stay() -> None:
    assert strip_glosses("發(fā)布時間 網(wǎng)") == "發布時間 網"
    assert strip_glosses("世卫组织(WHO)说 三(2)班 书(上)") == "世卫组织(WHO)说 三(2)班 书(上)"

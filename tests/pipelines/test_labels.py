from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pipelines.labels import fold, foldings, strip_glosses


def test_one_label_in_either_script_and_width() -> None:
    assert fold("責任編輯：") == "责任编辑:"
    assert fold("發佈時間　２０２０") == "发布时间 2020"


@given(st.text(max_size=80))
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_glosses_go_and_other_brackets_stay() -> None:
    assert strip_glosses("發(fā)布時間 網(wǎng)") == "發布時間 網"
    assert strip_glosses("世卫组织(WHO)说 三(2)班 书(上)") == "世卫组织(WHO)说 三(2)班 书(上)"


@given(
    st.text(alphabet="来來源処處处：:＞>】]-^\\", min_size=1, max_size=4),
    st.text(alphabet="来來源处處：:＞>】]-^\\ab", max_size=8),
)
def test_foldings_are_what_a_line_must_hold_to_hold_a_character_when_folded(wanted: str, line: str) -> None:
    held = re.search(foldings(wanted), line) is not None
    assert held == any(character in fold(line) or character in line for character in wanted)

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines import notice as notices
from pipelines.blocks import read_blocks
from pipelines.notice import Notice, read_notice
from pipelines.tree import parse
from pipelines.visibility import Styles
from tests.pipelines.lines import lines_of, opened


def notice(html: str, lines: tuple[str, ...] = ()) -> Notice:
    return read_notice(read_blocks(parse(html), Styles({})), lines)


def test_a_table_of_labels_and_values() -> None:
    html = (
        "<table><tr><td>索 引 号：</td><td>00014/2021-0007</td><td>发布机构：</td><td>云泽市水务局</td></tr>"
        "<tr><td>成文日期：</td><td>2021年06月03日</td><td>发文字号：</td><td>云水发〔2021〕7号</td></tr></table>"
    )
    assert notice(html) == Notice("00014/2021-0007", "云水发〔2021〕7号", "云泽市水务局", "2021-06-03")


def test_labels_and_values_on_one_line() -> None:
    found = notice("<p>索引号：A-7 文号：云水发〔2021〕7号</p>")
    assert (found.index_number, found.document_number) == ("A-7", "云水发〔2021〕7号")


def test_a_number_on_a_line_of_its_own() -> None:
    assert notice("<p>无</p>", ("云水发〔2021〕7号",)).document_number == "云水发〔2021〕7号"


def test_a_page_that_is_silent_says_nothing() -> None:
    assert notice("<p>按照文号登记，成文日期另行通知。</p>") == Notice()


LABELS = (
    "索 引 号 號 信息索引号 发文字号 发文字號 公文文号 文件编号 发布机构 發佈機構 發文機關 公开责任部门 公開責任部門 "
    "成文日期 生成日期"
)


@given(st.lists(lines_of(f"{LABELS} 云水发〔2021〕7号 云水發〔2021〕7號"), max_size=4))
def test_no_line_is_passed_over_that_states_something(lines: list[str]) -> None:
    html = "".join(f"<p>{line}</p>" for line in lines) or "<p>"
    found = notice(html, tuple(lines))
    with opened(notices, "_HINT", "_NUMBERED"):
        assert found == notice(html, tuple(lines))

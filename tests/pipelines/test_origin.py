from __future__ import annotations

import pytest
from hypothesis import given

from pipelines import origin
from pipelines.origin import labelled_origin, origin_by_name, origin_in_date_line, origin_line
from pipelines.tree import parse
from tests.pipelines.lines import lines_of, opened


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("2020-02-05 19:01:21 来源: 青原网 提示：全文字，阅读需要分钟", "青原网"),
        ("發(fā)布時間:2020-02-14 瀏覽量: 來源:河灣網(wǎng)", "河灣網"),
        ("来源：临川日报 时间：2020-02-06 浏览量 ：4864", "临川日报"),
        ("2019-09-07 来源: 证券周刊 举报", "证券周刊"),
        ("来源：云岭发布　编辑：何其", "云岭发布"),
        ("来源：中青报发布时间：2020-01-01", "中青报"),
        ("来源：光明网-《光明日报》2024-05-20 03:15", "光明网-《光明日报》"),
        ("来源: Wind资讯 (www.wind.example)", "Wind资讯 (www.wind.example)"),
        ("信息来源：省发改委", "省发改委"),
        ("来源：", None),
        ("来源：转载", None),
        ("水的来源是雪山", None),
    ],
)
def test_labelled_origin(line: str, name: str | None) -> None:
    assert labelled_origin(line) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("2019年09月07日 04:04 北京日报", "北京日报"),
        ("http://house.example.com 2005年03月31日03:18 娱乐信报", "娱乐信报"),
        ("原创 南方都市报 2019-09-09 16:01:46", "南方都市报"),
        ("2022-06-02 09:52:19政能亮 来自北京市", "政能亮"),
        ("2019-09-07 13:43 12人参与", None),
        ("2019-09-07 青石晚报", "青石晚报"),
        ("2019-09-07 东城区", None),
        ("会议定于2019年9月7日 14:00在礼堂召开，请准时参加。", None),
    ],
)
def test_origin_beside_a_date(line: str, name: str | None) -> None:
    assert origin_in_date_line(line) == name


def test_origin_line_is_a_medium_alone() -> None:
    assert origin_line("法新社") == "法新社"
    assert origin_line("首页") is None


def test_origin_by_name_reads_the_element_called_source() -> None:
    root = parse('<div><span class="time">2020-01-01</span><em id="source"> 青原网 </em></div>')
    assert origin_by_name([root]) == "青原网"


@given(lines_of("来源 來源 稿源 出处 出處 本文来源于 信息来源 图片来源 来源于 转载 青原网 北京日报 编辑 浏览"))
def test_no_line_is_passed_over_that_names_an_origin(line: str) -> None:
    found = labelled_origin(line)
    with opened(origin, "_MAY_BE_LABELLED"):
        assert found == labelled_origin(line)

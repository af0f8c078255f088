from __future__ import annotations

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import furniture_latin
from pipelines.furniture import (
    _TAIL_BEGINNINGS,
    _TAIL_HEADING,
    fold_line,
    is_date_line,
    is_furniture,
    is_furniture_as_written,
    is_labelled_date,
    is_meta_line,
    is_meta_line_as_written,
    is_post_foot,
    is_tail_heading,
    is_tail_heading_as_written,
)
from pipelines.labels import fold


@pytest.mark.parametrize(
    "line",
    [
        "松ICP备20210038号-2",
        "京ICP备00000000号 京公网安备 11000000000000号",
        "版权所有 青石网",
        "【纠错】",
        "打印本页",
        "字号：大 中 小",
        "扫一扫在手机打开当前页",
        "分享到：",
        "上一篇：古桥修缮完工",
        "|<< 1 2 3 下一页",
        "主题 12 帖子 300 积分 1024",
        "阅读量：1539次",
        "瀏覽量:",
        "免责声明：本文系转载，不代表本网观点。",
        "網友評論",
        "更多精彩内容请关注本报公众号",
        "新聞評論文明上網理性發言，請遵守新聞評論服務協議",
    ],
)
def test_the_pages_own_lines(line: str) -> None:
    assert is_furniture(fold(line))


@pytest.mark.parametrize(
    "line",
    [
        "孩子们在图书馆里读书。",
        "他把书推荐给朋友们。",
        "一、救助对象",
        "第一站",
        "人民至上",
        "会议讨论了版面设计和阅读推广工作。",
    ],
)
def test_the_articles_lines(line: str) -> None:
    assert not is_furniture(fold(line))


def test_a_sentence_may_say_what_a_label_says() -> None:
    line = fold("该部门没有立即发表评论，但此前曾表示，相关产品的价格高于同行，利润也比竞争对手要高得多。")
    assert is_furniture(line)
    assert not is_furniture(line, prose=True)


@pytest.mark.parametrize(
    "line",
    [
        "来源：青石日报",
        "责任编辑：苏念真",
        "2020-02-05 19:01:21 来源： 青原网",
        "发布时间：2020-01-31 22:51",
        "2019-09-07 13:43:45",
        "（责编：常歌）",
        "来源 | 青石日报",
        "发表日期：2008年5月19日 出处：青石晚报 作者：甲乙 【编辑录入：丙】",
    ],
)
def test_meta_lines(line: str) -> None:
    assert is_meta_line(fold(line))


@pytest.mark.parametrize("line", ["2021年10月8日", "水的来源是雪山融水。", "编辑部里灯火通明，大家都在等消息。"])
def test_not_meta_lines(line: str) -> None:
    assert not is_meta_line(fold(line))


@pytest.mark.parametrize(
    "line",
    ["相关阅读", "■相关链接", "推荐阅读：", "為你推薦", "网友评论", "猜你喜欢", "其他人也在看", "Related articles"],
)
def test_tail_headings(line: str) -> None:
    assert is_tail_heading(fold(line))


@pytest.mark.parametrize("line", ["相关部门介绍", "更多的人走了出来", "三、今日之山村", "热点问题怎么看"])
def test_not_tail_headings(line: str) -> None:
    assert not is_tail_heading(fold(line))


def test_a_date_beside_a_label_is_no_prose() -> None:
    assert is_labelled_date(fold("发布时间：2021-10-12 09:30 来源：市府办 字体：[大 中 小] 打印本页"))
    assert not is_labelled_date(fold("来源：2021年10月12日的报道说，雨还要下三天。"))


def test_post_feet() -> None:
    assert is_post_foot("发表于 2004年12月27日 12:40 - (阅读:3727;评论:63)")
    assert not is_post_foot("他发表于三年前的文章被人想起")


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("http://www.a.example 2003年05月19日14:21 青石晚报", True),
        ("2022-05-19 14:21 青石发布", True),
        ("2020年5月19日 14:21，大地摇动了十秒", False),
        ("2020年5月19日 青石发布", False),
        ("截至2020年5月19日14:21全市已有两千多名读者进馆参观", False),
    ],
)
def test_a_date_with_a_clock_and_a_name_is_a_date_line(line: str, is_one: bool) -> None:
    assert is_date_line(fold(line)) == is_one


PIECES = st.sampled_from(
    (
        "版权所有 版(bǎn)權 ICP备 ｃｏｐｙright 转载 相关 閱讀 评论 排行 更多 来源： 责任编辑 編輯 2020-01-02 12:30 "
        "发表于 页 ｜ | 。 ， ( ) Related stories Read more Follow us By 记者 1234567890123 阅读(30) 回复 的 人們 "
        "在路上 走了一辈子 全部 友情链接 関連記事 カテゴリーをフォローする この記事は会員限定です"
    ).split(" ")
)
LINES = st.one_of(
    st.text(max_size=220), st.lists(PIECES, max_size=60).map("".join), st.lists(PIECES, max_size=6).map("".join)
)
LETTERS = string.printable + "相关延伸阅读友情链接网评论排行榜其他人猜你喜欢大家都在看関連記事今日热点"


@settings(max_examples=500)
@given(LINES, st.booleans())
def test_a_line_is_judged_as_written_as_it_is_folded(line: str, prose: bool) -> None:
    folded = fold_line(line)
    assert is_furniture_as_written(line, prose=prose) == is_furniture(folded, prose=prose)
    assert is_meta_line_as_written(line) == is_meta_line(folded)
    assert is_tail_heading_as_written(line) == is_tail_heading(folded)


def lines_of(*patterns: re.Pattern[str]) -> st.SearchStrategy[str]:
    letters = {*LETTERS, *(letter for pattern in patterns for letter in pattern.pattern)}
    alphabet = st.sampled_from(sorted(letters))
    return st.one_of([st.from_regex(pattern, alphabet=alphabet) for pattern in patterns])


@settings(max_examples=300, deadline=None)
@given(lines_of(_TAIL_HEADING, furniture_latin._TAIL_HEADING))
def test_the_beginnings_of_tail_headings(line: str) -> None:
    assert line[0] in _TAIL_BEGINNINGS or not "\u4e00" <= line[0] <= "\u9fff"


@settings(max_examples=300, deadline=None)
@given(lines_of(furniture_latin._LINE, furniture_latin._RIGHTS))
def test_what_the_lines_of_western_pages_hold(line: str) -> None:
    assert furniture_latin._MAY_BE.search(line)


@pytest.mark.parametrize("line", ["カテゴリーをフォローする", "Follow us on Twitter"])
def test_a_line_of_another_language_is_judged_as_written(line: str) -> None:
    assert is_furniture_as_written(line, prose=False) and is_furniture(fold_line(line), prose=False)

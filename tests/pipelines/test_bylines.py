from __future__ import annotations

import pytest
from hypothesis import given

from pipelines import bylines
from pipelines.bylines import (
    authors_in_text,
    bare_names,
    labelled_authors,
    labelled_editors,
    posted_by,
)
from tests.pipelines.lines import lines_of, opened


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("责任编辑: 苏念真", ("苏念真",)),
        ("【责任编辑:常歌】", ("常歌",)),
        ("(责编：胡秋、杨宇)", ("胡秋", "杨宇")),
        ("責任編輯：王曉娟", ("王曉娟",)),
        ("编辑：倪轩 责任编辑：林涛", ("倪轩", "林涛")),
        ("责任编辑：杨倩_NF4425", ("杨倩",)),
        ("[责任编辑：韩林 PK155]", ("韩林",)),
        ("（编辑：小何）返回首页，查看更多", ("小何",)),
        ("2020-01-01 编辑：何其 来源：本站", ("何其",)),
        ("编辑部设在二楼", ()),
        ("责任编辑：", ()),
    ],
)
def test_editors(line: str, names: tuple[str, ...]) -> None:
    assert labelled_editors(line) == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("作者：余菁 向雪妮", ("余菁", "向雪妮")),
        ("本报记者 王乐文 方 敏", ("王乐文", "方敏")),
        ("采写：南都见习记者 林沛", ("林沛",)),
        ("新京报记者 彭冲 山东冠县报道", ("彭冲",)),
        ("【文/观察家专栏作者 王文】", ("王文",)),
        ("作者: 赵 培", ("赵培",)),
        ("王文：贸易谈判，各方的斗志", ()),
        ("记者从会上获悉，全市春耕面积增加", ()),
        ("作者系某大学教授", ()),
        ("■本报记者 王乐文 方 敏", ("王乐文", "方敏")),
        ("本报记者 余菁 通讯员 向雪妮", ("余菁", "向雪妮")),
        ("南方早报记者 余菁 实习生 向雪妮 通讯员 方敏", ("余菁", "向雪妮", "方敏")),
        ("新早报记者 余菁 编辑 向雪妮 校对 方敏", ("余菁",)),
        ("余菁 文/图", ("余菁",)),
        ("余菁/文", ("余菁",)),
        ("文/余菁 图/方敏", ("余菁",)),
        ("图文：余菁 审核：方敏", ("余菁",)),
        ("记者余菁/台北报道", ("余菁",)),
        ("〔記者余菁菁／台北報導〕", ("余菁菁",)),
        ("【本報記者余菁菁台北報導】", ("余菁菁",)),
        ("2020/05/19 14:21 記者余菁菁／青石報導", ("余菁菁",)),
        ("作者：山石 (Shi Shan)", ("山石 (Shi Shan)",)),
        ("作者：Shi Shan 译者：方敏", ("Shi Shan",)),
        ("▲本报记者 余菁 摄", ()),
        ("责任编辑：余菁", ()),
        ("作者：admin", ()),
    ],
)
def test_authors_of_a_line(line: str, names: tuple[str, ...]) -> None:
    assert labelled_authors(line) == names


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        (["本报讯（通讯员 宗禾 记者 吴红）2月5日下午，会议在合川召开。" + "会议指出，" * 8], [], ("宗禾", "吴红")),
        (["某社青原5月19日电（刘艺、杨吉）专家十九日介绍了有关进展情况。" + "研究表明，" * 8], [], ("刘艺", "杨吉")),
        ([], ["最后一段。（记者周玮、黄玥）"], ("周玮", "黄玥")),
        ([], ["最后一段。（文字：岳乔；视频：王远；图片：王峰）"], ("岳乔",)),
        ([], ["慎终如始，方能致远。（仲音）"], ("仲音",)),
        ([], ["新的一年开始了。（常书香 马丹阳 ）"], ("常书香", "马丹阳")),
        ([], ["文章刊于内刊。（本报有删节）"], ()),
        ([], ["收成比去年好。（市委宣传部 常书香）"], ("常书香",)),
        ([], ["收成比去年好。（气象局 常书香 马丹阳 供稿）"], ("常书香", "马丹阳")),
        ([], ["收成比去年好。（常书香 文/图）"], ("常书香",)),
        ([], ["收成比去年好。（常书香 摄）"], ()),
        ([], ["收成比去年好。（原州大学教授）"], ()),
        (["本报讯 记者吴红报道：合川新桥昨日通车，两岸往来只需五分钟，居民称便，货车改走外环。"], [], ("吴红",)),
        (
            ["某网青原5月19日电（刘艺、实习生杨吉）专家十九日介绍了有关进展情况。" + "研究表明，" * 8],
            [],
            ("刘艺", "杨吉"),
        ),
        ([], ["全国一盘棋（如图）"], ()),
        (["【記者林予安／台南報導】老街上的木屐店開了六十年，如今由孫女接手經營，她把彩繪帶進木屐。"], [], ("林予安",)),
    ],
)
def test_authors_in_text(first: list[str], last: list[str], names: tuple[str, ...]) -> None:
    assert authors_in_text(first, last) == names


def test_bare_names_need_surnames() -> None:
    assert bare_names("胡平") == ("胡平",)
    assert bare_names("李白 杜甫") == ("李白", "杜甫")
    assert bare_names("要闻") == ()


def test_who_posted_a_text_is_read_from_the_line_below_it() -> None:
    assert posted_by("本贴由南山于2005年8月12日16:12:21在〖读书〗发表") == ("南山",)
    assert posted_by("〓 读书 发布时间 2005/03/15 22:36:13 by nanshan 〓") == ("nanshan",)
    assert posted_by("由南山张贴 @ 2005-06-14 03:25:55 (370) 共 11 篇评论") == ("南山",)
    assert posted_by("nanshan 发表于 2005-9-15 11:46:00") == ("nanshan",)
    assert posted_by("楼主：南山 时间：2005-9-15") == ("南山",)
    assert posted_by("本贴已经删除") == ()


LINES = lines_of(
    "作者 该作者 撰文 撰稿人 采写 採寫 执笔 執筆 供稿 記者 记者 通讯员 通訊員 信息员 投稿人 文 文字 文/图 图/文 图文 "
    "实习生 評論員 评论员 本报 报道 報導 摄影报道 摄 編輯 责任编辑 责编 選稿 编审 校对 本贴由 发表于 發表於 张贴 "
    "发布时间 楼主 ｂy 由 电 讯 台北 编辑部"
)
GUARDS = ("_MAY_NAME_AUTHORS", "_ROLE", "_MAY_NAME_EDITORS", "_MAY_BE_POSTED", "_MAY_LEAD", "_MAY_END")


@given(LINES)
def test_no_line_is_passed_over_that_names_somebody(line: str) -> None:
    def read() -> tuple[object, ...]:
        texts = authors_in_text([line], []), authors_in_text([], [line]), authors_in_text([line + "，" * 40], [])
        return labelled_authors(line), labelled_editors(line), posted_by(line), texts

    found = read()
    with opened(bylines, *GUARDS):
        assert found == read()

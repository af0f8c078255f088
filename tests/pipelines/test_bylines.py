from __future__ import annotations

import pytest

from pipelines.bylines import (
    authors_in_text,
    bare_names,
    labelled_authors,
    labelled_editors,
    posted_by,
    split_names,
)


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
    assert posted_by("本贴已经删除") == ()


def test_an_ampersand_without_spaces_is_part_of_a_name() -> None:
    assert split_names("清风&明月、甲乙") == ("清风&明月", "甲乙")
    assert split_names("清风 & 明月") == ("清风", "明月")

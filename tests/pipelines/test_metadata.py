from __future__ import annotations

import pytest
from hypothesis import given

from pipelines import metadata
from pipelines.blocks import read_blocks
from pipelines.declared import Declared, read_declared
from pipelines.metadata import Zones, find_authors, find_editors, find_keywords, find_origin, find_section
from pipelines.tree import parse
from pipelines.visibility import Styles
from tests.pipelines.lines import lines_of, opened


def zones(head: tuple[str, ...] = (), tail: tuple[str, ...] = (), between: tuple[str, ...] = ()) -> Zones:
    return Zones(head=head, tail=tail, first=(), last=(), between=between)


def test_a_label_and_its_value_in_two_lines_belong_together() -> None:
    assert find_origin(zones(head=("來源：", "青原日報")), Declared()) == ("青原日報", "来源 near the title")


def test_editors_below_the_text_come_first_and_repeat_once() -> None:
    assert find_editors(zones(head=("编辑：甲乙",), tail=("责任编辑：丙丁", "责任编辑：丙丁")))[0] == ("丙丁",)


def test_byline_lines_in_a_row_are_read_together() -> None:
    names, _ = find_authors(zones(head=("本报实习生 刘国 周炜", "本报记者 王燕 方云", "正文。")), Declared())
    assert names == ("刘国", "周炜", "王燕", "方云")


@pytest.mark.parametrize("author", ["name, email@gmail.com", "青石网", "12345", "编辑", "http://a.example"])
def test_declared_authors_that_are_none(author: str) -> None:
    assert find_authors(zones(), Declared(meta={"author": author}))[0] == ()


def test_keywords_are_as_declared() -> None:
    assert find_keywords(Declared(meta={"keywords": "防火,护林，春季"})) == ("防火", "护林", "春季")
    assert find_keywords(Declared()) == ()


@pytest.mark.parametrize(
    ("html", "section"),
    [
        ("<p>当前位置：<a>首页</a> &gt; <a>政务</a> &gt; <a>通知</a> &gt; 正文</p>", "通知"),
        ("<p><a>青石网</a>&gt;&gt;<a>文化</a></p>", "文化"),
        ("<p><a>首页</a> -&gt; <a>基层</a></p>", "基层"),
        ("<p>首页</p><p>比分是三比二</p>", None),
    ],
)
def test_section_is_the_last_channel_of_the_breadcrumbs(html: str, section: str | None) -> None:
    root = parse(html)
    page = read_blocks(root, Styles({}))
    found = find_section(page, read_declared(root), len(page.blocks))
    assert (found[0] if found else None) == section


@pytest.mark.parametrize(
    ("between", "names"),
    [
        (("青石发布", "关注"), ("青石发布",)),
        (("2019-05-17 · 青石城市报道", "分享到"), ("青石城市报道",)),
        (("粉丝：23文章：11", "关注"), ()),
        (("2019-05-17 10:20", "关注"), ()),
    ],
)
def test_the_account_that_publishes_on_a_platform_is_the_author(
    between: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert find_authors(zones(between=between), Declared())[0] == names


@given(lines_of("首页 当前位置 當前位置： 您所在的位置 您现在在 在 &gt; ＞ » › → 要闻 国际 正文"))
def test_no_line_is_passed_over_that_holds_breadcrumbs(line: str) -> None:
    page = read_blocks(parse(f"<p>{line}</p><p>正文。</p>"), Styles({}))
    found = find_section(page, Declared(), len(page.blocks))
    with opened(metadata, "_MAY_BE_CRUMBS"):
        assert found == find_section(page, Declared(), len(page.blocks))

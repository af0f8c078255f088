from __future__ import annotations

import pytest

from pipelines.blocks import read_blocks
from pipelines.declared import read_declared
from pipelines.title import find_title, read_headings
from pipelines.tree import parse
from pipelines.visibility import Styles


def title_of(html: str, body_start: int | None = None) -> str | None:
    root = parse(html)
    found = find_title(read_headings(read_blocks(root, Styles({})), read_declared(root)), body_start)
    return found.text if found else None


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>古桥修好了_要闻_青石网</title><p>古桥修好了</p><p>正文。</p>", "古桥修好了"),
        ("<title>古桥修好了--文化--青石网</title><h1>青石网</h1><div>古桥修好了</div>", "古桥修好了"),
        (
            "<title>青石网</title><h3>首页 - 要闻</h3><h5>古桥修好了又通车</h5><p>发布时间：2020-01-01</p>",
            "古桥修好了又通车",
        ),
        ("<title>古桥修好了又通...</title><h1>古桥修好了又通车了</h1>", "古桥修好了又通车了"),
        ("<title>古桥修好了 - 青石日报</title><p>正文在此。</p>", "古桥修好了"),
        ("<title>古桥——桥头的六百年_青石网</title><p>正文在此。</p>", "古桥——桥头的六百年"),
        ('<title></title><meta property="og:title" content="古桥修好了">', "古桥修好了"),
        (
            "<title>[广告]古桥修好了又通车-青石</title><h2>[广告]古桥修好了又通车</h2><p>原标题：古桥修好了又通车</p>",
            "古桥修好了又通车",
        ),
        ("<title>古桥修好了又通车 - 本地 - 青石论坛</title><h1>[本地] 古桥修好了又通车</h1>", "古桥修好了又通车"),
        ("<title>【短评】古桥修好了又通车_青石网</title><h1>【短评】古桥修好了又通车</h1>", "【短评】古桥修好了又通车"),
        (
            "<title>青石新闻网</title><h1>青石新闻网</h1><div class=bt>古桥修好了</div><p>2020-01-01 来源：本网</p>",
            "古桥修好了",
        ),
        ("<title>古桥修好了</title><p>译：甲乙</p><p>2020-01-01</p><p>正文。</p>", "古桥修好了"),
        ("<p>没有标题的一页。</p>", None),
    ],
)
def test_title(html: str, title: str | None) -> None:
    assert title_of(html) == title


def test_a_quotation_mark_or_hyphen_does_not_cut_it() -> None:
    assert title_of('<title>"古桥"-修好了?_青石网</title><h1>"古桥"-修好了?</h1>') == '"古桥"-修好了?'


def test_the_same_words_in_a_side_list_are_not_where_it_stands() -> None:
    html = "<title>古桥修好了_青石网</title><li><a>古桥修好了</a></li><h1>古桥修好了</h1><p>正文。</p>"
    root = parse(html)
    found = find_title(read_headings(read_blocks(root, Styles({})), read_declared(root)), 2)
    assert found is not None and found.block == 1


def test_where_nothing_is_declared_the_line_above_the_date_line_is_the_title() -> None:
    html = "<p>文章搜索:</p><p>牢记使命</p><p>2024-11-24</p><p>首页 -> 要闻</p>"
    html += "<p>古桥修好了又通车</p><p>发布时间：2020-01-31 22:51</p>"
    assert title_of(html) == "古桥修好了又通车"

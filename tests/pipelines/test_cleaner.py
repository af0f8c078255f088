from __future__ import annotations

from pipelines.blocks import read_blocks
from pipelines.candidates import weigh
from pipelines.cleaner import clean, end_of_article
from pipelines.tree import parse
from pipelines.visibility import Styles

LINE = "老人说，这条路他走了一辈子，哪里有坑、哪里有坎，闭着眼睛都知道。"


def cleaned(html: str, title: str | None = None) -> list[str]:
    page = read_blocks(parse(html), Styles({}))
    kept = clean(page, weigh(page, title), 0, len(page.blocks), title)
    return [page.blocks[number].text for number in kept]


def test_title_meta_share_and_editor_lines_go() -> None:
    html = (
        f"<h1>路通了</h1><p>2020-01-01 10:00 来源：甲报</p><p>分享到：</p><p>{LINE}</p><p>小标题</p><p>{LINE}</p>"
        "<p>（责任编辑：乙丙）</p><p>扫一扫在手机打开当前页</p>"
    )
    assert cleaned(html, "路通了") == [LINE, "小标题", LINE]


def test_headings_of_link_lists_at_the_edges_go_with_their_links() -> None:
    lists = "<h3>要闻一览</h3><p><a href=/1>甲事</a></p><h3>财经一览</h3><p><a href=/2>乙事</a></p>"
    html = f"<p>{LINE}</p><p>{LINE}</p>{lists}"
    assert "财经一览" not in cleaned(html)


def test_a_paragraph_full_of_links_stays() -> None:
    text = (
        "他去过<a href=/1>北方的草原</a>，也去过<a href=/2>南方的雨林</a>，"
        "最后回到<a href=/3>这座小城</a>住了下来，再没有离开过。"
    )
    assert len(cleaned(f"<p>{LINE}</p><p>{text}</p><p>{LINE}</p>")) == 3


def test_the_article_ends_at_a_posts_foot() -> None:
    html = f"<p>{LINE}</p><p>发表于 2004年12月27日 12:40 - (阅读:3727;评论:63)</p><p>{LINE}</p>"
    page = read_blocks(parse(html), Styles({}))
    assert end_of_article(page, weigh(page), 0, 3) == 1

from __future__ import annotations

import json
from html import escape

import pytest

from pipelines.declared import read_declared
from pipelines.extract import extract
from pipelines.states import State, find_state
from pipelines.tree import parse

LINES = [
    "老人说，这条路他走了一辈子，哪里有坑、哪里有坎，闭着眼睛都知道。",
    "路修好以后，城里的班车开进了村口，孩子们上学再也不用起早贪黑了。",
    "村里人商量着，要在路口立一块碑，把出过力的人的名字都刻上去。",
    "碑文请镇上的老先生来写，石料从后山取，工钱由各家分摊，谁也没有二话。",
]
HTML = "".join(f"<p>{line}</p>" for line in LINES)
DETAIL = {"name": "路通了", "content": HTML, "publishTime": 1589869260000, "author": "何其", "source": "青石日报"}
HEAD = "<html><head><title>路通了_青石新闻</title></head><body><div id=app></div>"


def state_of(html: str) -> State | None:
    root = parse(html)
    return find_state(root, read_declared(root))


@pytest.mark.parametrize(
    "script",
    [
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"detail": DETAIL}})}</script>',
        f"<script>window.__INITIAL_STATE__ = {json.dumps({'a': [DETAIL], 'b': 1})};(function(){{}})()</script>",
        f"<script>window.DATA={json.dumps({'x': 0, 'd': DETAIL}).replace('0', 'undefined', 1)}</script>",
        f"<script>window['__STORE__'] = JSON.parse({json.dumps(json.dumps(DETAIL))})</script>",
        f"<script>\n  var pageData = {json.dumps(DETAIL)};\n</script>",
    ],
)
def test_an_article_in_a_state_is_read_with_what_stands_beside_it(script: str) -> None:
    article = extract(f"{HEAD}{script}</body></html>".encode(), (), "http://a.example/1")
    assert article.body.split("\n") == LINES
    assert (article.title, article.authors, article.origin) == ("路通了", ("何其",), "青石日报")
    assert article.published == "2020-05-19T14:21:00+08:00"
    assert ", in " in article.reasons["body"]


def test_markup_in_a_textarea_is_read() -> None:
    article = extract(f'{HEAD}<textarea class="article-content">{escape(HTML)}</textarea>'.encode())
    assert article.body.split("\n") == LINES


def test_the_body_of_json_ld_is_read_where_the_page_shows_none() -> None:
    declared = {"@type": "NewsArticle", "headline": "路通了", "articleBody": "\n".join(LINES)}
    article = extract(f'{HEAD}<script type="application/ld+json">{json.dumps(declared)}</script>'.encode())
    assert article.body.split("\n") == LINES


def test_what_the_page_shows_comes_before_what_a_state_holds() -> None:
    other = [line.replace("路", "桥") for line in LINES * 3]
    script = f"<script>window.DATA = {json.dumps({'content': ''.join(other)})}</script>"
    shown = "".join(f"<p>{line}</p>" for line in LINES * 2)
    article = extract(f"<title>路通了</title><h1>路通了</h1><div>{shown}</div>{script}".encode())
    assert "桥" not in article.body


def test_a_feed_in_a_state_is_no_article() -> None:
    feed = [{"title": f"第{n}件事", "content": f"{n}{HTML}"} for n in range(5)]
    assert state_of(f"{HEAD}<script>window.DATA = {json.dumps(feed)}</script>") is None


def test_of_a_feed_the_text_with_the_pages_title_is_taken() -> None:
    feed = [{"title": f"第{n}件小事", "content": f"{n}{HTML}"} for n in range(5)]
    found = state_of(f"<title>第3件小事_青石</title><script>window.DATA = {json.dumps(feed)}</script>")
    assert found is not None and found.text.startswith("3")


def test_a_login_wall_is_not_climbed() -> None:
    wall = "<title>路通了</title><p>登录后可继续阅读全文</p>"
    article = extract(f"{wall}<script>window.DATA = {json.dumps(DETAIL)}</script>".encode())
    assert article.body == ""


@pytest.mark.parametrize(
    "script",
    [
        "window.DATA = " + "[" * 100_000,
        "window.DATA = " + '{"a":' * 100_000,
        "\n" * 1_000_000 + "a = 1",
        "window.DATA=" * 100_000,
        'var abc = {"a": [1, 1, 1, ' * 20_000,
        "window.DATA = [" + "[]," * 300_000 + "[]]",
        'aaa="{' * 200_000,
    ],
)
def test_hostile_states_are_none(script: str) -> None:
    assert state_of(f"{HEAD}<script>{script}</script>") is None

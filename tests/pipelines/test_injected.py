from __future__ import annotations

from pipelines.blocks import read_blocks
from pipelines.injected import find_injected
from pipelines.tree import parse
from pipelines.visibility import Styles
from storage.model import InjectedLink

TEXT = "河堤上的人一夜没有合眼，天亮时水退了。"
SPAM = '<a href="http://a.example/1">真人百家乐</a><a href="http://b.example/2">彩票开奖</a>'


def injected(hidden: str) -> tuple[InjectedLink, ...]:
    page = read_blocks(parse(f"<p>{TEXT}</p>{hidden}"), Styles({}))
    return find_injected(page, TEXT, "http://news.example.com.cn/a.html", "")


def test_links_pushed_off_the_screen_are_a_finding() -> None:
    found = injected(f'<div style="position:absolute;left:-9999px">{SPAM}</div>')
    assert [(link.url, link.hidden) for link in found] == [
        ("http://a.example/1", "off-screen"),
        ("http://b.example/2", "off-screen"),
    ]


def test_of_what_is_not_displayed_only_spam_is() -> None:
    many = "".join(f'<a href="http://s{n}.example/">彩票投注{n}</a>' for n in range(6))
    menu = "".join(f'<a href="http://s{n}.example/">友好城市{n}</a>' for n in range(6))
    assert len(injected(f'<div style="display:none">{many}</div>')) == 6
    assert injected(f'<div style="display:none">{menu}</div>') == ()


def test_the_sites_own_hidden_links_are_not() -> None:
    own = '<a href="http://www.example.com.cn/1">博彩新规</a><a href="http://m.example.com.cn/2">彩票新规</a>'
    assert injected(f'<div style="position:absolute;left:-9999px">{own}</div>') == ()


def test_what_is_seen_is_not() -> None:
    assert injected(f"<div>{SPAM}</div>") == ()

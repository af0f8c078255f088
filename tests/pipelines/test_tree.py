from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipelines import tree as tree_module
from pipelines.tree import Node, names_of, parse, select, text_in


def tree(html: str) -> Node:
    root = parse(html)
    assert root is not None
    return root


def test_an_article_behind_the_end_of_the_document_is_kept() -> None:
    root = parse("<html><body></body></html><div id='a'>正文</div>")
    assert "".join(select(root, "#a")[0].itertext()) == "正文"


def test_nothing_is_no_tree() -> None:
    assert parse("") is None
    assert parse("\x00\x01 \n") is None


def test_control_characters_and_lone_surrogates_do_not_stop_it() -> None:
    assert "".join(tree("<p>a\x00b\ud800c</p>").itertext()) == "a b c"


def test_a_selector_that_does_not_parse_takes_nothing() -> None:
    assert select(parse("<p>a</p>"), "p[") == []


def test_names_are_class_and_id_in_lower_case() -> None:
    assert names_of(tree('<p class="TRS_Editor x" id="Zoom">a</p>')[0][0]) == "trs_editor x zoom"


def test_the_text_in_an_element_is_that_of_all_below_it() -> None:
    one, two, three = select(tree("<p><a>甲</a>乙<a>丙<b>丁</b>戊</a><a></a></p>"), "a")
    assert [text_in(one), text_in(two), text_in(three)] == ["甲", "丙丁戊", ""]


@given(st.text(st.sampled_from("<p>/ \x00\x0b\x7f\x1f\r\n&;\ufffe\uffff\u3000?xml'文"), max_size=40) | st.text())
def test_the_tree_is_the_same_where_the_bytes_are_at_hand(text: str) -> None:
    text = "".join(char for char in text if not "\ud800" <= char <= "\udfff")
    for page in text, f" <?xml version='1.0'?>{text}":
        one, other = parse(page), parse(page, page.encode())
        assert (one is None) == (other is None)
        assert one is None or etree.tostring(one) == etree.tostring(other)


def test_a_page_beyond_the_limit_is_cut_where_the_bytes_are_at_hand_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "_MAX_CHARS", 4)
    assert "".join(parse("文章文章文章", "文章文章文章".encode()).itertext()) == "文章文章"


def test_html_5_ends_a_head_that_is_left_open() -> None:
    root = tree("<html><meta charset=utf-8><title>甲</title><main>乙<p>丙</p></main>丁<p>戊</p></html>")
    assert [child.tag for child in root.find("head")] == ["meta", "title"]
    assert "".join("".join(shown.itertext()) for shown in root[1:]) == "乙丙丁戊"


def test_a_player_holds_nothing() -> None:
    for embed in ("<embed src=a.swf>", "<EMBED src=a.swf>", "<embed src=a.swf></embed>"):
        root = tree(f"<div>甲{embed}<p>乙</p></div>")
        assert select(root, "embed p") == [] and len(select(root, "div > p")) == 1

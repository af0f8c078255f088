from __future__ import annotations

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

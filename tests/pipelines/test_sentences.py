"""Differences are whole, bounded, and fall where a reader of Chinese sees them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sentences import Piece, compare, sentences_of


def shown(earlier: str, later: str) -> str:
    marks = {"equal": "{}", "delete": "[{}]", "insert": "<{}>"}
    return "".join(marks[piece.tag].format(piece.text) for piece in compare(earlier, later))


def sides(pieces: tuple[Piece, ...]) -> tuple[str, str]:
    return (
        "".join(piece.text for piece in pieces if piece.tag != "insert"),
        "".join(piece.text for piece in pieces if piece.tag != "delete"),
    )


TEXTS = st.text(st.sampled_from("甲乙丙丁12.5aB，。！？”\n "), max_size=80)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_the_pieces(one: str, other: str) -> None:
    pieces = compare(one, other)
    assert sides(pieces) == (one, other)
    assert all(piece.text for piece in pieces)
    assert (one == other) == all(piece.tag == "equal" for piece in pieces)


@given(TEXTS)
def test_sentences_make_up_the_text(text: str) -> None:
    assert "".join(sentences_of(text)) == text


def test_sentences_end_behind_their_marks_and_quotes() -> None:
    assert sentences_of("他说：“到了。”随后离开！\n完") == ["他说：“到了。”", "随后离开！", "\n", "完"]


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ("共清淤3万立方米。", "共清淤5万立方米。", "共清淤[3]<5>万立方米。"),
        ("已入库31.2万吨。", "已入库30.9万吨。", "已入库[31.2]<30.9>万吨。"),
        ("由Beta队承建。", "由Delta队承建。", "由[Beta]<Delta>队承建。"),
        ("百分之五十四完成。", "百分之四十一完成。", "百分之[五十四]<四十一>完成。"),
        ("三月九日发布了通告。", "三月十日更正了通告。", "三月[九]<十>日[发布]<更正>了通告。"),
        ("他们昨天在河边种树。", "我俩明早在山顶种树。", "[他们昨天在河边]<我俩明早在山顶>种树。"),
        ("据介绍，全县受灾。", "据介绍，全县大部受灾。", "据介绍，全县<大部>受灾。"),
        ("甲说好。乙说不好。", "甲说好。", "甲说好。[乙说不好。]"),
        ("一号渠通水。三号渠通水。", "一号渠通水。二号渠试水。三号渠通水。", "一号渠通水。<二号渠试水。>三号渠通水。"),
        ("渡口今日停航。", "图书馆免费开放。", "[渡口今日停航。]<图书馆免费开放。>"),
        ("头段。\n尾段。", "头段。尾段。", "头段。[\n]尾段。"),
        ("甲\n乙", "甲\n丙丁\n乙", "甲\n<丙丁\n>乙"),
    ],
)
def test_a_change_is_shown_where_a_reader_sees_it(earlier: str, later: str, expected: str) -> None:
    assert shown(earlier, later) == expected


def test_a_moved_sentence_is_taken_out_and_put_in_whole() -> None:
    one, two, three = "上午入仓稻谷三百吨。", "质检员逐车取样。", "下午修整晒场。"
    assert shown(one + two + three, two + three + one) == f"[{one}]{two}{three}<{one}>"


def test_a_changed_sentence_among_new_ones_is_found_by_likeness() -> None:
    earlier = "水位回落十一厘米，渡口随即恢复摆渡。"
    later = "站长昨天换了人。" + earlier.replace("十一", "九") + "沙袋留在原处。"
    assert shown(earlier, later) == "<站长昨天换了人。>水位回落[十一]<九>厘米，渡口随即恢复摆渡。<沙袋留在原处。>"


def test_texts_beyond_the_budget_are_replaced_whole_in_what_differs() -> None:
    one, other = "乙" + "甲" * 4000 + "丙", "乙" + "甲丁" * 4000 + "丙"
    pieces = compare(one, other)
    assert sides(pieces) == (one, other)
    assert len(pieces) < 6


def test_a_few_edits_in_a_long_text_are_few_pieces() -> None:
    letters = random.Random(3)
    text = "".join(
        "".join(chr(letters.randrange(0x4E00, 0x5600)) for _ in range(letters.randrange(8, 40))) + "。"
        for _ in range(400)
    )
    changed = text[:3000] + "改" + text[3001:7000] + text[7004:]
    assert len(compare(text, changed)) <= 6

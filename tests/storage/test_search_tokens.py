from __future__ import annotations

import sqlite3
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search_query import is_ideographic, parse, runs_of
from storage.search_tokens import characters_of, expression, tables_of, tokens_of


def test_texts_become_pairs_and_words() -> None:
    assert tokens_of("粮食局", "a 1b，秋") == "\ue000 粮食 食局 局 \ue000 a 1b 秋"
    assert characters_of("粮食粮", "a秋") == "\ue000 秋 粮 食"


def one_by_one(text: str) -> list[str]:
    """The tokens of a text, made as they are defined."""
    tokens = []
    for run in runs_of(text):
        tokens += [*map("".join, pairwise(run)), run[-1]] if is_ideographic(run) else [run]
    return tokens


texts = st.lists(
    st.sampled_from(
        ["粮食局", "粮", "\U00020000", "あ", "각", "a1", "0", "0" * 70, "ß", "，", "。", " ", "\n", "_", "\ue000", "½"]
    )
    | st.text()
).map("".join)


@given(texts, texts)
def test_the_tokens_are_those_of_each_run(title: str, body: str) -> None:
    assert tokens_of(title, body).split(" ") == ["\ue000", *one_by_one(title), "\ue000", *one_by_one(body)]
    runs = "".join(run for text in (title, body) for run in runs_of(text) if is_ideographic(run))
    assert characters_of(title, body).split(" ") == ["\ue000", *sorted({*runs})]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("粮食", '"粮食"'),
        ("粮食产量", '"粮食 食产 产量"'),
        ("粮食，产", '"粮食 食 产" *'),
        ("iphone", '"iphone" *'),
        ("11月", '"11 月" *'),
        ("粮食 OR 丰收", '("粮食" OR "丰收")'),
        ("粮食 NOT 丰收 NOT ab", '(("粮食") NOT ("丰收" OR "ab" *))'),
        ("NOT 粮食", '("\ue000" NOT "粮食")'),
        ("NOT 粮食 NOT 丰收", '(("\ue000") NOT ("粮食" OR "丰收"))'),
    ],
)
def test_queries_become_expressions(text: str, said: str) -> None:
    query = parse(text)
    assert query is not None
    assert expression(query) == said


@pytest.mark.parametrize(
    ("text", "tables"),
    [("粮", "characters"), ("粮 NOT 食", "characters"), ("粮食 a", "tokens"), ("粮 粮食", "both"), ("1", "tokens")],
)
def test_single_ideographs_have_a_table(text: str, tables: str) -> None:
    query = parse(text)
    assert query is not None and tables_of(query) == tables


def test_the_parser_of_fts5_bears_every_form_that_a_query_can_take() -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(x, content='', tokenize='ascii')")
    database.execute("INSERT INTO t (rowid, x) VALUES (1, ?)", (tokens_of("", "粮食"),))
    for joints in product((" NOT (", " OR NOT (", " (", " OR (", "NOT (NOT ("), repeat=2):
        text = "a" + "".join(f"{joint}b{n} OR c" for n in range(12) for joint in joints)
        query = parse(text)
        assert query is not None
        database.execute("SELECT rowid FROM t WHERE t MATCH ?", (expression(query),)).fetchall()
    many = parse(" OR ".join(f"a{n}" for n in range(1000)))
    assert many is not None
    database.execute("SELECT rowid FROM t WHERE t MATCH ?", (expression(many),)).fetchall()

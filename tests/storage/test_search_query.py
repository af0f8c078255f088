from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search_query import And, Not, Or, Phrase, Query, parse, phrases_of, size

GRAIN, YIELD, HEARING = Phrase(("粮食",)), Phrase(("丰收",)), Phrase(("秋",))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("糧食", GRAIN),
        ("粮食 丰收", And((GRAIN, YIELD))),
        ("粮食 AND 丰收", And((GRAIN, YIELD))),
        ("粮食 粮食", GRAIN),
        ("粮食 OR 丰收 秋", Or((GRAIN, And((YIELD, HEARING))))),
        ("（粮食 OR 丰收） 秋", And((Or((GRAIN, YIELD)), HEARING))),
        ("粮食 NOT 丰收", And((GRAIN, Not(YIELD)))),
        ("NOT NOT 粮食", GRAIN),
        ("NOT (粮食 秋)", Not(And((GRAIN, HEARING)))),
        ("“粮食，丰收”", Phrase(("粮食", "丰收"))),
        ('"粮食 丰收', Phrase(("粮食", "丰收"))),
        ("粮食，丰收", Phrase(("粮食", "丰收"))),
        ("11月2日", Phrase(("11", "月", "2", "日"))),
        ("Wi-Fi", Phrase(("wi", "fi"))),
        ("a" * 70, Phrase(("a" * 64,))),
        ("and 粮食", And((Phrase(("and",)), GRAIN))),
        # operators with nothing to join, parentheses without fellows
        ("NOT", Phrase(("not",))),
        ("粮食 OR", And((GRAIN, Phrase(("or",))))),
        ("AND OR 粮食", Or((Phrase(("and",)), GRAIN))),
        ("粮食 AND OR 丰收", Or((And((GRAIN, Phrase(("and",)))), YIELD))),
        ("(粮食", GRAIN),
        ("粮食)) 丰收", And((GRAIN, YIELD))),
        ("() 粮食 (())", GRAIN),
        ("粮食 NOT ()", And((GRAIN, Phrase(("not",))))),
        ("", None),
        ("。，\0()", None),
    ],
)
def test_what_a_query_means(text: str, query: Query | None) -> None:
    assert parse(text) == query


@given(st.text(st.sampled_from('粮食 ab()"“”NOTANDR，'), max_size=60))
def test_any_text_is_read(text: str) -> None:
    query = parse(text)
    assert query is None or size(query) >= len(phrases_of(query)) >= 0


def test_nesting_is_read_without_end() -> None:
    query = parse("(" * 10_000 + "粮食 " + "NOT (" * 1000 + "丰收")
    assert query is not None and size(query) == 2


def test_only_what_can_be_found_is_marked() -> None:
    query = parse("粮食 NOT 丰收 (秋 OR NOT (NOT 粮食))")
    assert phrases_of(query) == (GRAIN, HEARING)
    assert phrases_of(None) == ()

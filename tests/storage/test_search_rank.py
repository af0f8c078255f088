from __future__ import annotations

from storage.search_query import Phrase
from storage.search_rank import relevance

GRAIN, YIELD = Phrase(("粮食",)), Phrase(("丰收",))


def test_a_title_weighs_more_than_any_number_of_times_in_the_text() -> None:
    titled, often, once = relevance([("糧食", "山水"), ("山", "粮食" * 99), ("山", "粮食" + "山水" * 98)], [GRAIN])
    assert titled > often > once > 0


def test_a_rare_phrase_weighs_more_than_a_common_one() -> None:
    texts = [("", "粮食"), ("", "粮食"), ("", "粮食"), ("", "丰收")]
    weights = relevance(texts, [GRAIN, YIELD])
    assert weights[3] > weights[0] == weights[1]


def test_nothing_to_rank() -> None:
    assert relevance([], [GRAIN]) == []
    assert relevance([("", "")], []) == [0.0]

from __future__ import annotations

import pytest

from pipelines.furniture_latin import is_latin_edge, is_latin_furniture, is_latin_tail_heading


@pytest.mark.parametrize(
    "line",
    [
        "Sign up for our daily newsletter",
        "Subscribe now to read on",
        "We apologize, but this video has failed to load.",
        "6 minute read",
        "Follow us on Twitter @riverpost",
        "Lire aussi : La crue du siècle",
        "記事にコメントするには会員登録が必要です。",
    ],
)
def test_the_pages_own_lines(line: str) -> None:
    assert is_latin_furniture(line)


@pytest.mark.parametrize(
    "line", ["Sign up for the course costs 40 euros.", "The river followed us on its way to the sea.", "他按下快门。"]
)
def test_sentences_are_not_furniture(line: str) -> None:
    assert not is_latin_furniture(line)


@pytest.mark.parametrize("line", ["Top Rated Comments", "More from the Harbour", "Related Topics", "Meistgelesen"])
def test_headings_behind_the_article(line: str) -> None:
    assert is_latin_tail_heading(line)


def test_more_people_is_no_heading() -> None:
    assert not is_latin_tail_heading("More people came than the hall could hold")


def test_edges_are_date_lines_bylines_and_contacts() -> None:
    assert is_latin_edge("Nov 19, 2019 at 6:46 pm ET • 2 min read", last=False)
    assert is_latin_edge("By Ann Harbour", last=False)
    assert is_latin_edge("Reach the reporter on Twitter: @annharbour", last=True)
    assert not is_latin_edge("Reach the reporter on Twitter: @annharbour", last=False)
    assert not is_latin_edge("The ferry left at 6:46 pm, an hour late, with every seat taken.", last=False)
    assert not is_latin_edge("2019-11-19 18:46 来源：河报", last=True)

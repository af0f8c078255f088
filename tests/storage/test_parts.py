from __future__ import annotations

from hashlib import sha256

import pytest

from storage.model import Article, Image
from storage.parts import MAX_PARTS, first_of, joined, part_numbers, parts_after
from tests.storage.outcomes import make_article

AT = "http://a.cn/n/"


@pytest.mark.parametrize(
    ("url", "other", "numbers"),
    [
        ("c1.html", "c1_2.html", (0, 2)),
        ("c1-3.html", "c1.html", (3, 0)),
        ("c1_2.html", "c1_3.html", (2, 3)),
        ("index.html", "index_1.html", (0, 1)),
        ("v?id=3", "v?id=3&page=2", (0, 2)),
        ("v?page=2&id=3", "v?id=3&page=4", (2, 4)),
        ("c1.html", "c1.html", None),
        ("c1.html", "c2.html", None),
        ("c1_2.html", "d1_2.html", None),
        ("v?id=3", "v?id=4&page=2", None),
        ("c1.html", "c1_2.htm", None),
        ("c1.html", "c1_2019.html", None),
        ("c1.html", "http://b.cn/n/c1_2.html", None),
        ("c1.html?a=1", "c1_2.html", None),
    ],
)
def test_part_numbers(url: str, other: str, numbers: tuple[int, int] | None) -> None:
    assert part_numbers(AT + url, other if "://" in other else AT + other) == numbers


def page(body: str, *links: str, **fields: object) -> Article:
    return make_article(body, page_links=tuple(AT + link for link in links), **fields)


def test_pages_are_found_through_one_another_and_put_in_order() -> None:
    readings = {
        f"{AT}c.html": page("一", "c_10.html", "c_2.html"),
        f"{AT}c_2.html": page("二", "c.html", "c_3.html", "../other_4.html"),
    }
    assert parts_after(f"{AT}c.html", readings) == tuple(f"{AT}c_{n}.html" for n in (2, 3, 10))


def test_a_later_page_has_none_and_knows_the_first() -> None:
    later = page("二", "c_3.html", "c.html")
    assert parts_after(f"{AT}c_2.html", {f"{AT}c_2.html": later}) == ()
    assert first_of(f"{AT}c_2.html", later) == f"{AT}c.html"
    assert joined(f"{AT}c_2.html", {f"{AT}c_2.html": later}).gaps == (f"{AT}c_3.html", f"{AT}c.html")


def test_a_pager_without_end_ends() -> None:
    endless = {f"{AT}c.html": page("一", *(f"c_{n}.html" for n in range(2, 90)))}
    assert len(parts_after(f"{AT}c.html", endless)) == MAX_PARTS - 1


def test_an_article_on_one_page_is_left_alone() -> None:
    alone = make_article("只有一页。")
    assert joined(f"{AT}c.html", {f"{AT}c.html": alone}) is alone


def test_the_text_is_one_and_what_is_missing_is_a_gap() -> None:
    whole = joined(
        f"{AT}c.html",
        {
            f"{AT}c.html": page(
                "一", "c_2.html", "c_3.html", images=(Image("x"),), repairs={"gloss": 1}, normalised="甲"
            ),
            f"{AT}c_3.html": page(
                "三", "c_4.html", images=(Image("x"), Image("y")), repairs={"gloss": 2}, normalised="丙"
            ),
            f"{AT}c_4.html": page("四"),
        },
    )
    assert (whole.body, whole.normalised) == ("一\n三\n四", "甲\n丙\n四")
    assert whole.body_sha256 == sha256("一\n三\n四".encode()).hexdigest()
    assert whole.gaps == (f"{AT}c_2.html",)
    assert whole.page_links == tuple(f"{AT}c_{n}.html" for n in (2, 3, 4))
    assert whole.images == (Image("x"), Image("y"))
    assert whole.repairs == {"gloss": 3}


def test_a_page_that_repeats_another_is_joined_once_and_is_no_gap() -> None:
    readings = {f"{AT}v": page("一", "v?page=2", "v?page=3"), f"{AT}v?page=2": page("一"), f"{AT}v?page=3": page("三")}
    whole = joined(f"{AT}v", readings)
    assert (whole.body, whole.gaps) == ("一\n三", ())


def test_the_article_with_another_page_of_comments_is_not_joined_again() -> None:
    readings = {f"{AT}v": page("一\n二\n三", "v?page=2"), f"{AT}v?page=2": page("一\n二\n三\n跟帖")}
    assert joined(f"{AT}v", readings).body == "一\n二\n三"


def test_what_the_first_page_is_silent_about_the_last_one_says() -> None:
    first = page("一", "c_2.html", "c_3.html", origin="本报", reasons={"origin": "x"})
    last = page("三", editors=("林书白",), origin="他报", reasons={"editors": "标签"}, confidence={"editors": 0.9})
    whole = joined(f"{AT}c.html", {f"{AT}c.html": first, f"{AT}c_2.html": page("二"), f"{AT}c_3.html": last})
    assert (whole.origin, whole.editors) == ("本报", ("林书白",))
    assert whole.reasons == {"origin": "x", "editors": "标签"} and whole.confidence == {"editors": 0.9}


def test_texts_of_two_extractors_are_said_to_be_of_both() -> None:
    readings = {f"{AT}c.html": page("一", "c_2.html"), f"{AT}c_2.html": page("二", extractor="test/2")}
    assert joined(f"{AT}c.html", readings).extractor == "test/1|test/2"

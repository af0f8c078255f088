from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.fold import fold
from storage.model import Article, Thresholds
from storage.search import SearchHit, count, search, terms_of
from tests.storage.outcomes import HOME, SOURCE, START, crawl_id, make_article, make_outcome

ARTICLES = {
    "grain": make_article(
        "今年全国粮食总产量７０００亿公斤。\n比上年增长。", "粮食丰收", published_utc="2026-11-20T00:00:00Z"
    ),
    "phone": make_article(
        "新款iPhone 15发布，售价5999元，支持Wi-Fi。", "ＩＰＨＯＮＥ来了", published_utc="2026-11-21T00:00:00Z"
    ),
    "party": make_article("党的二十大报告。", "党", published_utc="2026-11-19T00:00:00Z"),
    "undated": make_article("粮食：无日期。", None),  # type: ignore[arg-type]
    "kana": make_article("カタカナと한국어 텍스트", "外文"),
}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """The articles above, and one of another source."""
    path = tmp_path_factory.mktemp("search") / "catalogue.sqlite"
    with Catalogue.open(path, settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        catalogue.start_crawl(crawl_id(2), replace(SOURCE, name="mirror"), START, Thresholds())
        outcomes = [make_outcome(f"{HOME}a/{name}", article=article) for name, article in ARTICLES.items()]
        other = make_article("转载：粮食丰收。", "转载", published_utc="2026-11-22T00:00:00Z")
        outcomes.append(make_outcome(f"{HOME}a/copy", article=other, source="mirror", crawl=crawl_id(2)))
        catalogue.commit(outcomes, now=START)
        yield catalogue


def names(catalogue: Catalogue, query: str, source: str | None = None) -> list[str]:
    return [hit.url.rpartition("/")[2] for hit in search(catalogue, query, source=source, limit=None)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("粮食", ["copy", "grain", "undated"]),
        ("粮", ["copy", "grain", "undated"]),
        ("粮食总产量", ["grain"]),
        ("党", ["party"]),
        ("二十大", ["party"]),
        ("食粮", []),
        ("粮食 丰收", ["copy", "grain"]),
        ("粮食，无", ["undated"]),
        ("iphone", ["phone"]),
        ("IPH", ["phone"]),
        ("ｉＰｈｏｎｅ", ["phone"]),
        ("phone", []),
        ("5999", ["phone"]),
        ("59", ["phone"]),
        ("999", []),
        ("7000亿", ["grain"]),
        ("fi", ["phone"]),
        ("iphone发布", ["phone"]),
        ("タカナ", ["kana"]),
        ("국어", ["kana"]),
        ("没有的词", []),
        ("", []),
        ("。，!?", []),
        ("%", []),
        ("_", []),
    ],
)
def test_a_query_finds_what_it_must(catalogue: Catalogue, query: str, found: list[str]) -> None:
    assert names(catalogue, query) == found
    assert count(catalogue, query) == len(found)


def test_a_source_can_be_asked_alone(catalogue: Catalogue) -> None:
    assert names(catalogue, "粮食", "mirror") == ["copy"]
    assert names(catalogue, "粮食", "nobody") == []


def test_the_limit_takes_the_newest(catalogue: Catalogue) -> None:
    assert [hit.published for hit in search(catalogue, "粮食", limit=1)] == [None]
    assert len([*search(catalogue, "粮食", limit=2)]) == 2


def test_the_snippet_is_the_original_with_the_matches_marked(catalogue: Catalogue) -> None:
    (hit,) = search(catalogue, "7000 增长")
    assert hit.snippet == "今年全国粮食总产量７０００亿公斤。 比上年增长。"
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["７０００", "增长"]
    (hit,) = search(catalogue, "iphone")
    assert [(hit.title or "")[a:b] for a, b in hit.title_marks] == ["ＩＰＨＯＮＥ"]


def test_a_match_far_into_the_body_is_shown(tmp_path: Path) -> None:
    body = "水" * 5000 + "粮食" + "山" * 5000
    (hit,) = found_in(tmp_path, make_article(body), "粮食")
    assert hit.snippet.startswith("水" * 30 + "粮食山")
    assert hit.marks == ((30, 32),)


def found_in(folder: Path, article: Article, query: str) -> list[SearchHit]:
    with Catalogue.open(folder / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        catalogue.commit([make_outcome(f"{HOME}a/1.html", article=article)], now=START)
        return [*search(catalogue, query)]


def test_a_search_can_be_left_half_read_and_goes_on_after_a_commit(tmp_path: Path) -> None:
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        catalogue.commit([make_outcome(f"{HOME}a/{n}", body=f"粮食{n}") for n in range(350)], now=START)
        hits = search(catalogue, "粮食", limit=None)
        next(hits)
        catalogue.commit([make_outcome(f"{HOME}a/x", body="粮食")], now=START)
        assert len([*hits]) == 349


HOSTILE = [
    '"',
    "'; DROP TABLE t_page; --",
    'NEAR("粮食" 5',
    "title:粮食 OR *",
    "粮食*",
    "(((",
    "\\",
    "[粮-食]{9}",
    "\0粮食\0",
    "\ud800粮食",
    "‮粮食",
    "粮食" * 5000,
    ":source",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_a_hostile_query_is_text(catalogue: Catalogue, query: str) -> None:
    assert set(names(catalogue, query)) <= {"copy", "grain", "undated"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(ARTICLES)), start=st.integers(0, 30), length=st.integers(1, 8))
def test_any_piece_of_a_text_between_word_edges_finds_it(
    catalogue: Catalogue, name: str, start: int, length: int
) -> None:
    body = ARTICLES[name].body
    piece = body[start : start + length]
    around = fold(body[max(0, start - 1) : start + 1])
    if len(around) == 2 and around.isascii() and around.isalnum():
        return  # begins inside a Latin word
    if terms_of(piece):
        assert name in names(catalogue, piece)


@given(st.text())
def test_terms_are_letters_and_digits_alone(query: str) -> None:
    assert all(term and not any(char.isspace() for char in term) for term in terms_of(query))

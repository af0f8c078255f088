from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import storage.search_fill
import storage.search_find
from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.errors import StorageError
from storage.fold import fold, fold_with_offsets
from storage.model import Article, Thresholds
from storage.search import Searcher, SearchHit, reindex
from storage.search_file import index_path
from storage.search_filter import EVERYTHING, Filter
from storage.search_match import first_match, matcher, spans
from storage.search_query import parse, phrases_of
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_article, make_outcome
from tests.storage.search_pairs import PAIRS

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


def put(folder: Path, articles: dict[str, Article]) -> Path:
    """Make a catalogue of articles whose addresses end in their names."""
    path = folder / "catalogue.sqlite"
    with Catalogue.open(path, settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        catalogue.commit(
            [make_outcome(f"{HOME}a/{name}", article=article) for name, article in articles.items()], now=START
        )
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The articles above, and one of another source."""
    path = put(tmp_path_factory.mktemp("search"), ARTICLES)
    with Catalogue.open(path, settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(2), replace(SOURCE, name="mirror"), START, Thresholds())
        other = make_article("转载：粮食丰收。", "转载", published_utc="2026-11-22T00:00:00Z")
        catalogue.commit([make_outcome(f"{HOME}a/copy", article=other, source="mirror", crawl=crawl_id(2))], now=START)
    return path


@pytest.fixture(scope="module")
def searcher(path: Path) -> Iterator[Searcher]:
    with Catalogue.open(path, read_only=True) as catalogue, Searcher.open(catalogue) as searcher:
        yield searcher


def hits(searcher: Searcher, query: str, filter: Filter = EVERYTHING) -> list[SearchHit]:
    parsed = parse(query)
    return [] if parsed is None else [*searcher.newest(parsed, filter)]


def names(searcher: Searcher, query: str, filter: Filter = EVERYTHING) -> list[str]:
    found = [hit.url.rpartition("/")[2] for hit in hits(searcher, query, filter)]
    parsed = parse(query)
    assert parsed is None or searcher.count(parsed, filter) == len(found)
    return found


def search_now(path: Path, query: str, filter: Filter = EVERYTHING) -> list[str]:
    with Catalogue.open(path, read_only=True) as catalogue, Searcher.open(catalogue) as searcher:
        return names(searcher, query, filter)


# --- what is found -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("粮食", ["copy", "grain", "undated"]),
        ("糧", ["copy", "grain", "undated"]),
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
        ("wi-fi", ["phone"]),
        ('"iphone 15发"', ["phone"]),
        ("iphone15", []),
        ("iphone发布", []),
        ("タカナ", ["kana"]),
        ("국어", ["kana"]),
        ("粮食 NOT 丰收", ["undated"]),
        ("粮 NOT 丰收", ["undated"]),
        ("NOT 粮", ["phone", "party", "kana"]),
        ("(党 OR 转) 收", ["copy"]),
        ("没有的词", []),
        ("", []),
        ("。，!?", []),
        ("%", []),
        ("_", []),
    ],
)
def test_a_query_finds_what_it_must(searcher: Searcher, query: str, found: list[str]) -> None:
    assert names(searcher, query) == found


def test_every_pair_written_by_hand(tmp_path: Path) -> None:
    path = put(tmp_path, {str(n): make_article(passage, None) for n, (_, passage, _) in enumerate(PAIRS)})  # type: ignore[arg-type]
    assert len(PAIRS) >= 60
    with Catalogue.open(path, read_only=True) as catalogue, Searcher.open(catalogue) as searcher:
        wrong = [pair for n, pair in enumerate(PAIRS) if (str(n) in names(searcher, pair[0])) != pair[2]]
    assert not wrong


def test_the_snippet_is_the_original_with_the_matches_marked(searcher: Searcher) -> None:
    (hit,) = hits(searcher, "7000 增長")
    assert hit.snippet == "今年全国粮食总产量７０００亿公斤。 比上年增长。"
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["７０００", "增长"]
    (hit,) = hits(searcher, "iphone NOT 苹果")
    assert [(hit.title or "")[a:b] for a, b in hit.title_marks] == ["ＩＰＨＯＮＥ"]


def test_a_match_far_into_the_body_is_shown(tmp_path: Path) -> None:
    path = put(tmp_path, {"long": make_article("水" * 5000 + "粮·食" + "山" * 5000)})
    with Catalogue.open(path, read_only=True) as catalogue, Searcher.open(catalogue) as searcher:
        (hit,) = hits(searcher, "粮食")
    assert hit.snippet.startswith("水" * 30 + "粮·食山")
    assert hit.marks == ((30, 33),)


@given(st.text("水·粮食ａß", max_size=1500), st.text("水·粮食a", min_size=1, max_size=3))
def test_the_first_match_is_where_a_scan_of_the_original_finds_it(text: str, query: str) -> None:
    parsed = parse(query)
    if parsed is not None:
        found = spans(phrases_of(parsed), fold_with_offsets(text))
        assert first_match(phrases_of(parsed), text) == (found[0][0] if found else 0) or not found


def test_the_normalised_text_is_searched_where_there_is_one(tmp_path: Path) -> None:
    article = replace(make_article("粮liáng食shí丰收"), normalised="粮食丰收")
    (found,) = search_now(put(tmp_path, {"glossed": article}), "粮食")
    assert found == "glossed"


def test_relevance_ranks_titles_then_how_often_a_text_says_it(tmp_path: Path) -> None:
    articles = {
        "once": make_article("粮食。" + "山水。" * 50, "山", published_utc="2026-11-22T00:00:00Z"),
        "often": make_article("粮食。" * 5 + "山水。" * 50, "山", published_utc="2026-11-21T00:00:00Z"),
        "title": make_article("山水。粮食。", "粮食", published_utc="2026-11-20T00:00:00Z"),
        "old": make_article("粮食。" * 50, "粮食", published_utc="2020-11-20T00:00:00Z"),
    }
    query = parse("粮食")
    assert query is not None
    with Catalogue.open(put(tmp_path, articles), read_only=True) as catalogue, Searcher.open(catalogue) as searcher:
        found, among = searcher.relevant(query, among=3, limit=2)
    assert [hit.url.rpartition("/")[2] for hit in found] == ["title", "often"]
    assert among == 3


# --- filters -----------------------------------------------------------------------------------

FILTERED = {
    "a": make_article("粮食", "甲", origin="新华社", authors=("张三",), published="2026-11-03", script="Hans"),
    "b": make_article("糧食", "乙", origin="新華社電", authors=("李四", "王五"), published="2026-11", script="Hant"),
    "c": make_article("粮食", "丙", published="2025-01-01T08:00:00+08:00"),
    "d": make_article("粮食", "丁"),
}


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        (Filter(sources=("paper",)), "abcd"),
        (Filter(sources=("pap", "aper", "paper\nx")), ""),
        (Filter(sources=()), ""),
        (Filter(origin="新華社"), "ab"),
        (Filter(author="王"), "b"),
        (Filter(author="张三"), "a"),
        (Filter(since="2026-11-04"), "b"),
        (Filter(since="2026"), "ab"),
        (Filter(until="2026-10"), "c"),
        (Filter(since="2025-01-01", until="2025-01-01"), "c"),
        (Filter(until="2026-11-02"), "bc"),
        (Filter(script="Hant"), "b"),
        (Filter(state="live"), "abcd"),
        (Filter(state="removed"), ""),
        (Filter(origin="' OR 1 --"), ""),
    ],
)
@pytest.mark.parametrize("query", ["粮食", "粮", "粮 粮食"])
def test_filters(filtered: Searcher, query: str, filter: Filter, found: str) -> None:
    assert "".join(sorted(names(filtered, query, filter))) == found


@pytest.fixture(scope="module")
def filtered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    path = put(tmp_path_factory.mktemp("filtered"), FILTERED)
    with Catalogue.open(path, read_only=True) as catalogue, Searcher.open(catalogue) as searcher:
        yield searcher


# --- index and scan ----------------------------------------------------------------------------

LETTERS = st.text("粮糧食丰豐 ab1，。·\n", max_size=12)
TERM = st.text("粮糧食丰豐ab1，·", min_size=1, max_size=4)
QUERY = st.recursive(
    TERM | TERM.map("“{}”".format),
    lambda part: (
        st.tuples(part, st.sampled_from((" ", " AND ", " OR ", " NOT ")), part).map("".join)
        | part.map("({})".format)
        | part.map("NOT {}".format)
    ),
    max_leaves=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(LETTERS, LETTERS), min_size=1, max_size=40), queries=st.lists(QUERY, max_size=12))
def test_the_index_finds_what_a_scan_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: list[tuple[str, str]], queries: list[str]
) -> None:
    """Whether hits count as few or are looked for in blocks, which here are small."""
    monkeypatch.setattr(storage.search_fill, "BLOCK_DOCUMENTS", 4)
    monkeypatch.setattr(storage.search_find, "BLOCK_DOCUMENTS", 4)
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    articles = {
        str(n): make_article(body, title, published_utc=f"2026-11-{n % 9 + 1:02}T00:00:00Z")
        for n, (title, body) in enumerate(texts)
    }
    path = put(tmp_path, articles)
    with Catalogue.open(path, read_only=True) as catalogue, Searcher.open(catalogue) as searcher:
        for text in queries:
            if (query := parse(text)) is None:
                continue
            matches = matcher(query)
            wanted = sorted(n for n, (title, body) in enumerate(texts) if matches((fold(title), fold(body))))
            for few in (2000, 0):
                monkeypatch.setattr(storage.search_find, "_FEW", few)
                found = names(searcher, text)
                assert sorted(map(int, found)) == wanted, text
                dates = [articles[name].published_utc or "" for name in found]
                assert dates == sorted(dates, reverse=True)


@given(st.text("粮食丰收大", min_size=1, max_size=5), st.text("粮食丰收大。", max_size=30))
def test_a_scan_for_han_is_a_search_for_a_substring(query: str, text: str) -> None:
    parsed = parse(query)
    assert parsed is not None
    assert matcher(parsed)((text,)) == (query in text)


# --- following the catalogue -------------------------------------------------------------------


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        yield catalogue


def test_a_new_version_takes_the_place_of_the_former_which_all_versions_still_finds(changing: Catalogue) -> None:
    path = changing.store.path
    changing.commit([make_outcome(f"{HOME}a/x", body="旧的说法")], now=START)
    assert search_now(path, "旧的") == search_now(path, "旧") == ["x"]
    changing.commit([make_outcome(f"{HOME}a/x", after(1), body="新的说法", payload="2")], now=START)
    assert search_now(path, "旧的") == search_now(path, "旧") == []
    assert search_now(path, "说法") == search_now(path, "法 新的") == ["x"]
    everything = Filter(all_versions=True)
    assert search_now(path, "旧的", everything) == ["x"]
    assert search_now(path, "说法", everything) == search_now(path, "法 说法", everything) == ["x", "x"]


def test_a_text_that_was_read_anew_is_found_by_what_it_says_now(changing: Catalogue) -> None:
    path = changing.store.path
    changing.commit([make_outcome(f"{HOME}a/x", body="误读的说法")], now=START)
    assert search_now(path, "误读") == ["x"]
    with changing.store.write():
        changing.store.run("UPDATE t_version SET body = '正读的说法'")
        changing.store.run("INSERT INTO t_text (version_id) SELECT version_id FROM t_version")
    for filter in (EVERYTHING, Filter(all_versions=True)):
        assert search_now(path, "误读", filter) == []
        assert search_now(path, "正读", filter) == search_now(path, "说法", filter) == ["x"]


def test_a_search_can_be_left_half_read_and_goes_on_after_a_commit(changing: Catalogue) -> None:
    changing.commit([make_outcome(f"{HOME}a/{n}", body=f"粮食{n}") for n in range(350)], now=START)
    query = parse("粮食")
    assert query is not None
    with Searcher.open(changing) as searcher:
        found = searcher.newest(query)
        next(found)
        changing.commit([make_outcome(f"{HOME}a/x", body="粮食")], now=START)
        assert len([*found]) == 349


def test_what_a_crawl_writes_while_it_is_asked_changes_no_answer(changing: Catalogue) -> None:
    changing.commit([make_outcome(f"{HOME}a/x", body="旧的粮食")], now=START)
    query = parse("粮食")
    assert query is not None
    with Searcher.open(changing) as searcher:
        changing.commit([make_outcome(f"{HOME}a/x", after(1), body="新的粮食", payload="2")], now=START)
        assert [hit.snippet for hit in searcher.newest(query)] == ["旧的粮食"]
        assert searcher.count(query) == 1
    assert search_now(changing.store.path, "新的") == ["x"]


def test_a_crawl_that_is_always_ahead_leaves_nothing_out(changing: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    number = 0

    def write_more(*_: object) -> int:
        nonlocal number
        number += 1
        changing.commit([make_outcome(f"{HOME}a/{number}", body=f"粮食{number}")], now=START)
        return 0

    changing.commit([make_outcome(f"{HOME}a/0", body="粮食0")], now=START)
    search_now(changing.store.path, "粮食")
    monkeypatch.setattr("storage.search.catch_up", write_more)
    assert sorted(search_now(changing.store.path, "粮食")) == ["0", "1", "2", "3"]


def test_searches_at_once_fill_one_index_while_a_crawl_writes(
    changing: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.search_fill, "_TEXTS_IN_A_TRANSACTION", 7)
    path = changing.store.path
    changing.commit([make_outcome(f"{HOME}a/{n}", body=f"粮食{n}") for n in range(100)], now=START)
    failures: list[BaseException] = []

    def fill() -> None:
        try:
            assert len(search_now(path, "粮食")) >= 100
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=fill) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(100, 120):
        changing.commit([make_outcome(f"{HOME}a/{n}", body=f"粮食{n}")], now=START)
    for thread in threads:
        thread.join()
    assert not failures
    assert len(search_now(path, "粮食")) == len(search_now(path, "食")) == 120
    with sqlite3.connect(index_path(path)) as index:
        assert index.execute("SELECT count(*) FROM search_text WHERE search_text MATCH '粮食'").fetchone() == (120,)


def test_a_fill_that_was_cut_off_goes_on(changing: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.search_fill, "_TEXTS_IN_A_TRANSACTION", 10)
    monkeypatch.setattr(storage.search_fill, "_TEXTS_AT_ONCE", 3)
    changing.commit([make_outcome(f"{HOME}a/{n}", body=f"粮食{n}") for n in range(35)], now=START)

    def stop(done: int, of: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Searcher.open(changing, stop)
    assert len(search_now(changing.store.path, "粮食")) == 35


def test_the_index_can_be_made_anew_and_is_when_the_catalogue_is_another(tmp_path: Path) -> None:
    path = put(tmp_path, ARTICLES)
    assert search_now(path, "党") == ["party"]
    with Catalogue.open(path, read_only=True) as catalogue:
        assert reindex(catalogue) == len(ARTICLES)
    assert search_now(path, "党") == ["party"]
    path.unlink()
    put(tmp_path, {"other": make_article("党的粮食")})
    assert search_now(path, "党") == ["other"]
    assert search_now(path, "报告") == []


def test_a_damaged_index_is_named(tmp_path: Path) -> None:
    path = put(tmp_path, ARTICLES)
    index_path(path).write_bytes(b"no SQLite file at all" * 400)
    with pytest.raises(StorageError, match=r"search\.sqlite: is no SQLite file; delete it"):
        search_now(path, "党")


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """Give a folder of one who is not root, for root writes anywhere, and be that one until the end of the test."""
    folder = Path(tempfile.mkdtemp())
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written_is_scanned_for_what_the_index_lacks(as_nobody: Path) -> None:
    path = put(as_nobody, ARTICLES)
    os.chmod(as_nobody, 0o555)
    assert search_now(path, "粮食 NOT 丰收") == ["undated"]
    os.chmod(as_nobody, 0o755)
    assert search_now(path, "党") == ["party"]
    with Catalogue.open(path, settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        more = make_article("粮食晚到。", "晚", published_utc="2026-11-20T12:00:00Z")
        again = make_article("粮食有日期。", "改")
        catalogue.commit(
            [
                make_outcome(f"{HOME}a/late", article=more),
                make_outcome(f"{HOME}a/undated", after(1), article=again, payload="2"),
            ],
            now=START,
        )
    os.chmod(as_nobody, 0o555)
    assert search_now(path, "粮食") == ["late", "grain", "undated"]
    assert search_now(path, "无日期") == []
    assert search_now(path, "有日期") == ["undated"]


# --- hostile -----------------------------------------------------------------------------------

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
    "NOT",
    "AND OR NOT",
    "粮食 AND",
    "NOT NOT NOT 粮食 NOT",
    ") 粮食 (",
    "((((((((((((" + "粮食 NOT (党 OR (食 " * 30,
    "(" * 5000 + "粮食" + ")" * 5000,
    "^粮食",
    "{tokens}: 粮食",
    "-粮食",
    "粮食 + 丰收",
    '""""粮食""',
    "“粮食",
    "\ue000",
    "\ue000粮食",
    "=HYPERLINK(1)",
    "\x1b[31m粮食",
    "ａ" * 10000,
    "a" * 10000,
    " ".join(chr(0x4E00 + n) for n in range(90)),
    "粮食 OR " * 99 + "党",
    "٣粮食",
    "粮\u0300食",
    "粮食\n丰收",
    "search_text MATCH 粮食",
    "%粮食_",
    "粮食?1",
    "\ufffe\uffff",
    "𠮷野家",
    "é" * 300,
    "１２３",
    "<b>粮食</b>",
    "粮食;--",
    "粮食 NEAR/3 丰收",
    'rank MATCH "bm25()"',
    "\u2028粮食\u2029",
    "NULL",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_a_hostile_query_is_text(searcher: Searcher, query: str) -> None:
    found = names(searcher, query)
    parsed = parse(query)
    matches = matcher(parsed) if parsed is not None else lambda texts: False
    wanted = {name for name, one in ARTICLES.items() if matches((fold(one.title or ""), fold(one.body)))}
    assert set(found) - {"copy"} == wanted


def test_fifty_hostile_queries_are_tried() -> None:
    assert len(set(HOSTILE)) >= 50


@settings(max_examples=150, deadline=None)
@given(query=st.text(max_size=40))
def test_any_text_is_a_query(searcher: Searcher, query: str) -> None:
    names(searcher, query)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(ARTICLES)), start=st.integers(0, 30), length=st.integers(1, 8))
def test_any_piece_of_a_text_between_word_edges_finds_it(
    searcher: Searcher, name: str, start: int, length: int
) -> None:
    body = ARTICLES[name].body
    piece = body[start : start + length]
    around = fold(body[max(0, start - 1) : start + 1])
    if len(around) == 2 and around.isascii() and around.isalnum():
        return  # begins inside a Latin word
    if parse(f'"{piece}"'):
        assert name in names(searcher, f'"{piece}"')

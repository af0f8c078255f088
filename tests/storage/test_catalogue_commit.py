from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.changes import settle
from storage.catalogue import Catalogue, Committed
from storage.catalogue_views import VIEW_COLUMNS
from storage.errors import CatalogueError
from storage.frontier import Frontier
from storage.model import CrawlEnd, Failure, Link, Outcome, Thresholds
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_article, make_outcome, redirect

URL = f"{HOME}a/1.html"
OTHER = f"{HOME}a/2.html"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty catalogue to copy: making one costs a hundred times as much."""
    path = tmp_path_factory.mktemp("empty") / "catalogue.sqlite"
    Catalogue.open(path).close()
    return path


@pytest.fixture
def catalogue(empty: Path, tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue in which one crawl has begun."""
    shutil.copy(empty, tmp_path)
    with Catalogue.open(tmp_path / empty.name, settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        yield catalogue


def commit(catalogue: Catalogue, *outcomes: Outcome) -> Committed:
    return catalogue.commit(outcomes, now=after(1000))


def rows(catalogue: Catalogue, view: str) -> list[dict[str, Any]]:
    return [*catalogue.view(view)]


# --- what an outcome leaves --------------------------------------------------------------------


def test_an_article_leaves_a_capture_a_page_a_version(catalogue: Catalogue) -> None:
    outcome = make_outcome(URL, article=make_article("正文", origin="新报", authors=("张三",)))
    done = commit(catalogue, outcome)
    assert (done.fetched, done.new, done.changed, done.unchanged, done.failed) == (1, 1, 0, 0, 0)
    assert outcome.capture is not None
    (article,) = rows(catalogue, "article")
    assert (article["capture_id"], article["origin"], article["authors"]) == (outcome.capture.id, "新报", ["张三"])
    assert rows(catalogue, "version_capture") == [
        {"version_id": outcome.capture.id, "part": 1, "capture_id": outcome.capture.id}
    ]
    assert rows(catalogue, "address") == [{"page_id": article["page_id"], "url": URL, "relation": "first"}]
    assert [*catalogue.captures()] == [outcome.capture]


def test_every_new_text_is_noted_for_what_is_derived_from_texts(catalogue: Catalogue) -> None:
    commit(catalogue, make_outcome(URL, body="one"), make_outcome(OTHER, body="other"))
    commit(catalogue, make_outcome(URL, after(1), body="one"), make_outcome(URL, after(2), body="two"))
    noted = catalogue.store.rows(
        "SELECT t.number, v.page_id, v.number AS version FROM t_text t JOIN t_version v USING (version_id) ORDER BY 1"
    )
    assert [(row.number, row.version) for row in noted] == [(1, 1), (2, 1), (3, 2)]
    assert noted[0].page_id == noted[2].page_id != noted[1].page_id


def test_looks_at_one_page_in_one_group_follow_each_other(catalogue: Catalogue) -> None:
    bodies = ["one", "one", "two", None, "two"]
    outcomes = [
        make_outcome(URL, after(n), status=200 if body else 404, body=body, payload=f"{n}")
        for n, body in enumerate(bodies)
    ]
    done = commit(catalogue, *outcomes)
    assert (done.new, done.changed, done.unchanged, done.failed) == (1, 1, 2, 1)
    assert [event["kind"] for event in rows(catalogue, "event")] == ["edited", "suspected", "cleared"]
    (article,) = rows(catalogue, "article")
    assert (article["versions"], article["state"], article["body"]) == (2, "live", "two")


def test_a_page_is_remembered_from_group_to_group(catalogue: Catalogue) -> None:
    for n, body in enumerate(["one", "two", None]):
        commit(catalogue, make_outcome(URL, after(n), status=200 if body else 410, body=body))
    assert [event["kind"] for event in rows(catalogue, "event")] == ["edited", "suspected"]
    assert rows(catalogue, "article")[0]["state"] == "suspect"
    assert rows(catalogue, "event")[1]["capture_before"] == rows(catalogue, "version")[1]["version_id"]


def test_what_was_never_there_is_no_page(catalogue: Catalogue) -> None:
    commit(catalogue, make_outcome(URL, status=404), redirect(OTHER, HOME))
    assert [rows(catalogue, view) for view in ("article", "event", "address")] == [[], [], []]
    assert [(row["stage"], row["reason"]) for row in rows(catalogue, "failure")] == [("http", "404 Error")]


def test_lists_and_robots_are_captures_and_nothing_else(catalogue: Catalogue) -> None:
    done = commit(
        catalogue,
        make_outcome(f"{HOME}news/", role="list:0", article=make_article()),
        make_outcome(f"{HOME}robots.txt", role="robots"),
        make_outcome(f"{HOME}about", role="page"),
    )
    assert (done.fetched, done.new, done.failed) == (3, 0, 0)
    assert rows(catalogue, "article") == []


def test_a_page_given_by_hand_is_an_article_if_it_reads_as_one(catalogue: Catalogue) -> None:
    commit(catalogue, make_outcome(URL, role="page", body="正文"))
    assert commit(catalogue, make_outcome(URL, after(1), role="page", status=404)).events[0].kind == "suspected"


def test_an_article_page_without_article_says_why(catalogue: Catalogue) -> None:
    commit(
        catalogue,
        make_outcome(URL, read_failure=Failure("extract", "nothing found")),
        make_outcome(OTHER),
        make_outcome(f"{HOME}a/3.html", status=302),
    )
    reasons = {(row["url"], row["stage"], row["reason"]) for row in rows(catalogue, "failure")}
    assert reasons == {
        (URL, "extract", "nothing found"),
        (OTHER, "extract", "no-article"),
        (f"{HOME}a/3.html", "http", "redirect-away"),
    }


def test_an_attempt_without_a_byte_is_a_failure(catalogue: Catalogue) -> None:
    done = commit(catalogue, make_outcome(URL, status=None, failure=Failure("dns", "no address")))
    assert (done.fetched, done.failed) == (0, 1)
    assert commit(catalogue, make_outcome(OTHER, status=None)).failed == 1


def test_a_trap_is_no_look_at_a_page(catalogue: Catalogue) -> None:
    commit(catalogue, make_outcome(URL, body="正文"))
    trapped = make_outcome(URL, after(1), status=None, failure=Failure("trap", "too many redirects"))
    assert commit(catalogue, trapped).failed == 1
    assert rows(catalogue, "article")[0]["last_checked"] == "2026-11-22T08:00:00.000000Z"


def test_a_redirect_to_the_home_makes_no_address(catalogue: Catalogue) -> None:
    home = make_outcome(HOME, role="page", body="welcome")
    commit(catalogue, make_outcome(URL, body="正文"), home, redirect(URL, HOME, after(1)))
    assert [row["url"] for row in rows(catalogue, "address")] == [URL, HOME]
    assert [event["grade"] for event in rows(catalogue, "event")] == ["redirect-home"]


def test_pages_of_two_sources_at_one_address_are_two(catalogue: Catalogue) -> None:
    catalogue.start_crawl(crawl_id(2), replace(SOURCE, name="mirror"), START, Thresholds())
    commit(catalogue, make_outcome(URL, body="正文"))
    commit(catalogue, make_outcome(URL, body="正文", source="mirror", crawl=crawl_id(2)))
    assert len({row["page_id"] for row in rows(catalogue, "article")}) == 2


def test_a_crawl_that_was_not_started_is_refused_whole(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="was never started"):
        commit(catalogue, make_outcome(URL, body="正文"), make_outcome(OTHER, crawl=crawl_id(9)))
    assert rows(catalogue, "capture") == []


# --- hostile texts -----------------------------------------------------------------------------


def test_texts_that_no_database_holds_are_kept_as_far_as_they_go(catalogue: Catalogue) -> None:
    article = make_article(
        "半\ud83d字\0", title="\udcff'; DROP TABLE t_page; --", authors=("\ud800",), section="\ud800"
    )
    commit(catalogue, make_outcome(URL, article=article))
    again = make_outcome(URL, after(1), article=article, payload="other")
    assert commit(catalogue, again).unchanged == 1, "a replaced surrogate is no edit"
    (row,) = rows(catalogue, "article")
    assert (row["body"], row["authors"], row["section"]) == ("半\ufffd字\0", ["\ufffd"], "\ufffd")
    assert row["title"] == "\ufffd'; DROP TABLE t_page; --"


def test_hostile_urls_and_reasons_are_kept(catalogue: Catalogue) -> None:
    url = HOME + "".join(map(chr, range(1, 200))) + "粮食\ud800" * 500
    commit(
        catalogue,
        make_outcome(url, body="正文", links=(Link(url + "x", "article:0"),)),
        make_outcome(url, after(1), status=None, failure=Failure("dns", "no\0 \ud800 address\n")),
    )
    assert len(rows(catalogue, "article")) == len(rows(catalogue, "failure")) == 1
    assert commit(catalogue, make_outcome(url, after(1), status=None, failure=Failure("dns", "x"))).failed == 0


# --- again and again ---------------------------------------------------------------------------


def test_what_is_in_is_skipped_whole(catalogue: Catalogue) -> None:
    outcomes = [
        make_outcome(URL, body="one"),
        make_outcome(URL, after(1), status=404),
        make_outcome(URL, after(2), status=None, failure=Failure("connect", "refused")),
        redirect(OTHER, URL, after(3)),
    ]
    commit(catalogue, *outcomes)
    before = snapshot(catalogue)
    done = commit(catalogue, *outcomes, *outcomes)
    assert done == Committed(0, 0, 0, 0, 0, 0)
    assert snapshot(catalogue) == before


# --- the law: a rebuild gives the same ---------------------------------------------------------

MIRROR = replace(SOURCE, name="mirror")
KINDS = (
    *("one", "two", "three", "one by another extractor"),
    *("404", "410", "503", "429", "to home", "to list", "to 0", "to 1", "to 2", "away"),
    *("network", "robots", "cut", "no article", "not modified"),
)
STEP = st.tuples(
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from(KINDS),
    st.sampled_from(["article:0", "article:0", "article:0", "page"]),
    st.sampled_from([Thresholds(), Thresholds(1, 0), Thresholds(2, 3600)]),
)


def outcome_of(at_s: int, mirrored: bool, page: int, kind: str, role: str, thresholds: Thresholds) -> Outcome:
    source, crawl = (MIRROR.name, crawl_id(2)) if mirrored else (SOURCE.name, crawl_id(1))
    url, at = f"{HOME}a/{page}.html", after(at_s)
    same: dict[str, Any] = {"source": source, "crawl": crawl, "role": role, "thresholds": thresholds}
    links = tuple(Link(f"{HOME}a/{n}.html", "article:0") for n in range(page + 2))
    if kind.isdigit():
        return make_outcome(url, at, status=int(kind), **same)
    if kind.startswith("to "):
        to = {"home": HOME, "list": f"{HOME}news/"}.get(kind[3:], f"{HOME}a/{kind[3:]}.html")
        return redirect(url, to, at, **same)
    if kind in ("network", "robots"):
        stage = "dns" if kind == "network" else kind
        return make_outcome(url, at, status=None, failure=Failure(stage, kind), **same)
    if kind == "cut":
        return make_outcome(url, at, body="half", capture={"truncated": "time"}, **same)
    if kind in ("away", "not modified", "no article"):
        return make_outcome(url, at, status={"away": 302, "not modified": 304}.get(kind, 200), links=links, **same)
    body, _, extractor = kind.partition(" by ")
    article = make_article(body, extractor="test/2" if extractor else "test/1")
    return make_outcome(url, at, article=article, payload=f"{body}{at_s % 3}", links=links, **same)


def snapshot(catalogue: Catalogue) -> dict[str, list[str]]:
    """Return every view, its rows as text and in an order of their own."""
    return {view: sorted(map(repr, catalogue.view(view))) for view in VIEW_COLUMNS}


def start(path: Path) -> Catalogue:
    catalogue = Catalogue.open(path, settle=settle)
    catalogue.start_crawl(crawl_id(1), SOURCE, START, Thresholds())
    catalogue.start_crawl(crawl_id(2), MIRROR, after(1), Thresholds())
    return catalogue


def end(catalogue: Catalogue) -> None:
    catalogue.end_crawl(CrawlEnd(crawl_id(1), SOURCE.name, START, after(10**6), "finished", 3))
    catalogue.interrupt_crawls()
    catalogue.open_warc("one.warc.gz", "warc/one.warc.gz")
    catalogue.seal_warc("one.warc.gz", "warc/one.warc.gz", 10, "0" * 64, after(10**6))


def replay(path: Path, outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """Return the views after one commit of all `outcomes`, with no frontier, as a rebuild makes them."""
    with start(path) as catalogue:
        catalogue.commit(outcomes, now=after(10**7), frontier=False)
        end(catalogue)
        return snapshot(catalogue)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(STEP, min_size=1, max_size=30),
    gaps=st.lists(st.sampled_from([1, 600, 7200, 90000]), min_size=30, max_size=30),
    batches=st.lists(st.integers(1, 7), min_size=30, max_size=30),
    twice=st.booleans(),
)
def test_a_replay_gives_the_same_rows_however_the_groups_were_cut(
    empty: Path,
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[bool, int, str, str, Thresholds]],
    gaps: list[int],
    batches: list[int],
    twice: bool,
) -> None:
    folder = tmp_path_factory.mktemp("replay")
    outcomes = [outcome_of(sum(gaps[: n + 1]), *step) for n, step in enumerate(steps)]
    live, again, shuffled = (Path(shutil.copy(empty, folder / name)) for name in ("live", "again", "shuffled"))
    with start(live) as catalogue:
        frontier = Frontier(catalogue)
        frontier.seed(SOURCE, START)
        left, sizes = list(outcomes), iter(batches)
        while left:
            size = next(sizes)
            group, left = left[:size], left[size:]
            frontier.lease(SOURCE.name, "w", 3, group[-1].attempted, after(10**8))
            catalogue.commit([*group, *group] if twice else group, now=group[-1].attempted)
        end(catalogue)
        seen = snapshot(catalogue)
    by_source = sorted(outcomes, key=lambda outcome: outcome.attempt.source)
    by_page = sorted(outcomes, key=lambda outcome: (outcome.url[::-1], outcome.attempt.source))
    assert replay(again, by_source) == seen
    assert replay(shuffled, by_page) == seen
    shutil.rmtree(folder)

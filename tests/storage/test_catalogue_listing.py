"""What an export lists: the chosen pages alone, in the order of an index, each row with its proof."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from storage.catalogue_events import EventChoice
from storage.catalogue_listing import PROOF, Listing, chosen_pages, listing, statement_of
from storage.catalogue_open import open_store
from storage.catalogue_store import Store
from storage.catalogue_views import VIEW_COLUMNS
from storage.search_filter import EVERYTHING, Filter
from tests.chronicle import chronicle

VIEWS = ("article", "version", "event")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("listing")
    chronicle(folder)
    opened = open_store(folder / "catalogue.sqlite", read_only=True)
    yield opened
    opened.close()


def found(store: Store, filter: Filter, pages: tuple[str, ...] | None = None) -> set[str]:
    """Return which articles are chosen, as `morning/a/1`."""
    rows = listing(store, Listing("article", filter, pages))
    return {row["url"].removeprefix("http://").replace(".test", "").removesuffix(".html") for row in rows}


ALL = {f"morning/a/{n}" for n in (1, 2, 3, 4, 5, 55, 6, 7)} | {"bulletin/a/1", "bulletin/a/2"}


@pytest.mark.parametrize(
    ("filter", "articles"),
    [
        (EVERYTHING, ALL),
        (Filter(sources=("bulletin",)), {"bulletin/a/1", "bulletin/a/2"}),
        (Filter(sources=("bulletin", "morning")), ALL),
        (Filter(origin="上游"), {"morning/a/3"}),
        (Filter(author="鄭水"), {"morning/a/1", "bulletin/a/2"}),
        (Filter(state="removed"), {"morning/a/2"}),
        (Filter(script="Hant"), set()),
        (Filter(since="2026-03-09", until="2026-03-09", sources=("bulletin",)), {"bulletin/a/2"}),
        (Filter(until="2026-03-07"), {"morning/a/5", "morning/a/55", "bulletin/a/1"}),
        (Filter(sources=("' OR 1 --",)), set()),
    ],
)
def test_pages_are_chosen_by_their_latest_version(store: Store, filter: Filter, articles: set[str]) -> None:
    assert found(store, filter) == articles


def test_the_ids_of_the_chosen_pages_choose_them_again(store: Store) -> None:
    pages = tuple(chosen_pages(store, Listing("capture", Filter(author="郑水生"))))
    assert len(pages) == 2 and found(store, EVERYTHING, pages) == found(store, Filter(author="郑水生"))
    assert found(store, EVERYTHING, ()) == set()


@pytest.mark.parametrize("view", VIEWS)
def test_every_row_is_that_of_the_view_with_its_proof(store: Store, view: str) -> None:
    rows = list(listing(store, Listing(view)))
    assert len(rows) == store.rows(f"SELECT count(*) AS n FROM {view}")[0].n > 0
    proof = PROOF if view != "event" else tuple(f"{side}_{name}" for side in ("before", "after") for name in PROOF[:4])
    for row in rows:
        assert tuple(row) == (*VIEW_COLUMNS[view], *proof)
        assert all(row[name] is not None for name in proof if name != "refers_to")


def test_a_proof_is_that_of_its_capture(store: Store) -> None:
    for row in listing(store, Listing("version", Filter(sources=("morning",)))):
        (capture,) = store.rows("SELECT * FROM capture WHERE id = :id", {"id": row["version_id"]})
        assert (row["warc_file"], row["warc_offset"], row["payload_digest"]) == (
            capture.warc_file,
            capture.warc_offset,
            capture.payload_digest,
        )
        assert row["url"] == capture.url


def test_events_are_chosen_by_page_and_by_kind(store: Store) -> None:
    asked = Listing("event", Filter(author="郑水生"), None, EventChoice(kinds=("edited", "removed")))
    rows = listing(store, asked)
    assert [(row["kind"], row["observed"][:10]) for row in rows] == [("edited", "2026-03-10"), ("edited", "2026-03-11")]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("pages", [None, ("a", "b")])
def test_nothing_is_sorted(store: Store, view: str, pages: tuple[str, ...] | None) -> None:
    statement = statement_of(Listing(view, EVERYTHING, pages))
    plan = store.rows(f"EXPLAIN QUERY PLAN {statement}", dict.fromkeys(re.findall(r":(\w+)", statement)))
    assert not any("TEMP B-TREE" in row.detail for row in plan)

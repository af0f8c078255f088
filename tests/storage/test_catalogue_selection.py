from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from storage.catalogue_selection import (
    Selection,
    capture_by_id,
    captures_in,
    chosen,
    chosen_by_file,
    dangling,
    is_asked,
    nearest_capture,
    text_of,
)
from tests.storage.exchanges import AT
from tests.storage.holdings import NEXT_DAY, SITE, Holdings


@pytest.fixture
def holdings(tmp_path: Path) -> Iterator[Holdings]:
    made = Holdings.make(tmp_path)
    yield made
    made.catalogue.close()


def names(holdings: Holdings, selection: Selection) -> dict[str, bool]:
    """Return what is chosen by name, and whether it was asked for."""
    by_id = {capture.id: name for name, capture in holdings.captures.items()}
    return {by_id[item.capture.id]: item.asked for item in chosen(holdings.catalogue.store, selection)}


def test_everything_comes_as_it_lies(holdings: Holdings) -> None:
    items = list(chosen(holdings.catalogue.store, Selection()))
    assert [item.capture.id for item in items] == [capture.id for capture in holdings.captures.values()]
    assert all(item.asked for item in items)
    assert chosen_by_file(holdings.catalogue.store, Selection()) == {
        holdings["one"].warc_file: 4,
        holdings["copy"].warc_file: 3,
    }
    assert captures_in(holdings.catalogue.store, holdings["copy"].warc_file) == 3


def test_what_a_revisit_refers_to_comes_along(holdings: Holdings) -> None:
    tomorrow = Selection(since=NEXT_DAY)
    assert names(holdings, tomorrow) == {
        "one": False,
        "two": False,
        "one again": True,
        "two held": True,
        "copy": True,
    }
    assert names(holdings, Selection(urls=(f"{SITE}/copy.html",))) == {"one": False, "copy": True}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(sources=("demo",)), 7),
        (Selection(sources=("other",)), 0),
        (Selection(until=NEXT_DAY), 4),
        (Selection(since=AT + timedelta(seconds=2), until=AT + timedelta(seconds=4)), 2),
        (Selection(urls=(f"{SITE}/2.html",)), 2),
        (Selection(pages=()), 0),
        (Selection(urls=()), 0),
    ],
)
def test_each_filter_restricts(holdings: Holdings, selection: Selection, expected: int) -> None:
    assert len(names(holdings, selection)) == expected


def test_a_page_is_all_its_addresses(holdings: Holdings) -> None:
    (page_id,) = {row["page_id"] for row in holdings.catalogue.view("article") if row["url"] == f"{SITE}/1.html"}
    assert set(names(holdings, Selection(pages=(page_id,)))) == {"one", "old", "one again"}


def test_what_is_added_by_id_comes_whatever_the_rest_says(holdings: Holdings) -> None:
    selection = Selection(sources=("other",), also=(holdings["copy"].id,))
    assert names(holdings, selection) == {"one": False, "copy": True}


def test_a_lost_original_is_counted(holdings: Holdings) -> None:
    assert dangling(holdings.catalogue.store, Selection()) == 0
    holdings.catalogue.store.run("PRAGMA foreign_keys = OFF")
    holdings.catalogue.store.run("DELETE FROM t_capture WHERE id = :id", {"id": holdings["one"].id})
    assert dangling(holdings.catalogue.store, Selection()) == 2
    assert dangling(holdings.catalogue.store, Selection(until=NEXT_DAY)) == 0


def test_the_text_of_a_version(holdings: Holdings) -> None:
    store = holdings.catalogue.store
    shown = {item.capture.url: item.version_id for item in chosen(store, Selection()) if item.version_id}
    text = text_of(store, shown[f"{SITE}/2.html"])
    assert text is not None
    assert (text.title, text.body) == ("标题", "乙。")
    assert text_of(store, "urn:uuid:none") is None


def nearest(holdings: Holdings, path: str, at: datetime) -> str | None:
    """Return the name of the nearest capture."""
    found = nearest_capture(holdings.catalogue.store, SITE + path, at)
    return next((name for name, made in holdings.captures.items() if found and made.id == found.id), None)


def test_the_nearest_capture_that_has_something_to_show(holdings: Holdings) -> None:
    noon = AT + timedelta(hours=12, seconds=1)
    assert nearest(holdings, "/1.html", noon - timedelta(minutes=1)) == "one"
    assert nearest(holdings, "/1.html", noon + timedelta(minutes=1)) == "one again"
    assert nearest(holdings, "/2.html", NEXT_DAY) == "two", "a 304 shows nothing"
    assert nearest(holdings, "/old.html", NEXT_DAY) == "old"
    assert nearest(holdings, "/4.html", NEXT_DAY) is None, "a POST is not asked for by its address"


def test_a_capture_by_its_id(holdings: Holdings) -> None:
    found = capture_by_id(holdings.catalogue.store, holdings["old"].id)
    assert found is not None
    assert (found.id, found.warc_offset) == (holdings["old"].id, holdings["old"].warc_offset)
    assert capture_by_id(holdings.catalogue.store, "urn:uuid:none") is None


def test_what_is_asked_for_anyway(holdings: Holdings) -> None:
    one = holdings["one"]
    assert is_asked(one, Selection())
    assert is_asked(one, Selection(sources=("demo",), since=one.captured, until=NEXT_DAY))
    assert not is_asked(one, Selection(sources=("other",)))
    assert not is_asked(one, Selection(until=one.captured))
    assert not is_asked(one, Selection(since=NEXT_DAY))
    assert not is_asked(one, Selection(pages=("x",)))
    assert not is_asked(one, Selection(urls=(one.url,)))

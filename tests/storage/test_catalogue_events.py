"""What stands behind an event."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.catalogue_events import EventChoice, count_events, edited_fields, events
from storage.catalogue_open import open_store
from storage.catalogue_store import Store
from tests.chronicle import chronicle


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("events")
    chronicle(folder)
    opened = open_store(folder / "catalogue.sqlite", read_only=True)
    yield opened
    opened.close()


def test_fields_before_and_after(store: Store) -> None:
    retitled = next(event for event in events(store, EventChoice(kinds=("edited",))) if event["grade"] != "body")
    assert edited_fields(store, retitled["page_id"], 2) == {
        "title": ("水库压减下泄", "两座水库压减下泄流量"),
        "editors": (["林书白"], ["甘棠"]),
    }
    assert edited_fields(store, retitled["page_id"], 1) == {} == edited_fields(store, retitled["page_id"], 9)


def test_counts_are_those_of_the_rows(store: Store) -> None:
    for choice in (EventChoice(), EventChoice(source="bulletin"), EventChoice(kinds=("edited", "moved"))):
        assert count_events(store, choice) == len(list(events(store, choice)))

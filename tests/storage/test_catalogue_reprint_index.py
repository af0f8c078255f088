from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import storage.catalogue_reprint_index
from storage.catalogue_open import open_store
from storage.catalogue_reprint_index import ReprintIndex, Text
from storage.catalogue_store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "catalogue.sqlite")
    yield store
    store.close()


def version(name: str, page: str | None = None) -> Text:
    return Text(name, page or f"page of {name}", "", f"2026-11-{name[-1]}", "2026-11-22")


def test_a_text_is_in_once(store: Store) -> None:
    index = ReprintIndex(store, "test/1")
    first = index.add_text("a" * 64, [1, 2, 3])
    assert index.add_text("a" * 64, [1, 2, 3]) == first != index.add_text("b" * 64, [1, 2, 3])


def test_holders_come_in_the_order_of_their_dates(store: Store) -> None:
    index = ReprintIndex(store, "test/1")
    text = index.add_text("a", [1, 2, 3])
    for name in ("v3", "v1", "v2"):
        index.add_version(version(name), text)
    index.add_version(version("v0"), None)
    assert [holder.version_id for holder in index.holders([text])] == ["v1", "v2", "v3"]


def test_a_version_is_held_as_it_is(store: Store) -> None:
    index = ReprintIndex(store, "test/1")
    one = version("v1")
    assert index.holds(one, "a") is None
    index.add_version(one, index.add_text("a", [1, 2, 3]))
    assert index.holds(one, "a") is True
    assert index.holds(one, "b") is False
    assert index.holds(version("v1", "another page"), "a") is False
    index.add_version(version("v2"), None)
    assert index.holds(version("v2"), None) is True


def test_taking_out_takes_the_page_and_its_reprints(store: Store) -> None:
    index = ReprintIndex(store, "test/1")
    text = index.add_text("a", [1, 2, 3])
    for name, page in (("v1", "p"), ("v2", "p"), ("v3", "q"), ("v4", "r")):
        index.add_version(version(name, page), text)
    earliest = index.holders([text])[0]
    index.put_kin(storage.catalogue_reprint_index.Kin("q", "v3", earliest, 0.9, "whole"))
    assert index.kin(["p", "q"]) == {"q": storage.catalogue_reprint_index.Kin("q", "v3", earliest, 0.9, "whole")}
    assert index.take_out("v2") == ["v1", "v2", "v3"]
    assert [holder.version_id for holder in index.holders([text])] == ["v4"]
    assert index.kin(["q"]) == {}


def test_the_mark_belongs_to_its_method(store: Store) -> None:
    store.run("INSERT INTO t_text (version_id) VALUES ('v1'), ('v2')")
    index = ReprintIndex(store, "test/1")
    assert [entry.version_id for entry in index.waiting(9)] == ["v1", "v2"]
    index.mark(index.waiting(9)[-1].number)
    assert index.waiting(9) == [] and index.count_waiting() == 0 and not index.is_other()
    other = ReprintIndex(store, "test/2")
    assert other.count_waiting() == 2 and other.is_other()
    other.clear()
    assert index.count_waiting() == 2

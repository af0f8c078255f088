from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.catalogue_open import open_store
from storage.catalogue_reprint_index import Holder, Kin, ReprintIndex, Text
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


def held_by(index: ReprintIndex, texts: list[int], **pages: tuple[str, int]) -> dict[str, Holder]:
    """Put in versions as name=(page, text); the last digit of the page's name is its day."""
    held = {}
    for name, (page, text) in pages.items():
        one = Text(name, page, "", f"2026-11-{page[-1]}", "2026-11-22")
        index.add_version(one, texts[text])
        held[name] = Holder(texts[text], name, page, one.out_by, one.captured)
    return held


def test_of_the_earlier_pages_the_first_with_each_text_is_told(store: Store) -> None:
    index = ReprintIndex(store, "test/1")
    texts = [index.add_text(name, [1, 2, 3]) for name in "ab"]
    held = held_by(index, texts, v1=("p3", 0), v2=("p1", 0), v3=("p2", 1), v4=("p4", 1), v5=("p5", 1))
    assert index.earlier(held["v4"], texts) == [held["v2"], held["v3"]]
    assert index.earlier(held["v4"], texts[1:]) == [held["v3"]]
    assert index.earlier(held["v3"], texts) == [held["v2"]]
    assert index.earlier(held["v2"], texts) == []


def test_of_the_later_pages_those_without_an_earlier_original_are_told(store: Store) -> None:
    index = ReprintIndex(store, "test/1")
    texts = [index.add_text(name, [1, 2, 3]) for name in "ab"]
    held = held_by(index, texts, v1=("p1", 0), v2=("p2", 0), v3=("p3", 1), v4=("p4", 1), v5=("p5", 0))
    assert index.later(held["v2"], texts) == [held["v3"], held["v4"], held["v5"]]
    for page, version_name, original in (("p3", "v3", "v1"), ("p4", "v4", "v2"), ("p5", "v5", "v3")):
        index.put_kin(Kin(page, version_name, held[original], 0.9, "whole"))
    assert index.later(held["v2"], texts) == [held["v4"], held["v5"]]
    assert index.later(held["v2"], texts[:1]) == [held["v5"]]
    assert index.later(held["v5"], texts) == []


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
    earliest = Holder(text, "v1", "p", "2026-11-1", "2026-11-22")
    known = Kin("q", "v3", earliest, 0.9, "whole")
    index.put_kin(known)
    assert index.kin(["p", "q"]) == {"q": known}
    assert index.take_out("v2") == ["v1", "v2", "v3"]
    assert [index.holds(version(name, "p"), "a") is None for name in ("v1", "v2", "v3", "v4")] == [True] * 3 + [False]
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

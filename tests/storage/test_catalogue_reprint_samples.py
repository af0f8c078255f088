from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import storage.catalogue_reprint_samples
from storage.catalogue_open import open_store
from storage.catalogue_reprint_index import ReprintIndex
from storage.catalogue_store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "catalogue.sqlite")
    yield store
    store.close()


def test_texts_that_share_enough_are_found(store: Store) -> None:
    index = ReprintIndex(store, "test/1")
    texts = [index.add_text(str(n), [*range(n * 10, n * 10 + 40)]) for n in range(5)]
    short = index.add_text("short", [*range(36, 40)])
    assert set(index.samples.sharing([*range(40)], 3, 0.5)) == {*texts[:3], short}
    assert set(index.samples.sharing([*range(40)], 3, 0.75)) == {*texts[:2], short}
    assert set(index.samples.sharing([*range(40)], 5, 0.75)) == set(texts[:2])
    assert index.samples.sharing([1, 2], 3, 0.5) == []
    assert index.samples.sharing([], 3, 0.5) == []


@pytest.mark.parametrize("common", [1, 2, 3, 500])
def test_stock_phrases_change_nothing_between_texts_of_a_size(
    store: Store, common: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = ReprintIndex(store, "test/1")
    stock = range(1000, 1020)
    alike = [index.add_text(f"alike {n}", [*range(n, 20 + n), *stock]) for n in range(6)]
    strangers = [index.add_text(f"stranger {n}", [*range(100 * n, 100 * n + 40), *stock]) for n in range(2, 9)]
    monkeypatch.setattr(storage.catalogue_reprint_samples, "_COMMON", common)
    found = index.samples.sharing([*range(20), *stock], 3, 0.6)
    assert set(alike) == set(found) and not set(strangers) & set(found)


def test_moving_samples_changes_no_answer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(table: str) -> int:
        return int(store.rows(f"SELECT count(*) AS n FROM t_reprint_{table}")[0].n)

    index = ReprintIndex(store, "test/1")
    monkeypatch.setattr(storage.catalogue_reprint_samples, "_GATHER", 10)
    index.samples.settle()
    index.mark(1)
    asked = [*range(40)]
    for number in range(30):
        index.add_text(str(number), [*range(number, number + 40)])
        before = index.samples.sharing(asked, 3, 0.5)
        index.samples.settle()
        assert sorted(index.samples.sharing(asked, 3, 0.5)) == sorted(before)
        assert held("sample") == (number + 1) // 10 * 400
    assert held("fresh") == 0
    monkeypatch.setattr(storage.catalogue_reprint_samples, "_COMMON", 2)
    assert sorted(index.samples.sharing(asked, 3, 0.5)) == sorted(before)

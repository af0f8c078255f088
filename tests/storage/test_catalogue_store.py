from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.catalogue_open import open_store
from storage.catalogue_store import Store, wording
from storage.errors import CatalogueError, LockedError, StorageError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty catalogue."""
    store = open_store(tmp_path / "catalogue.sqlite")
    yield store
    store.close()


def put(store: Store, name: str) -> None:
    store.run("INSERT INTO t_warc (name, location) VALUES (:name, '')", {"name": name})


def names(store: Store) -> list[str]:
    return [row.name for row in store.rows("SELECT name FROM t_warc ORDER BY name")]


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    with store.write():
        put(store, "a")
        put(store, "b")
    with pytest.raises(ZeroDivisionError), store.write():
        put(store, "c")
        raise ZeroDivisionError
    assert names(store) == ["a", "b"]


@pytest.mark.parametrize("value", [1 << 70, "\ud800"])
def test_what_the_driver_cannot_bind_is_an_error_of_the_catalogue(store: Store, value: object) -> None:
    row = {"name": "a", "location": "", "size_bytes": value}
    for refused in (
        lambda: store.put("t_warc", [row]),
        lambda: store.run("DELETE FROM t_warc WHERE size_bytes = :size_bytes", row),
        lambda: store.rows("SELECT :size_bytes", row),
    ):
        with pytest.raises(CatalogueError):
            refused()


def test_a_failed_statement_undoes_the_transaction_and_the_next_one_works(store: Store) -> None:
    with pytest.raises(CatalogueError, match="UNIQUE"), store.write():
        put(store, "a")
        put(store, "a")
    with store.write():
        put(store, "b")
    assert names(store) == ["b"]


def test_text_is_no_sql(store: Store) -> None:
    put(store, "'); DROP TABLE t_warc; --")
    assert names(store) == ["'); DROP TABLE t_warc; --"]


def test_many_runs_once_for_each_and_not_at_all_for_none(store: Store) -> None:
    statement = "INSERT INTO t_warc (name, location) VALUES (:name, '')"
    store.many(statement, [])
    store.many(statement, [{"name": "a"}, {"name": "b"}])
    assert names(store) == ["a", "b"]


def test_a_row_is_a_tuple_with_names(store: Store) -> None:
    (row,) = store.rows("SELECT 1 AS one, :two AS count, NULL", {"two": "zwei"})
    assert (row.one, row.count, row[2]) == row == (1, "zwei", None)
    assert row.named() == {"one": 1, "count": "zwei", "NULL": None}
    with pytest.raises(AttributeError, match="no column 'three'; it has one, count, NULL"):
        row.three  # noqa: B018
    assert store.rows("SELECT 1 WHERE 0") == []


def test_rows_are_put_by_the_columns_of_the_first(store: Store) -> None:
    store.put("t_warc", [])
    store.put("t_warc", [{"name": "a", "location": "x"}, {"location": "y", "name": "b"}])
    with pytest.raises(CatalogueError, match="UNIQUE"):
        store.put("t_warc", [{"name": "a", "location": "z"}])
    store.put("t_warc", [{"name": "a", "location": "z"}, {"name": "c", "location": "z"}], conflict="DO NOTHING")
    store.put("t_warc", [{"name": "b", "location": "new"}], replacing=("name",))
    assert store.rows("SELECT name, location FROM t_warc ORDER BY name") == [("a", "x"), ("b", "new"), ("c", "z")]
    store.put("t_text", [{"version_id": "v"}])
    assert store.rows("SELECT number, version_id FROM t_text") == [(1, "v")]


def test_a_stream_may_be_left_half_read(store: Store) -> None:
    store.many("INSERT INTO t_warc (name, location) VALUES (:name, '')", [{"name": str(n)} for n in range(2000)])
    stream = store.stream("SELECT name FROM t_warc")
    assert next(stream).name is not None
    stream.close()  # type: ignore[attr-defined]
    with store.write():
        put(store, "after")


def test_a_locked_file_is_said_to_be_locked(store: Store) -> None:
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.run("PRAGMA busy_timeout = 10")
    with pytest.raises(LockedError, match="another process"):
        put(store, "a")
    other.close()


def test_a_full_disk_is_said_to_be_full(store: Store) -> None:
    pages = store.rows("PRAGMA page_count")[0][0]
    store.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="disk is full"), store.write():
        put(store, "x" * 1_000_000)
    store.rows("PRAGMA max_page_count = 1073741823")
    put(store, "a")
    assert names(store) == ["a"]


def test_other_errors_name_the_file(tmp_path: Path) -> None:
    error = wording(sqlite3.OperationalError("something else"), tmp_path, "")
    assert str(error) == f"{tmp_path}: something else"

from __future__ import annotations

import importlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage import catalogue_open
from storage.catalogue_open import open_store
from storage.catalogue_schema import APPLICATION_ID, REVISIONS
from storage.errors import CatalogueError, NewerCatalogue


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a catalogue, made and closed, lies."""
    path = tmp_path / "catalogue.sqlite"
    open_store(path).close()
    return path


def alter(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def refusal(path: Path, **options: bool) -> str:
    """Open what must be refused and return the message, which names the file in one line."""
    with pytest.raises(CatalogueError) as caught:
        open_store(path, **options)
    message = str(caught.value)
    assert str(path) in message and "\n" not in message
    return message


def test_a_new_catalogue_is_ours_and_durable(path: Path) -> None:
    store = open_store(path)
    settings = [store.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert settings == ["wal", 2, 1]
    assert store.rows("PRAGMA application_id")[0][0] == APPLICATION_ID
    assert store.rows("PRAGMA trusted_schema")[0][0] == 0
    store.close()


def test_what_need_not_survive_a_power_cut_does_not_sync_nor_checkpoint(path: Path) -> None:
    store = open_store(path, durable=False)
    assert [store.rows(f"PRAGMA {name}")[0][0] for name in ("synchronous", "wal_autocheckpoint")] == [1, 0]
    store.close()


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be one\n" * 100, b"\0" * 4096, b"SQLite format 3"]
)
def test_a_file_that_is_no_sqlite_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(content)
    assert "is no SQLite file" in refusal(path)
    assert path.read_bytes() == content


def test_the_sqlite_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    alter(path, "CREATE TABLE cookies (name)")
    assert "some other program" in refusal(path)
    assert "some other program" in refusal(path, read_only=True)
    alter(path, "DROP TABLE cookies", "PRAGMA application_id = 42")
    assert "some other program" in refusal(path)


def test_a_catalogue_of_a_later_version_is_refused(path: Path) -> None:
    alter(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerCatalogue, match=r"later version of Shilu \(revision 9999"):
        open_store(path)


def test_a_catalogue_without_revision_is_refused(path: Path) -> None:
    alter(path, "DELETE FROM alembic_version")
    assert "rebuild" in refusal(path)
    alter(path, "DROP TABLE alembic_version")
    refusal(path)


def test_a_trigger_is_never_run(path: Path) -> None:
    alter(path, "CREATE TRIGGER evil AFTER INSERT ON t_warc BEGIN DELETE FROM t_capture; END")
    assert "holds the trigger 'evil'" in refusal(path)


def test_a_damaged_file_is_named(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:2000] + b"\xff" * 3000 + whole[5000:])
    refusal(path)


def test_a_missing_catalogue_is_made_only_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    assert "there is no catalogue" in refusal(path, read_only=True)
    assert "there is no catalogue" in refusal(path, create=False)
    assert not path.exists()


def test_a_path_that_cannot_be_is_refused(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(tmp_path / "nowhere" / "catalogue.sqlite")
    assert "cannot be opened" in refusal(tmp_path)


def test_reading_writes_nothing(path: Path) -> None:
    store = open_store(path, read_only=True)
    with pytest.raises(CatalogueError, match="cannot be written"):
        store.run("DELETE FROM t_crawl")
    store.close()


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


def test_a_read_only_folder_can_be_read(as_nobody: Path) -> None:
    path = as_nobody / "catalogue.sqlite"
    open_store(path).close()
    as_nobody.chmod(0o555)
    store = open_store(path, read_only=True)
    assert store.rows("SELECT * FROM article") == []
    store.close()
    assert "cannot be" in refusal(path)


def test_a_hash_or_question_mark_in_the_path_is_part_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "粮食 #1?mode=ro%41"
    folder.mkdir()
    open_store(folder / "catalogue.sqlite").close()
    assert (folder / "catalogue.sqlite").exists()


def test_many_openers_make_one_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    with ThreadPoolExecutor(6) as pool:
        for store in list(pool.map(lambda _: open_store(path), range(6))):
            assert store.rows("SELECT count(*) FROM alembic_version")[0][0] == 1
            store.close()


def test_an_earlier_catalogue_is_brought_forward_and_its_views_renewed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alter(path, "DROP VIEW warc", "CREATE VIEW warc AS SELECT 1 AS old", 'CREATE VIEW "o""dd" AS SELECT 1')
    monkeypatch.setattr(catalogue_open, "REVISIONS", (*REVISIONS, "9998"))
    assert "open it once for writing" in refusal(path, read_only=True)
    store = open_store(path)  # there is no script for the last, so only the views change
    names = {row.name for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'view'")}
    assert "old" not in store.rows("SELECT sql FROM sqlite_master WHERE name = 'warc'")[0].sql
    store.close()
    assert 'o"dd' not in names


def test_a_catalogue_of_the_first_revision_is_brought_forward(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    first = importlib.import_module("storage.migrations.versions.0001_first_tables")
    nothing = "NULL, 0, NULL, NULL, NULL, 0, NULL"
    alter(
        path,
        "PRAGMA journal_mode = WAL",
        f"PRAGMA application_id = {APPLICATION_ID}",
        *first._STATEMENTS,
        "CREATE VIEW capture (id) AS SELECT id FROM t_capture",
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('0001')",
        "INSERT INTO t_crawl VALUES ('c', 'paper', '2026', NULL, 'running', NULL, 3, 86400)",
        "INSERT INTO t_capture (id, url, source, captured, method, status, kind, payload_digest, warc_file, "
        "warc_offset, warc_length, crawl_id, role) "
        "VALUES ('one', 'http://a/', 'paper', '2026', 'GET', 200, 'response', 'd', 'f', 1, 2, 'c', 'page')",
        "INSERT INTO t_page VALUES "
        "('p', 'http://a/', 'paper', 'live', 1, 'one', '[]', '2026', '2026', 'one', 'd', '2026', " + nothing + ")",
    )
    assert "of an earlier version" in refusal(path, read_only=True)
    store = open_store(path)
    try:
        assert store.rows("SELECT version_num FROM alembic_version")[0][0] == REVISIONS[-1]
        (row,) = store.rows("SELECT id, url, status FROM capture")
        assert tuple(row) == ("one", "http://a/", 200)
        (hidden,) = store.rows("SELECT etag, last_modified, payload_bytes FROM t_capture")
        assert tuple(hidden) == (None, None, None)
        (page,) = store.rows("SELECT read_by, last_bytes, last_bytes_capture FROM t_page")
        assert tuple(page) == ("", "2026", "one")
    finally:
        store.close()

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import storage
import storage.catalogue_parts_tables
import storage.catalogue_reprint_tables
import storage.frontier_tables
from storage import catalogue_open
from storage.catalogue_migrate import borrowed, migrate
from storage.catalogue_open import open_store
from storage.catalogue_schema import REVISIONS
from storage.tables import Base


def test_the_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    store = open_store(tmp_path / "catalogue.sqlite")
    try:
        with borrowed(store.connection) as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
    finally:
        store.close()


def made(path: Path) -> set[str]:
    """The statements that the tables and indexes of a catalogue were made with, however they are laid out."""
    store = open_store(path)
    rows = store.rows("SELECT sql FROM sqlite_master WHERE type <> 'view' AND sql IS NOT NULL")
    assert store.rows("SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]
    store.close()
    return {" ".join(row.sql.split()).replace("( ", "(").replace(" )", ")") for row in rows}


def test_a_new_catalogue_is_what_the_migrations_come_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = made(tmp_path / "new.sqlite")
    monkeypatch.setattr(catalogue_open, "_run_all", lambda store, _: migrate(store.connection))
    assert new == made(tmp_path / "migrated.sqlite")


def test_every_table_is_strict(tmp_path: Path) -> None:
    store = open_store(tmp_path / "catalogue.sqlite")
    try:
        loose = store.rows("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict")
        assert {row.name for row in loose} == {"alembic_version", "sqlite_schema"}
    finally:
        store.close()


def test_the_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__path__[0]) / "migrations"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS

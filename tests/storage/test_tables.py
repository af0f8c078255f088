from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import storage
import storage.catalogue_parts_tables
import storage.catalogue_reprint_tables
import storage.frontier_tables
from storage.catalogue_open import open_store
from storage.tables import REVISIONS, Base


def test_the_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    store = open_store(tmp_path / "catalogue.sqlite")
    try:
        context = MigrationContext.configure(store.connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    finally:
        store.close()


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

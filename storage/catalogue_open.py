"""Owns the opening of a catalogue file: is it ours, is it of our time, and if it is older, bring it forward.

The file may come from a stranger. One that holds a trigger is refused (we make none, and SQLite would run it on our
writes); `trusted_schema` is off, so that nothing in its views can reach an unsafe function.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from storage.catalogue_schema import APPLICATION_ID, REVISIONS, SCHEMA
from storage.catalogue_store import Store, wording
from storage.catalogue_views import VIEWS
from storage.errors import CatalogueError, LockedError, NewerCatalogue

__all__ = ["open_store", "reach", "use_wal"]

_BUSY_TIMEOUT_S: Final = 60.0
_LEAST_SQLITE: Final = (3, 37, 0)
"""STRICT tables (3.37); RETURNING (3.35)."""
_CACHE_KIB: Final = 32768
_REMEDY: Final = "move it away and run `scrapy rebuild` to make the catalogue anew"


def open_store(path: Path, *, create: bool = True, read_only: bool = False, durable: bool = True) -> Store:
    """Open the catalogue at `path`, made or migrated if need be; close what is returned.

    `durable` False is for what need not survive a power cut (leases, politeness): no fsync a commit, no checkpoints.

    Raises:
        NewerCatalogue: a later version of the program made it.
        CatalogueError: it is missing (unless `create`), no SQLite file, not ours, or cannot be opened.
        LockedError: another process keeps it locked.
    """
    if sqlite3.sqlite_version_info < _LEAST_SQLITE:
        raise CatalogueError(f"{path}: needs SQLite 3.37 or later; this Python has {sqlite3.sqlite_version}")
    if (read_only or not create) and not path.exists():
        raise CatalogueError(f"{path}: there is no catalogue; `scrapy crawl` or `scrapy rebuild` makes one")
    store = _connect(path, read_only)
    try:
        if not _is_current(store):
            _prepare(store, read_only)
        _configure(store, read_only, durable)
    except BaseException:
        store.close()
        raise
    return store


def _connect(path: Path, read_only: bool) -> Store:
    try:
        return reach(path, "mode=ro" if read_only else "mode=rwc")
    except CatalogueError:
        wal = path.with_name(path.name + "-wal")
        if not read_only or (wal.exists() and wal.stat().st_size):
            raise
        # On read-only media SQLite cannot make the shared memory that WAL wants; with no WAL to read it needs none.
        return reach(path, "immutable=1")


def reach(path: Path, mode: str, remedy: str = _REMEDY) -> Store:
    """Connect to any SQLite file, `mode` as in its URI (`mode=ro`), and read its head; nothing else is asked of it.

    Raises:
        CatalogueError: it cannot be opened or is no SQLite file; `remedy` then says what to do.
        LockedError: another process keeps it locked.
    """
    try:
        store = Store(_raw(path, mode), path, remedy)
    except sqlite3.Error as error:
        raise wording(error, path, remedy) from error
    try:
        store.rows("SELECT count(*) FROM sqlite_master")
    except BaseException:
        store.close()
        raise
    return store


def _raw(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path))}?{mode}"
    raw = sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    if sys.version_info >= (3, 12):
        raw.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        raw.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
    raw.execute("PRAGMA trusted_schema = OFF")
    raw.execute("PRAGMA cell_size_check = ON")
    return raw


def _configure(store: Store, read_only: bool, durable: bool) -> None:
    store.run(f"PRAGMA cache_size = -{_CACHE_KIB}")
    if read_only:
        store.run("PRAGMA query_only = ON")
        return
    store.run("PRAGMA foreign_keys = ON")
    store.run(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    if not durable:
        store.run("PRAGMA wal_autocheckpoint = 0")


def _is_current(store: Store) -> bool:
    """Tell whether the file is ours and of our revision; False when it is empty or older.

    Raises:
        CatalogueError: it is anything else.
    """
    application_id = store.rows("PRAGMA application_id")[0][0]
    if application_id in (0, APPLICATION_ID) and not store.rows("SELECT count(*) FROM sqlite_master")[0][0]:
        return False
    if application_id != APPLICATION_ID:
        raise CatalogueError(f"{store.path}: is a SQLite file of some other program, not a Shilu catalogue")
    triggers = store.rows("SELECT name FROM sqlite_master WHERE type = 'trigger' LIMIT 1")
    if triggers:
        raise CatalogueError(
            f"{store.path}: holds the trigger {triggers[0][0]!r}, and a Shilu catalogue has none; run `scrapy rebuild`"
        )
    revision = _revision(store)
    if revision not in REVISIONS:
        raise NewerCatalogue(
            f"{store.path}: made by a later version of Shilu (revision {revision}; this one knows {REVISIONS[-1]})"
        )
    return revision == REVISIONS[-1]


def _revision(store: Store) -> str:
    rows = store.rows("SELECT version_num FROM alembic_version")
    if len(rows) != 1:
        raise CatalogueError(f"{store.path}: does not say of which revision it is; run `scrapy rebuild`")
    return str(rows[0][0])


def _prepare(store: Store, read_only: bool) -> None:
    """Make or migrate the tables, in one transaction, unless another process does so first."""
    if read_only:
        raise CatalogueError(
            f"{store.path}: is empty or of an earlier version; open it once for writing (`scrapy crawl`)"
        )
    use_wal(store)
    with store.write():
        if not _is_current(store):
            store.run(f"PRAGMA application_id = {APPLICATION_ID}")
            if store.rows("SELECT count(*) FROM sqlite_master")[0][0]:
                _migrate(store)
            else:
                _run_all(store, SCHEMA)
            _run_all(store, VIEWS.values())


def use_wal(store: Store) -> None:
    """Set the journal mode of a file that may just be made.

    Raises:
        LockedError: another process keeps it locked.
    """
    # The busy timeout does not cover the change of journal mode, and two processes may make the file at once.
    give_up = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            store.rows("PRAGMA journal_mode = WAL")
            return
        except LockedError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _migrate(store: Store) -> None:
    """Bring the tables forward within the transaction that `store` is in; its views are gone after."""
    # SQLAlchemy and Alembic cost 0.4 s to import and are needed once in the life of a catalogue, if at all.
    from storage.catalogue_migrate import migrate

    for (name,) in store.rows("SELECT name FROM sqlite_master WHERE type = 'view'"):
        store.run('DROP VIEW "{}"'.format(str(name).replace('"', '""')))
    with store.errors():
        migrate(store.connection)


def _run_all(store: Store, statements: Iterable[str]) -> None:
    for statement in statements:
        store.run(statement)

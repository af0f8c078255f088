"""Owns one connection to the catalogue: statements, the write transaction, and SQLite's errors in our words."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from storage.errors import CatalogueError, LockedError, StorageError

__all__ = ["Row", "Store", "wording"]


class Row(tuple[Any, ...]):
    """One row of a query: a tuple of values, each also an attribute by the name of its column."""

    __slots__ = ()
    columns: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        """Raise for a name that is no column."""
        raise AttributeError(f"the row has no column {name!r}; it has {', '.join(self.columns)}")

    def named(self) -> dict[str, Any]:
        """Return the values by column."""
        return dict(zip(self.columns, self, strict=True))


_REFUSED: Final = (sqlite3.Error, OverflowError, UnicodeEncodeError)
"""How SQLite and its driver refuse: the last two are a number beyond 64 bits and a lone surrogate."""


@lru_cache(maxsize=256)
def _row_type(columns: tuple[str, ...]) -> type[Row]:
    """Return the type of rows with these columns; made once for each query of the program."""
    values = {name: property(itemgetter(place)) for place, name in enumerate(columns)}
    return type("Row", (Row,), {"__slots__": (), "columns": columns, **values})


class Store:
    """One connection, for one thread at a time; nothing is committed outside `write` but single statements.

    Statements are SQL with named parameters (`:name`).
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, remedy: str) -> None:
        """Wrap `connection`, in autocommit mode; `path` and `remedy` are for messages, as `wording` says."""
        # SQLite's own driver, not a layer over it: a commit of 16 pages is 40 statements, and SQLAlchemy took as long
        # to prepare and to wrap them (70 µs a page) as SQLite to execute them.
        self.connection = connection
        self.path = path
        self.remedy = remedy

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Row]:
        """Return all rows of a query.

        Raises:
            CatalogueError: SQLite failed; LockedError when another process kept the file longer than the busy timeout.
        """
        try:
            cursor = self.connection.execute(statement, parameters or {})
            found = cursor.fetchall()
        except _REFUSED as error:
            raise wording(error, self.path, self.remedy) from error
        return [*map(_row_type(_columns(cursor)), found)] if found else []

    def stream(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Iterator[Row]:
        """Yield the rows of a query as SQLite finds them; memory does not grow with their number.

        Raises:
            CatalogueError: as `rows`.
        """
        with self.errors(), contextlib.closing(self.connection.execute(statement, parameters or {})) as cursor:
            yield from map(_row_type(_columns(cursor)), cursor)

    def run(self, statement: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Execute one statement and return how many rows it changed.

        Raises:
            CatalogueError: as `rows`.
        """
        try:
            return self.connection.execute(statement, parameters or {}).rowcount
        except _REFUSED as error:
            raise wording(error, self.path, self.remedy) from error

    def many(self, statement: str, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Execute one statement for each of `parameters`, in one call to the driver; none at all is allowed.

        Raises:
            CatalogueError: as `rows`.
        """
        if parameters:
            with self.errors():
                self.connection.executemany(statement, parameters)

    def put(
        self, table: str, rows: Sequence[Mapping[str, Any]], *, conflict: str = "", replacing: Sequence[str] = ()
    ) -> None:
        """Insert `rows`, which all have the columns of the first; none at all is allowed.

        `conflict` is what follows `ON CONFLICT`; `replacing` names the key by which a row that is in is overwritten.

        Raises:
            CatalogueError: as `rows`.
        """
        if not rows:
            return
        columns = tuple(rows[0])
        # Values by place: SQLite's driver looks each named parameter up by a new string.
        ordered = [*map(itemgetter(*columns), rows)] if len(columns) > 1 else [(row[columns[0]],) for row in rows]
        with self.errors():
            self.connection.executemany(_insertion(table, columns, conflict or _overwrite(columns, replacing)), ordered)

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        """Hold a write transaction: all of it is on disk when the block ends, none of it when it raises.

        Raises:
            CatalogueError: as `rows`; StorageError when the disk is full.
        """
        # IMMEDIATE: a transaction that reads first and then cannot upgrade would fail without waiting.
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            # SQLite itself rolls back on some errors (full disk), and says so when asked again.
            with contextlib.suppress(CatalogueError):
                self.run("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connection."""
        with self.errors():
            self.connection.close()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Raise SQLite's errors inside as ours."""
        try:
            yield
        except _REFUSED as error:
            raise wording(error, self.path, self.remedy) from error


def wording(error: BaseException | None, path: Path, remedy: str) -> StorageError | LockedError:
    """Return SQLite's `error` as one of ours, in one line that names the file; `remedy` is against a damaged one."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LockedError(f"{path}: another process keeps the catalogue locked; try again when it is done")
    if code == sqlite3.SQLITE_FULL:
        return StorageError(f"{path}: the disk is full; free some space and run again, nothing acknowledged is lost")
    if code == sqlite3.SQLITE_NOTADB:
        return CatalogueError(f"{path}: is no SQLite file; {remedy}")
    if code == sqlite3.SQLITE_CORRUPT:
        return CatalogueError(f"{path}: is damaged ({error}); {remedy}")
    if code == sqlite3.SQLITE_CANTOPEN:
        return CatalogueError(f"{path}: cannot be opened; it must be a file in a folder that can be read and written")
    if code == sqlite3.SQLITE_READONLY:
        return CatalogueError(f"{path}: cannot be written; the file and its folder must be writable")
    return CatalogueError(f"{path}: {error}")


def _columns(cursor: sqlite3.Cursor) -> tuple[str, ...]:
    return tuple([column[0] for column in cursor.description])


def _overwrite(columns: Sequence[str], key: Sequence[str]) -> str:
    if not key:
        return ""
    values = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    return f"({', '.join(key)}) DO UPDATE SET {values}"


@lru_cache(maxsize=64)
def _insertion(table: str, columns: tuple[str, ...], conflict: str) -> str:
    places = ", ".join("?" * len(columns))
    clause = f" ON CONFLICT {conflict}" if conflict else ""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}){clause}"

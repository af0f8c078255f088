"""Owns one connection to the catalogue: statements, the write transaction, and SQLite's errors in our words."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, Executable, Row, text
from sqlalchemy.exc import DBAPIError

from storage.errors import CatalogueError, LockedError, StorageError

__all__ = ["Statement", "Store", "wording"]

Statement: TypeAlias = Executable | str
"""A Core construct, or SQL with named parameters (`:name`)."""


class Store:
    """One connection, for one thread at a time; nothing is committed outside `write` but single statements."""

    def __init__(self, connection: Connection, path: Path, remedy: str) -> None:
        """Wrap `connection`, in SQLAlchemy's AUTOCOMMIT; `path` and `remedy` are for messages, as `wording` says."""
        self.connection = connection
        self.path = path
        self.remedy = remedy

    def rows(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Return all rows of a query.

        Raises:
            CatalogueError: SQLite failed; LockedError when another process kept the file longer than the busy timeout.
        """
        with self.errors():
            return self.connection.execute(_executable(statement), parameters).all()

    def stream(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> Iterator[Row[Any]]:
        """Yield the rows of a query as SQLite finds them; memory does not grow with their number.

        Raises:
            CatalogueError: as `rows`.
        """
        with self.errors(), self.connection.execute(_executable(statement), parameters) as result:
            yield from result

    def run(self, statement: Statement, parameters: Mapping[str, Any] | None = None) -> int:
        """Execute one statement and return how many rows it changed.

        Raises:
            CatalogueError: as `rows`.
        """
        with self.errors():
            return self.connection.execute(_executable(statement), parameters).rowcount

    def many(self, statement: Statement, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Execute one statement for each of `parameters`, in one call to the driver; none at all is allowed.

        Raises:
            CatalogueError: as `rows`.
        """
        if parameters:
            with self.errors():
                self.connection.execute(_executable(statement), parameters)

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
        """Close the connection and its engine."""
        with self.errors():
            self.connection.close()
            self.connection.engine.dispose()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Raise SQLite's errors inside as ours."""
        try:
            yield
        except DBAPIError as error:
            raise wording(error.orig, self.path, self.remedy) from error


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


def _executable(statement: Statement) -> Executable:
    return text(statement) if isinstance(statement, str) else statement

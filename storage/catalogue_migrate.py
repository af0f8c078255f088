"""Owns the way from an earlier revision of the catalogue to the last one: Alembic's scripts, run on our connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, StaticPool, create_engine
from sqlalchemy.exc import DBAPIError

__all__ = ["borrowed", "migrate"]


def migrate(connection: sqlite3.Connection) -> None:
    """Run every migration that the file lacks, within the transaction that `connection` is in.

    Raises:
        sqlite3.Error: SQLite failed.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with borrowed(connection) as bound:
        config.attributes["connection"] = bound
        try:
            command.upgrade(config, "head")
        except DBAPIError as error:
            raise (error.orig or error) from error


def _nothing(_: object) -> None:
    """Leave the transaction alone."""


@contextmanager
def borrowed(connection: sqlite3.Connection) -> Iterator[Connection]:
    """Lend `connection`, in autocommit mode, to SQLAlchemy, which neither begins, ends nor closes anything on it."""
    engine = create_engine(
        "sqlite+pysqlite://", creator=lambda: connection, poolclass=StaticPool, pool_reset_on_return=None
    )
    # It rolls back whatever connection it meets first and whatever it closes; the transaction is the opener's.
    engine.dialect.do_rollback = engine.dialect.do_commit = _nothing  # type: ignore[method-assign, assignment]
    with engine.connect() as bound:
        yield bound

"""Owns revision 0005: the order in which texts came and changed, for what is derived from them off the crawl path."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE t_text (number INTEGER NOT NULL, version_id TEXT NOT NULL, PRIMARY KEY (number)) STRICT",
    "INSERT INTO t_text (version_id) SELECT version_id FROM t_version ORDER BY captured, version_id",
)


def upgrade() -> None:
    """Make the table, with every version there is."""
    for statement in _STATEMENTS:
        op.execute(statement)

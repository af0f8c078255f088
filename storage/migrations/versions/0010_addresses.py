"""Owns revision 0010: one page at many addresses, and which of them it was last found at."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE t_page ADD COLUMN address TEXT",
    """CREATE TABLE t_address (
        page_id TEXT NOT NULL REFERENCES t_page (page_id), url TEXT NOT NULL, relation TEXT NOT NULL,
        PRIMARY KEY (page_id, url)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX ix_address_url ON t_address (url)",
)


def upgrade() -> None:
    """Add the column and the table."""
    for statement in _STATEMENTS:
        op.execute(statement)

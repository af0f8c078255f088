"""Owns revision 0009: samples of new texts gather before they are moved to the others."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """CREATE TABLE t_reprint_fresh (
        shingle INTEGER NOT NULL, text_id INTEGER NOT NULL, PRIMARY KEY (shingle, text_id)
    ) WITHOUT ROWID, STRICT""",
    "ALTER TABLE t_reprint_mark ADD COLUMN settled_text INTEGER DEFAULT 0 NOT NULL",
)


def upgrade() -> None:
    """Make the table; what is indexed stays where it is."""
    for statement in _STATEMENTS:
        op.execute(statement)

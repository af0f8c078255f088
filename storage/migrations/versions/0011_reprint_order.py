"""Owns revision 0011: an index that gives the pages with one text in the order of their dates."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "DROP INDEX ix_reprint_version_text",
    "CREATE INDEX ix_reprint_version_text ON t_reprint_version (text_id, out_by, captured, page_id)",
)


def upgrade() -> None:
    """Make the index anew."""
    for statement in _STATEMENTS:
        op.execute(statement)

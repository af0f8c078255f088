"""Owns revision 0003: when a page's own bytes were last seen, since a later 304 is only the server's word."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE t_page ADD COLUMN last_bytes TEXT",
    "ALTER TABLE t_page ADD COLUMN last_bytes_capture TEXT",
    # Until now nothing was asked on condition, so every presence was bytes.
    "UPDATE t_page SET last_bytes = last_present, last_bytes_capture = last_present_capture",
)


def upgrade() -> None:
    """Add the columns."""
    for statement in _STATEMENTS:
        op.execute(statement)

"""Owns revision 0002: what a capture may be revisited by: its validators, and the size of a payload worth referring to.

Captures catalogued before have none of the three, so nothing refers to them until a rebuild fills them in.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE t_capture ADD COLUMN etag TEXT",
    "ALTER TABLE t_capture ADD COLUMN last_modified TEXT",
    "ALTER TABLE t_capture ADD COLUMN payload_bytes INTEGER",
    "CREATE INDEX ix_capture_payload ON t_capture (source, payload_digest) WHERE payload_bytes IS NOT NULL",
)


def upgrade() -> None:
    """Add the columns and the index that finds an equal payload."""
    for statement in _STATEMENTS:
        op.execute(statement)

"""Owns revision 0002: what a capture may be revisited by (its validators, the size of a payload worth referring to),
and who last read a page.

What was catalogued before has none of it: nothing refers to those captures until a rebuild fills them in.
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
    "ALTER TABLE t_page ADD COLUMN read_by TEXT DEFAULT '' NOT NULL",
    "CREATE INDEX ix_capture_payload ON t_capture (source, payload_digest) WHERE payload_bytes IS NOT NULL",
)


def upgrade() -> None:
    """Add the columns and the index that finds an equal payload."""
    for statement in _STATEMENTS:
        op.execute(statement)

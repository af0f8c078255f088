"""Owns revision 0004: what else a page says (smaller fields, the normalised text) and which hidden links it carried.

What was catalogued before has none of it until `reextract` or a rebuild reads it again.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE t_version ADD COLUMN details TEXT DEFAULT '{}' NOT NULL",
    "ALTER TABLE t_version ADD COLUMN normalised TEXT",
    "ALTER TABLE t_page ADD COLUMN injected TEXT DEFAULT '[]' NOT NULL",
)


def upgrade() -> None:
    """Add the columns."""
    for statement in _STATEMENTS:
        op.execute(statement)

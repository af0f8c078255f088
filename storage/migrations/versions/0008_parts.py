"""Owns revision 0008: articles over several pages, what each page says and which of them the last look has reached."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """CREATE TABLE t_round (
        page_id TEXT NOT NULL, first TEXT NOT NULL, capture_id TEXT NOT NULL, at TEXT NOT NULL, grade TEXT NOT NULL,
        payload_digest TEXT NOT NULL, read_by TEXT, settled INTEGER NOT NULL,
        PRIMARY KEY (page_id), FOREIGN KEY(page_id) REFERENCES t_page (page_id)) STRICT""",
    """CREATE TABLE t_part (
        page_id TEXT NOT NULL, url TEXT NOT NULL, looked_for TEXT, capture_id TEXT, seen_at TEXT,
        payload_digest TEXT NOT NULL, settled_digest TEXT NOT NULL, bytes_at TEXT, bytes_capture TEXT,
        before_at TEXT, before_capture TEXT, article TEXT,
        PRIMARY KEY (page_id, url), FOREIGN KEY(page_id) REFERENCES t_page (page_id)) WITHOUT ROWID, STRICT""",
    "CREATE INDEX ix_part_url ON t_part (url)",
    "CREATE INDEX ix_frontier_part ON t_frontier (source, via) WHERE relation = 'part'",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(statement)

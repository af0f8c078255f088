"""Owns revision 0006: reprints by page, and the index that finds them; `scrapy reprints` fills it."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "DROP TABLE t_reprint",
    """CREATE TABLE t_reprint (
        page_id TEXT NOT NULL, earliest_page TEXT NOT NULL, similarity REAL NOT NULL, basis TEXT NOT NULL,
        version_id TEXT NOT NULL, earliest_version TEXT NOT NULL, PRIMARY KEY (page_id)
    ) WITHOUT ROWID, STRICT""",
    "CREATE INDEX ix_reprint_earliest ON t_reprint (earliest_page)",
    """CREATE TABLE t_reprint_text (
        text_id INTEGER NOT NULL, letters_sha256 TEXT NOT NULL, samples INTEGER NOT NULL, PRIMARY KEY (text_id),
        UNIQUE (letters_sha256)
    ) STRICT""",
    """CREATE TABLE t_reprint_sample (
        shingle INTEGER NOT NULL, text_id INTEGER NOT NULL, PRIMARY KEY (shingle, text_id)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE t_reprint_version (
        version_id TEXT NOT NULL, page_id TEXT NOT NULL, text_id INTEGER, out_by TEXT NOT NULL,
        captured TEXT NOT NULL, PRIMARY KEY (version_id)
    ) WITHOUT ROWID, STRICT""",
    "CREATE INDEX ix_reprint_version_text ON t_reprint_version (text_id)",
    "CREATE INDEX ix_reprint_version_page ON t_reprint_version (page_id)",
    """CREATE TABLE t_reprint_mark (
        method TEXT NOT NULL, text_number INTEGER NOT NULL, PRIMARY KEY (method)
    ) STRICT""",
)


def upgrade() -> None:
    """Make the tables; the one of revision 0001 was never filled."""
    for statement in _STATEMENTS:
        op.execute(statement)

"""Owns revision 0007: the looks behind every verdict of absence, and the runs that met an outage of the whole site.

Runs from before are taken to have met none.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE t_page ADD COLUMN absences TEXT DEFAULT '[]' NOT NULL",
    "ALTER TABLE t_crawl ADD COLUMN outage TEXT",
    "ALTER TABLE t_crawl ADD COLUMN judged INTEGER DEFAULT 0 NOT NULL",
    "UPDATE t_crawl SET judged = 1 WHERE outcome <> 'running'",
    """UPDATE t_page SET absences = (
        SELECT json_group_array(json_array(captured, grade, id)) FROM (
            SELECT k.captured, k.grade, k.id FROM t_capture k
            WHERE k.url = t_page.url AND k.page_id = t_page.page_id AND k.verdict = 'gone'
                AND k.captured >= t_page.gone_since ORDER BY k.captured LIMIT 50))
    WHERE gone_count > 0""",
)


def upgrade() -> None:
    """Add the columns, and for pages that are gone the looks that say so."""
    for statement in _STATEMENTS:
        op.execute(statement)

"""Owns whether a publication lets its pages go by age without having said so, judged when a run is over.

Each page that is gone went at an age between that at which it was last seen and that at which it was found gone; each
page that is there was seen at an age. When one age divides the two, with few exceptions, that is its retention.
"""

from __future__ import annotations

import json
from typing import Any, Final

from storage.catalogue_rows import json_text
from storage.catalogue_store import Store

__all__ = ["infer_retention"]

LEAST_GONE: Final = 20
"""Pages that must be gone before an age is looked for."""
LEAST_AGE_DAYS: Final = 7.0
"""What is gone younger is no matter of age."""
EXCEPTIONS: Final = 0.05
"""Share of the gone pages that may have gone younger, and as many that may have been seen older; also of the age."""


def infer_retention(store: Store, crawl_id: str, source: str) -> None:
    """Grade the absences that the run `crawl_id` found as `retention`, where the ages of all pages speak for it."""
    events = store.rows(_EVENTS, {"crawl": crawl_id})
    if not events or store.rows(_COUNT, {"source": source})[0].gone < LEAST_GONE:
        return
    ages = store.rows(_AGES, {"source": source})
    gone = sorted(row.gone_days for row in ages if row.gone_days is not None)
    if len(gone) < LEAST_GONE:
        return
    kept_days = gone[int(len(gone) * EXCEPTIONS)]
    older = sum(row.seen_days > kept_days for row in ages)
    if kept_days < LEAST_AGE_DAYS or older > len(gone) * EXCEPTIONS:
        return
    found = {row.page_id: row.gone_days for row in ages}
    for event in events:
        age_days = found.get(event.page_id)
        if age_days is not None and age_days >= kept_days * (1 - EXCEPTIONS):
            store.run(_GRADE, {"id": event.id, "detail": _detail(event, kept_days, len(gone), older)})


def _detail(event: Any, kept_days: float, gone: int, older: int) -> str:
    inferred = {"days": round(kept_days, 2), "pages_gone": gone, "pages_seen_older": older}
    return json_text({**json.loads(event.detail), "evidence": event.grade, "retention_inferred": inferred})


_EVENTS: Final = (
    "SELECT e.id, e.page_id, e.grade, e.detail FROM t_capture k JOIN t_event e ON e.page_id = k.page_id "
    "AND e.capture_after = k.id AND e.kind IN ('suspected', 'removed') AND e.grade <> 'retention' "
    "WHERE k.crawl_id = :crawl AND k.verdict = 'gone' ORDER BY e.id"
)
_COUNT: Final = "SELECT count(*) AS gone FROM t_page WHERE source = :source AND gone_count > 0"
_AGES: Final = """
    SELECT p.page_id, julianday(p.last_present) - julianday(v.published_utc) AS seen_days,
        julianday(p.gone_since) - julianday(v.published_utc) AS gone_days
    FROM t_page p JOIN t_version v ON v.version_id = p.latest_version
    WHERE p.source = :source AND julianday(v.published_utc) IS NOT NULL"""
_GRADE: Final = "UPDATE t_event SET grade = 'retention', detail = :detail WHERE id = :id"

"""Owns what a finished run says of its whole site: when lists and most pages fail in the same run, the site is out, and
no page is the worse for it.

A run is judged once it is over, in the order of runs, so that a rebuild judges alike. It met an outage when every
list, feed and sitemap that it asked for failed and more known pages failed than answered; also, when it asked for none,
if the run before met one and no page answered. A list that failed already in a run without an outage says nothing.
The looks of such a run that found pages gone then count as not having reached them, and their events are taken back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from storage.catalogue_retention import infer_retention
from storage.catalogue_rows import json_text
from storage.catalogue_store import Row, Store
from storage.stamps import moment

__all__ = ["judge_runs"]


def judge_runs(store: Store, source: str | None = None) -> None:
    """Judge the finished runs that are not judged yet, of one source or of all, and take back what outages made."""
    if not store.rows(_UNJUDGED, {"source": source}):
        return
    with store.write():
        for run in store.rows(_UNJUDGED, {"source": source}):
            outage = _outage(store, run)
            if outage is not None:
                _take_back(store, run)
            else:
                infer_retention(store, run.id, run.source)
            store.run(_JUDGED, {"id": run.id, "outage": None if outage is None else json_text(outage)})


def _outage(store: Store, run: Row) -> dict[str, Any] | None:
    """Return what failed in a run that met an outage, None if it met none."""
    at = {"crawl": run.id, "source": run.source, "started": run.started}
    lists = store.rows(_LISTS, at)
    if any(row.alive for row in lists):
        return None
    tried = [row.url for row in lists if not row.known_dead]
    reached: dict[str, bool] = {}
    grades: Counter[str] = Counter()
    for look in store.rows(_LOOKS, at):
        reached[look.page_id] = reached.get(look.page_id, False) or bool(look.reached)
        grades[look.grade] += not look.reached
    failed, answered = sum(not each for each in reached.values()), sum(reached.values())
    is_out = failed > answered if tried else failed > 0 == answered and _was_out(store, at)
    if not is_out:
        return None
    shown = {grade: times for grade, times in grades.most_common() if times}
    return {"lists_failed": len(tried), "pages_failed": failed, "pages_answered": answered, "grades": shown}


def _was_out(store: Store, at: dict[str, Any]) -> bool:
    before = store.rows(_RUN_BEFORE, at)
    return bool(before) and before[0].outage is not None


def _take_back(store: Store, run: Row) -> None:
    gone: dict[str, list[str]] = {}
    for look in store.rows(_GONE, {"crawl": run.id}):
        gone.setdefault(look.page_id, []).append(look.id)
    for page_id, captures in gone.items():
        at = {"id": page_id, "captures": json.dumps(captures)}
        store.run(_UNREACHED, at)
        page = store.rows(_PAGE, at)[0]
        absences = json.loads(page.absences)
        kept = [absence for absence in absences if absence[2] not in captures]
        if len(kept) == len(absences):
            continue  # it was there again before the run was over
        events = store.rows(_EVENTS, at)
        store.run(_FORGET, at)
        store.run(_RESTORE, {**at, **_before(store, run, page, kept, len(absences) - len(kept), events)})


def _before(
    store: Store, run: Row, page: Row, kept: list[list[str]], looks: int, events: Sequence[Row]
) -> dict[str, Any]:
    """Return the state of a page as if the looks of the run had not reached it."""
    made = {event.kind: json.loads(event.detail) for event in events}
    state = "suspect" if "removed" in made else page.state
    if "suspected" in made:
        state = made["suspected"].get("was", "live")
    last = kept[-1] if kept else (None, None, None)
    out = store.rows(
        _UNREACHABLE,
        {"url": page.url, "address": page.address, "id": page.page_id, "since": last[0] or page.last_present},
    )[0]
    span_s = (moment(out.last) - moment(out.first)).total_seconds()
    if state == "live" and out.looks >= run.removal_observations and span_s >= run.removal_span_s:
        state = "unobserved"
    return {
        "state": state,
        "gone_since": kept[0][0] if kept else None,
        "gone_count": page.gone_count - looks,
        "last_gone": last[0],
        "last_gone_capture": last[2],
        "absences": json_text(kept),
        "unreachable_since": out.first,
        "unreachable_count": out.looks,
    }


_LEADING: Final = "(k.role LIKE 'list%' OR k.role LIKE 'feed%' OR k.role LIKE 'sitemap%')"
_ALIVE: Final = (
    "((k.status BETWEEN 200 AND 299 OR k.status = 304) AND NOT EXISTS (SELECT 1 FROM t_failure f "
    "WHERE f.url = k.url AND +f.crawl_id = k.crawl_id AND f.capture_id = k.id))"
)
_OURS: Final = "('robots', 'guard', 'trap')"
"""Stages of failures that are no failing of the site's."""

_UNJUDGED: Final = (
    "SELECT id, source, started, removal_observations, removal_span_s FROM t_crawl "
    "WHERE NOT judged AND outcome <> 'running' AND (:source IS NULL OR source = :source) ORDER BY started, id"
)
_JUDGED: Final = "UPDATE t_crawl SET judged = 1, outage = :outage WHERE id = :id"
_RUN_BEFORE: Final = (
    "SELECT outage FROM t_crawl WHERE source = :source AND started < :started ORDER BY started DESC, id LIMIT 1"
)
_LISTS: Final = f"""
    WITH asked(url, alive) AS (
        SELECT k.url, max({_ALIVE}) FROM t_capture k WHERE k.crawl_id = :crawl AND {_LEADING} GROUP BY k.url
        UNION
        SELECT DISTINCT f.url, 0 FROM t_failure f
        WHERE f.crawl_id = :crawl AND f.capture_id IS NULL AND f.stage NOT IN {_OURS} AND EXISTS (
            SELECT 1 FROM t_capture k WHERE k.url = f.url AND k.source = :source AND {_LEADING}))
    SELECT url, max(alive) AS alive, coalesce((
        SELECT NOT {_ALIVE} FROM t_capture k JOIN t_crawl c ON c.id = k.crawl_id
        WHERE k.url = asked.url AND k.source = :source AND c.started < :started AND c.outage IS NULL AND {_LEADING}
        ORDER BY k.captured DESC LIMIT 1), 0) AS known_dead
    FROM asked GROUP BY url"""
_LOOKS: Final = f"""
    SELECT k.page_id, k.verdict IN ('present', 'moved') AS reached, k.grade FROM t_capture k
    WHERE k.crawl_id = :crawl AND k.page_id IS NOT NULL AND k.role NOT LIKE 'part%'
    UNION ALL
    SELECT p.page_id, 0, f.stage FROM t_failure f JOIN t_page p ON p.url = f.url AND p.source = f.source
    WHERE f.crawl_id = :crawl AND f.capture_id IS NULL AND f.stage NOT IN {_OURS}"""
_GONE: Final = (
    "SELECT id, page_id FROM t_capture WHERE crawl_id = :crawl AND verdict = 'gone' AND page_id IS NOT NULL "
    "AND role NOT LIKE 'part%' "
    "ORDER BY page_id, captured"
)
_IN: Final = "(SELECT value FROM json_each(:captures))"
_UNREACHED: Final = f"UPDATE t_capture SET verdict = 'unreachable', grade = 'outage' WHERE id IN {_IN}"
_PAGE: Final = "SELECT page_id, url, address, state, gone_count, absences, last_present FROM t_page WHERE page_id = :id"
_MADE: Final = f"FROM t_event WHERE page_id = :id AND kind IN ('suspected', 'removed') AND capture_after IN {_IN}"
_EVENTS: Final = f"SELECT kind, detail {_MADE}"
_FORGET: Final = f"DELETE {_MADE}"
_UNREACHABLE: Final = (
    "SELECT min(captured) AS first, max(captured) AS last, count(*) AS looks FROM t_capture "
    "WHERE url IN (:url, :address) AND page_id = :id AND verdict = 'unreachable' AND captured > :since"
)
_RESTORE: Final = (
    "UPDATE t_page SET state = :state, gone_since = :gone_since, gone_count = :gone_count, last_gone = :last_gone, "
    "last_gone_capture = :last_gone_capture, absences = :absences, unreachable_since = :unreachable_since, "
    "unreachable_count = :unreachable_count WHERE page_id = :id"
)

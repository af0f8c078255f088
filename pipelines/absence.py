"""Owns what a look says that does not find the page (gone, moved, not reached), and when absence is removal. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from storage.model import Absence, Event, Observation, PageState, Settlement, Thresholds
from storage.stamps import stamp

__all__ = ["gone", "moved", "unreachable"]

_ABSENCES_KEPT: Final = 50
_RULE: Final = (
    "removed when gone at removal_observations looks in a row, the first and the last removal_span_s apart; "
    "looks that do not reach the page count neither way"
)


def gone(before: PageState, url: str, look: Observation, thresholds: Thresholds) -> Settlement:
    """Count a look that found the page gone: the first makes it suspect, enough over enough time removed."""
    since = before.gone_since or look.at
    after = replace(
        before,
        last_checked=look.at,
        gone_since=since,
        gone_count=before.gone_count + 1,
        last_gone=look.at,
        last_gone_capture=look.capture_id,
        absences=(*before.absences[: _ABSENCES_KEPT - 1], Absence(look.at, look.grade, look.capture_id)),
        unreachable_since=None,
        unreachable_count=0,
    )
    if before.latest is None:
        return Settlement(after)
    events = []
    if before.state in ("live", "unobserved"):
        after = replace(after, state="suspect")
        was: dict[str, object] = {"was": before.state} if before.state != "live" else {}
        events.append(_absence(before, url, "suspected", look, {**_rule(thresholds), **was}))
    if after.state == "suspect" and _enough(after.gone_count, since, look.at, thresholds):
        detail: dict[str, object] = {
            "observations": after.gone_count,
            "gone_since": stamp(since),
            **_rule(thresholds),
            "looks": [
                {"at": stamp(each.at), "grade": each.grade, "capture": each.capture_id} for each in after.absences
            ],
        }
        after = replace(after, state="removed")
        events.append(_absence(before, url, "removed", look, detail))
    return Settlement(after, None, tuple(events))


def _rule(thresholds: Thresholds) -> dict[str, object]:
    return {
        "rule": _RULE,
        "removal_observations": thresholds.removal_observations,
        "removal_span_s": thresholds.removal_span_s,
    }


def _absence(before: PageState, url: str, kind: str, look: Observation, detail: dict[str, object]) -> Event:
    """Return an event of absence; of a page that its publication keeps no longer the grade is `retention`."""
    is_due = look.retention_s is not None
    return Event(
        before.page_id,
        url,
        kind,
        "retention" if is_due else look.grade,
        before.last_present,
        look.at,
        before.last_present_capture,
        look.capture_id,
        {**detail, "evidence": look.grade, "retention_s": look.retention_s} if is_due else detail,
    )


def _enough(count: int, since: datetime, at: datetime, thresholds: Thresholds) -> bool:
    return count >= thresholds.removal_observations and (at - since).total_seconds() >= thresholds.removal_span_s


def moved(before: PageState, url: str, look: Observation) -> Settlement:
    """A redirect to another address in scope: the page was live and lives on there. A page under suspicion stays so."""
    after = replace(before, last_checked=look.at, unreachable_since=None, unreachable_count=0)
    if look.grade == "redirect-own":  # to another address of its own: what is found there counts
        return Settlement(replace(after, moved_to=look.target))
    if before.latest is None or before.state not in ("live", "unobserved"):
        return Settlement(after)
    after = replace(after, state="live", moved_to=look.target)
    if before.moved_to == look.target:
        return Settlement(after)
    return Settlement(after, None, (_absence(before, url, "moved", look, {"to": look.target}),))


def unreachable(before: PageState, look: Observation, thresholds: Thresholds) -> Settlement:
    """Count a look that says nothing of the page; as many as a removal would need make a live one unobserved."""
    since = before.unreachable_since or look.at
    count = before.unreachable_count + 1
    kept_out = before.state == "live" and _enough(count, since, look.at, thresholds)
    return Settlement(
        replace(
            before,
            state="unobserved" if kept_out else before.state,
            last_checked=look.at,
            unreachable_since=since,
            unreachable_count=count,
        )
    )

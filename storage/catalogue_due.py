"""Owns when a URL is fetched next, and why: revisits by a ladder, lists by interval, absences, retries. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage.model import ArticleKind, Feed, ListPage, Outcome, PageState, Sitemap, Source, Thresholds

__all__ = ["Fate", "Place", "Retry", "fate", "ladder_of", "next_visit"]

_HOUR_S: Final = 3600
_DAY_S: Final = 86400
_YEAR_S: Final = 365 * _DAY_S
_DENIED: Final = ("robots", "guard")
_PASSING_STATUS: Final = (408, 425, 429)
_GONE_STATUS: Final = (404, 410)


@dataclass(frozen=True, slots=True)
class Retry:
    """What follows a passing failure: `tries` more, the first after `delay_s`, each later one three times as late.

    Also how many `redirects` in a row are followed.
    """

    tries: int = 2
    delay_s: float = 5.0
    redirects: int = 10


@dataclass(frozen=True, slots=True)
class Fate:
    """What one outcome makes of its frontier row; `next_due` None: fetched again only when something leads there."""

    state: str
    """pending (a retry) | done | failed."""
    next_due: datetime | None
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Place:
    """What of a frontier row its fate depends on."""

    role: str
    relation: str
    attempts: int
    first_seen: datetime


def fate(
    outcome: Outcome,
    place: Place,
    page: PageState | None,
    first_captured: datetime | None,
    source: Source,
    retry: Retry,
    now: datetime,
) -> Fate:
    """Return what becomes of the row of `outcome`; `page` is its page after the look, None if it never was one.

    `now` is when it is decided: retries count from there, everything else from the attempt.
    """
    kind = _kind(outcome)
    failure = outcome.failure
    if kind == "denied" and failure is not None:
        return Fate("failed", now + timedelta(seconds=_DAY_S), f"{failure.stage} asked again tomorrow", place.attempts)
    if kind == "trap":
        return Fate("failed", None, "a trap", place.attempts)
    if kind == "passing":
        return _retried(outcome, place, retry, now)
    if page is not None and page.latest is not None and page.gone_count:
        return _absent(outcome, page, source, place, now)
    if kind == "gone" and place.role.startswith("article"):
        return _never_there(outcome, place, now)
    if kind in ("gone", "refused"):
        return Fate("failed", _after_hours(now, place.attempts), "answered with an error", place.attempts + 1)
    return Fate("done", *_success(outcome, place, first_captured, source), 0)


def _kind(outcome: Outcome) -> str:
    """Return ok | passing | gone | refused | denied | trap."""
    capture = outcome.capture
    stage = outcome.failure.stage if outcome.failure is not None else ""
    if stage == "trap":
        return "trap"
    if capture is None or capture.status is None:
        return "denied" if stage in _DENIED else "passing"
    if capture.status >= 500 or capture.status in _PASSING_STATUS or capture.truncated in ("time", "disconnect"):
        return "passing"
    if capture.status >= 400 or (capture.status == 304 and capture.kind != "revisit"):
        return "gone" if capture.status in _GONE_STATUS else "refused"
    return "ok"


def _retried(outcome: Outcome, place: Place, retry: Retry, now: datetime) -> Fate:
    attempts = place.attempts + 1
    why = f"{outcome.failure.stage}: {outcome.failure.reason}" if outcome.failure is not None else "cut off"
    if attempts <= retry.tries:
        asked = outcome.retry_after_s
        delay_s = retry.delay_s * 3**place.attempts if asked is None else min(max(asked, 0.0), float(_DAY_S))
        return Fate(
            "pending", now + timedelta(seconds=delay_s), f"retry {attempts} of {retry.tries} after {why}", attempts
        )
    due = _after_hours(now, place.attempts - retry.tries)
    if outcome.retry_after_s is not None:
        due = max(due, now + timedelta(seconds=min(max(outcome.retry_after_s, 0.0), float(_DAY_S))))
    return Fate("failed", due, f"given up for now after {why}", attempts)


def _after_hours(now: datetime, times: int) -> datetime:
    return now + timedelta(seconds=min(_HOUR_S * 2 ** min(max(times, 0), 5), _DAY_S))


def _absent(outcome: Outcome, page: PageState, source: Source, place: Place, now: datetime) -> Fate:
    """A page that was there: confirm its absence; once removed, look now and then whether it is back."""
    if page.state == "removed":
        ladder = ladder_of(source, place.role)
        due = outcome.attempted + timedelta(seconds=max(ladder[-1] if ladder else 0, _DAY_S))
        return Fate("failed", due, "removed; is it back?", 0)
    thresholds = outcome.thresholds
    reason = f"confirm absence: gone {page.gone_count} of {thresholds.removal_observations} times"
    return Fate("failed", _confirm(page, outcome.attempted, thresholds, now), reason, 0)


def _confirm(page: PageState, attempted: datetime, thresholds: Thresholds, now: datetime) -> datetime:
    span_s, wanted = thresholds.removal_span_s, thresholds.removal_observations
    if not span_s:
        return now
    since = page.gone_since or attempted
    if page.gone_count >= wanted:
        return max(since + timedelta(seconds=span_s), now)
    return attempted + timedelta(seconds=max(span_s / max(wanted - 1, 1), min(_HOUR_S, span_s)))


def _never_there(outcome: Outcome, place: Place, now: datetime) -> Fate:
    """An address that was announced and never answered: look as often as a removal would need, then leave it."""
    attempts, wanted = place.attempts + 1, outcome.thresholds.removal_observations
    if attempts >= wanted:
        return Fate("failed", None, f"never there, asked {attempts} times", attempts)
    span_s = outcome.thresholds.removal_span_s
    due = now + timedelta(seconds=max(span_s / max(wanted - 1, 1), _HOUR_S))
    return Fate("failed", due, f"not there, asked {attempts} of {wanted} times", attempts)


def _success(
    outcome: Outcome, place: Place, first_captured: datetime | None, source: Source
) -> tuple[datetime | None, str]:
    name, _, number = place.role.partition(":")
    if name == "article":
        ladder = ladder_of(source, place.role)
        return next_visit(first_captured or place.first_seen, outcome.attempted, ladder)
    every_s = _every_s(source, name, number)
    if every_s is None or place.relation not in ("seed", "sitemap"):
        return None, "fetched again when something leads there"
    return outcome.attempted + timedelta(seconds=every_s), f"every {every_s} s"


def _every_s(source: Source, name: str, number: str) -> int | None:
    kinds: dict[str, Sequence[ListPage | Feed | Sitemap]]
    kinds = {"list": source.lists, "feed": source.feeds, "sitemap": source.sitemaps}
    rules = kinds.get(name, ())
    return rules[int(number)].every_s if number.isdigit() and int(number) < len(rules) else None


def ladder_of(source: Source, role: str) -> tuple[int, ...]:
    """Return the ages in seconds at which pages of an article's role are visited."""
    _, _, number = role.partition(":")
    known = number.isdigit() and int(number) < len(source.articles)
    return (source.articles[int(number)] if known else ArticleKind(match=())).revisit_s


def next_visit(first: datetime, at: datetime, ladder: tuple[int, ...]) -> tuple[datetime | None, str]:
    """Return the next step of the ladder (ages in seconds, ascending) after `at` for a page first captured at `first`.

    After the last step the ages go on by its length, then twice that and so on, at most a year apart.
    """
    if not ladder:
        return None, "not visited again"
    age_s = (at - first).total_seconds()
    step: float = next((step for step in ladder if step > age_s), 0)
    if not step:
        step, gap = float(ladder[-1]), float(ladder[-1])
        while step <= age_s:
            step, gap = step + min(max(gap, _HOUR_S), _YEAR_S), gap * 2
    return first + timedelta(seconds=step), f"visited at the age of {timedelta(seconds=step)}"

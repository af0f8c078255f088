from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.catalogue_due import Fate, Place, Retry, fate, next_visit
from storage.model import Failure, Outcome, PageState, Thresholds, Version
from tests.storage.outcomes import HOME, SOURCE, START, after, make_article, make_outcome

URL = f"{HOME}a/1.html"
HOUR, DAY = 3600, 86400
VERSION = Version("v", "p", 1, START, "v", "sha256:0", make_article())


def decide(outcome: Outcome, *, page: PageState | None = None, now: datetime | None = None, **place: Any) -> Fate:
    where = Place(**{"role": outcome.attempt.role, "relation": "link", "attempts": 0, "first_seen": START, **place})
    first = START if page is not None else None
    return fate(outcome, where, page, first, SOURCE, Retry(2, 5.0), now or outcome.attempted)


# --- success -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("age_s", "due_s"), [(0, HOUR), (HOUR - 1, HOUR), (HOUR, DAY), (DAY, 2 * DAY)])
def test_an_article_is_visited_by_its_ladder(age_s: int, due_s: int) -> None:
    page = PageState("p", latest=VERSION)
    settled = decide(make_outcome(URL, after(age_s), body="正文"), page=page)
    assert (settled.state, settled.next_due, settled.attempts) == ("done", after(due_s), 0)
    assert "age" in settled.reason


@pytest.mark.parametrize("role", ["list:0", "feed:0", "sitemap:0"])
def test_what_announces_articles_is_fetched_by_its_interval(role: str) -> None:
    every_s = {"list:0": 600, "feed:0": 900, "sitemap:0": DAY}[role]
    assert decide(make_outcome(URL, role=role), relation="seed").next_due == after(every_s)


@pytest.mark.parametrize(
    ("role", "relation"),
    [("list:0", "next"), ("list:0", "redirect"), ("listdata:0", "listdata"), ("page", "given"), ("list:9", "seed")],
)
def test_what_something_else_leads_to_waits_for_that(role: str, relation: str) -> None:
    settled = decide(make_outcome(URL, role=role), relation=relation)
    assert (settled.state, settled.next_due) == ("done", None)


def test_a_child_sitemap_comes_again_by_itself() -> None:
    assert decide(make_outcome(URL, role="sitemap:0"), relation="sitemap").next_due == after(DAY)


def test_a_304_is_a_success_only_if_it_was_asked_for() -> None:
    page = PageState("p", latest=VERSION)
    asked = decide(make_outcome(URL, status=304, capture={"kind": "revisit"}), page=page)
    assert (asked.state, asked.next_due) == ("done", after(HOUR))
    unasked = decide(make_outcome(URL, status=304), page=page)
    assert (unasked.state, unasked.attempts) == ("failed", 1)


def test_a_page_cut_at_the_size_limit_is_not_tried_again_at_once() -> None:
    outcome = make_outcome(URL, capture={"truncated": "length"}, failure=Failure("http", "cut at the size limit"))
    assert decide(outcome).state == "done"


# --- passing failures --------------------------------------------------------------------------

PASSING = [
    make_outcome(URL, status=None, failure=Failure("dns", "no address")),
    make_outcome(URL, status=None, failure=Failure("connect", "refused")),
    make_outcome(URL, status=503),
    make_outcome(URL, status=429),
    make_outcome(URL, capture={"truncated": "disconnect"}, failure=Failure("http", "cut")),
]


@pytest.mark.parametrize("outcome", PASSING)
def test_a_passing_failure_is_tried_again_later_each_time(outcome: Outcome) -> None:
    tries = [decide(outcome, attempts=attempts, now=after(100)) for attempts in range(4)]
    assert [each.state for each in tries] == ["pending", "pending", "failed", "failed"]
    assert [each.next_due for each in tries] == [after(105), after(115), after(100 + HOUR), after(100 + 2 * HOUR)]
    assert [each.attempts for each in tries] == [1, 2, 3, 4]
    assert tries[0].reason.startswith("retry 1 of 2 after ")


def test_a_failure_that_goes_on_is_tried_at_most_daily_and_at_least_daily() -> None:
    assert decide(PASSING[0], attempts=500).next_due == after(DAY)


@pytest.mark.parametrize(("asked_s", "due_s"), [(30.0, 30), (0.0, 0), (1e12, DAY), (-5.0, 0)])
def test_retry_after_is_obeyed_within_a_day(asked_s: float, due_s: float) -> None:
    outcome = replace(PASSING[3], retry_after_s=asked_s)
    assert decide(outcome).next_due == after(due_s)
    assert decide(outcome, attempts=2).next_due == after(max(due_s, HOUR))


def test_a_refusal_is_tried_again_in_hours() -> None:
    settled = decide(make_outcome(URL, status=403), attempts=1)
    assert (settled.state, settled.next_due, settled.attempts) == ("failed", after(2 * HOUR), 2)


@pytest.mark.parametrize("stage", ["robots", "guard"])
def test_a_denial_is_asked_again_tomorrow(stage: str) -> None:
    settled = decide(make_outcome(URL, status=None, failure=Failure(stage, "no")), attempts=1)
    assert (settled.state, settled.next_due, settled.attempts) == ("failed", after(DAY), 1)


def test_a_trap_is_left_alone() -> None:
    assert decide(make_outcome(URL, status=None, failure=Failure("trap", "repeats"))).next_due is None


# --- absence -----------------------------------------------------------------------------------


def suspect(count: int, since_s: float = 0) -> PageState:
    return PageState("p", "suspect", VERSION, gone_since=after(since_s), gone_count=count)


def test_suspicion_is_confirmed_within_the_span() -> None:
    gone = make_outcome(URL, status=404)
    settled = decide(gone, page=suspect(1))
    assert (settled.state, settled.next_due) == ("failed", after(DAY / 2))
    assert settled.reason == "confirm absence: gone 1 of 3 times"
    assert decide(gone, page=suspect(3, -HOUR)).next_due == after(DAY - HOUR)


@pytest.mark.parametrize(
    ("observations", "span_s", "due_s"), [(25, HOUR, HOUR), (2, 0, 0), (3, 600, 600), (49, DAY, HOUR)]
)
def test_suspicion_is_confirmed_no_sooner_than_hourly_but_at_once_without_a_span(
    observations: int, span_s: int, due_s: float
) -> None:
    gone = make_outcome(URL, status=404, thresholds=Thresholds(observations, span_s))
    assert decide(gone, page=suspect(1)).next_due == after(due_s)


def test_a_page_under_suspicion_that_cannot_be_read_is_still_confirmed() -> None:
    assert decide(make_outcome(URL), page=suspect(1)).next_due == after(DAY / 2)


def test_a_removed_page_is_looked_at_now_and_then() -> None:
    page = replace(suspect(3), state="removed")
    assert decide(make_outcome(URL, status=404), page=page).next_due == after(DAY)


def test_what_never_was_there_is_given_up() -> None:
    gone = make_outcome(URL, status=404)
    dues = [decide(gone, attempts=attempts).next_due for attempts in range(3)]
    assert dues == [after(DAY / 2), after(DAY / 2), None]


# --- the ladder --------------------------------------------------------------------------------


def test_beyond_the_ladder_the_gaps_double_up_to_a_year() -> None:
    at, ages = START, []
    for _ in range(9):
        due, _ = next_visit(START, at, (HOUR, 30 * DAY))
        assert due is not None
        at = due
        ages.append((at - START).total_seconds() / DAY)
    assert ages[1:] == [30, 60, 120, 240, 480, 845, 1210, 1575]


def test_without_a_ladder_a_page_is_not_visited_again() -> None:
    assert next_visit(START, START, ())[0] is None


@given(
    st.lists(st.integers(0, 10**8), min_size=1, max_size=6).map(lambda steps: tuple(sorted(steps))),
    st.integers(-(10**6), 10**9),
)
def test_the_next_visit_is_later_and_within_reach(ladder: tuple[int, ...], age_s: int) -> None:
    at = START + timedelta(seconds=age_s)
    due, _ = next_visit(START, at, ladder)
    assert due is not None and due > at
    assert due - at <= max(timedelta(days=366), timedelta(seconds=ladder[-1] - min(age_s, 0)))

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.changes import Reread, differences, settle, text_digest
from storage.model import Article, Event, Observation, PageState, Settlement, Thresholds, Version
from storage.stamps import stamp

URL = "http://paper.test/a/1.html"
START = datetime(2026, 11, 22, tzinfo=UTC)
THREE_IN_A_DAY = Thresholds()
AT_ONCE = Thresholds(removal_observations=1, removal_span_s=0)


def hours(count: float) -> datetime:
    return START + timedelta(hours=count)


def article(body: str = "one", extractor: str = "test/1", **fields: object) -> Article:
    return Article(**{"title": "T", "body": body, "body_sha256": body, "extractor": extractor, **fields})  # type: ignore[arg-type]


def look(hour: float, verdict: str = "present", text: Article | None = None, **fields: object) -> Observation:
    grades = {"present": "article", "gone": "http-404", "moved": "redirect", "unreachable": "network"}
    if verdict == "present" and text is None:
        text = article()
    payload = None if verdict == "unreachable" else f"sha256:{text.body if text else verdict}"
    made = Observation(hours(hour), verdict, grades[verdict], f"urn:uuid:{hour}", payload, text)
    return replace(made, **fields)  # type: ignore[arg-type]


def follow(
    looks: Sequence[Observation], thresholds: Thresholds = THREE_IN_A_DAY, reread: Reread | None = None
) -> tuple[PageState, list[Event], list[Version]]:
    state: PageState | None = None
    events: list[Event] = []
    versions: list[Version] = []
    for each in looks:
        settled: Settlement = settle(state, "p", URL, each, thresholds, reread=reread)
        state = settled.state
        events += settled.events
        versions += [settled.version] if settled.version else []
    assert state is not None
    return state, events, versions


def kinds(events: Sequence[Event]) -> list[str]:
    return [event.kind for event in events]


# --- versions ----------------------------------------------------------------------------------


def test_the_first_text_is_version_one_without_event() -> None:
    state, events, versions = follow([look(0)])
    assert (state.state, events) == ("live", [])
    assert [(v.number, v.version_id, v.capture_id, v.captured) for v in versions] == [
        (1, "urn:uuid:0", "urn:uuid:0", START)
    ]


def test_an_edit_is_a_new_version_and_says_between_which_looks() -> None:
    _, events, versions = follow([look(0), look(1), look(2, text=article("two!"))])
    assert [v.number for v in versions] == [1, 2]
    (event,) = events
    assert (event.kind, event.grade, event.after, event.observed) == ("edited", "body", hours(1), hours(2))
    assert (event.capture_before, event.capture_after) == ("urn:uuid:1", "urn:uuid:2")
    assert event.detail == {"changed": ["body"], "version": 2, "body_chars": [3, 4]}


def test_what_was_missing_of_an_article_takes_its_place_in_the_version_without_event() -> None:
    whole = look(0, text=article("one\ntwo"), payload_digest="sha256:one", others="filled")
    state, events, versions = follow([look(0), whole])
    assert (events, len(versions)) == ([], 1)
    assert state.latest is not None and (state.latest.version_id, state.latest.article.body) == (
        "urn:uuid:0",
        "one\ntwo",
    )
    assert state.texts == (text_digest(article("one\ntwo")),)


def test_an_edit_of_a_later_page_counts_though_the_first_has_the_same_payload() -> None:
    edited = look(1, text=article("one\ntwo!"), payload_digest="sha256:one", others="changed")
    _, events, versions = follow([look(0), edited])
    assert (kinds(events), len(versions)) == (["edited"], 2)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "U"},
        {"authors": ("甲",)},
        {"editors": ("乙",)},
        {"origin": "新报"},
        {"published": "2026-11-22"},
    ],
)
def test_each_field_of_a_version_tells_it_apart(change: dict[str, object]) -> None:
    changed = look(1, text=article(**change), payload_digest="sha256:other")
    _, events, versions = follow([look(0), changed])
    assert len(versions) == 2
    assert [event.grade for event in events] == list(change)


def test_furniture_is_no_version() -> None:
    other = look(1, text=article(section="news", keywords=("k",)), payload_digest="sha256:other")
    _, events, versions = follow([look(0), other])
    assert (len(versions), events) == (1, [])


def test_an_equal_payload_is_no_edit_however_it_reads() -> None:
    same = look(1, text=article("read otherwise"), payload_digest="sha256:one")
    _, events, versions = follow([look(0), same])
    assert (len(versions), events) == (1, [])


def test_a_return_to_an_earlier_text_is_a_version_that_names_it() -> None:
    _, events, versions = follow([look(n, text=article(body)) for n, body in enumerate(["one", "two", "one"])])
    assert [v.number for v in versions] == [1, 2, 3]
    assert [event.detail.get("reverts_to") for event in events] == [None, 1]


def test_the_server_saying_unchanged_is_a_look_without_text() -> None:
    unchanged = look(5, grade="server", payload_digest=None, article=None)
    state, events, versions = follow([look(0), unchanged, look(6)])
    assert (state.last_present, len(versions), events) == (hours(6), 1, [])
    assert follow([look(0), unchanged])[0].last_present == hours(5)


def test_an_edit_is_dated_from_the_last_bytes_not_from_the_servers_word() -> None:
    claims = [look(hour, grade="server", article=None) for hour in (2, 3)]
    state, events, _ = follow([look(0), *claims, look(4, text=article("two"))])
    (edit,) = events
    assert (edit.after, edit.observed, edit.capture_before) == (hours(0), hours(4), look(0).capture_id)
    assert edit.detail["server_said_unchanged"] == stamp(hours(3))
    assert (state.last_bytes, state.last_bytes_capture) == (hours(4), look(4).capture_id)
    again = look(1, grade="bytes", article=None, payload_digest=look(0).payload_digest)
    (edit,) = follow([look(0), again, look(4, text=article("two"))])[1]
    assert (edit.after, "server_said_unchanged" in edit.detail) == (hours(1), False)


def test_the_servers_word_ends_no_suspicion_but_bytes_do() -> None:
    gone = look(1, verdict="gone", grade="http-404", article=None, payload_digest=None)
    for hour, answer in enumerate([gone, replace(gone, at=hours(30))], 31):
        claim = look(hour, grade="server", article=None)
        state, events, _ = follow([look(0), gone, answer, claim])
        assert (state.state, state.last_present, state.last_checked) == ("suspect", hours(0), hours(hour))
        assert [event.kind for event in events] == ["suspected"]
    state, events, _ = follow([look(0), gone, look(40, grade="bytes", article=None)])
    assert (state.state, [(event.kind, event.grade) for event in events][-1]) == ("live", ("cleared", "bytes"))


def test_another_extractor_on_an_unchanged_page_gives_nothing() -> None:
    again = look(1, text=article("one, read better", "test/2"), payload_digest="sha256:one")
    state, events, versions = follow([look(0), again])
    assert (len(versions), events, state.latest) == (1, [], versions[0])


def test_another_extractor_on_other_bytes_gives_a_version_without_event() -> None:
    _, events, versions = follow([look(0), look(1, text=article("two", "test/2"))])
    assert [v.article.extractor for v in versions] == ["test/1", "test/2"]
    assert events == []


def test_the_earlier_capture_read_again_decides() -> None:
    def reread(version: Version) -> Article:
        return replace(version.article, body=f"{version.article.body} better", extractor="test/2")

    furniture = look(1, text=article("one better", "test/2"))
    _, events, versions = follow([look(0), furniture], reread=reread)
    assert (len(versions), events) == (1, [])
    edit = look(1, text=article("two better", "test/2"))
    _, events, versions = follow([look(0), edit], reread=reread)
    assert (len(versions), kinds(events)) == (2, ["edited"])


def test_text_digests_agree_with_differences() -> None:
    one, other = article(authors=("a", "b")), article(authors=("a, b",))
    assert differences(one, other) == ("authors",)
    assert text_digest(one) != text_digest(other)
    assert text_digest(one) == text_digest(replace(one, section="x", extractor="test/2"))
    assert len(text_digest(article("\ud800"))) == 32


# --- absence -----------------------------------------------------------------------------------


def test_one_failure_is_suspicion_and_no_removal() -> None:
    state, events, _ = follow([look(0), look(1, "gone")])
    assert state.state == "suspect"
    (event,) = events
    assert (event.kind, event.grade, event.after, event.observed) == ("suspected", "http-404", START, hours(1))
    assert (event.capture_before, event.capture_after) == ("urn:uuid:0", "urn:uuid:1")


def test_enough_absence_over_enough_time_is_removal() -> None:
    state, events, _ = follow([look(0), look(1, "gone"), look(13, "gone"), look(25, "gone")])
    assert (state.state, kinds(events)) == ("removed", ["suspected", "removed"])
    assert (events[1].after, events[1].observed) == (START, hours(25))
    looks = [{"at": stamp(hours(at)), "grade": "http-404", "capture": f"urn:uuid:{at}"} for at in (1, 13, 25)]
    rule = {name: events[0].detail[name] for name in ("rule", "removal_observations", "removal_span_s")}
    assert events[1].detail == {"observations": 3, "gone_since": stamp(hours(1)), **rule, "looks": looks}
    assert (rule["removal_observations"], rule["removal_span_s"]) == (3, 86400)


def test_of_very_many_looks_the_first_ones_and_the_last_are_told() -> None:
    span = Thresholds(removal_observations=3, removal_span_s=86400 * 30)
    looks = [look(0), *(look(1 + hour, "gone") for hour in range(0, 800, 8))]
    told = follow(looks, span)[1][-1].detail["looks"]
    assert isinstance(told, list) and len(told) == 50
    assert (told[0]["at"], told[-1]["at"]) == (stamp(hours(1)), stamp(hours(1 + 720)))


def test_a_page_out_of_retention_is_removed_on_that_grade() -> None:
    gone = [look(hour, "gone", retention_s=3600) for hour in (1, 13, 25)]
    _, events, _ = follow([look(0), *gone])
    assert [(event.kind, event.grade) for event in events] == [("suspected", "retention"), ("removed", "retention")]
    assert (events[1].detail["evidence"], events[1].detail["retention_s"]) == ("http-404", 3600)


def test_suspicion_says_that_the_page_was_unobserved_before() -> None:
    looks = [look(0), *(look(hour, "unreachable") for hour in (1, 13, 26)), look(30, "gone")]
    assert follow(looks)[1][0].detail["was"] == "unobserved"


@pytest.mark.parametrize("last", [[], [look(24.9, "gone")]])
def test_enough_looks_in_too_little_time_are_none(last: list[Observation]) -> None:
    state, events, _ = follow([look(0), look(1, "gone"), look(2, "gone"), look(3, "gone"), *last])
    assert (state.state, kinds(events)) == ("suspect", ["suspected"])


def test_two_looks_over_a_week_are_no_removal() -> None:
    state, _, _ = follow([look(0), look(1, "gone"), look(200, "gone")])
    assert state.state == "suspect"


def test_thresholds_of_one_remove_at_once() -> None:
    state, events, _ = follow([look(0), look(1, "gone")], AT_ONCE)
    assert (state.state, kinds(events)) == ("removed", ["suspected", "removed"])


def test_lowered_thresholds_state_the_removal_at_the_next_look() -> None:
    state, _, _ = follow([look(0), look(1, "gone")])
    settled = settle(state, "p", URL, look(2, "gone"), AT_ONCE)
    assert kinds(settled.events) == ["removed"]


def test_a_page_that_is_there_again_is_cleared_or_restored() -> None:
    _, events, _ = follow([look(0), look(1, "gone"), look(2)])
    assert kinds(events) == ["suspected", "cleared"]
    assert (events[1].after, events[1].capture_before, events[1].capture_after) == (
        hours(1),
        "urn:uuid:1",
        "urn:uuid:2",
    )
    state, events, _ = follow([look(0), look(1, "gone"), look(2)], AT_ONCE)
    assert kinds(events) == ["suspected", "removed", "restored"]
    assert (state.state, state.gone_count, state.gone_since) == ("live", 0, None)


def test_a_page_that_comes_back_changed_is_both() -> None:
    _, events, versions = follow([look(0), look(1, "gone"), look(2, text=article("two"))])
    assert kinds(events) == ["suspected", "cleared", "edited"]
    assert (events[2].after, len(versions)) == (START, 2)


def test_an_unreachable_look_neither_counts_nor_ends_a_run_of_absence() -> None:
    looks = [look(0), look(1, "gone"), look(13, "unreachable"), look(14, "gone"), look(25, "gone")]
    state, events, _ = follow(looks)
    assert (state.state, kinds(events)) == ("removed", ["suspected", "removed"])
    assert events[1].detail["observations"] == 3


def test_being_kept_out_is_no_removal() -> None:
    state, events, _ = follow([look(0), *(look(n, "unreachable") for n in range(1, 100))])
    assert (state.state, events) == ("unobserved", [])
    state, events, _ = follow([look(0), *(look(n, "unreachable") for n in range(1, 30)), look(50)])
    assert (state.state, events, state.unreachable_count) == ("live", [], 0)


def test_absence_after_being_kept_out_is_suspicion() -> None:
    _, events, _ = follow([look(0), *(look(n, "unreachable") for n in range(1, 30)), look(50, "gone")])
    assert (kinds(events), events[0].after) == (["suspected"], START)


def test_a_move_is_said_once_for_each_target() -> None:
    there, elsewhere = "http://paper.test/a/2.html", "http://paper.test/a/3.html"
    looks = [look(0), *(look(n, "moved", target=there) for n in (1, 2)), look(3, "moved", target=elsewhere)]
    state, events, _ = follow(looks)
    assert [event.detail for event in events] == [{"to": there}, {"to": elsewhere}]
    assert (state.state, kinds(events)) == ("live", ["moved", "moved"])
    state, events, _ = follow([*looks, look(4), look(5, "moved", target=elsewhere)])
    assert len(events) == 3


def test_a_move_under_suspicion_decides_nothing() -> None:
    state, events, _ = follow([look(0), look(1, "gone"), look(2, "moved", target="http://paper.test/404.html")])
    assert (state.state, kinds(events)) == ("suspect", ["suspected"])


# --- laws --------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["present", "gone", "moved", "unreachable"]),
        st.sampled_from(["one", "two", "three"]),
        st.sampled_from(["test/1", "test/2"]),
        st.integers(1, 30),
    ),
    max_size=25,
)
THRESHOLDS = st.builds(
    Thresholds, removal_observations=st.integers(1, 4), removal_span_s=st.sampled_from([0, 3600, 86400])
)


def looks_of(steps: list[tuple[str, str, str, int]]) -> list[Observation]:
    made = [look(0)]
    for verdict, body, extractor, gap in steps:
        hour = (made[-1].at - START).total_seconds() / 3600 + gap
        text = article(body, extractor) if verdict == "present" else None
        made.append(look(hour, verdict, text, target="http://paper.test/x" if verdict == "moved" else None))
    return made


@given(STEPS, THRESHOLDS)
def test_states_and_events_agree(steps: list[tuple[str, str, str, int]], thresholds: Thresholds) -> None:
    looks = looks_of(steps)
    state, events, versions = follow(looks, thresholds)
    turns = [event.kind for event in events if event.kind not in ("edited", "moved")]
    follows = {"suspected": {"removed", "cleared"}, "removed": {"restored"}}
    for one, other in itertools.pairwise(["cleared", *turns]):
        assert other in follows.get(one, {"suspected"})
    last = {"suspected": "suspect", "removed": "removed"}.get(turns[-1] if turns else "", "live")
    assert state.state in ({"live", "unobserved"} if last == "live" else {last})
    assert [version.number for version in versions] == list(range(1, len(versions) + 1))
    assert len(state.texts) == len(versions)
    assert state.latest == versions[-1]


@given(STEPS, THRESHOLDS)
def test_no_removal_with_less_evidence_than_the_thresholds_ask(
    steps: list[tuple[str, str, str, int]], thresholds: Thresholds
) -> None:
    looks = looks_of(steps)
    for event in follow(looks, thresholds)[1]:
        assert event.after is not None and event.after <= event.observed
        if event.kind == "removed":
            present = max(each.at for each in looks if each.verdict == "present" and each.at < event.observed)
            gone = [each.at for each in looks if each.verdict == "gone" and present < each.at <= event.observed]
            assert len(gone) >= thresholds.removal_observations
            assert (gone[-1] - gone[0]).total_seconds() >= thresholds.removal_span_s


# --- many addresses ----------------------------------------------------------------------------

HERE, THERE = "http://www.paper.test/a/1.html", "http://m.paper.test/a/1.html"


def at(address: str, hour: float, verdict: str = "present", body: str = "one", **fields: object) -> Observation:
    text = article(body) if verdict == "present" else None
    made = look(hour, verdict, text, address=address, is_main=address == HERE, **fields)
    return replace(made, capture_id=f"urn:uuid:{hour}")


def test_a_look_elsewhere_decides_nothing_while_the_page_is_found_at_its_own_address() -> None:
    ours = [at(HERE, 0), at(HERE, 10)]
    for elsewhere in (at(THERE, 5, "gone"), at(THERE, 5, body="mobile"), at(THERE, 5, "unreachable")):
        assert follow([ours[0], elsewhere, ours[1]]) == follow(ours)


def test_when_its_own_address_fails_another_that_shows_it_takes_over() -> None:
    looks = [at(HERE, 0), at(HERE, 1, "gone"), at(THERE, 2), at(HERE, 3, "gone"), at(HERE, 30, "gone")]
    state, events, versions = follow(looks)
    assert (kinds(events), state.state, state.address) == (["suspected", "cleared"], "live", THERE)
    assert len(versions) == 1
    state, events, _ = follow([*looks, at(THERE, 31, "gone"), at(THERE, 60, "gone"), at(THERE, 61, "gone")])
    assert kinds(events) == ["suspected", "cleared", "suspected", "removed"]


def test_the_main_address_takes_over_and_another_text_there_is_no_edit() -> None:
    state, events, versions = follow([at(THERE, 0, body="mobile"), at(HERE, 1), at(THERE, 2, body="mobile")])
    assert (state.address, events, len(versions)) == (HERE, [], 2)
    state, events, versions = follow([at(THERE, 0), at(HERE, 1), at(HERE, 2, body="edited")])
    assert (kinds(events), len(versions)) == (["edited"], 2)


def test_a_redirect_to_its_own_other_address_is_no_move_and_that_one_counts() -> None:
    away = at(HERE, 1, "moved", grade="redirect-own", target=THERE)
    state, events, _ = follow([at(HERE, 0), away, at(THERE, 2), replace(away, at=hours(3)), at(THERE, 4, body="new")])
    assert (state.address, kinds(events)) == (THERE, ["edited"])

"""Hidden links that a page begins to carry are an event of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipelines.changes import Reread, settle
from storage.model import Article, Event, InjectedLink, Observation, PageState, Thresholds

START = datetime(2026, 11, 22, tzinfo=UTC)
SPAM = InjectedLink("http://spam.test/1", "开奖", "off-screen")
MORE = InjectedLink("http://spam.test/2", "投注", "off-screen")


def look(hour: int, *links: InjectedLink, payload: str | None = None, extractor: str = "test/1") -> Observation:
    article = Article("T", "text", "text", extractor=extractor, injected=links)
    digest = payload or f"sha256:{len(links)}"
    return Observation(START + timedelta(hours=hour), "present", "article", f"urn:{hour}", digest, article)


def follow(*looks: Observation, reread: Reread | None = None) -> list[Event]:
    state: PageState | None = None
    events: list[Event] = []
    for each in looks:
        settled = settle(state, "p", "http://paper.test/1", each, Thresholds(), reread=reread)
        state = settled.state
        events += settled.events
    return events


def test_new_hidden_links_are_an_event_once() -> None:
    (event,) = follow(look(0), look(1, SPAM), look(2, SPAM, payload="sha256:other"))
    assert (event.kind, event.grade, event.after) == ("injected", "off-screen", START)
    assert (event.capture_before, event.capture_after) == ("urn:0", "urn:1")
    assert event.detail == {"links": [["http://spam.test/1", "开奖"]], "count": 1}


def test_a_page_that_carries_them_at_the_first_look_is_told_of() -> None:
    assert [event.after for event in follow(look(0, SPAM))] == [None]


def test_further_links_and_links_that_come_back_are_told_of() -> None:
    events = follow(
        look(0, SPAM), look(1, SPAM, MORE), look(2, payload="sha256:clean"), look(3, MORE, payload="sha256:again")
    )
    assert [event.detail["links"] for event in events] == [
        [["http://spam.test/1", "开奖"]],
        [["http://spam.test/2", "投注"]],
        [["http://spam.test/2", "投注"]],
    ]


def test_an_extractor_that_sees_more_is_no_event() -> None:
    before, after = look(0, payload="sha256:a"), look(1, SPAM, payload="sha256:b", extractor="test/2")
    assert after.article is not None
    seen = after.article
    assert follow(before, after) == []
    assert follow(before, replace(after, payload_digest="sha256:a")) == []
    assert follow(before, after, reread=lambda version: seen) == []

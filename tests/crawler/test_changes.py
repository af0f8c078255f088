"""`scrapy changes`: every kind of event once, in words, by time, kind and source."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from crawler.commands.changes import Command
from crawler.event_words import Behind, event_text
from storage.catalogue_events import EVENT_KINDS
from storage.catalogue_views import VIEW_COLUMNS
from tests.chronicle import BULLETIN, MORNING, chronicle
from tests.crawler.commanding import Said, said_by


class Changes(Protocol):
    """Runs the command."""

    def __call__(self, *arguments: str) -> Said: ...


@pytest.fixture(scope="module")
def archive_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("changes") / "archive"
    made.mkdir()
    chronicle(made)
    return made


@pytest.fixture
def changes(archive_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Changes:
    monkeypatch.setenv("COLUMNS", "150")
    return lambda *arguments: said_by(Command(), archive_dir, capsys, *arguments)


TOLD = [
    ("injected", "/a/6.html", "2026-03-09T00:38", "2026-03-12T00:32"),
    ("removed", "/a/2.html", "2026-03-09T00:34", "2026-03-12T00:31"),
    ("moved", "/a/5.html", "2026-03-09T00:37", "2026-03-11T00:35"),
    ("cleared", "/a/4.html", "2026-03-10T00:33", "2026-03-11T00:34"),
    ("edited", "/a/3.html", "2026-03-09T00:35", "2026-03-11T00:33"),
    ("edited", "/a/1.html", "2026-03-10T00:31", "2026-03-11T00:31"),
    ("suspected", "/a/4.html", "2026-03-09T00:36", "2026-03-10T00:33"),
    ("suspected", "/a/2.html", "2026-03-09T00:34", "2026-03-10T00:32"),
    ("edited", "/a/1.html", "2026-03-09T00:33", "2026-03-10T00:31"),
]
"""Kind, page, last observation before, observation: newest first."""


def test_every_event_is_told_newest_first_with_its_interval(changes: Changes) -> None:
    rows = changes("--json").rows()
    found = [(row["kind"], row["url"].removeprefix(MORNING), row["after"][:16], row["observed"][:16]) for row in rows]
    assert found == TOLD
    assert all(tuple(row) == (*VIEW_COLUMNS["event"], "source", "title") for row in rows)


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (("--kind", "edited"), {4, 5, 8}),
        (("--kind", "injected", "--kind", "moved"), {0, 2}),
        (("--since", "2026-03-11"), {0, 1, 2, 3, 4, 5}),
        (("--since", "2026-03-11T08:34:00+08:00", "--until", "2026-03-11"), {2, 3}),
        (("--until", "2026-03-10"), {6, 7, 8}),
        (("--until", "2026-03-11T00:34:00"), {4, 5, 6, 7, 8}),
        (("--source", "morning", "-n", "2"), {0, 1}),
        (("--since", "20000w", "--kind", "moved"), None),
        (("--source", "bulletin"), set()),
        (("--kind", "reprint", "--source", "morning"), set()),
        (("--since", "1h"), set()),
        (("--kind", "restored"), set()),
    ],
)
def test_what_is_asked_for_is_chosen(changes: Changes, arguments: tuple[str, ...], kept: set[int] | None) -> None:
    said = changes("--json", *arguments)
    if kept is None:
        assert said.code == 2
        return
    assert said.code == (0 if kept else 1)
    found = [(row["kind"], row["url"].removeprefix(MORNING), row["observed"][:16]) for row in said.rows()]
    assert found == [(kind, page, at) for number, (kind, page, _, at) in enumerate(TOLD) if number in kept]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "edited",
            (
                "title: 水库压减下泄 → 两座水库压减下泄流量",
                "责任编辑: 林书白 → 甘棠",
                "back to version 1",
                "水位二点[-三-]{+九+}米",
            ),
        ),
        ("removed", ("3 looks since 2026-03-10T00:32", "2026-03-11T00:32:00.000000Z http-404", "早市菜船靠岸")),
        ("injected", ("六合开奖 http://spam.test/1", "在线投注 http://more.test/2", "off-screen")),
        ("moved", ("to http://morning.test/a/55.html",)),
        ("cleared", ("found absent 1 times since 2026-03-10T00:33",)),
        ("suspected", ("http-404", "after 2026-03-09 00:34:00")),
    ],
)
def test_a_person_reads_what_changed(changes: Changes, kind: str, words: tuple[str, ...]) -> None:
    said = changes("--kind", kind)
    assert said.code == 0
    assert [word for word in words if word not in said.out] == []


def test_copies_that_depart_from_their_original_are_told_if_asked_for(changes: Changes) -> None:
    (row,) = changes("--kind", "reprint", "--json").rows()
    assert tuple(row) == (*VIEW_COLUMNS["event"], "source", "title")
    assert (row["url"], row["kind"], row["grade"], row["after"]) == (f"{BULLETIN}/a/2.html", "reprint", "cut", None)
    assert row["detail"]["earliest_url"] == f"{MORNING}/a/1.html"
    assert [place["kind"] for place in row["detail"]["deviations"]] == ["cut"]
    assert "cut: " in (said := changes("--kind", "reprint").out) and "[-镇政府提醒" in said
    mixed = changes("--kind", "reprint", "--kind", "injected", "--kind", "moved", "--json").rows()
    assert [row["kind"] for row in mixed] == ["injected", "reprint", "moved"]
    assert changes("--kind", "reprint", "--since", "2026-03-13").code == 1
    assert "The newest 1 events" in changes("--kind", "reprint", "--kind", "edited", "-n", "1").out


def test_the_newest_are_shown_and_the_rest_counted(changes: Changes) -> None:
    assert "9 events, the newest 2 of them" in changes("-n", "2").out
    assert changes("--kind", "restored").out == "Nothing of this kind happened\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--kind", "vanished"), "changes: --kind vanished: must be one of edited, "),
        (("-n", "0"), "changes: -n 0: must be at least 1"),
        (("--since", "lately"), "changes: --since lately: must be 2026-11-22, "),
        (("--until", "2026-02-30"), "changes: --until 2026-02-30: must be"),
        (("--until", ""), "changes: --until : must be"),
        (("http://morning.test/",), "changes: http://morning.test/: takes no argument"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(changes: Changes, arguments: tuple[str, ...], complaint: str) -> None:
    said = changes(*arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(f"scrapy: {complaint}")


@pytest.mark.parametrize("kind", [*EVENT_KINDS, "other"])
@pytest.mark.parametrize("detail", [{}, {"links": [], "count": 0, "changed": ["body"]}])
def test_an_event_of_an_earlier_program_is_told_too(kind: str, detail: dict[str, object]) -> None:
    assert kind in event_text({"kind": kind, "grade": "g", "detail": detail}, Behind({})).plain

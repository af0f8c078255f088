"""`scrapy history`: the timeline, what changed between two versions, and the page for a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.commands.history import Command
from tests.chronicle import MORNING, chronicle
from tests.crawler.commanding import Said, said_by

EDITED, GONE = f"{MORNING}/a/1.html", f"{MORNING}/a/2.html"


@pytest.fixture(scope="module")
def archive_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("history") / "archive"
    made.mkdir()
    chronicle(made)
    return made


@pytest.fixture
def say(archive_dir: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def said(*arguments: str) -> Said:
        return said_by(Command(), archive_dir, capsys, *arguments)

    return said


def test_the_timeline_tells_the_edit_and_that_it_was_undone(say) -> None:  # type: ignore[no-untyped-def]
    told = say(EDITED).out
    assert "二点[-三-]{+九+}米" in told and "二点[-九-]{+三+}米" in told
    assert "back to version 1" in "".join(told.split("\n")).replace("│", "") or "back to" in told
    assert "Also at http://morning.test/old.html (redirect)" in told


def test_the_timeline_tells_every_look_behind_a_removal(say) -> None:  # type: ignore[no-untyped-def]
    (removed,) = [row for row in say(GONE, "--json").rows() if row.get("kind") == "removed"]
    looks = [(look["grade"], look["at"][:10]) for look in removed["detail"]["looks"]]
    assert looks == [("http-404", f"2026-03-{day}") for day in (10, 11, 12)]
    assert {"rule", "removal_observations", "removal_span_s"} <= set(removed["detail"])
    assert say(GONE).out.count("http-404") >= 5


@pytest.mark.parametrize(
    ("wanted", "ends"),
    [
        ("", (2, 3)), ("1..2", (1, 2)), ("1..3", (1, 3)), ("3..1", (3, 1)), ("2", (1, 2)), ("1..", (1, 3)),
        ("..2", (1, 2)), ("..", (2, 3)),
    ],
)  # fmt: skip
def test_a_difference_of_any_two_versions(say, wanted: str, ends: tuple[int, int]) -> None:  # type: ignore[no-untyped-def]
    arguments = ("--diff", wanted, EDITED) if wanted else (EDITED, "--diff")
    (row,) = say(*arguments, "--json").rows()
    assert (row["from"], row["to"]) == ends
    assert ({*ends} == {1, 3}) == all(tag == "equal" for tag, _ in row["body"])
    assert f"Version {ends[0]} to {ends[1]}:" in say(*arguments).out


def test_the_address_may_stand_behind_the_option(say) -> None:  # type: ignore[no-untyped-def]
    assert say("--diff", EDITED).out == say(EDITED, "--diff").out


@pytest.mark.parametrize("wanted", ["0..1", "1..4", "9", "1-2", "a..b", "1..2..3"])
def test_versions_that_there_are_not(say, wanted: str) -> None:  # type: ignore[no-untyped-def]
    refused = say(EDITED, "--diff", wanted)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert f"--diff {wanted}" in refused.err


def test_a_page_that_never_changed_has_no_difference(say) -> None:  # type: ignore[no-untyped-def]
    assert say(GONE, "--diff", "--json").rows() == []
    assert say(GONE, "--diff").code == 0


def test_the_page_for_a_browser(say) -> None:  # type: ignore[no-untyped-def]
    page = say(EDITED, "--html")
    assert (page.code, page.out.startswith("<!doctype html>")) == (0, True)
    assert "二点<del>三</del><ins>九</ins>米" in page.out and "<table>" in page.out
    assert "<table>" not in say(EDITED, "--html", "--diff", "1..2").out


def test_what_only_tracks_is_no_other_address(say) -> None:  # type: ignore[no-untyped-def]
    assert say(f"{EDITED}?utm_source=wx", "--json").out == say(EDITED, "--json").out


def test_an_address_of_which_nothing_is_known(say) -> None:  # type: ignore[no-untyped-def]
    for form in ((), ("--json",), ("--html",), ("--diff",)):
        assert say(f"{MORNING}/a/99.html", *form).code == 1

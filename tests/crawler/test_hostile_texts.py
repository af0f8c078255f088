"""Fifty hostile titles and fifty hostile queries through every command that reads: nothing breaks, nothing commands."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.command import ArchiveCommand
from crawler.commands import changes, cite, export, history, reprints, search
from tests.chronicle import BULLETIN, MORNING, chronicle
from tests.crawler.commanding import Said, said_by
from tests.hostile import QUERIES, TITLES, commands_of

PAGE = f"{MORNING}/a/1.html"
FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")


@pytest.fixture(scope="module")
def archive_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile") / "archive"
    made.mkdir()
    chronicle(made)
    return made


@pytest.fixture(scope="module")
def spoilt(archive_dir: Path) -> Iterator[sqlite3.Connection]:
    """The same archive's catalogue, to be written into."""
    with sqlite3.connect(archive_dir / "catalogue.sqlite", isolation_level=None) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        yield connection
    connection.close()


def spoil(connection: sqlite3.Connection, title: str) -> str:
    """Have every page say `title` wherever a page can say something; return it as SQLite can hold it."""
    held = re.sub("[\ud800-\udfff]", "\ufffd", title)
    links = json.dumps({"links": [["http://spam.test/", held]], "count": 1, "changed": ["body"], "version": 2})
    names = json.dumps([held], ensure_ascii=False)
    connection.execute(
        "UPDATE t_version SET title = ?1, origin = ?1, authors = ?2, editors = ?2, section = ?1, "
        "body = number || ?1 || char(10) || ?1",
        (held, names),
    )
    connection.execute("UPDATE t_event SET detail = ?, grade = ?", (links, held))
    return held


def harmless(said: Said, codes: set[int]) -> Said:
    """Return what was said, having looked that it is an answer or one line of complaint, and commands nothing."""
    assert said.code in codes, said
    assert commands_of(said.out) == [] and commands_of(said.err) == [], said
    assert said.err.count("\n") <= 1 and "Traceback" not in said.err
    return said


@pytest.mark.parametrize("title", TITLES, ids=lambda title: ascii(title[:20]))
def test_a_hostile_title_does_no_harm(
    archive_dir: Path, spoilt: sqlite3.Connection, capsys: pytest.CaptureFixture[str], title: str
) -> None:
    held = spoil(spoilt, title)

    def say(command: ArchiveCommand, *arguments: str) -> Said:
        return harmless(said_by(command, archive_dir, capsys, *arguments), {0, 1})

    for as_json in ((), ("--json",)):
        assert say(changes.Command(), *as_json).code == 0
        assert say(history.Command(), PAGE, *as_json).code == 0
        say(reprints.Command(), *as_json)
        say(search.Command(), "渡口", *as_json)
        assert say(cite.Command(), PAGE, *as_json).code == 0
    assert say(history.Command(), PAGE, "--diff").code == 0
    assert re.findall("<(?:script|img|iframe|svg|style)", say(history.Command(), PAGE, "--html").out, re.I) == [
        "<style"
    ]
    assert {row["title"] for row in say(changes.Command(), "--json").rows()} == {held}
    for form in ("bibtex", "csl-json"):
        say(cite.Command(), PAGE, "--format", form)
    for kind in ("articles", "versions", "events"):
        rows = say(export.Command(), kind).rows()
        assert kind == "events" or {row["title"] for row in rows} == {held}
        table = say(export.Command(), kind, "--format", "csv").out
        for cells in csv.reader(io.StringIO(table, newline="")):
            assert not any(FORMULA.match(cell) for cell in cells)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: ascii(query[:20]))
def test_a_hostile_query_is_a_question_like_any_other(
    archive_dir: Path, capsys: pytest.CaptureFixture[str], query: str
) -> None:
    for command, arguments in (
        (search.Command(), (query,)),
        (search.Command(), ("--json", query)),
        (history.Command(), (query,)),
        (cite.Command(), (query,)),
        (reprints.Command(), (query,)),
        (cite.Command(), (PAGE, f"--at={query}")),
        (changes.Command(), (f"--source={query}",)),
        (changes.Command(), (f"--since={query}",)),
        (changes.Command(), (f"--kind={query}",)),
        (export.Command(), ("articles", f"--query={query}")),
        (export.Command(), ("captures", f"--origin={query}", f"--author={query}")),
        (export.Command(), (query,)),
        (export.Command(), ("articles", f"--format={query}")),
        (export.Command(), ("events", f"--event={query}", f"--source={query}")),
    ):
        harmless(said_by(command, archive_dir, capsys, *arguments), {0, 1, 2})


@pytest.mark.parametrize("path", ["/a/1.html?q=\x1b[31m", "/\u202e", "/%1b%5b31m", "/" + "x" * 10_000, "/a b\n\r"])
def test_a_hostile_address_is_shown_harmlessly(
    archive_dir: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    for home in (MORNING, BULLETIN):
        for command in (history.Command(), cite.Command(), reprints.Command()):
            assert harmless(said_by(command, archive_dir, capsys, home + path), {1, 2}).out or path.startswith("/a/1")

"""Fifty hostile titles and fifty hostile queries through every command that reads: nothing breaks, nothing commands."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.command import ArchiveCommand
from crawler.commands import changes, cite, export, history, reprints, search
from storage.catalogue_events import EVENT_KINDS
from tests.chronicle import BULLETIN, MORNING, STORIES, chronicle
from tests.crawler.commanding import Said, said_by
from tests.hostile import QUERIES, TITLES, commands_of

PAGE = f"{MORNING}/a/1.html"
FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")


@pytest.fixture(scope="module")
def archive_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in which every title is that of one page, and of all that became of it."""
    made = tmp_path_factory.mktemp("hostile") / "archive"
    made.mkdir()
    body = "渡口第{n}号码头今天上午恢复摆渡，第{n}条渡船七点离岸，船上坐着第{n}批过江的菜农，{n}筐菜一早卖完。"
    stories = {n: replace(STORIES[1], body=(body.format(n=n * 37), STORIES[1].body[n % 3])) for n in range(len(TITLES))}
    chronicle(made, stories)
    with sqlite3.connect(made / "catalogue.sqlite") as connection:
        for number, title in enumerate(TITLES):
            spoil(connection, f"{MORNING}/a/{number}.html", held(title))
    connection.close()
    return made


def held(title: str) -> str:
    """Return a title as SQLite can hold it."""
    return re.sub("[\ud800-\udfff]", "\ufffd", title)


def spoil(connection: sqlite3.Connection, url: str, title: str) -> None:
    """Have a page say `title` wherever it can say something, in a second version too, and let it be edited."""
    ((page_id, version_id),) = connection.execute("SELECT page_id, latest_version FROM t_page WHERE url = ?", (url,))
    connection.execute(
        "UPDATE t_version SET title = ?1, origin = ?1, section = ?1, authors = ?2, editors = ?2, "
        "body = body || ?1 || char(10) || ?1 WHERE version_id = ?3",
        (title, json.dumps([title], ensure_ascii=False), version_id),
    )
    columns = [row[1] for row in connection.execute("PRAGMA table_info(t_version)")]
    other = {"version_id": "version_id || '-2'", "number": "2", "origin": "'x' || origin", "body": "'x' || body"}
    connection.execute(
        f"INSERT INTO t_version ({', '.join(columns)}) SELECT {', '.join(other.get(name, name) for name in columns)} "
        "FROM t_version WHERE version_id = ?",
        (version_id,),
    )
    detail = {"changed": ["body"], "version": 2, "links": [["http://spam.test/", title]], "count": 1, "to": title}
    for kind in EVENT_KINDS:
        connection.execute(
            "INSERT INTO t_event (page_id, url, kind, grade, observed, detail) VALUES (?, ?, ?, ?, ?, ?)",
            (page_id, url, kind, title, "2026-03-10T00:00:00.000000Z", json.dumps(detail)),
        )


def harmless(said: Said, codes: set[int]) -> Said:
    """Return what was said, having looked that it is an answer or one line of complaint, and commands nothing."""
    assert said.code in codes, said
    assert commands_of(said.out) == [] and commands_of(said.err) == [], said
    assert said.err.count("\n") <= 1 and "Traceback" not in said.err
    return said


@pytest.mark.parametrize("number", range(len(TITLES)), ids=lambda number: ascii(TITLES[number][:20]))
def test_a_page_with_a_hostile_title_can_be_asked_about(
    archive_dir: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    url = f"{MORNING}/a/{number}.html"
    for command, arguments in (
        (history.Command(), (url,)),
        (history.Command(), (url, "--json")),
        (history.Command(), (url, "--diff")),
        (history.Command(), (url, "--html")),
        (cite.Command(), (url,)),
        (cite.Command(), (url, "--json")),
        (cite.Command(), (url, "--format", "bibtex")),
        (cite.Command(), (url, "--format", "csl-json")),
    ):
        said = harmless(said_by(command, archive_dir, capsys, *arguments), {0})
        if "--html" in arguments:
            assert re.findall("<(?:script|img|iframe|svg|style)", said.out, re.I) == ["<style"]
        if arguments[1:] == ("--json",) and isinstance(command, cite.Command):
            assert said.rows()[0]["title"] == held(TITLES[number])


LISTS: list[tuple[ArchiveCommand, tuple[str, ...]]] = [
    (changes.Command(), ("-n", "1000")),
    (changes.Command(), ("--json",)),
    (changes.Command(), ("--kind", "reprint", "-n", "1000")),
    (reprints.Command(), ("-n", "1000")),
    (reprints.Command(), ("--json",)),
    (search.Command(), ("渡口", "-n", "1000")),
    (search.Command(), ("渡口", "-n", "1000", "--json")),
    (export.Command(), ("articles",)),
    (export.Command(), ("versions",)),
    (export.Command(), ("events",)),
]


@pytest.mark.parametrize(
    ("command", "arguments"),
    LISTS,
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else type(part).__module__.rpartition(".")[2],
)
def test_a_list_of_hostile_titles_does_no_harm(
    archive_dir: Path, capsys: pytest.CaptureFixture[str], command: ArchiveCommand, arguments: tuple[str, ...]
) -> None:
    said = harmless(said_by(command, archive_dir, capsys, *arguments), {0})
    if "--json" in arguments or arguments in (("articles",), ("versions",)):
        assert {row["title"] for row in said.rows()} <= {*map(held, TITLES)}
    if isinstance(command, export.Command) and arguments != ("events",):
        assert {row["title"] for row in said.rows()} == {*map(held, TITLES)}


@pytest.mark.parametrize("kind", ["articles", "versions", "events"])
def test_no_hostile_title_computes(archive_dir: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    said = harmless(said_by(export.Command(), archive_dir, capsys, kind, "--format", "csv"), {0})
    rows = list(csv.reader(io.StringIO(said.out, newline="")))
    assert len(rows) > len(TITLES)
    assert not [cell for cells in rows for cell in cells if FORMULA.match(cell)]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: ascii(query[:20]))
def test_a_hostile_query_is_a_question_like_any_other(
    archive_dir: Path, capsys: pytest.CaptureFixture[str], query: str
) -> None:
    for command, arguments in (
        (search.Command(), (query,)),
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

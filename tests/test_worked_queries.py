"""The README's questions in SQL, asked of the archive that it names; and its picture of how the views hang together."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.catalogue_views import VIEW_COLUMNS
from tests.chronicle import chronicle

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")


def between(mark: str) -> str:
    """Return what stands between two marks of the README."""
    found = re.search(rf"<!-- {mark}: begin -->\n(.*?)<!-- {mark}: end -->", README, re.S)
    assert found
    return found[1]


WORKED = re.findall(r"^(\d+)\. (.*?)\n\n```sql\n(.*?)```\n```\n(.*?)```\n", between("queries"), re.S | re.M)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("queries")
    chronicle(folder)
    return folder / "catalogue.sqlite"


@pytest.fixture
def connection(catalogue: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)
    yield opened
    opened.close()


def is_said(line: str, shown: str) -> bool:
    """Tell whether a line of output is the one shown, in which … stands for anything."""
    return re.fullmatch(".+".join(map(re.escape, shown.split("…"))), line) is not None


def test_there_are_ten_questions() -> None:
    assert [int(number) for number, *_ in WORKED] == [*range(1, 11)]
    assert between("queries").count("```sql") == 10


@pytest.mark.parametrize(("sql", "answer"), [worked[2:] for worked in WORKED])
def test_a_question_has_the_answer_beneath_it(connection: sqlite3.Connection, sql: str, answer: str) -> None:
    rows = ["|".join("" if cell is None else str(cell) for cell in row) for row in connection.execute(sql)]
    shown = answer.splitlines()
    assert len(rows) == len(shown) > 0
    assert [row for row, line in zip(rows, shown, strict=True) if not is_said(row, line)] == []


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the sqlite3 shell is not there")
def test_the_shell_prints_the_same(catalogue: Path) -> None:
    for _, _, sql, answer in WORKED[:3]:
        ran = subprocess.run(["sqlite3", "-readonly", str(catalogue), sql], capture_output=True, text=True, check=True)
        assert ran.stdout == answer


def test_the_picture_of_the_views_is_true(connection: sqlite3.Connection) -> None:
    picture = between("schema")
    named = re.findall(r"\b([a-z_]+)\.([a-z_]+)\b", picture)
    assert {view for view, _ in named} == set(VIEW_COLUMNS)
    assert [f"{view}.{column}" for view, column in named if column not in VIEW_COLUMNS[view]] == []
    for one, one_column, many, many_column in re.findall(r"(\w+)\.(\w+) [─┬├└]+> (\w+)\.(\w+)", picture):
        lost = connection.execute(
            f"SELECT count(*) FROM {one} WHERE {one_column} IS NOT NULL "
            f"AND {one_column} NOT IN (SELECT {many_column} FROM {many})"
        ).fetchone()
        assert lost == (0,), f"{one}.{one_column} > {many}.{many_column}"

"""What Datasette is told of the catalogue is true: views, columns, facets, queries; soak looks at it in a browser."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.catalogue_views import VIEW_COLUMNS
from tests.chronicle import MORNING, chronicle

TOLD = json.loads((Path(__file__).resolve().parents[1] / "datasette" / "metadata.json").read_text("utf-8"))
CATALOGUE = TOLD["databases"]["catalogue"]
TABLES: dict[str, dict[str, Any]] = {name: told for name, told in CATALOGUE["tables"].items() if "hidden" not in told}
GIVEN = {"words": "菜船", "url": f"{MORNING}/a/1.html", "moment": "2026-03-10T12:00:00Z"}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    folder = tmp_path_factory.mktemp("datasette")
    chronicle(folder)
    opened = sqlite3.connect(f"file:{folder / 'catalogue.sqlite'}?mode=ro", uri=True)
    yield opened
    opened.close()


def test_every_view_is_told_of() -> None:
    assert set(TABLES) == set(VIEW_COLUMNS)


@pytest.mark.parametrize("view", TABLES)
def test_columns_and_facets_exist(view: str) -> None:
    told = TABLES[view]
    facets = [next(iter(facet.values())) if isinstance(facet, dict) else facet for facet in told.get("facets", ())]
    sorts = [told[key] for key in ("sort", "sort_desc") if key in told]
    assert {*facets, *sorts, *told.get("sortable_columns", ())} <= set(VIEW_COLUMNS[view])
    assert set(sorts) <= set(told.get("sortable_columns", ()))


def test_what_is_hidden_is_there(connection: sqlite3.Connection) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert set(CATALOGUE["tables"]) - set(TABLES) <= tables


@pytest.mark.parametrize("name", CATALOGUE["queries"])
def test_a_query_finds_something(connection: sqlite3.Connection, name: str) -> None:
    query = CATALOGUE["queries"][name]
    given = {parameter: GIVEN[parameter] for parameter in query.get("params", ())}
    assert connection.execute(query["sql"], given).fetchall()
    assert query["title"]

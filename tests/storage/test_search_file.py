from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.catalogue import Catalogue
from storage.fold import fold
from storage.search import Searcher
from storage.search_file import FORM, index_path, open_to_fill
from storage.search_query import parse
from storage.search_tokens import characters_of, expression, tokens_of
from tests.storage.outcomes import make_article
from tests.storage.test_search import put, search_now

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def shown(name: str) -> str:
    """The SQL that the README shows under a name."""
    found = re.search(rf"<!-- {name}: begin -->\n```sql\n(.*?)```", README, re.S)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The catalogue as someone without our program opens it, the index attached as the README says."""
    articles = {
        "yield": make_article("今年糧食產量又創新高。", "丰收", published_utc="2026-11-20T00:00:00Z"),
        "party": make_article("二○二○年，全黨動手。", "党", published_utc="2026-11-21T00:00:00Z"),
        "hair": make_article("理髮不限產量，糧食另算。", "理发"),
    }
    path = put(tmp_path_factory.mktemp("shell"), articles)
    with Catalogue.open(path, read_only=True) as catalogue, Searcher.open(catalogue):
        pass
    connection = sqlite3.connect(path)
    attach = shown("search by expression").split(";")[0]
    connection.execute(attach.replace("archive/search.sqlite", str(index_path(path))))
    yield connection
    connection.close()


def asked(shell: sqlite3.Connection, query: str) -> list[Any]:
    return [row[3].rpartition("/")[2] for row in shell.execute(shown("search by words"), {"words": query})]


def test_the_expression_that_the_readme_shows_finds_in_a_plain_shell(shell: sqlite3.Connection) -> None:
    (row,) = shell.execute(shown("search by expression").split(";", 1)[1])
    assert row[2] == "丰收"
    query = parse("粮食产量")
    assert query is not None and f"'{expression(query)}'" in shown("search by expression")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("粮食产量", ["yield"]),
        ("粮食", ["yield", "hair"]),
        ("黨", ["party"]),
        ("产", ["yield", "hair"]),
        ("二○二○年", ["party"]),
        ("二〇二〇年", ["party"]),
        ("理發", ["hair"]),
        ("二年", []),
        ("", []),
    ],
)
def test_words_can_be_asked_for_in_plain_sql(shell: sqlite3.Connection, query: str, found: list[str]) -> None:
    assert asked(shell, query) == found


def test_datasette_asks_as_the_readme_does() -> None:
    told = json.loads((ROOT / "datasette" / "metadata.json").read_text("utf-8"))
    assert told["databases"]["_memory"]["queries"]["search"]["sql"] == shown("search by words").strip().rstrip(";")


def test_an_index_of_another_form_is_made_anew(tmp_path: Path) -> None:
    path = put(tmp_path, {"one": make_article("粮食")})
    assert search_now(path, "粮食") == ["one"]
    with sqlite3.connect(index_path(path)) as connection:
        connection.execute("UPDATE search_state SET form = 'older'")
        connection.execute("DELETE FROM search_document")
    assert search_now(path, "粮食") == ["one"]


def test_the_form_counts_up_when_what_is_indexed_changes() -> None:
    """When this fails, count FORM up and put the new digest here: older indexes are then made anew."""
    folded = fold("二○二○年，臺灣Café的ＷＴＯ談判·第１1輪\n乾隆粮庫カタカナ")
    digest = hashlib.sha256(f"{tokens_of(folded, folded)}|{characters_of(folded, '')}".encode()).hexdigest()[:16]
    assert (FORM, digest) == (1, "3d6f37cdbb48baf7")


def test_the_catalogue_cannot_be_written_through_the_index(tmp_path: Path) -> None:
    store = open_to_fill(put(tmp_path, {"one": make_article("粮食")}))
    try:
        with pytest.raises(Exception, match="cannot be written"):
            store.run("DELETE FROM catalogue.t_text")
    finally:
        store.close()

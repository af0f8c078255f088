"""`scrapy search` as people and scripts meet it: what it prints, what it refuses, what it makes of strangers' texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler.commands.search import Command
from storage.search_file import index_path
from tests.crawler.commanding import Said, said_by
from tests.storage.outcomes import make_article
from tests.storage.test_search import HOSTILE, put

TITLES = [
    '=HYPERLINK("http://x","粮食")',
    "+粮食",
    "-粮食",
    "@粮食",
    "\x1b[31m红色粮食\x1b[0m",
    "\x1b]0;标题\x07粮食",
    "\x9b31m粮食",
    "\u202e食粮",
    "\u2067粮食\u2069",
    "粮\0食",
    "粮食" * 5000,
    "[bold]粮食[/bold]",
    "<script>粮食</script>",
    "粮食\r\n第二行",
    "\ud800粮食",
    "\ufeff粮食",
    "'; DROP TABLE t_page; --",
    '"粮食"',
    "%s %(x)s {0} 粮食",
    "𠮷野家的粮食",
    "\u0300粮食",
    "粮\u200d食",
    "粮食\u2028行",
    "\\u001b[31m粮食",
    "a" * 10000,
    *(f"{chr(code)}粮食" for code in range(1, 32) if code not in (10, 13, 27)),
]
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty hostile titles over texts that say which they are, and some decent articles."""
    folder = tmp_path_factory.mktemp("archive")
    hostile = {f"h{n}": make_article(f"敌意{title}", title) for n, title in enumerate(TITLES)}
    decent = {
        "new": make_article("渡口今日恢复摆渡。", "渡口", published="2026-11-20", published_utc="2026-11-19T16:00:00Z"),
        "old": make_article(
            "渡口停航。渡口、渡口。", "水", published="2025-11-20", published_utc="2025-11-19T16:00:00Z"
        ),
    }
    put(folder, hostile | decent)
    return folder


@pytest.fixture
def search(archive: Path, capsys: pytest.CaptureFixture[str]) -> Search:
    return Search(archive, capsys)


class Search:
    def __init__(self, archive: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.archive = archive
        self.capture = capture

    def __call__(self, *arguments: str) -> Said:
        return said_by(Command(), self.archive, self.capture, *arguments)


def test_hits_are_shown_with_how_many_there_are(search: Search) -> None:
    said = search("渡口")
    assert said.code == 0 and said.out.startswith("2 articles say 渡口\n")
    assert said.out.index("2026-11-20") < said.out.index("2025-11-20")
    assert search("渡口", "-n", "1").out.startswith("2 articles say 渡口, the newest 1 of them\n")


def test_relevance_says_among_how_many_it_chose(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    assert search("渡口", "--rank", "relevance").out.startswith("2 articles say 渡口, most relevant first\n")
    assert "the 1 most relevant of them" in search("渡口", "--rank", "relevance", "-n", "1").out
    (row,) = search("渡口", "--rank", "relevance", "-n", "1", "--json").rows()
    assert (row["title"], row["ranked_among"]) == ("渡口", 2)
    monkeypatch.setattr("crawler.commands.search._RANKED", 1)
    assert "2 articles say 渡口, these 1 the most relevant of the newest 1" in search("渡口", "--rank", "relevance").out


def test_rows_for_scripts(search: Search) -> None:
    rows = search("渡口", "--json", "--from", "2026").rows()
    assert [(row["title"], row["published"], row["number"]) for row in rows] == [("渡口", "2026-11-20", 1)]
    assert rows[0]["version_id"] == rows[0]["capture_id"] and "ranked_among" not in rows[0]


def test_counting_and_nothing(search: Search) -> None:
    assert search("渡口", "--count").out == "2 articles say 渡口\n"
    assert search("渡口", "--count", "--json").rows() == [{"count": 2}]
    assert search("渡口", "--count", "--all-versions").out == "2 versions say 渡口\n"
    for query in ("火箭", "，。"):
        nothing = search(query)
        assert (nothing.code, nothing.out) == (1, f"Nothing says {query}\n")
    assert (search("火箭", "--json").code, search("火箭", "--json").out) == (1, "")
    assert search("火箭", "--count", "--json").rows() == [{"count": 0}]


def test_the_expression_is_for_other_programs(search: Search) -> None:
    assert search("--fts", "糧食產量 NOT 廣告").out == '(("粮食 食产 产量") NOT ("广告"))\n'
    assert search("--fts", "。").code == 1


def test_the_index_can_be_made_anew(search: Search, archive: Path) -> None:
    index_path(archive / "catalogue.sqlite").unlink(missing_ok=True)
    said = search("--reindex")
    assert (said.code, said.out, said.err) == (0, "", f"scrapy: search: {len(TITLES) + 2} texts indexed\n")
    assert search("--reindex", "渡口", "--count").out == "2 articles say 渡口\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["渡口", "-n", "0"], "-n 0: must be at least 1"),
        (["渡口", "--rank", "luck"], "--rank luck: must be date or relevance"),
        (["渡口", "--kind", "paper"], "--kind paper: must be one of news, party, government, other"),
        (["渡口", "--state", "gone"], "--state gone: must be one of live"),
        (["渡口", "--script", "hant"], "--script hant: must be one of Hans, Hant"),
        (["渡口", "--from", "11月"], "--from 11月: must be a day, a month or a year"),
        (["渡口", "--to", "\x1b[31m"], "--to �[31m: must be a day"),
        ([" "], "give something to look for"),
        ([" ".join(f"a{n}" for n in range(101))], "101 terms: must be at most 100"),
    ],
)
def test_what_cannot_be_meant_is_one_line(search: Search, arguments: list[str], says: str) -> None:
    said = search(*arguments)
    assert said.code == 2 and says in said.err and said.err.count("\n") == 1


@pytest.mark.parametrize("query", HOSTILE)
def test_no_hostile_query_breaks_or_commands_the_terminal(search: Search, query: str) -> None:
    for form in (("-n", "5"), ("--json", "--all-versions", "--rank", "relevance")):
        said = search(query, *form) if not query.startswith("-") else search(f" {query}", *form)
        assert said.code in ((2,) if "\ud800" in query else (0, 1))
        assert not RAW.search(said.out + said.err) and said.err.count("\n") == (said.code == 2)
        assert len(said.out) < 10_000 or "--json" in form


def test_no_hostile_title_breaks_or_commands_the_terminal(search: Search) -> None:
    assert len(TITLES) >= 50
    said = search("敌意", "-n", "100")
    assert said.code == 0 and said.out.startswith(f"{len(TITLES)} articles say 敌意\n")
    assert not RAW.search(said.out)
    rows = search("敌意", "-n", "100", "--json")
    assert not RAW.search(rows.out)
    assert len(rows.rows()) == len(TITLES)
    for n, title in enumerate(TITLES):
        shown = next(row for row in rows.rows() if row["url"].endswith(f"/h{n}"))["title"]
        assert shown == title.replace("\ud800", "\ufffd")

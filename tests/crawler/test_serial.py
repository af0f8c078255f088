"""`scrapy crawl` of articles over several pages: one article, one version of the whole, whatever comes and goes."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.forked import ForkedArchive
from tests.run import Archive
from tests.serial import Serial
from tests.server import Server
from tests.waiting import until

SETTINGS = {"ARCHIVE_RETRIES": "1", "ARCHIVE_RETRY_DELAY_S": "0.1", "ARCHIVE_WORKERS": "1"}
WHOLE, ONLY_NEXT, LATER_EDIT, SILENT_EDIT, ALL_EDITED, MOVED_TEXT, GAP, LOST, BUSY, SHRUNK = range(10)


@dataclass
class Lived:
    """An archive after three crawls of a newspaper, one article for each thing that may happen."""

    archive: ForkedArchive
    origin: str
    paper: Serial
    first: Serial
    """As the paper was when it was crawled first."""
    items: list[dict[str, Any]]
    """What the first crawl exported."""

    def rows(self, sql: str, article: int, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the catalogue with the article's address as `?1`."""
        return self.archive.rows(sql, f"{self.origin}{self.paper.path(article, 1)}", *parameters)

    def bodies(self, article: int) -> list[str]:
        """Return the bodies of an article's versions."""
        return [body for (body,) in self.rows("SELECT body FROM version WHERE url = ?1 ORDER BY number", article)]

    def events(self, article: int) -> list[tuple[str, str]]:
        return self.rows("SELECT kind, grade FROM event WHERE url = ?1 ORDER BY observed", article)

    def parts(self, article: int, number: int = 1) -> list[tuple[int, str]]:
        """Return each page of a version: its number, and the last piece of its capture's address."""
        rows = self.rows(
            "SELECT x.part, c.url FROM version_capture x JOIN version v USING (version_id) "
            "JOIN capture c ON c.id = x.capture_id WHERE v.url = ?1 AND v.number = ?2 ORDER BY x.part",
            article,
            number,
        )
        return [(part, url.rpartition("/")[2]) for part, url in rows]


def gaps(archive: Archive) -> set[str]:
    rows = archive.rows("SELECT json_extract(details, '$.gaps') FROM t_version")
    return {url.rpartition("/")[2] for (found,) in rows for url in json.loads(found or "[]")}


def crawl(archive: Archive, *arguments: str, code: int = 0) -> None:
    run = archive.scrapy("crawl", "serial", *arguments)
    assert run.returncode == code, run.stderr


def rebuilt_is_the_same(archive: Archive) -> None:
    before = archive.truth()
    assert archive.scrapy("rebuild").returncode == 0
    after = archive.truth()
    for view, rows in before.items():
        assert after[view] == rows, view


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    archive = ForkedArchive(tmp_path_factory.mktemp("serial"), SETTINGS)
    paper, first = Serial(10), Serial(10)
    for one in (paper, first):
        one.only_next = {ONLY_NEXT}
    paper.validated = {SILENT_EDIT}
    middle = "第二天一早，水就到了田头，谁也没有说话，只听见水声从渠这头响到渠那头。"
    one, two = first.text(MOVED_TEXT, 1), first.text(MOVED_TEXT, 2)
    paper.words = {(MOVED_TEXT, 1): f"{one}</p><p>{middle}", (MOVED_TEXT, 2): two}
    first.words = {(MOVED_TEXT, 1): f"{one}\n{middle}"}
    paper.gone, paper.busy = {paper.path(GAP, 2)}, {paper.path(BUSY, 2)}
    out = archive.folder / "out.jsonl"
    with Server(paper) as server:
        archive.add_source("serial", paper.toml(server.origin))
        crawl(archive, "-O", str(out), code=5)
        assert gaps(archive) == {"c_6_2.html", "c_8_2.html"}
        paper.words = {(MOVED_TEXT, 1): one, (MOVED_TEXT, 2): f"{middle}</p><p>{two}"}
        paper.gone = {paper.path(LOST, 3)}
        for article, pages in ((LATER_EDIT, (2,)), (SILENT_EDIT, (3,)), (ALL_EDITED, (1, 2, 3))):
            paper.words |= {(article, page): paper.text(article, page).replace("石板", "青石") for page in pages}
        paper.lengths[SHRUNK] = 1
        lowered = ("-s", "ARCHIVE_REMOVAL_OBSERVATIONS=1", "-s", "ARCHIVE_REMOVAL_SPAN_S=0")
        for _ in range(2):
            crawl(archive, "-a", "revisit=all", *lowered, code=5)
        items = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
        return Lived(archive, server.origin, paper, first, items)


@pytest.mark.parametrize("article", [WHOLE, ONLY_NEXT])
def test_the_pages_are_one_article_in_order(lived: Lived, article: int) -> None:
    assert lived.bodies(article) == [lived.first.body(article, 1, 2, 3)]
    assert lived.parts(article) == [(1, f"c_{article}.html"), (2, f"c_{article}_2.html"), (3, f"c_{article}_3.html")]
    assert lived.rows("SELECT editors, versions FROM article WHERE url = ?1", article) == [('["林书白"]', 1)]
    assert lived.events(article) == []
    assert lived.archive.rows("SELECT count(*) FROM article") == [(10,)]
    item = next(item for item in lived.items if item["url"].endswith(f"c_{article}.html"))
    assert (item["body"], item["editors"]) == (lived.bodies(article)[0], ["林书白"])


def test_each_article_is_exported_once(lived: Lived) -> None:
    assert sorted(item["url"] for item in lived.items) == sorted(
        f"{lived.origin}{lived.paper.path(article, 1)}" for article in range(10)
    )


def test_history_tells_of_a_later_page_with_its_article(lived: Lived) -> None:
    said = lived.archive.scrapy("history", "--json", f"{lived.origin}{lived.paper.path(WHOLE, 3)}").stdout
    told = [json.loads(line) for line in said.splitlines()]
    assert [row["url"].rpartition("/")[2] for row in told if row["what"] == "version"] == ["c_0.html"]
    (version,) = (row for row in told if row["what"] == "version")
    assert {"title", "body", "published"} <= version["confidence"].keys() <= version["reasons"].keys()
    captures = [row["url"].rpartition("/")[2] for row in told if row["what"] == "capture"]
    assert captures == ["c_0.html", "c_0_2.html", "c_0_3.html"] * 3


@pytest.mark.parametrize(("article", "page"), [(LATER_EDIT, 2), (SILENT_EDIT, 3)], ids=["bytes", "the others say 304"])
def test_an_edit_of_one_page_is_a_version_of_the_whole(lived: Lived, article: int, page: int) -> None:
    assert lived.bodies(article) == [lived.first.body(article, 1, 2, 3), lived.paper.body(article, 1, 2, 3)]
    rows = lived.rows(
        "SELECT e.kind, e.grade, b.url, a.url, e.after <= b.captured AND e.observed = a.captured FROM event e "
        "JOIN capture b ON b.id = capture_before JOIN capture a ON a.id = capture_after WHERE e.url = ?1",
        article,
    )
    edited = f"{lived.origin}{lived.paper.path(article, page)}"
    assert rows == [("edited", "body", edited, edited, 1)]
    statuses = lived.rows(
        "SELECT status FROM capture WHERE url = ?1 ORDER BY captured",
        article,
    )
    assert statuses == ([(200,), (304,), (304,)] if article == SILENT_EDIT else [(200,)] * 3)


def test_an_edit_of_all_pages_is_one_version(lived: Lived) -> None:
    assert lived.bodies(ALL_EDITED) == [lived.first.body(ALL_EDITED, 1, 2, 3), lived.paper.body(ALL_EDITED, 1, 2, 3)]
    assert lived.events(ALL_EDITED) == [("edited", "body")]


def test_text_that_moves_from_one_page_to_the_next_is_no_edit(lived: Lived) -> None:
    assert lived.bodies(MOVED_TEXT) == [lived.first.body(MOVED_TEXT, 1, 2, 3)]
    assert lived.events(MOVED_TEXT) == []


@pytest.mark.parametrize("article", [GAP, BUSY])
def test_a_gap_is_filled_without_an_event(lived: Lived, article: int) -> None:
    wanted = lived.first.body(article, 1, 2, 3) if article == GAP else lived.first.body(article, 1, 3)
    assert lived.bodies(article) == [wanted]
    assert lived.events(article) == []
    assert gaps(lived.archive) == {"c_8_2.html"}
    assert lived.paper.asked[lived.paper.path(BUSY, 2)] == 6  # twice in each run


def test_a_later_page_that_goes_is_neither_an_edit_nor_a_removal(lived: Lived) -> None:
    assert lived.bodies(LOST) == [lived.first.body(LOST, 1, 2, 3)]
    assert lived.events(LOST) == []
    assert lived.rows("SELECT state FROM article WHERE url = ?1", LOST) == [("live",)]
    reasons = lived.archive.rows("SELECT reason FROM failure WHERE url LIKE '%/c_7_3.html'")
    assert reasons == [("404 Not Found",)] * 2


def test_an_article_that_shrinks_to_one_page_is_edited(lived: Lived) -> None:
    assert lived.bodies(SHRUNK) == [lived.first.body(SHRUNK, 1, 2, 3), lived.paper.body(SHRUNK, 1)]
    assert lived.events(SHRUNK) == [("edited", "body")]
    assert lived.paper.asked[lived.paper.path(SHRUNK, 2)] == 1


def test_the_runs_count_articles_not_pages(lived: Lived) -> None:
    runs = lived.archive.rows("SELECT new, changed, unchanged FROM crawl ORDER BY started")
    assert runs == [(10, 0, 0), (0, 4, 6), (0, 0, 10)]
    due = lived.archive.rows("SELECT DISTINCT next_due > first_seen FROM t_frontier WHERE role = 'article:0'")
    assert due == [(1,)]


def test_rebuild_audit_and_a_reading_again_say_the_same(lived: Lived) -> None:
    before = lived.archive.truth()
    read = lived.archive.scrapy("reextract", "--json")
    assert (read.returncode, read.stdout) == (0, ""), read.stderr
    assert lived.archive.truth() == before
    rebuilt_is_the_same(lived.archive)
    audit = lived.archive.scrapy("verify", "--texts", "--json")
    assert (audit.returncode, audit.stdout) == (0, "")


# --- kills --------------------------------------------------------------------------------------


@pytest.fixture
def paper() -> Serial:
    return Serial(1, 4)


@pytest.fixture
def archive(tmp_path: Path, paper: Serial) -> Iterator[ForkedArchive]:
    archive = ForkedArchive(tmp_path, SETTINGS)
    with Server(paper) as server:
        archive.add_source("serial", paper.toml(server.origin))
        yield archive


def killed(archive: Archive, paper: Serial, target: str, times: int, *arguments: str) -> None:
    """Crawl until `target` has been asked for so often, and kill the crawl."""
    paper.slow_s = 0.2
    with archive.start("crawl", "serial", *arguments) as run:
        assert until(lambda: paper.asked[target] >= times)
        run.kill()
    assert run.returncode == -signal.SIGKILL
    paper.slow_s = 0.0


def test_killed_between_its_pages_the_next_run_ends_it(archive: ForkedArchive, paper: Serial) -> None:
    killed(archive, paper, "/a/c_0_3.html", 1)
    crawl(archive)
    assert archive.rows("SELECT body, versions FROM article") == [(paper.body(0, 1, 2, 3, 4), 1)]
    assert archive.rows("SELECT kind FROM event") == [] and gaps(archive) == set()
    assert paper.asked["/a/c_0.html"] == 1 and paper.asked["/a/c_0_2.html"] == 1
    rebuilt_is_the_same(archive)


def test_killed_in_a_second_look_and_looked_at_anew(archive: ForkedArchive, paper: Serial) -> None:
    crawl(archive)
    paper.words[0, 1] = paper.text(0, 1).replace("石板", "青石")
    killed(archive, paper, "/a/c_0_2.html", 2, "-a", "revisit=all")
    paper.words[0, 4] = paper.text(0, 4).replace("石板", "青石")
    (first,) = archive.rows("SELECT url FROM article")[0]
    crawl(archive, "-a", f"url={first.replace('c_0', 'c_0_4')}")
    assert archive.rows("SELECT body, versions FROM article") == [(paper.body(0, 1, 2, 3, 4), 3)]
    assert archive.rows("SELECT kind, grade FROM event") == [("edited", "body")] * 2
    rebuilt_is_the_same(archive)

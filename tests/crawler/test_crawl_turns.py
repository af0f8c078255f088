"""`scrapy crawl` where a site turns, ends and repeats itself: scope, redirects, traps, limits, robots not obeyed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crawling import article, asked, links, source_toml
from tests.forked import ForkedArchive
from tests.press import page
from tests.server import Server, Step, response
from tests.warc_by_hand import read_records

MAZE = r"""
[[lists]]
url = "{origin}/"

[[lists]]
url = "{origin}/old-list"

[[lists]]
url = "{origin}/refreshed.html"

[[articles]]
match = ['/a/', '/calendar']
"""
MAZE_LINKS = (
    "/a/plain.html",
    "/a/moved-3",
    "/a/far-9",
    "/a/ring-1",
    "/a/self",
    "/a/abroad",
    "/a/nowhere",
    "/a/x/x/x/1.html",
    "/a/" + "z" * 2100,
    "/a/" + "/".join(f"s{n}" for n in range(21)),
    "/a/?" + "&".join(f"p{n}=1" for n in range(13)),
    "/calendar/2099/01/01/",
)


def _maze(other: str) -> dict[str, Iterable[Step]]:
    def to(place: str, status: str = "302 Found") -> list[Step]:
        return [response(b"", ("Location", place), status=status)]

    moved = {f"/a/moved-{n}": to(f"moved-{n - 1}" if n > 1 else "/a/arrived.html", "301 Moved") for n in (1, 2, 3)}
    far = {f"/a/far-{n}": to(f"/a/far-{n - 1}") for n in range(1, 10)}
    return {
        "/": page(links(*MAZE_LINKS, f"{other}/a/linked.html")),
        "/old-list": to("/new-list", "308 Permanent Redirect"),
        "/new-list": page(links("/a/listed.html")),
        "/refreshed.html": page('<meta http-equiv="refresh" content="0; url=/real-list.html">'),
        "/real-list.html": page(links("/a/refreshed.html")),
        **{f"/a/{name}.html": page(article(name)) for name in ("plain", "arrived", "listed", "refreshed")},
        **moved,
        **far,
        "/a/ring-1": to("/a/ring-2"),
        "/a/ring-2": to("/a/ring-1"),
        "/a/self": to("/a/self"),
        "/a/abroad": to(f"{other}/a/redirected.html"),
        "/a/nowhere": [response(b"", status="302 Found")],
    }


@dataclass
class Maze:
    """A site of turns and traps, crawled once."""

    archive: ForkedArchive
    origin: str
    asked: Counter[str]
    elsewhere: int

    def path(self, url: str) -> str:
        """Return an address without the site."""
        return url.removeprefix(self.origin)


@pytest.fixture(scope="module")
def maze(tmp_path_factory: pytest.TempPathFactory) -> Maze:
    archive = ForkedArchive(tmp_path_factory.mktemp("maze"), {"ARCHIVE_MAX_REDIRECTS": "4"})
    with Server({}) as other, Server({}) as server:
        server.routes = _maze(other.origin)
        archive.add_source("maze", source_toml(server.origin, MAZE))
        run = archive.scrapy("crawl", "maze")
        assert run.returncode == 5, run.stderr
        return Maze(archive, server.origin, asked(server), len(other.served))


def test_links_and_redirects_to_other_hosts_are_not_followed(maze: Maze) -> None:
    assert maze.elsewhere == 0
    ((reason,),) = maze.archive.rows("SELECT reason FROM failure WHERE url LIKE '%/a/abroad'")
    assert reason.startswith("redirect out of scope: http://127.0.0.1:")


def test_redirects_are_rows_that_lead_to_thepage(maze: Maze) -> None:
    chain = ["/a/moved-3", "/a/moved-2", "/a/moved-1", "/a/arrived.html"]
    rows = maze.archive.rows(
        "SELECT url, via, relation, hops, role FROM t_frontier WHERE url LIKE '%moved-%' OR url LIKE '%arrived%' "
        "ORDER BY hops"
    )
    assert [maze.path(row[0]) for row in rows] == chain
    assert [(maze.path(row[1]), *row[2:]) for row in rows[1:]] == [
        (chain[hop], "redirect", hop + 1, "article:0") for hop in range(3)
    ]
    addresses = maze.archive.rows(
        "SELECT d.url, d.relation FROM address d JOIN article a USING (page_id) WHERE a.url LIKE '%arrived%'"
    )
    assert {(maze.path(url), relation) for url, relation in addresses} == {
        ("/a/arrived.html", "first"),
        *((path, "redirect") for path in chain[:3]),
    }
    captured = maze.archive.rows("SELECT status FROM capture WHERE url LIKE '%/a/moved-%'")
    assert captured == [(301,)] * 3


def test_a_list_that_moved_is_read_where_it_is_now(maze: Maze) -> None:
    titles = {title for (title,) in maze.archive.rows("SELECT title FROM article")}
    assert titles == {"plain", "arrived", "listed", "refreshed"}


def test_a_chain_of_redirects_ends_at_the_limit(maze: Maze) -> None:
    assert {path for path in maze.asked if "far" in path} == {f"/a/far-{n}" for n in (9, 8, 7, 6, 5)}
    rows = maze.archive.rows("SELECT url, reason FROM failure WHERE stage = 'trap' AND url LIKE '%far%'")
    assert [(maze.path(url), reason) for url, reason in rows] == [("/a/far-4", "more than 4 redirects in a row")]


def test_a_ring_of_redirects_is_left(maze: Maze) -> None:
    assert maze.asked["/a/ring-1"] == 1 and maze.asked["/a/ring-2"] == 1
    assert maze.asked["/a/self"] == 1
    assert maze.archive.rows("SELECT reason FROM failure WHERE url LIKE '%/a/self'") == [("redirect to itself",)]
    said = maze.archive.rows("SELECT reason FROM failure WHERE url LIKE '%/a/nowhere'")
    assert said == [("redirect 302 without a Location",)]


def test_traps_are_rows_and_never_requests(maze: Maze) -> None:
    rows = maze.archive.rows("SELECT url, reason FROM failure WHERE stage = 'trap' AND reason LIKE 'trap:%'")
    reasons = sorted(reason.split(",")[0] for _, reason in rows)
    assert [maze.path(url) for url, _ in rows if maze.path(url) in maze.asked] == []
    assert len(rows) == 5 and {maze.path(url) for url, _ in rows} <= set(MAZE_LINKS), reasons
    for said in ("repeats 'x'", "2125 characters", "22 parts", "13 query parameters", "a year ahead"):
        assert any(said in reason for reason in reasons), (said, reasons)


def test_a_rebuild_knows_the_same_redirects_and_traps(maze: Maze) -> None:
    before = maze.archive.truth()
    assert maze.archive.scrapy("rebuild").returncode == 0
    assert maze.archive.truth() == before


# --- limits and reasons of a source ------------------------------------------------------------


def test_no_run_fetches_more_pages_than_it_may_and_the_next_goes_on(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path, {"ARCHIVE_MAX_PAGES": "5"})
    routes: dict[str, Iterable[Step]] = {f"/a/{n}.html": page(article(f"第{n}篇")) for n in range(8)}
    routes["/"] = page(links(*routes))
    with Server(routes) as server:
        archive.add_source("mine", source_toml(server.origin))
        first = archive.scrapy("crawl", "mine")
        pages = asked(server)
        second = archive.scrapy("crawl", "mine")
    assert first.returncode == 0 and second.returncode == 0, first.stderr + second.stderr
    assert sum(pages.values()) == 5 + pages["/robots.txt"]
    runs = archive.rows("SELECT new, not_reached FROM crawl ORDER BY started")
    assert runs == [(4, 4), (4, 0)]


def test_a_reason_for_not_obeying_robots_is_recorded_and_robots_not_asked_for(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path)
    reason = "与该报社书面约定，见存档函件"
    with Server({"/": page(links("/a/1.html")), "/a/1.html": page(article("一"))}) as server:
        archive.add_source("mine", source_toml(server.origin, crawl=f'delay_s = 0\nrobots = "{reason}"'))
        assert archive.scrapy("crawl", "mine").returncode == 0
    assert "/robots.txt" not in asked(server)
    (warc,) = (archive.path / "warc").iterdir()
    warcinfo = read_records(warc)[0]
    assert f"robots: {reason}" in warcinfo.block.decode("utf-8").split("\r\n")

"""crawler.dispatch: which leased row may be fetched now, and when a run has nothing left to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.robots import RobotsRules
from storage.errors import StorageError
from tests.crawling import article, asked, links
from tests.in_process import Driven, begun, entry_of, options_of, source_of
from tests.press import page
from tests.run import Archive
from tests.server import Asked, Script, Server, Step, response

LIST = '[[lists]]\nurl = "{origin}/"'
ARTICLES = "[[articles]]\nmatch = ['/a/']"


def site(count: int, robots: str = "", *elsewhere: str, pause_s: float = 0) -> dict[str, Script]:
    """Return a list of `count` articles here and of all `elsewhere`."""
    pages: dict[str, Script] = {f"/a/{n}.html": [pause_s, *page(article(f"第{n}篇"))] for n in range(count)}
    return pages | {"/": page(links(*pages, *elsewhere)), "/robots.txt": [response(robots.encode())]}


def crawl(
    folder: Path,
    server: Server,
    work: Callable[[Driven], Awaitable[None]] = Driven.run,
    *tables: str,
    rules: str = "delay_s = 0\nconcurrency = 8",
    **settings: str,
) -> None:
    """Crawl a site, doing `work` with what has begun."""

    async def run() -> None:
        source = source_of(folder, server.origin, *(tables or (LIST, ARTICLES)), crawl=rules)
        async with begun(options_of(folder, **settings), source) as driven:
            await work(driven)

    asyncio.run(run())


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    return Archive(folder).rows(sql)


def test_robots_txt_is_asked_once_of_each_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []
    allowed = RobotsRules.allowed

    def count(rules: RobotsRules, url: str) -> bool:
        judged.append(url.rpartition("/")[2])
        return allowed(rules, url)

    monkeypatch.setattr(RobotsRules, "allowed", count)
    with Server(site(60, "User-agent: *\nDisallow: /a/7.html")) as server:
        crawl(tmp_path, server, rules="delay_s = 0\nconcurrency = 2")
    assert sorted(name for name in judged if name) == sorted(f"{number}.html" for number in range(60))
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(59,)]


def test_a_run_is_busy_until_everything_that_is_due_is_durable(tmp_path: Path) -> None:
    async def work(driven: Driven) -> None:
        dispatch = driven.archivist.dispatch
        busy = [dispatch.busy]
        await driven.run()
        assert [*busy, dispatch.busy] == [True, False] and dispatch.next() is None

    with Server(site(5)) as server:
        crawl(tmp_path, server, work)
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(5,)]
    assert rows(tmp_path, "SELECT DISTINCT state FROM t_frontier") == [("done",)]


def test_a_slow_host_holds_up_no_other(tmp_path: Path) -> None:
    with Server(site(9)) as quick, Server(site(3, "User-agent: *\nCrawl-delay: 20")) as slow:
        lists = f'{LIST}\n[[lists]]\nurl = "{slow.origin}/"'
        began = time.monotonic()
        done: list[float] = []

        async def work(driven: Driven) -> None:
            async with asyncio.timeout(20):
                running = asyncio.ensure_future(driven.run())
                while len(driven.items) < 9:
                    await asyncio.sleep(0.02)
                done.append(time.monotonic() - began)
                running.cancel()

        crawl(tmp_path, quick, work, lists, ARTICLES)
        assert done[0] < 15 and asked(slow)["/robots.txt"] == 1 and sum(asked(slow).values()) <= 2


def test_no_more_at_once_than_the_process_may(tmp_path: Path) -> None:
    with Server(site(12, pause_s=0.1)) as server:
        crawl(tmp_path, server, ARCHIVE_CONCURRENCY="3")
        begun_at = [served.asked.at for served in server.served if "/a/" in served.asked.target]
    together = [sum(1 for other in begun_at if at - 0.09 < other <= at) for at in begun_at]
    assert len(begun_at) == 12 and 2 <= max(together) <= 3


def test_no_more_in_memory_than_one_group_commit_takes(tmp_path: Path) -> None:
    async def work(driven: Driven) -> None:
        archivist = driven.archivist
        first = await anext_entry(driven)
        await driven.page(first)
        held = [await anext_entry(driven) for _ in range(4)]
        await asyncio.sleep(0.3)
        assert archivist.dispatch.next() is None, "four are fetched or about to be, and not committed"
        await asyncio.gather(*map(driven.page, held))
        await driven.run()

    with Server(site(10)) as server:
        crawl(tmp_path, server, work, ARCHIVE_COMMIT_CAPTURES="4", ARCHIVE_COMMIT_INTERVAL_MS="50")
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(10,)]


async def anext_entry(driven: Driven) -> Any:
    """Return the next row, waiting for it."""
    async with asyncio.timeout(10):
        while (entry := driven.archivist.dispatch.next()) is None:
            await asyncio.sleep(0.01)
    return entry


def test_a_forbidden_row_becomes_a_failure_that_says_by_what(tmp_path: Path) -> None:
    with Server(site(3, "User-agent: *\nDisallow: /a/1")) as server:
        crawl(tmp_path, server)
        assert "/a/1.html" not in asked(server)
        origin = server.origin
    ((url, reason),) = rows(tmp_path, "SELECT url, reason FROM failure WHERE stage = 'robots'")
    assert url == f"{origin}/a/1.html" and reason == f"forbidden by {origin}/robots.txt"
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(2,)]


def test_rows_of_a_host_that_rests_are_left_to_the_next_run(tmp_path: Path) -> None:
    def answer(asked: Asked) -> list[Step]:
        if asked.target == "/":
            return [response(links("/a/1.html", "/a/2.html").encode(), ("Content-Type", "text/html"))]
        return [
            response(b"", ("Retry-After", "3600"), status="503 Busy" if asked.target != "/robots.txt" else "404 No")
        ]

    with Server(answer) as server:
        began = time.monotonic()
        crawl(tmp_path, server, rules="delay_s = 0\nconcurrency = 1")
        assert time.monotonic() - began < 30
        assert sum(count for path, count in asked(server).items() if path.startswith("/a/")) == 1
    assert rows(tmp_path, "SELECT not_reached FROM crawl") == [(1,)]
    assert rows(tmp_path, "SELECT count(*) FROM t_frontier WHERE worker IS NOT NULL") == [(0,)]


def test_a_run_takes_no_more_rows_than_it_may(tmp_path: Path) -> None:
    with Server(site(6)) as server:
        crawl(tmp_path, server, ARCHIVE_MAX_PAGES="4")
        assert sum(asked(server).values()) == 4 + 1  # and robots.txt
    assert rows(tmp_path, "SELECT not_reached FROM crawl") == [(3,)]


def test_what_fails_beside_the_run_ends_it(tmp_path: Path) -> None:
    async def fail() -> None:
        raise StorageError("the disk went away")

    async def work(driven: Driven) -> None:
        driven.archivist.dispatch.spawn(fail())
        async with asyncio.timeout(5):
            await driven.stopped.wait()
        assert str(driven.archivist.error) == "the disk went away"

    with Server(site(1)) as server:
        crawl(tmp_path, server, work)


def test_after_stop_nothing_is_handed_out(tmp_path: Path) -> None:
    async def work(driven: Driven) -> None:
        dispatch = driven.archivist.dispatch
        await driven.page(await anext_entry(driven))
        await dispatch.stop()
        assert dispatch.next() is None and not dispatch.busy

    with Server(site(4)) as server:
        crawl(tmp_path, server, work)
        assert not [path for path in asked(server) if path.startswith("/a/")]
    assert rows(tmp_path, "SELECT count(*) FROM t_frontier WHERE worker IS NOT NULL") == [(0,)]


def test_what_the_last_round_begins_is_done_before_the_store_room_closes(tmp_path: Path) -> None:
    """A robots.txt may be asked for while the run is being stopped."""
    done: list[int] = []

    async def work(driven: Driven) -> None:
        dispatch = driven.archivist.dispatch

        async def late() -> None:
            await asyncio.sleep(0.1)
            await driven.archivist.room.call(done.append, 1)

        async def permit() -> float:
            await asyncio.sleep(0.1)
            dispatch.spawn(late())
            return 5.0

        dispatch._permit = permit  # type: ignore[method-assign]
        dispatch.kick()
        await asyncio.sleep(0.05)

    with Server(site(1)) as server:
        crawl(tmp_path, server, work)
    assert done


@pytest.mark.parametrize("row", [0, 7])
def test_a_row_counts_as_under_way_until_it_joins_a_commit(tmp_path: Path, row: int) -> None:
    async def work(driven: Driven) -> None:
        dispatch = driven.archivist.dispatch
        entry = await anext_entry(driven)
        before = dispatch.under_way
        dispatch.settled(entry.id)
        assert dispatch.under_way == before - 1
        dispatch.settled(entry_of("http://127.0.0.1:9/", row=row).id)
        assert dispatch.under_way == before - 1

    with Server(site(1)) as server:
        crawl(tmp_path, server, work)

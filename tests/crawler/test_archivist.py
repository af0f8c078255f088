"""crawler.archivist: every attempt is settled once, whatever happens to it; how a run ends, in order or not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy.exceptions import DropItem

from crawler.archivist import DEFAULT_BACK_OFF_S, Archivist
from storage.errors import LockedError, StorageError
from storage.model import Failure, Outcome
from tests.crawling import article, asked, links
from tests.in_process import begun, entry_of, options_of, source_of
from tests.press import page
from tests.run import Archive
from tests.server import Server, response

ROUTES = {"/": page(links("/a/1.html", "/a/2.html", "/a/3.html")), "/robots.txt": page("User-agent: *\nDisallow: /a/3")}
ROUTES |= {f"/a/{n}.html": page(article(f"第{n}篇")) for n in (1, 2, 3)}


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    return Archive(folder).rows(sql)


def test_a_run_from_first_to_last(tmp_path: Path) -> None:
    async def crawl(origin: str) -> Archivist:
        async with begun(options_of(tmp_path), source_of(tmp_path, origin)) as driven:
            await driven.run()
        assert sorted(item["title"] for item in driven.items) == ["第1篇", "第2篇"]
        return driven.archivist

    with Server(ROUTES) as server:
        archivist = asyncio.run(crawl(server.origin))
    assert archivist.error is None and archivist.report is not None
    assert {name: archivist.report.row[name] for name in ("outcome", "fetched", "new", "failed", "not_reached")} == {
        "outcome": "finished", "fetched": 4, "new": 2, "failed": 1, "not_reached": 0,
    }  # fmt: skip
    assert [stage for stage, _, _ in archivist.report.failures] == ["robots"]
    assert (archivist.tally.fetched, archivist.tally.new, archivist.tally.failed) == (4, 2, 1)
    (warc,) = (tmp_path / "archive" / "warc").iterdir()
    assert not warc.name.endswith(".open")


def test_two_runs_of_a_source_exclude_each_other(tmp_path: Path) -> None:
    source = source_of(tmp_path, "http://127.0.0.1:9")
    first = Archivist.open(options_of(tmp_path), source)
    with pytest.raises(LockedError, match="another crawl of this source"):
        Archivist.open(options_of(tmp_path), source)
    first.abandon()
    Archivist.open(options_of(tmp_path), source).abandon()


def test_what_brings_no_byte_is_settled_with_its_reason(tmp_path: Path) -> None:
    async def crawl() -> None:
        async with begun(options_of(tmp_path), source_of(tmp_path, "http://127.0.0.1:9")) as driven:
            archivist = driven.archivist
            fetched = await archivist.fetch(entry_of("http://127.0.0.1:9/a/1.html"))
            assert fetched.capture is None
            await archivist.settle(archivist.outcome(fetched, None))

    asyncio.run(crawl())
    said = rows(tmp_path, "SELECT stage, reason FROM failure WHERE url LIKE '%/a/1.html'")
    assert said == [("connect", "127.0.0.1: Connection refused")]


def test_a_page_that_its_callback_lost_is_settled_at_the_end(tmp_path: Path) -> None:
    async def crawl(origin: str) -> None:
        async with begun(options_of(tmp_path), source_of(tmp_path, origin), end="shutdown") as driven:
            await driven.archivist.fetch(entry_of(f"{origin}/a/1.html"))

    with Server(ROUTES) as server:
        asyncio.run(crawl(server.origin))
    assert rows(tmp_path, "SELECT title FROM article") == [("第1篇",)]
    assert rows(tmp_path, "SELECT outcome FROM crawl") == [("stopped",)]


def test_a_page_whose_reading_goes_wrong_is_a_failure_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crawl(origin: str) -> None:
        async with begun(options_of(tmp_path), source_of(tmp_path, origin)) as driven:
            read = driven.archivist.workers.read

            async def wrong(task: Any) -> Any:
                if task.url.endswith("/a/1.html"):
                    raise ZeroDivisionError("a mistake of ours")
                return await read(task)

            monkeypatch.setattr(driven.archivist.workers, "read", wrong)
            async with asyncio.timeout(20):
                await driven.run()

    with Server(ROUTES) as server:
        asyncio.run(crawl(server.origin))
    assert rows(tmp_path, "SELECT title FROM article") == [("第2篇",)]
    assert rows(tmp_path, "SELECT stage, reason FROM failure WHERE url LIKE '%/a/1.html'") == [
        ("extract", "reading failed: ZeroDivisionError: a mistake of ours")
    ]


def test_a_refused_row_is_a_failure_without_a_request(tmp_path: Path) -> None:
    async def crawl(origin: str) -> None:
        async with begun(options_of(tmp_path), source_of(tmp_path, origin)) as driven:
            await driven.archivist.refuse(entry_of(f"{origin}/a/9.html"), Failure("robots", "forbidden"))

    with Server(ROUTES) as server:
        asyncio.run(crawl(server.origin))
    assert "/a/9.html" not in asked(server)
    assert rows(tmp_path, "SELECT stage, reason FROM failure WHERE url LIKE '%/a/9.html'") == [("robots", "forbidden")]


@pytest.mark.parametrize(
    ("status", "header", "rest_s"),
    [("429 Slow", "7", 7), ("503 Busy", "7", 7), ("429 Slow", None, DEFAULT_BACK_OFF_S), ("503 Busy", None, None)],
)
def test_a_host_that_asks_for_it_is_left_alone_before_the_page_is_read(
    tmp_path: Path, status: str, header: str | None, rest_s: float | None
) -> None:
    said = () if header is None else (("Retry-After", header),)

    async def crawl(origin: str) -> None:
        async with begun(options_of(tmp_path), source_of(tmp_path, origin), end="shutdown") as driven:
            await driven.archivist.fetch(entry_of(f"{origin}/a/1.html"))
            found = rows(tmp_path, "SELECT backoff_until FROM t_host WHERE backoff_until IS NOT NULL")
            if rest_s is None:
                assert not found
            else:
                until = datetime.fromisoformat(found[0][0])
                assert rest_s - 5 < (until - datetime.now(UTC)).total_seconds() <= rest_s

    with Server({"/a/1.html": [response(b"later", *said, status=status)], "/": page("")}) as server:
        asyncio.run(crawl(server.origin))


def test_a_commit_that_fails_ends_the_run_and_leaves_the_file_to_recovery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(outcomes: Sequence[Outcome]) -> None:
        raise StorageError("the disk went away")

    async def crawl(origin: str) -> Archivist:
        async with begun(options_of(tmp_path), source_of(tmp_path, origin)) as driven:
            archivist = driven.archivist
            monkeypatch.setattr(archivist.room, "commit", fail)
            fetched = await archivist.fetch(entry_of(f"{origin}/a/1.html"))
            with pytest.raises(DropItem, match="went away"):
                await archivist.keep(archivist.outcome(fetched, await archivist.read(fetched)))
            assert driven.stopped.is_set()
        return archivist

    with Server(ROUTES) as server:
        archivist = asyncio.run(crawl(server.origin))
    assert archivist.report is None and str(archivist.error) == "the disk went away"
    assert [path.suffix for path in (tmp_path / "archive" / "warc").iterdir()] == [".open"]
    assert rows(tmp_path, "SELECT count(*) FROM capture") == [(0,)]
    again = Archivist.open(options_of(tmp_path), source_of(tmp_path, server.origin))
    again.abandon()
    assert again.tally.recovered >= 1
    assert rows(tmp_path, "SELECT title FROM article") == [("第1篇",)]

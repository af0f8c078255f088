"""crawler.scheduler: Scrapy's engine gets what the frontier leases, and nothing comes in another way."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from scrapy import Request

from crawler.scheduler import FrontierScheduler, request_of
from tests.crawling import links
from tests.in_process import begun, entry_of, options_of, source_of
from tests.press import page
from tests.server import Server


def test_a_row_becomes_the_request_that_it_says() -> None:
    entry = entry_of(
        "http://127.0.0.1:9/api",
        role="list:0",
        row=7,
        method="POST",
        headers=(("X-Requested-With", "XMLHttpRequest"), ("Content-Type", "application/json")),
        body='{"栏目":"政务"}',
    )
    request = request_of(entry)
    assert (request.url, request.method, request.body.decode()) == (entry.url, "POST", entry.body)
    assert request.headers["X-Requested-With"] == b"XMLHttpRequest"
    assert request.dont_filter and request.meta["entry"] is entry


def test_requests_come_from_the_frontier_alone_until_it_is_done(tmp_path: Path) -> None:
    async def run(origin: str) -> list[str]:
        taken = []
        async with begun(options_of(tmp_path), source_of(tmp_path, origin)) as driven:
            scheduler = FrontierScheduler.from_crawler(cast(Any, SimpleNamespace(archivist=driven.archivist)))
            assert scheduler.has_pending_requests()
            assert scheduler.enqueue_request(Request(f"{origin}/a/9.html")) is False
            async with asyncio.timeout(10):
                while scheduler.has_pending_requests():
                    request = scheduler.next_request()
                    if request is None:
                        await asyncio.sleep(0.01)
                        continue
                    taken.append(request.url.removeprefix(origin))
                    await driven.page(request.meta["entry"])
            assert scheduler.next_request() is None
        return taken

    with Server({"/": page(links("/a/1.html", "/a/2.html"))}) as server:
        assert asyncio.run(run(server.origin)) == ["/", "/a/1.html", "/a/2.html"]

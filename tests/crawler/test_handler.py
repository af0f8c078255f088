"""crawler.handler: a request becomes an archived response, or a reason that is already settled."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.core.scraper import Slot
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Request, Response
from twisted.python.failure import Failure

from crawler.archivist import Archivist
from crawler.handler import ArchivedResponse, ArchiveHandler, PageSlot, response_of
from crawler.scheduler import request_of
from storage.errors import StorageError
from storage.http_message import Body, body_of
from tests.crawling import article
from tests.in_process import begun, entry_of, options_of, source_of
from tests.run import Archive
from tests.server import Server, response

BODY = article("压缩的").encode()
ROUTES = {
    "/a/1.html": [
        response(gzip.compress(BODY), ("Content-Encoding", "gzip"), ("X-One", "1"), ("x-one", "2"), status="203 Non")
    ]
}


def engine_of(slot: Slot) -> SimpleNamespace:
    """The part of Scrapy's engine that a handler looks at."""
    return SimpleNamespace(scraper=SimpleNamespace(slot=slot))


def handled(folder: Path, work: Callable[[ArchiveHandler, Archivist, str], Awaitable[None]]) -> None:
    """Have a handler at work on a small site."""

    async def run(origin: str) -> None:
        async with begun(options_of(folder), source_of(folder, origin), end="shutdown") as driven:
            crawler = cast(Any, SimpleNamespace(archivist=driven.archivist, engine=engine_of(Slot(1))))
            handler = ArchiveHandler(crawler)
            await work(handler, driven.archivist, origin)
            await handler.close()

    with Server(ROUTES) as server:
        asyncio.run(run(server.origin))


def test_a_response_is_decoded_and_its_capture_goes_with_it(tmp_path: Path) -> None:
    async def work(handler: ArchiveHandler, archivist: Archivist, origin: str) -> None:
        request = request_of(entry_of(f"{origin}/a/1.html"))
        answer = await handler.download_request(request)
        assert isinstance(answer, HtmlResponse) and answer.status == 203 and answer.body == BODY
        assert answer.headers.getlist("X-One") == [b"1", b"2"]
        archived = request.meta["archived"]
        assert archived.capture is not None and archived.exchange.response.startswith(b"HTTP/1.1 203 Non\r\n")

    handled(tmp_path, work)
    assert Archive(tmp_path).rows("SELECT status FROM capture WHERE url LIKE '%/a/1.html'") == [(203,)]


def test_a_body_is_decoded_only_for_whoever_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def counted(response: bytes, method: str, max_bytes: int) -> Body:
        asked.append(response)
        return body_of(response, method, max_bytes)

    async def work(handler: ArchiveHandler, archivist: Archivist, origin: str) -> None:
        monkeypatch.setattr("crawler.handler.body_of", counted)
        answer = await handler.download_request(request_of(entry_of(f"{origin}/a/1.html")))
        assert isinstance(answer, HtmlResponse) and not asked
        assert answer.css("p::text").getall() and answer.text == BODY.decode()
        assert answer.replace(status=404).body == answer.copy().body == answer.body == BODY
        assert len(asked) == 1

    handled(tmp_path, work)


def test_a_page_weighs_what_was_received_and_is_not_decoded_for_it(tmp_path: Path) -> None:
    async def work(handler: ArchiveHandler, archivist: Archivist, origin: str) -> None:
        engine = engine_of(Slot(3_000))
        ArchiveHandler(cast(Any, SimpleNamespace(archivist=archivist, engine=engine)))
        slot = engine.scraper.slot
        assert isinstance(slot, PageSlot) and slot.max_active_size == 3_000
        request = Request(origin)
        pages: list[Response | Failure] = [
            response_of(request, b"HTTP/1.1 200 OK\r\n\r\n" + bytes(2_000), 1 << 20),
            response_of(
                request, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(9_000)), 1 << 20
            ),
            Response(origin, body=bytes(3_000)),
            Failure(StorageError("lost")),
        ]
        weights = []
        for page in pages:
            slot.add_response_request(page, request)
            slot.next_response_request_deferred()
            ArchiveHandler(cast(Any, SimpleNamespace(archivist=archivist, engine=engine)))
            assert engine.scraper.slot is slot, "the handler of another scheme begins"
            weights.append(slot.active_size)
            assert slot.needs_backout() == (slot.active_size > 3_000)
            assert not isinstance(page, ArchivedResponse) or len(page.body) in (2_000, 9_000)
            slot.finish_response(page, request)
            assert slot.active_size == 0 and slot.is_idle()
        assert weights == [2_019, 1_024, 3_000, 1_024]

    handled(tmp_path, work)


def test_what_brings_no_response_is_settled_before_it_is_ignored(tmp_path: Path) -> None:
    async def work(handler: ArchiveHandler, archivist: Archivist, origin: str) -> None:
        with pytest.raises(IgnoreRequest, match="refused"):
            await handler.download_request(request_of(entry_of("http://127.0.0.1:9/a/1.html", relation="seed")))
        rows = Archive(tmp_path).rows("SELECT stage FROM failure WHERE url = 'http://127.0.0.1:9/a/1.html'")
        assert rows == [("connect",)]

    handled(tmp_path, work)


def test_an_archive_that_cannot_be_written_ends_the_run_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **named: object) -> None:
        raise StorageError("the disk is full")

    async def work(handler: ArchiveHandler, archivist: Archivist, origin: str) -> None:
        monkeypatch.setattr(archivist.room.writer, "append", fail)
        with pytest.raises(IgnoreRequest, match="disk is full"):
            await handler.download_request(request_of(entry_of(f"{origin}/a/1.html")))
        assert str(archivist.error) == "the disk is full"

    handled(tmp_path, work)

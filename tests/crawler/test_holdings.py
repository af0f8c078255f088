"""crawler.holdings: what this run wrote and what runs before it left, asked without waiting for a commit."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import holdings as holdings_module
from crawler.holdings import Holdings
from pipelines.revisits import original_of
from storage.archive_files import warc_directory
from storage.errors import CatalogueError, StorageError
from storage.model import Capture, Conditions, Original, Outcome, Thresholds
from storage.payload import Payload
from tests.pipelines.crawled import Crawl, open_catalogue, story
from tests.storage.outcomes import after


@pytest.fixture
def crawl(tmp_path: Path) -> Crawl:
    """A crawl that writes below `tmp_path`, whose catalogue is there and empty."""
    open_catalogue(tmp_path).close()
    return Crawl(tmp_path)


def opened(folder: Path) -> Holdings:
    return Holdings(folder / "catalogue.sqlite", folder, "paper")


def payload_of(capture: Capture) -> Payload:
    return Payload(capture.payload_digest, capture.payload_bytes)


def catalogued(folder: Path, crawl: Crawl, capture: Capture) -> None:
    with open_catalogue(folder) as catalogue:
        catalogue.start_crawl(crawl.id, crawl.source, crawl.started, Thresholds())
        _, attempt, _ = crawl.made("/a/99.html", story(99))
        catalogue.commit([Outcome(attempt, capture.url, capture.captured, capture, None)], now=after(0), frontier=False)


def test_what_this_run_wrote_is_found_before_it_is_committed(tmp_path: Path, crawl: Crawl) -> None:
    holdings = opened(tmp_path)
    first = crawl.article(1)
    payload, later = payload_of(first), first.captured + timedelta(seconds=1)

    async def ask() -> None:
        assert await holdings.find(payload, later) is None
        holdings.keep(first, payload)
        assert await holdings.find(payload, later) == original_of(first) == holdings.recent(payload, later)
        assert await holdings.find(payload, first.captured - timedelta(seconds=1)) is None
        assert await holdings.find(Payload(payload.digest, None), later) is None
        chunked = Payload(payload.digest, payload.whole_bytes, "chunked")
        assert await holdings.find(chunked, later) is None and holdings.recent(chunked, later) is None
        assert holdings.recent(Payload(payload.digest, None), later) is None

    asyncio.run(ask())
    holdings.close()


def test_what_runs_before_committed_is_found_as_soon_as_it_is(tmp_path: Path, crawl: Crawl) -> None:
    holdings = opened(tmp_path)
    first = crawl.article(1)
    payload = payload_of(first)

    async def ask() -> Original | None:
        return await holdings.find(payload, first.captured)

    assert asyncio.run(ask()) is None
    catalogued(tmp_path, crawl, first)
    found = asyncio.run(ask())
    assert found == original_of(first)
    assert found is not None

    async def read() -> bytes:
        return await holdings.response(found, 20)

    assert asyncio.run(read()) == story(1)[:20]
    holdings.close()


def test_conditions_hold_only_on_what_is_there(tmp_path: Path, crawl: Crawl) -> None:
    holdings = opened(tmp_path)
    first, second = (original_of(crawl.article(number)) for number in (1, 2))
    assert first is not None and second is not None

    async def ask(conditions: Conditions | None) -> Conditions | None:
        return await holdings.conditions(conditions)

    wanted = Conditions('"a"', None, first)
    assert asyncio.run(ask(wanted)) is wanted
    assert asyncio.run(ask(None)) is None
    next(warc_directory(tmp_path).iterdir()).unlink()
    assert asyncio.run(ask(Conditions('"a"', None, second))) is None
    with pytest.raises(StorageError, match="cannot be read"):
        asyncio.run(holdings.response(second, 10))
    holdings.close()


def test_only_so_many_captures_of_a_run_are_remembered(
    tmp_path: Path, crawl: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings_module, "REMEMBERED", 2)
    holdings = opened(tmp_path)
    captures = [crawl.article(number) for number in range(3)]
    for capture in captures:
        holdings.keep(capture, payload_of(capture))
    later = after(99_999)
    assert [holdings.recent(payload_of(capture), later) is not None for capture in captures] == [False, True, True]
    revisit = crawl.again("/a/7.html", captures[1], story(1))
    holdings.keep(revisit, payload_of(revisit))
    assert holdings.recent(payload_of(captures[1]), later) == original_of(captures[1])
    holdings.close()


def test_without_a_catalogue_there_are_no_holdings(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="there is no catalogue"):
        opened(tmp_path)

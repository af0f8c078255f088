"""Owns the cost of each stage of a page, alone and in this process: CPU µs, beside what the best library takes for it.

    python -m bench.stages [pages] [light|heavy]

The coordinator fetches, records, hands to a worker and back, and commits; the worker reads the page. What Scrapy's
engine and asyncio add is the coordinator's share in the rounds less the sum of its stages here.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import lxml.html
from rich.console import Console
from rich.table import Table
from scrapy.http import Request

from bench.least import deflate, inflate, least_commit_us, least_index_us, parse
from bench.server import running
from bench.site import ARTICLE, build, source_toml
from crawler.guard import Guard, parse_networks
from crawler.handler import response_of
from crawler.sources import load
from crawler.wire import Client, WireRequest
from crawler.workers import Task, Workers
from pipelines.changes import settle
from pipelines.charset import decode
from pipelines.extract import extract
from pipelines.outcome import outcome_of
from pipelines.page import read_page
from storage.catalogue import Catalogue
from storage.fold import fold
from storage.http_message import Body, body_of
from storage.model import Article, Attempt, Capture, Exchange, PageRead, Source, Thresholds
from storage.search import Searcher
from storage.search_tokens import tokens_of
from storage.source_json import source_digest
from storage.warc import WarcWriter

__all__ = ["main"]

_CRAWL_ID = "00000000-0000-4000-8000-000000000001"
_GROUP = 64
_AT_ONCE = 8
_MAX_BYTES = 1 << 25
_ROLE = "article:0"

T = TypeVar("T")
Row = tuple[str, float, float | None]
"""Stage, µs a page, and the least that a library takes for the same."""


def main(pages: int, kind: str = "light") -> None:
    """Measure every stage on so many article pages and print them; `kind` is a key of SITES."""
    with tempfile.TemporaryDirectory() as folder, running(pages, kind) as site:
        source = _source(Path(folder), site.url, pages)
        urls = [site.url + page.path for page in build(pages, kind) if re.search(ARTICLE, page.path)]
        rows = asyncio.run(_measured(source, urls, Path(folder)))
    shown = Table(title=f"CPU µs a page, {pages} articles, {kind}")
    for heading in ("stage", "µs", "least"):
        shown.add_column(heading, justify="left" if heading == "stage" else "right")
    for stage, taken_us, least_us in rows:
        shown.add_row(stage, f"{taken_us:.0f}", "" if least_us is None else f"{least_us:.0f}")
    Console().print(shown)


def _source(folder: Path, base_url: str, pages: int) -> Source:
    path = folder / "bench.toml"
    path.write_text(source_toml(base_url, pages), "utf-8")
    return load(path)


async def _measured(source: Source, urls: Sequence[str], folder: Path) -> list[Row]:
    exchanges, fetch_us = await _fetched(urls)
    bodies = [body_of(exchange.response, "GET", _MAX_BYTES) for exchange in exchanges]
    captures, record_us = _recorded(source, exchanges, folder)
    round_trip_us, reads = await _round_trips(source, exchanges)
    extract_us = _each(lambda pair: _extracted(*pair), list(zip(bodies, exchanges, strict=True)))
    texts = [decode(body.body, None).text for body in bodies]
    commit_us = _committed(source, exchanges, captures, reads, folder)
    coded = [gzip.compress(body.body, 6) for body in bodies[::2]]  # the half that comes gzipped
    return [
        ("coordinator: fetch over a kept connection", fetch_us, await _least_fetch(urls)),
        ("coordinator: three WARC records", record_us, _each(_least_record, [one.response for one in exchanges])),
        ("coordinator: the response that Scrapy is given", _given_to_scrapy(exchanges), None),
        ("coordinator: to a worker and back", round_trip_us, None),
        ("coordinator: commit, in groups of 64", commit_us, least_commit_us(reads, folder)),
        ("worker: the page read, all of it", _each(lambda one: _read(one, source), exchanges), None),
        ("  of it: codings of the wire undone", _each(_body, exchanges), _each(inflate, coded) / 2),
        ("  of it: charset", _each(lambda body: decode(body.body, None), bodies), _each(_least_decode, bodies)),
        ("  of it: extraction, parse included", extract_us, _each(lxml.html.document_fromstring, texts)),
        ("    of it: the parse by lxml", _each(lxml.html.document_fromstring, texts), _each(parse, texts)),
        ("index: an article", _indexed(folder), least_index_us([*map(_tokens, reads)], folder)),
    ]


# --- stages --------------------------------------------------------------------------------------


async def _fetched(urls: Sequence[str]) -> tuple[list[Exchange], float]:
    client = Client(Guard(exempt=parse_networks("127.0.0.0/8")))
    exchanges: list[Exchange] = []

    async def one(url: str) -> None:
        exchanges.append(await client.fetch(WireRequest(url, headers=((b"User-Agent", b"bench"),))))

    taken_us = await _all(one, urls)
    await client.close()
    return exchanges, taken_us


async def _least_fetch(urls: Sequence[str]) -> float:
    """Return what asyncio's streams take for the same, read by Content-Length or to the last chunk."""
    host, port = urls[0].split("/")[2].split(":")
    connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(_AT_ONCE):
        connections.put_nowait(await asyncio.open_connection(host, int(port), limit=_MAX_BYTES))

    async def one(url: str) -> None:
        reader, writer = await connections.get()
        path = "/" + url.split("/", 3)[3]
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        await (reader.readuntil(b"0\r\n\r\n") if length is None else reader.readexactly(int(length[1])))
        connections.put_nowait((reader, writer))

    taken_us = await _all(one, urls)
    while not connections.empty():
        connections.get_nowait()[1].close()
    return taken_us


def _recorded(source: Source, exchanges: Sequence[Exchange], folder: Path) -> tuple[list[Capture], float]:
    writer = WarcWriter(
        folder / "archive",
        source=source,
        crawl_id=_CRAWL_ID,
        software="bench",
        operator="bench",
        user_agent="bench",
        robots_policy="obey",
        thresholds=Thresholds(),
        started=datetime.now(UTC),
        max_bytes=1 << 30,
        max_age_s=86400,
    )
    attempt = _attempt(source)
    captures: list[Capture] = []

    def append(exchange: Exchange) -> None:
        capture = writer.append(exchange, attempt)
        assert capture is not None
        captures.append(capture)

    taken_us = _each(append, exchanges)
    writer.close()
    return captures, taken_us


def _least_record(block: bytes) -> None:
    deflate(block)
    hashlib.sha256(block).digest()
    hashlib.sha256(block).digest()


def _given_to_scrapy(exchanges: Sequence[Exchange]) -> float:
    asked = [(Request(exchange.url), exchange.response) for exchange in exchanges]
    return _each(lambda pair: response_of(*pair, _MAX_BYTES), asked)


async def _round_trips(source: Source, exchanges: Sequence[Exchange]) -> tuple[float, list[PageRead]]:
    workers = Workers(source, count=1, timeout_s=60, memory_bytes=1 << 31, max_body_bytes=_MAX_BYTES)
    reads: dict[str, PageRead] = {}

    async def one(exchange: Exchange) -> None:
        reads[exchange.url] = await workers.read(Task(exchange.response, "GET", exchange.url, _ROLE, 1))

    await one(exchanges[0])  # starts it
    taken_us = await _all(one, exchanges)
    workers.close()
    return taken_us, [reads[exchange.url] for exchange in exchanges]


def _committed(
    source: Source, exchanges: Sequence[Exchange], captures: Sequence[Capture], reads: Sequence[PageRead], folder: Path
) -> float:
    attempt = _attempt(source)
    outcomes = [
        outcome_of(attempt, exchange, capture, read, thresholds=Thresholds())
        for exchange, capture, read in zip(exchanges, captures, reads, strict=True)
    ]
    groups = [outcomes[at : at + _GROUP] for at in range(0, len(outcomes), _GROUP)]
    with Catalogue.open(folder / "catalogue.sqlite", settle=settle) as catalogue:
        now = datetime.now(UTC)
        catalogue.start_crawl(_CRAWL_ID, source, now, Thresholds())
        return _each(lambda group: catalogue.commit(group, now=now), groups) * len(groups) / len(outcomes)


def _indexed(folder: Path) -> float:
    """Return what the first search after the commits takes for each article."""
    with Catalogue.open(folder / "catalogue.sqlite", read_only=True) as catalogue:
        began_s = time.process_time()
        with Searcher.open(catalogue):
            taken_s = time.process_time() - began_s
        return 1e6 * taken_s / int(catalogue.store.rows("SELECT count(*) AS n FROM t_text")[0].n)


def _tokens(read: PageRead) -> str:
    return "" if read.article is None else tokens_of(fold(read.article.title or ""), fold(read.article.body))


def _least_decode(body: Body) -> str:
    return body.body.decode("utf-8", "replace")


def _read(exchange: Exchange, source: Source) -> PageRead:
    return read_page(exchange.response, "GET", exchange.url, source, _ROLE, 1, max_body_bytes=_MAX_BYTES)


def _body(exchange: Exchange) -> Body:
    return body_of(exchange.response, "GET", _MAX_BYTES)


def _extracted(body: Body, exchange: Exchange) -> Article:
    return extract(body.body, body.head.headers, exchange.url)


def _attempt(source: Source) -> Attempt:
    return Attempt(source.name, _CRAWL_ID, _ROLE, source.home, "link", rules_digest=source_digest(source))


# --- the clock -----------------------------------------------------------------------------------


def _each(work: Callable[[T], object], items: Sequence[T]) -> float:
    """Return the CPU µs that `work` takes on one of `items`."""
    began_s = time.process_time()
    for item in items:
        work(item)
    return 1e6 * (time.process_time() - began_s) / len(items)


async def _all(work: Callable[[T], Awaitable[None]], items: Sequence[T]) -> float:
    """Return the CPU µs that `work` takes on one of `items`, several at once."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(item: T) -> None:
        async with room:
            await work(item)

    began_s = time.process_time()
    await asyncio.gather(*map(one, items))
    return 1e6 * (time.process_time() - began_s) / len(items)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400, *sys.argv[2:])

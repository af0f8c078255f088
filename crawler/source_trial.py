"""Owns trying a source: one list and a few of its articles, fetched and read as a crawl would, and nothing kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from crawler.probe import Answer, Probe
from crawler.scope import verdict
from crawler.workers import Task, Workers
from storage.frontier import seeds_of
from storage.model import Article, Link, PageRead, Source

__all__ = ["Card", "Trial", "try_source"]

ARTICLES: Final = 3
MOST_WAYS: Final = 6
"""Lists, feeds and sitemaps asked until one announces articles."""


@dataclass(frozen=True, slots=True)
class Card:
    """One article page that was tried."""

    url: str
    article: Article | None
    reason: str | None
    """Why there is no article."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it."""

    ways: tuple[tuple[str, int, str | None], ...]
    """Lists, feeds and sitemaps that were asked: address, articles announced, what is wrong."""
    cards: tuple[Card, ...]


async def try_source(source: Source, probe: Probe, workers: Workers) -> Trial:
    """Ask the ways into `source` in its order until one announces articles, and read a few of those."""
    ways: list[tuple[str, int, str | None]] = []
    cards: list[Card] = []
    for link, _ in seeds_of(source, datetime.now(UTC))[:MOST_WAYS]:
        articles, reason = await _announced(link, source, probe, workers)
        ways.append((link.url, len(articles), reason))
        if articles:
            cards = [await _card(article, probe, workers) for article in articles[:ARTICLES]]
            break
    return Trial(tuple(ways), tuple(cards))


async def _announced(link: Link, source: Source, probe: Probe, workers: Workers) -> tuple[list[Link], str | None]:
    """Give the articles that a way in announces, or that the first of the lists or sitemaps does that it leads to."""
    _, read, reason = await _read(link, probe, workers)
    articles = list(_wanted(source, read))
    deeper = next((one for one in read.links if one.relation in ("listdata", "sitemap")), None)
    if not articles and deeper is not None and verdict(source, deeper.url, deeper.role) is None:
        _, read, reason = await _read(deeper, probe, workers)
        articles = list(_wanted(source, read))
    return articles, reason or (None if articles else "announces no article")


def _wanted(source: Source, read: PageRead) -> Iterator[Link]:
    for link in read.links:
        if link.role.startswith("article:") and verdict(source, link.url, link.role) is None:
            yield link


async def _card(link: Link, probe: Probe, workers: Workers) -> Card:
    answer, read, reason = await _read(link, probe, workers)
    return Card(answer.url, read.article, None if read.article is not None else reason or "holds no article")


async def _read(link: Link, probe: Probe, workers: Workers) -> tuple[Answer, PageRead, str | None]:
    """Fetch and read `link` under its own role."""
    answer = await probe.get(link)
    if answer.refused is not None:
        return answer, PageRead(), answer.refused
    read = await workers.read(Task(answer.response, link.method, answer.url, link.role, link.number))
    return answer, read, None if read.failure is None else read.failure.reason

"""Owns what questions cost as an archive grows: searches, the history of a page, who copied it, the audit of a page.

The archive is made as a crawl makes it, exchange by exchange and commit by commit, of short articles.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bench.growth_fit import Clock, Operation
from bench.growth_outcomes import ATTEMPT, CRAWL, EXTRACTOR, SOURCE, article_of, article_outcome, exchange_of
from bench.prose import Prose
from bench.reprint_figures import fill_index
from pipelines.changes import settle, text_digest
from pipelines.reprints import catch_up
from storage.catalogue import Catalogue
from storage.catalogue_readings import Reading, differing
from storage.catalogue_reprints import family
from storage.model import Article, Outcome, Thresholds
from storage.search import Searcher
from storage.search_query import Query, parse
from storage.source_json import source_digest
from storage.verify import verify
from storage.verify_texts import TextAudit
from storage.warc import WarcWriter

__all__ = ["LENGTHS", "measure"]

LENGTHS = (1, 2, 4, 8)
"""Characters of the queries."""
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_MINUTES = 4_000_000
"""Before now that the articles were published in."""
_AT_ONCE = 500
_PARAGRAPHS = 2
_QUERIES = 16
"""Of each length, cut out of texts that are in from the first size on."""
_HITS = 20
_PAGES = 64
"""Asked for, or put in, at once."""
_COPIES = 0.02
"""Of the articles are copies of one before."""


def measure(folder: Path, sizes: Sequence[int], repetitions: int) -> tuple[Operation, ...]:
    """Measure at each of `sizes` articles, in an archive in `folder` that grows from one to the next."""
    searches, others = Clock("articles, searched", repetitions), Clock("articles, looked up", repetitions)
    with Catalogue.open(folder / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(CRAWL, SOURCE, _NOW, Thresholds())
        archive = _Archive(folder, catalogue, searches, others)
        for size in sizes:
            archive.grow(size)
            gc.collect()
            archive.measure(size, repetitions)
    return (*searches.operations(), *others.operations())


T = TypeVar("T")


class _Archive:
    """WARC files, the catalogue, and the indexes that follow it."""

    def __init__(self, folder: Path, catalogue: Catalogue, searches: Clock, others: Clock) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._searches, self._others = searches, others
        self._random = random.Random(8)
        self._articles = self._written()
        self._count = 0
        self._kept: list[tuple[str, Article]] = []
        """Some of the first articles, to ask about."""

    def grow(self, size: int) -> None:
        """Archive articles until there are `size`, and let both indexes follow."""
        while self._count < size:
            self._archive(min(_AT_ONCE, size - self._count))
        fill_index(self._catalogue.store)
        self._follow()

    def _archive(self, count: int) -> None:
        writer = WarcWriter(
            self._folder,
            source=SOURCE,
            crawl_id=CRAWL,
            software="bench",
            operator="bench",
            user_agent="bench",
            robots_policy="obey",
            thresholds=Thresholds(),
            started=_NOW,
            max_bytes=1 << 30,
            max_age_s=86400,
        )
        outcomes = [self._outcome(writer, article) for article in islice(self._articles, count)]
        writer.close()
        self._catalogue.commit(outcomes, now=_NOW)
        if len(self._kept) < 4 * _AT_ONCE:
            self._kept += [(one.url, one.read.article) for one in outcomes if one.read and one.read.article]

    def _outcome(self, writer: WarcWriter, article: Article) -> Outcome:
        at = _NOW + timedelta(seconds=self._count)
        url = f"{SOURCE.home}a/c_{self._count}.html"
        self._count += 1
        capture = writer.append(exchange_of(url, at, article), ATTEMPT)
        return article_outcome(url, at, article, capture)

    def _written(self) -> Iterator[Article]:
        prose = Prose(4)
        recent: list[Article] = []
        while True:
            published = _NOW - timedelta(minutes=self._random.randrange(_MINUTES))
            if recent and self._random.random() < _COPIES:
                article = article_of("转载", self._random.choice(recent).body, published)
            else:
                subject = prose.subject()
                body = "\n".join(subject.paragraph() for _ in range(_PARAGRAPHS))
                article = article_of(subject.title(), body, published)
            recent = [*recent[-99:], article]
            yield article

    def measure(self, size: int, repetitions: int) -> None:
        """Ask what is asked of an archive, among so many articles."""
        self._search(size)
        self._look_up(size)
        self._verify(size)
        for _ in range(repetitions):
            self._archive(_PAGES)
            self._searches.once("index, 64 new", "article", size, _PAGES, self._follow)
            self._others.once("reprints, 64 new", "article", size, _PAGES, lambda: catch_up(self._catalogue.store))

    def _follow(self) -> None:
        Searcher.open(self._catalogue).close()

    def _search(self, size: int) -> None:
        with Searcher.open(self._catalogue) as searcher:
            for length in LENGTHS:
                queries, said = self._queries(length), f"{length} character{'s' * (length > 1)}"
                newest = _each(lambda query: [*islice(searcher.newest(query), _HITS)], queries)
                self._searches.measure(f"search, {said}: newest 20", "query", size, len(queries), newest)
                self._searches.measure(
                    f"search, {said}: count", "query", size, len(queries), _each(searcher.count, queries)
                )

    def _queries(self, length: int) -> list[Query]:
        """Return the same queries at every size."""
        drawn, found = random.Random(length), dict[str, None]()
        while len(found) < _QUERIES:
            _, article = drawn.choice(self._kept[:_AT_ONCE])
            at = drawn.randrange(len(article.body))
            text = article.body[at : at + length]
            if len(text) == length and all("一" <= char <= "鿿" for char in text):
                found[text] = None
        return [query for query in map(parse, found) if query is not None]

    def _look_up(self, size: int) -> None:
        store = self._catalogue.store
        some = random.Random(size).sample(self._kept, min(_PAGES, len(self._kept)))
        urls = [url for url, _ in some]
        self._others.measure("history of a page", "page", size, len(urls), _each(self._catalogue.history, urls))
        pages = [str(page["page_id"]) for page in map(self._catalogue.article, urls) if page is not None]
        copied = _each(lambda page: [*family(store, page)], pages)
        self._others.measure("who copied a page", "page", size, len(pages), copied)

    def _verify(self, size: int) -> None:
        measure, store = self._others.measure, self._catalogue.store
        audit = _all(lambda: verify(self._folder, self._catalogue.captures()))
        self._others.once("verify: bytes", "page", size, self._count, audit)
        texts = _all(lambda: TextAudit(store, EXTRACTOR).findings(lambda places: ()))
        self._others.once("verify: texts, all rows", "page", size, self._count, texts)
        versions = store.rows("SELECT version_id, title, body, published FROM t_version LIMIT :n", {"n": _PAGES})
        rules = source_digest(SOURCE)
        found = [
            Reading(row.version_id, article, rules, text_digest(article))
            for row in versions
            for article in (article_of(row.title, row.body, datetime.fromisoformat(row.published)),)
        ]
        measure("verify: texts, held together", "page", size, len(found), lambda: [*differing(store, found)])


def _each(work: Callable[[T], object], items: Sequence[T]) -> Callable[[], None]:
    def run() -> None:
        for item in items:
            work(item)

    return run


def _all(work: Callable[[], Iterator[object]]) -> Callable[[], None]:
    """Return what goes through all findings, of which there must be none."""

    def run() -> None:
        assert (wrong := next(work(), None)) is None, wrong

    return run

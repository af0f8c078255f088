"""Owns the figures of search: is every hit found, how fast are the newest twenty, what does the index cost.

`python -m bench.search_figures` generates a catalogue, indexes it as the first search does, and puts queries cut out of
its texts to it, to a scan of the folded texts in memory, and to FTS5's own tokenizers over the same texts. Times are
CPU of this process; files are in the page cache.
"""

from __future__ import annotations

import argparse
import gc
import random
import shutil
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bench.search_corpus import add, build
from storage.catalogue import Catalogue
from storage.fold import fold
from storage.search import Searcher
from storage.search_file import HASH_BYTES, index_path
from storage.search_query import Query, parse

LENGTHS = (1, 2, 3, 4, 8)
_HITS = 20
_ADDED = 1000
_ADDED_AT_ONCE = 20

T = TypeVar("T")


@dataclass(slots=True)
class Figures:
    """What one way of searching did."""

    name: str
    index_bytes: int
    ms_an_article: float
    latencies_ms: dict[int, list[float]]
    wrong: dict[int, int]
    """Length of query -> how many answers were not those of the scan."""
    missing: int = 0
    """Hits of the scan that were not found."""
    surplus: int = 0
    """Hits that the scan does not have."""


def main() -> int:
    """Run what the arguments say; 1 if a search of ours is not what the scan finds."""
    parser = argparse.ArgumentParser(prog="python -m bench.search_figures", description=__doc__)
    parser.add_argument("--articles", type=int, default=200_000, help="200000")
    parser.add_argument("--queries", type=int, default=40, help="of each length (40)")
    work = Path(__file__).resolve().parents[1] / "build" / "search"
    parser.add_argument("--work", type=Path, default=work, help="emptied; about 3 KB an article")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    path = arguments.work / "catalogue.sqlite"
    _tell(f"writing {arguments.articles} articles")
    text_bytes = build(path, arguments.articles)
    with Catalogue.open(path) as catalogue:
        texts = _folded(catalogue)
        mean_chars = sum(map(len, texts.values())) / len(texts)
        _tell(f"{text_bytes / 1e6:.0f} MB of titles and bodies, {mean_chars:.0f} characters each")
        queries = _queries([*texts.values()], arguments.queries)
        _tell("scanning for the truth")
        truth = {query: {page for page, text in texts.items() if query in text} for query in queries}
        # Else the collector goes through millions of hits while searches are timed.
        gc.collect()
        gc.freeze()
        figures = [_ours(catalogue, truth)]
        _tell(f"{_row(figures[0], text_bytes)} {[*_cells(figures, 1), *_cells(figures, 2)]}")
        for tokenizer in ("trigram", "unicode61"):
            figures.append(_theirs(arguments.work / f"{tokenizer}.sqlite", tokenizer, texts, truth))
        _print(figures, text_bytes, truth)
        added_ms = _added_ms(catalogue, path, arguments.articles)
        print(f"\nadding {_ADDED} articles, {_ADDED_AT_ONCE} before each search: {added_ms:.2f} ms an article")
    shutil.rmtree(arguments.work)
    return int(any(figures[0].wrong.values()))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the CPU milliseconds of `work` and what it gave."""
    began = time.process_time()
    result = work()
    return (time.process_time() - began) * 1000, result


def _folded(catalogue: Catalogue) -> dict[str, str]:
    rows = catalogue.store.stream("SELECT page_id, title, body FROM t_version")
    return {row.page_id: f"{fold(row.title)}\n\n{fold(row.body)}" for row in rows}


def _queries(texts: Sequence[str], of_each: int) -> list[str]:
    """Cut queries of Han alone out of texts drawn at random."""
    drawn = random.Random(7)
    found: dict[str, None] = {}
    for length in LENGTHS:
        wanted = len(found) + of_each
        while len(found) < wanted:
            text = drawn.choice(texts)
            at = drawn.randrange(len(text) - length)
            query = text[at : at + length]
            if all("一" <= char <= "鿿" for char in query):
                found[query] = None
    return [*found]


def _ours(catalogue: Catalogue, truth: dict[str, set[str]]) -> Figures:
    _tell("indexing: ours")
    spent, searcher = _timed(lambda: Searcher.open(catalogue))
    with searcher:
        articles = int(catalogue.store.rows("SELECT count(*) AS n FROM t_version")[0].n)
        figures = Figures("pairs (ours)", 0, spent / articles, {}, {})
        for query, wanted in truth.items():
            parsed = parse(query)
            assert parsed is not None
            latency, counted = _timed(lambda asked=parsed: _newest(searcher, asked))  # type: ignore[misc]
            _judge(figures, query, latency, set(searcher.pages(parsed)), wanted)
            figures.wrong[len(query)] += counted != len(wanted)
    figures.index_bytes = index_path(catalogue.store.path).stat().st_size
    return figures


def _newest(searcher: Searcher, query: Query) -> int:
    """Do what `scrapy search` does: twenty hits with snippets, and how many there are."""
    hits = [*islice(searcher.newest(query), _HITS)]
    return searcher.count(query) if len(hits) == _HITS else len(hits)


def _theirs(path: Path, tokenizer: str, texts: dict[str, str], truth: dict[str, set[str]]) -> Figures:
    _tell(f"indexing: {tokenizer}")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"CREATE VIRTUAL TABLE t USING fts5(x, content='', columnsize=0, tokenize='{tokenizer}')")
    connection.execute("INSERT INTO t (t, rank) VALUES ('hashsize', ?)", (HASH_BYTES,))
    pages = [*texts]
    spent, _ = _timed(lambda: _fill(connection, texts))
    figures = Figures(tokenizer, 0, spent / len(texts), {}, {})
    for query, wanted in truth.items():
        asked = (f'"{query}"',)
        latency, _ = _timed(
            lambda asked=asked: connection.execute(  # type: ignore[misc]
                f"SELECT rowid FROM t WHERE t MATCH ? ORDER BY rowid DESC LIMIT {_HITS}", asked
            ).fetchall()
        )
        found = {pages[rowid - 1] for (rowid,) in connection.execute("SELECT rowid FROM t WHERE t MATCH ?", asked)}
        _judge(figures, query, latency, found, wanted)
    connection.close()
    figures.index_bytes = path.stat().st_size
    return figures


def _fill(connection: sqlite3.Connection, texts: dict[str, str]) -> None:
    rows = enumerate(texts.values(), 1)
    while chunk := [*islice(rows, 500)]:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", chunk)
        connection.execute("COMMIT")


def _judge(figures: Figures, query: str, latency: float, found: set[str], wanted: set[str]) -> None:
    length = len(query)
    figures.latencies_ms.setdefault(length, []).append(latency)
    figures.wrong[length] = figures.wrong.get(length, 0) + (found != wanted)
    figures.missing += len(wanted - found)
    figures.surplus += len(found - wanted)


def _added_ms(catalogue: Catalogue, path: Path, articles: int) -> float:
    """Add articles as crawls between searches do; return the milliseconds that an article costs the next search."""
    spent = 0.0
    for first in range(articles, articles + _ADDED, _ADDED_AT_ONCE):
        add(path, first, _ADDED_AT_ONCE)
        cost, searcher = _timed(lambda: Searcher.open(catalogue))
        searcher.close()
        spent += cost
    return spent / _ADDED


def _print(figures: Sequence[Figures], text_bytes: int, truth: dict[str, set[str]]) -> None:
    hits = sum(map(len, truth.values()))
    print(f"{len(truth)} queries, {hits} hits of the scan")
    print("| | index / text | ms an article | wrong answers | hits missing | surplus | median ms | worst ms |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for one in figures:
        print(_row(one, text_bytes))
    print()
    print(
        "| characters | hits, median | " + " | ".join(f"{one.name}: wrong, median, worst ms" for one in figures) + " |"
    )
    print("|--:|--:|" + "---|" * len(figures))
    for length in LENGTHS:
        print(f"| {length} | {_median_hits(truth, length):.0f} | " + " | ".join(_cells(figures, length)) + " |")


def _row(one: Figures, text_bytes: int) -> str:
    latencies = [latency for of_length in one.latencies_ms.values() for latency in of_length]
    return (
        f"| {one.name} | {one.index_bytes / text_bytes:.2f} | {one.ms_an_article:.2f} | {sum(one.wrong.values())} | "
        f"{one.missing} | {one.surplus} | {statistics.median(latencies):.1f} | {max(latencies):.1f} |"
    )


def _median_hits(truth: dict[str, set[str]], length: int) -> float:
    return statistics.median(len(found) for query, found in truth.items() if len(query) == length)


def _cells(figures: Sequence[Figures], length: int) -> Iterator[str]:
    for one in figures:
        latencies = one.latencies_ms[length]
        yield f"{one.wrong[length]}, {statistics.median(latencies):.1f}, {max(latencies):.1f}"


if __name__ == "__main__":
    sys.exit(main())

"""Owns what is measured of reprints: how many of each kind are found, how many are invented, what an article costs.

`python -m bench.reprint_figures` prints it all; `--background N` sets how many articles the catalogue of the second
part holds (200,000; 0 leaves that part out). CPU times are this process's.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

from bench.reprint_corpus import KINDS, Piece, Press
from pipelines.changes import settle
from pipelines.reprints import catch_up
from pipelines.similarity import letters_of, method
from storage.catalogue import Catalogue
from storage.catalogue_reprint_index import ReprintIndex
from storage.catalogue_store import Store
from storage.model import Article, Attempt, Capture, Outcome, PageRead, Source, SourceCrawl, Thresholds

__all__ = ["Found", "detect", "fill_index", "main"]

_HOME = "http://press.test/"
_SOURCE = Source(name="press", title="Press", home=_HOME, crawl=SourceCrawl(hosts=("press.test",)))
_CRAWL = str(uuid.UUID(int=7))
_CAPTURED = datetime(2026, 11, 1, tzinfo=UTC)
_ORIGINALS, _PLANTED, _REPORTS = 2400, 60, 300
_AT_ONCE = 500
_FILLED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of the copies of one kind."""

    planted: int
    right: int
    """Named with the original that they were made from."""
    wrong: int
    """Named with another."""


def outcome_of(piece: Piece, number: int) -> Outcome:
    """Return the attempt that archives a piece; `number` orders the captures."""
    url = f"{_HOME}{piece.name.replace(' ', '-')}.html"
    at = _CAPTURED + timedelta(seconds=number)
    published = piece.published.strftime("%Y-%m-%dT%H:%M:00Z" if piece.precision == "minute" else "%Y-%m-%dT00:00:00Z")
    digest = hashlib.sha256(piece.body.encode()).hexdigest()
    article = Article(
        title=piece.name,
        body=piece.body,
        body_sha256=digest,
        published=published,
        published_precision=piece.precision,
        published_utc=published,
        extractor="bench/1",
    )
    capture = Capture(
        id=f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, url)}",
        url=url,
        source=_SOURCE.name,
        captured=at,
        method="GET",
        request_digest=None,
        status=200,
        mime="text/html",
        kind="response",
        payload_digest=f"sha256:{digest}",
        refers_to=None,
        warc_file="bench.warc.gz",
        warc_offset=number,
        warc_length=1,
        ip=None,
        tls_verified=None,
        truncated=None,
        crawl_id=_CRAWL,
    )
    attempt = Attempt(source=_SOURCE.name, crawl_id=_CRAWL, role="article:0")
    return Outcome(
        attempt=attempt, url=url, attempted=at, capture=capture, failure=None, read=PageRead(article=article)
    )


@contextmanager
def catalogue_in(folder: Path) -> Iterator[Catalogue]:
    """Open a new catalogue to be filled."""
    with Catalogue.open(folder / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(_CRAWL, _SOURCE, _CAPTURED, Thresholds())
        yield catalogue


def put(catalogue: Catalogue, pieces: Iterable[Piece], first: int = 0) -> int:
    """Archive the pieces and return how many there were."""
    numbered = enumerate(pieces, first)
    count = 0
    while group := [outcome_of(piece, number) for number, piece in islice(numbered, _AT_ONCE)]:
        catalogue.commit(group, now=_CAPTURED, frontier=False)
        count += len(group)
    return count


def pieces_of(press: Press, rng: random.Random, originals: int, planted: int, reports: int) -> list[Piece]:
    """Return originals, `planted` copies of each kind and reports, in no order."""
    written = list(press.originals(originals))
    copied = iter(rng.sample(written, planted * len(KINDS)))
    copies = [press.copy(next(copied), kind) for kind in KINDS for _ in range(planted)]
    pieces = [*written, *copies, *press.reports(reports)]
    rng.shuffle(pieces)
    return pieces


def detect(catalogue: Catalogue, pieces: Sequence[Piece]) -> tuple[dict[str, Found], int]:
    """Return what was found of each kind of copy, and how many articles that copy nobody were called reprints."""
    named = {row["url"]: row["earliest_url"] for row in catalogue.view("reprint")}
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    invented = 0
    for piece in pieces:
        original = named.get(outcome_of(piece, 0).url)
        if piece.copies is None:
            invented += original is not None
        elif original is not None:
            true = f"{_HOME}{piece.copies}.html"
            counts[piece.kind]["right" if original == true else "wrong"] += 1
    planted = Counter(piece.kind for piece in pieces)
    return {kind: Found(planted[kind], count["right"], count["wrong"]) for kind, count in counts.items()}, invented


def _print_found(found: dict[str, Found], invented: int) -> None:
    print(f"{'kind':<10}{'planted':>8}{'found':>7}{'recall':>8}{'precision':>11}")
    for kind, one in found.items():
        # Every invented reprint counts against every kind.
        called = one.right + one.wrong + invented
        precision = one.right / called if called else 0.0
        print(f"{kind:<10}{one.planted:>8}{one.right:>7}{one.right / one.planted:>8.3f}{precision:>11.3f}")
    print(f"articles that copy nobody and were called reprints: {invented}")


def detection(seed: int) -> None:
    """Print what is found among 3,000 articles, and what each cost."""
    press, rng = Press(seed), random.Random(seed)
    pieces = pieces_of(press, rng, _ORIGINALS, _PLANTED, _REPORTS)
    with tempfile.TemporaryDirectory() as folder, catalogue_in(Path(folder)) as catalogue:
        count = put(catalogue, pieces)
        began, began_cpu = time.perf_counter(), time.process_time()
        catch_up(catalogue.store)
        cpu_ms, wall_ms = (1000 * (time.process_time() - began_cpu), 1000 * (time.perf_counter() - began))
        print(f"\n{count:,} articles of {sum(len(piece.body) for piece in pieces) / count:.0f} characters, seed {seed}")
        _print_found(*detect(catalogue, pieces))
        print(f"an article: {cpu_ms / count:.2f} ms CPU, {wall_ms / count:.2f} ms")


def growth(background: int, folder: Path) -> None:
    """Print what an article costs among a tenth of `background`, half of it and all, many at once and one by one."""
    press, rng = Press(99), random.Random(99)
    with catalogue_in(folder) as catalogue:
        written = press.originals(background + 2000)
        kept: list[Piece] = []
        number = 0
        for size in (background // 10, background // 2, background):
            while number < size:
                group = list(islice(written, min(_FILLED_AT_ONCE, size - number)))
                kept += rng.sample(group, min(len(KINDS) * 20, len(group)))
                number += put(catalogue, group, number)
                fill_index(catalogue.store)
            group = list(islice(written, _AT_ONCE))
            number += put(catalogue, group, number)
            began = time.process_time()
            catch_up(catalogue.store)
            cpu_ms = 1000 * (time.process_time() - began)
            print(
                f"among {number:,} articles, {len(group)} new ones: {cpu_ms / len(group):.2f} ms CPU each", flush=True
            )
        kinds = [kind for kind in KINDS for _ in range(20)]
        copies = [press.copy(piece, kind) for piece, kind in zip(kept[-len(kinds) :], kinds, strict=True)]
        number += _one_by_one(catalogue, "a new article", list(islice(written, 100)), number)
        number += _one_by_one(catalogue, "a reprint", copies, number)
        reports = list(press.reports(300))
        number += put(catalogue, reports[:299], number)
        catch_up(catalogue.store)
        _one_by_one(catalogue, "the 300th report of one speech", reports[299:], number)
        found, _ = detect(catalogue, copies)
        print(f"of {len(copies)} reprints found {sum(one.right for one in found.values())}")
        _print_sizes(catalogue)


def fill_index(store: Store) -> None:
    """Put what waits into the index without looking for reprints, as it stands when that was done one by one."""
    index = ReprintIndex(store, method())
    while batch := index.waiting(_FILLED_AT_ONCE):
        with store.write():
            for version in index.texts([entry.version_id for entry in batch]):
                letters = letters_of(version.text)
                index.add_version(version, index.add_text(letters.sha256, letters.samples()))
            index.mark(batch[-1].number)
        index.samples.settle()


def _one_by_one(catalogue: Catalogue, what: str, pieces: Sequence[Piece], first: int) -> int:
    cpu_ms, wall_ms = [], []
    for number, piece in enumerate(pieces, first):
        put(catalogue, [piece], number)
        began, began_cpu = time.perf_counter(), time.process_time()
        catch_up(catalogue.store)
        cpu_ms.append(1000 * (time.process_time() - began_cpu))
        wall_ms.append(1000 * (time.perf_counter() - began))
    said = f"{median(cpu_ms):.2f} ms CPU (worst {max(cpu_ms):.2f}), {median(wall_ms):.2f} ms (worst {max(wall_ms):.2f})"
    print(f"{what}, alone in its transaction: {said}")
    return len(pieces)


def _print_sizes(catalogue: Catalogue) -> None:
    (text,) = catalogue.store.rows("SELECT sum(length(CAST(body AS BLOB))) AS size_bytes FROM t_version")
    (samples,) = catalogue.store.rows("SELECT count(*) AS n FROM t_reprint_sample")
    rows = catalogue.store.rows("PRAGMA page_count")[0][0] * catalogue.store.rows("PRAGMA page_size")[0][0]
    print(f"text {text.size_bytes / 1e6:.0f} MB, {samples.n:,} samples, catalogue with all of it {rows / 1e6:.0f} MB")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.reprint_figures", description=__doc__)
    parser.add_argument("--background", type=int, default=200_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    chosen = parser.parse_args()
    for seed in chosen.seeds:
        detection(seed)
    if chosen.background:
        print()
        with tempfile.TemporaryDirectory() as folder:
            growth(chosen.background, Path(folder))


if __name__ == "__main__":
    main()

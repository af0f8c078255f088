"""Owns the way back from a WARC file to outcomes: the same values that live crawling settled, made from the same
bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.outcome import outcome_of
from pipelines.revisits import Referred, is_carried, says_something
from storage.archived import Archived, ArchivedEnd, ArchivedSource, Opening
from storage.errors import StorageError
from storage.model import CrawlEnd, Failure, Outcome, PageRead, Source
from storage.reader import walk

__all__ = ["CrawlStart", "outcomes_of"]


@dataclass(frozen=True, slots=True)
class CrawlStart:
    """A WARC file of a crawl begins; a crawl may fill several."""

    opening: Opening
    source: Source


def outcomes_of(
    path: Path,
    *,
    max_body_bytes: int,
    unknown: Callable[[Iterable[str]], set[str]] | None = None,
    referred: Referred | None = None,
) -> Iterator[CrawlStart | Outcome | CrawlEnd]:
    """Yield what the attempts in `path` leave in the catalogue, in file order; streaming.

    `unknown` (capture ids -> those that the catalogue lacks) saves reading pages that are catalogued already;
    `referred` finds what revisits refer to, which without it are failures.

    Raises:
        WarcError: the file breaks its format; what came before is whole.
    """
    opening: Opening | None = None
    sources: dict[str, Source] = {}
    for entry in walk(path):
        if isinstance(entry, Opening):
            opening = entry
        elif isinstance(entry, ArchivedSource):
            sources[entry.digest] = entry.source
            if opening is not None:
                yield CrawlStart(opening, entry.source)
        elif isinstance(entry, ArchivedEnd):
            yield entry.end
        elif opening is not None and not _known(entry, unknown):
            if referred is not None and entry.capture is not None:
                referred.note(entry.capture)
            source = sources.get(entry.attempt.rules_digest) or next(reversed(sources.values()), None)
            yield _outcome(entry, opening, source, max_body_bytes, referred)


def _known(entry: Archived, unknown: Callable[[Iterable[str]], set[str]] | None) -> bool:
    return unknown is not None and entry.capture is not None and not unknown((entry.capture.id,))


def _outcome(
    entry: Archived, opening: Opening, source: Source | None, max_body_bytes: int, referred: Referred | None
) -> Outcome:
    return outcome_of(
        entry.attempt,
        entry.exchange,
        entry.capture,
        None if source is None else _read(entry, source, max_body_bytes, referred),
        thresholds=opening.thresholds,
        gap=entry.gap,
    )


def _read(entry: Archived, source: Source, max_body_bytes: int, referred: Referred | None) -> PageRead | None:
    from pipelines.page import read_page  # 0.15 s that a process which reads no page need not spend

    exchange, attempt, capture = entry.exchange, entry.attempt, entry.capture
    if capture is None or attempt.role == "robots":
        return None
    response = exchange.response
    if capture.kind == "revisit":
        if referred is None:
            return PageRead(failure=Failure("archive", "what the revisit refers to was not looked for"))
        if is_carried(capture, attempt.role, attempt.rules_digest, referred.page(attempt.source, exchange.url)):
            return PageRead()
        try:
            response = referred.response(entry, max_body_bytes)
        except StorageError as error:
            if says_something(capture):
                return PageRead(failure=Failure("archive", str(error)))
            # Of a redirect or an error the head, which is here, says nearly all.
    return read_page(
        response,
        exchange.method,
        exchange.url,
        source,
        attempt.role,
        attempt.number,
        max_body_bytes=max_body_bytes,
    )

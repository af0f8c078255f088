"""Owns the catalogue: the transaction that a group of outcomes makes, and the questions asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.model import Capture, CrawlEnd, Outcome, Source, Thresholds

__all__ = ["Catalogue", "Committed", "CrawlReport", "History", "Retry"]


@dataclass(frozen=True, slots=True)
class Retry:
    """What follows a passing failure within a run: `tries` more, the first after `delay_s`, each later after three times as long."""

    tries: int = 2
    delay_s: float = 5.0
    redirects: int = 10


class Catalogue:
    """One catalogue, for one thread at a time. `settle` is pipelines.changes.settle."""

    @classmethod
    def open(
        cls, path: Path, *, settle: Any = None, create: bool = True, read_only: bool = False, retry: Retry = Retry()
    ) -> Catalogue:
        raise NotImplementedError

    def close(self) -> None: ...

    # writing; each is one durable transaction
    def start_crawl(self, crawl_id: str, source: Source, started: datetime, thresholds: Thresholds) -> None: ...
    def end_crawl(self, end: CrawlEnd) -> None: ...
    def interrupt_crawls(self, source: str | None = None) -> int: ...
    def commit(self, outcomes: Sequence[Outcome], *, now: datetime, frontier: bool = True) -> Committed: ...
    def open_warc(self, name: str, location: str) -> None: ...
    def seal_warc(self, name: str, location: str, size_bytes: int, sha256: str, sealed: datetime) -> None: ...

    # reading; rows are dicts keyed as the views' columns
    def article(self, url: str) -> dict[str, Any] | None: ...
    def history(self, url: str) -> History: ...
    def captures(self, warc_file: str | None = None) -> Iterator[Capture]: ...
    def lacks(self, capture_ids: Iterable[str]) -> set[str]: ...
    def crawl_report(self, crawl_id: str) -> CrawlReport | None: ...
    def crawls(self, source: str | None = None) -> list[dict[str, Any]]: ...
    def warcs(self) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit did; an outcome that was in already counts nowhere."""

    fetched: int
    new: int
    changed: int
    unchanged: int
    failed: int
    """Failure rows."""
    discovered: int
    """Links not known before."""
    events: tuple[Any, ...] = ()
    """Event."""


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one address: of the page it belongs to with all its addresses, or of the bare URL."""

    page: dict[str, Any] | None
    addresses: tuple[dict[str, Any], ...]
    captures: tuple[dict[str, Any], ...]
    versions: tuple[dict[str, Any], ...]
    events: tuple[dict[str, Any], ...]
    failures: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """One run: its row of the `crawl` view, and its failures by stage and reason, most frequent first."""

    row: Mapping[str, Any]
    failures: tuple[tuple[str, str, int], ...]

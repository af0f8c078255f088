"""Owns the catalogue: the transaction that a group of outcomes makes, and the questions asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from storage import catalogue_originals, catalogue_reads
from storage.catalogue_commit import Committed, Settle, commit_group
from storage.catalogue_due import Retry
from storage.catalogue_open import open_store
from storage.catalogue_outages import judge_runs
from storage.catalogue_pages import page_id_of
from storage.catalogue_reads import CrawlReport, History
from storage.catalogue_store import Store
from storage.model import Capture, CrawlEnd, KnownPage, Original, Outcome, Source, Thresholds
from storage.stamps import stamp

__all__ = ["Catalogue", "Committed", "CrawlReport", "History", "Retry", "Settle"]


class Catalogue:
    """One catalogue, for one thread at a time. Every write is one transaction, on disk when the call returns."""

    def __init__(self, store: Store, settle: Settle | None, retry: Retry) -> None:
        """Use `open`."""
        self.store = store
        self._settle = settle
        self._retry = retry
        self._sources: dict[str, Source] = {}
        self._light: Store | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        settle: Settle | None = None,
        create: bool = True,
        read_only: bool = False,
        retry: Retry | None = None,
    ) -> Catalogue:
        """Open the catalogue at `path`; `settle` (pipelines.changes.settle) is needed to commit, not to read.

        Raises:
            NewerCatalogue: a later version of the program made it.
            CatalogueError: it is missing (and not to be made), no SQLite file, not ours, or cannot be opened.
            LockedError: another process keeps it locked.
        """
        return cls(open_store(path, create=create, read_only=read_only), settle, retry or Retry())

    def close(self) -> None:
        """Close its connections."""
        if self._light is not None:
            self._light.close()
        self.store.close()

    def __enter__(self) -> Catalogue:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @property
    def light(self) -> Store:
        """Return a second connection, for what need not survive a power cut: its commits do not fsync."""
        if self._light is None:
            self._light = open_store(self.store.path, create=False, durable=False)
        return self._light

    # --- writing -------------------------------------------------------------------------------

    def start_crawl(self, crawl_id: str, source: Source, started: datetime, thresholds: Thresholds) -> None:
        """Put a run in and know its source from here on; a run that is in already stays as it is.

        Runs of the source that began before it are over, however they ended, and judged.
        """
        self._sources[crawl_id] = source
        row = {"id": crawl_id, "source": source.name, "started": stamp(started), **_limits(thresholds)}
        self.store.run(_START, row)
        self.store.run(f"{_INTERRUPT} AND started < :started", row)
        judge_runs(self.store, source.name)

    def end_crawl(self, end: CrawlEnd) -> None:
        """Note how a run ended, putting it in if it is not."""
        row = {
            "id": end.crawl_id,
            "source": end.source,
            "started": stamp(end.started),
            "finished": stamp(end.finished),
            "outcome": end.outcome,
            "not_reached": end.not_reached,
            **_limits(Thresholds()),
        }
        self.store.run(_END, row)
        judge_runs(self.store, end.source)

    def interrupt_crawls(self, source: str | None = None) -> int:
        """Call every run that never ended interrupted, of one source or of all, and judge it; returns how many."""
        count = self.store.run(_INTERRUPT, {"source": source})
        judge_runs(self.store, source)
        return count

    def commit(self, outcomes: Sequence[Outcome], *, now: datetime, frontier: bool = True) -> Committed:
        """Write a group of outcomes in one transaction, in their order; those that are in already are skipped whole.

        An outcome is in if its capture is; one without capture is known by URL, time, source, crawl and stage.
        `now` is the time from which retries count. Without `frontier` what is still to be done is left alone.

        Raises:
            CatalogueError: the crawl of an outcome was not started here, or SQLite failed; nothing is written then.
        """
        assert self._settle is not None, "a catalogue opened to be written needs settle"
        return commit_group(
            self.store,
            outcomes,
            settle=self._settle,
            sources=self._sources,
            retry=self._retry,
            now=now,
            frontier=frontier,
        )

    def open_warc(self, name: str, location: str) -> None:
        """Put in a WARC file that is being written; `name` is its final one, `location` relative to ARCHIVE_DIR."""
        self.store.run(_OPEN_WARC, {"name": name, "location": location})

    def seal_warc(self, name: str, location: str, size_bytes: int, sha256: str, sealed: datetime) -> None:
        """Note a sealed WARC file, as its line in `seals.jsonl` says; `sha256` is lower-case hex."""
        row = {"name": name, "location": location, "size": size_bytes, "sha256": sha256, "sealed": stamp(sealed)}
        self.store.run(_SEAL_WARC, row)

    # --- reading -------------------------------------------------------------------------------

    def article(self, url: str, source: str | None = None) -> dict[str, Any] | None:
        """Return the row of `article` of the page at `url` or redirected to from there, None if there is none."""
        return catalogue_reads.article(self.store, url, source)

    def whole_article(self, first: str, source: str) -> dict[str, Any] | None:
        """Return the row of `article` of an article over several pages; None while one of them is to be fetched."""
        waits = self.store.rows(_WAITS, {"source": source, "first": first})
        return None if waits else catalogue_reads.article(self.store, first, source)

    def history(self, url: str, source: str | None = None) -> History:
        """Return captures, versions, events and failures of the page of `url` with all its addresses, oldest first."""
        return catalogue_reads.history(self.store, url, source)

    def captures(self, warc_file: str | None = None) -> Iterator[Capture]:
        """Yield captures by file name and offset, of one WARC file if its name is given; memory stays flat."""
        return catalogue_reads.captures(self.store, warc_file)

    def lacks(self, capture_ids: Iterable[str]) -> set[str]:
        """Return those of `capture_ids` that are not catalogued."""
        return catalogue_reads.lacking(self.store, capture_ids)

    def original(self, capture_id: str) -> Original | None:
        """Return the response `capture_id` as a revisit refers to it, None if it is not catalogued or may not be."""
        return catalogue_originals.original(self.store, capture_id)

    def known_page(self, source: str, url: str) -> KnownPage | None:
        """Return what the last looks at the page of `source` at `url` showed, None if it has no version."""
        page_id = page_id_of(source, url)
        found = catalogue_originals.known_pages(self.store, (page_id,)).get(page_id)
        return None if found is None else found.known

    def crawl_report(self, crawl_id: str) -> CrawlReport | None:
        """Return a run's row of `crawl` and its failures by stage and reason, None if there is no such run."""
        return catalogue_reads.crawl_report(self.store, crawl_id)

    def crawls(self, source: str | None = None) -> list[Mapping[str, Any]]:
        """Return the rows of `crawl`, oldest first, of one source or of all."""
        where = ":source IS NULL OR source = :source"
        return [*catalogue_reads.view_rows(self.store, "crawl", f"{where} ORDER BY started, id", {"source": source})]

    def warcs(self) -> list[Mapping[str, Any]]:
        """Return the rows of `warc`, by name."""
        return [*catalogue_reads.view_rows(self.store, "warc", "1 ORDER BY name")]

    def view(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield every row of the view `name`."""
        return catalogue_reads.view_rows(self.store, name)


def _limits(thresholds: Thresholds) -> dict[str, int]:
    return {"observations": thresholds.removal_observations, "span": thresholds.removal_span_s}


_WAITS: Final = (
    "SELECT 1 FROM t_frontier WHERE source = :source AND relation = 'part' AND via = :first AND next_due IS NOT NULL "
    "LIMIT 1"
)
_START: Final = (
    "INSERT INTO t_crawl (id, source, started, outcome, removal_observations, removal_span_s) "
    "VALUES (:id, :source, :started, 'running', :observations, :span) ON CONFLICT (id) DO NOTHING"
)
_END: Final = (
    "INSERT INTO t_crawl (id, source, started, finished, outcome, not_reached, removal_observations, removal_span_s) "
    "VALUES (:id, :source, :started, :finished, :outcome, :not_reached, :observations, :span) "
    "ON CONFLICT (id) DO UPDATE "
    "SET finished = excluded.finished, outcome = excluded.outcome, not_reached = excluded.not_reached"
)
_INTERRUPT: Final = (
    "UPDATE t_crawl SET outcome = 'interrupted' WHERE outcome = 'running' AND (:source IS NULL OR source = :source)"
)
_OPEN_WARC: Final = "INSERT INTO t_warc (name, location) VALUES (:name, :location) ON CONFLICT (name) DO NOTHING"
_SEAL_WARC: Final = (
    "INSERT INTO t_warc (name, location, size_bytes, sha256, sealed) "
    "VALUES (:name, :location, :size, :sha256, :sealed) ON CONFLICT (name) DO UPDATE "
    "SET location = excluded.location, size_bytes = excluded.size_bytes, "
    "sha256 = excluded.sha256, sealed = excluded.sealed"
)

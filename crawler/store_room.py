"""Owns everything of a run that touches the disk, and the one thread on which the catalogue is spoken to.

SQLite's connections belong to that thread; the WARC file is appended to from the reactor's thread and fsynced from
this one.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from crawler.holdings import Holdings
from crawler.options import Options
from crawler.user_agent import user_agent
from pipelines.changes import settle
from pipelines.recover import catch_up
from pipelines.reread import Rereader
from pipelines.rules import article_kind, in_scope
from storage import __version__
from storage.catalogue import Catalogue, Committed, CrawlReport, Retry
from storage.catalogue_originals import SERVER_CLAIMS
from storage.errors import StorageError, UsageError
from storage.frontier import Frontier
from storage.hosts import Grant, Hosts, Robots
from storage.locks import archive_lock, recovery_lock, source_lock
from storage.model import CrawlEnd, FrontierEntry, Outcome, Source
from storage.urlkey import canonical
from storage.warc import WarcWriter

__all__ = ["StoreRoom"]

T = TypeVar("T")

logger = logging.getLogger(__name__)


class StoreRoom:
    """The files and tables of one run."""

    def __init__(self, options: Options, source: Source, only_url: str | None) -> None:
        """Name the run; `open` acquires."""
        self.crawl_id = str(uuid.uuid4())
        self.started = datetime.now(UTC)
        self.recovered = 0
        self._options = options
        self._source = source
        self._only_url = only_url
        self._needed: dict[str, None] = {}
        """What the page at `only_url` needs to look as it does, as far as it was read."""
        self._listed: set[str] = set()
        self._held = ExitStack()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catalogue")
        self.catalogue: Catalogue
        self.frontier: Frontier
        self.hosts: Hosts
        self.writer: WarcWriter
        self.holdings: Holdings

    @classmethod
    def open(cls, options: Options, source: Source, *, revisit: str | None, url: str | None) -> StoreRoom:
        """Return an open room; what fails is given back.

        Raises:
            UsageError: `revisit` or `url` cannot be used.
            LockedError: the source is being crawled, or the archive rebuilt.
            StorageError: the archive cannot be written or recovered.
        """
        if revisit not in (None, "all"):
            raise UsageError(f"crawl: -a revisit={revisit}: must be `all`")
        room = cls(options, source, _only(source, url))
        try:
            room._thread.submit(room._acquire, revisit == "all").result()
        except KeyboardInterrupt:
            raise  # a recovery may take long, and who ends the process need not wait for it
        except BaseException:
            room.close()
            raise
        return room

    def _acquire(self, revisit_all: bool) -> None:
        options, source, archive_dir = self._options, self._source, self._options.archive_dir
        try:
            archive_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"ARCHIVE_DIR: {archive_dir} cannot be made ({error.strerror}); it must be a folder that can be written"
            ) from error
        self._held.enter_context(archive_lock(archive_dir).acquire(shared=True))
        # Whoever recovers holds the locks of the sources it catches up, which are not being crawled for that.
        with recovery_lock(archive_dir).acquire(wait=True):
            self._held.enter_context(source_lock(archive_dir, source.name).acquire())
        retry = Retry(options.retries, options.retry_delay_s, options.max_redirects)
        reread = Rereader(archive_dir, options.max_body_bytes)
        self.catalogue = Catalogue.open(options.catalogue_path, settle=partial(settle, reread=reread), retry=retry)
        reread.catalogue = self.catalogue
        self._held.callback(self.catalogue.close)
        self.hosts = Hosts.open(options.catalogue_path)
        self._held.callback(self.hosts.close)
        self.hosts.release_holder(source.name)  # a killed run gave nothing back, and its exchanges died with it
        self.frontier = Frontier(self.catalogue)
        self.recovered = catch_up(
            archive_dir, self.catalogue, max_body_bytes=options.max_body_bytes, source=source.name, tell=logger.info
        )
        self.catalogue.interrupt_crawls(source.name)
        now = datetime.now(UTC)
        self.frontier.expire(now, source=source.name)
        self.holdings = Holdings(options.catalogue_path, archive_dir, source.name)
        self._held.callback(self.holdings.close)
        self.writer = self._writer()  # first: what the catalogue knows of a run must be in the archive
        self._held.callback(self.writer.release)
        self.catalogue.start_crawl(self.crawl_id, source, self.started, options.thresholds)
        if self._only_url is not None:
            self._only_url = self.frontier.whole(source.name, self._only_url)
        kind = None if self._only_url is None else article_kind(source, self._only_url)
        role = "page" if kind is None else f"article:{kind}"
        self.frontier.seed(source, now, revisit_all=revisit_all, only_url=self._only_url, only_role=role)

    def _writer(self) -> WarcWriter:
        options = self._options
        return WarcWriter(
            options.archive_dir,
            source=self._source,
            crawl_id=self.crawl_id,
            software=f"shilu/{__version__}",
            operator=options.contact or "not stated",
            user_agent=user_agent(options.contact),
            robots_policy="obey (RFC 9309)" if self._source.crawl.robots == "obey" else self._source.crawl.robots,
            thresholds=options.thresholds,
            started=self.started,
            max_bytes=options.warc_bytes,
            max_age_s=options.warc_age_s,
            settings=_settings(options),
        )

    async def call(self, work: Callable[..., T], *arguments: object) -> T:
        """Run `work` on the catalogue's thread and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    # --- on the catalogue's thread -------------------------------------------------------------

    def commit(self, outcomes: Sequence[Outcome]) -> Committed:
        """Make the outcomes durable: the WARC file first, then the rows that point into it.

        Raises:
            StorageError: a write failed; it is not tried again.
        """
        self.writer.sync()
        for name in {outcome.capture.warc_file for outcome in outcomes if outcome.capture is not None} - self._listed:
            self.catalogue.open_warc(name, f"warc/{name}")
            self._listed.add(name)
        if self._only_url is not None:
            links = (link for outcome in outcomes if outcome.read is not None for link in outcome.read.links)
            self._needed |= {link.url: None for link in links if link.relation == "requisite"}
        return self.catalogue.commit(outcomes, now=datetime.now(UTC))

    def lease(self, limit: int, hold: timedelta) -> tuple[list[FrontierEntry], int, datetime | None]:
        """Return leased rows, how many more are due, and when a retry worth waiting for is due if none were leased."""
        now = datetime.now(UTC)
        name = self._source.name
        only = () if self._only_url is None else (self._only_url, *self._needed)
        entries = self.frontier.lease(name, self.crawl_id, limit, now, now + hold, only)
        if entries:
            return entries, self.frontier.queue(name, now, len(entries)), None
        retry_at = None if self._only_url else self.frontier.next_retry(name)
        patience = now + timedelta(seconds=self._options.retry_wait_s)
        return entries, 0, retry_at if retry_at is not None and retry_at <= patience else None

    def grant(self, host: str, want: int, delay_s: float, hold_s: float) -> Grant:
        """Return how many exchanges with `host` may begin now, over all processes."""
        concurrency = self._source.crawl.concurrency
        return self.hosts.grant(host, want, delay_s, concurrency, self._source.name, datetime.now(UTC), hold_s)

    def give_back(self, host: str, count: int) -> None:
        """Give `count` slots of `host` back."""
        self.hosts.release_slots(host, self._source.name, count)

    def keep_robots(self, robots: Robots, host: str) -> None:
        """Share what was learnt of a robots.txt with other processes; its Crawl-delay holds for the whole `host`."""
        self.hosts.put_robots(robots)
        self.hosts.set_crawl_delay(host, robots.crawl_delay_s)

    def end(self, outcome: str) -> CrawlReport:
        """State in the archive and in the catalogue how the run ended, seal the file, and return the report.

        Raises:
            StorageError: a write failed.
        """
        self.frontier.release(self.crawl_id)
        self.hosts.release_holder(self._source.name)
        now = datetime.now(UTC)
        left = 0 if self._only_url else self.frontier.due(self._source.name, now)
        end = CrawlEnd(self.crawl_id, self._source.name, self.started, now, outcome, left)
        self.writer.append_end(end)
        self.writer.close()
        self.catalogue.end_crawl(end)
        # Only now: a file that is listed as sealed is not looked through again for captures that are not catalogued.
        for seal in self.writer.seals:
            self.catalogue.seal_warc(seal.name, f"warc/{seal.name}", seal.size_bytes, seal.sha256, seal.sealed)
        report = self.catalogue.crawl_report(self.crawl_id)
        assert report is not None
        return report

    def close(self) -> None:
        """Give back connections, locks and the thread; a second call does nothing."""
        self._thread.submit(self._held.close).result()
        self._thread.shutdown()
        self.close = lambda: None  # type: ignore[method-assign]


def _settings(options: Options) -> tuple[tuple[str, str], ...]:
    """Return the settings that decide what is fetched and how much of it is kept; the source tells the rest."""
    return (
        ("max-response-bytes", str(options.max_response_bytes)),
        ("timeout-s", f"{options.timeout_s:g}"),
        ("retries", str(options.retries)),
        ("max-redirects", str(options.max_redirects)),
        ("max-pages", str(options.max_pages)),
        ("proxy", "none" if options.proxy is None else options.proxy.address),
        ("conditional-requests", f"on the last validators, {SERVER_CLAIMS} in a row at most; not of what is suspect"),
        ("deduplication", "by payload digest, within the source"),
    )


def _only(source: Source, url: str | None) -> str | None:
    if url is None:
        return None
    only = canonical(url)
    if only is None:
        raise UsageError(f"crawl: -a url={url}: must be an http or https URL")
    if not in_scope(source, only):
        hosts = ", ".join(source.crawl.hosts)
        raise UsageError(f"crawl: -a url={url}: is out of the scope of {source.name}; its host must be one of {hosts}")
    return only

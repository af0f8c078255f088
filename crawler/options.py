"""Owns the `ARCHIVE_` settings as one checked, frozen value."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from crawler.guard import Networks, parse_networks
from crawler.proxy import Proxy, parse_proxy
from crawler.settings import ARCHIVE_DEFAULTS
from crawler.user_agent import contact_of
from storage.errors import UsageError
from storage.model import Thresholds
from storage.warc_members import MAX_BLOCK_BYTES

__all__ = ["Options", "read_options"]

N = TypeVar("N", int, float)

LARGEST_RESPONSE_BYTES: Final = MAX_BLOCK_BYTES - (1 << 20)
"""What one record holds, less room for the head."""
LARGEST_BODY_BYTES: Final = 1 << 30
"""A page is held in memory to be read, several times over."""
MOST_WORKERS: Final = 4
"""As many as one coordinator can feed, which takes a third to a half of a worker's time for a page."""


class SettingsLike(Protocol):
    """What is needed of Scrapy's Settings."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return the setting or the default."""


@dataclass(frozen=True, slots=True)
class Options:
    """Every `ARCHIVE_` setting, typed; units and reasons stand in `crawler.settings`."""

    archive_dir: Path
    sources_dir: Path
    contact: str | None
    """As `contact_of` gives it. None: unset, so only exempt networks may be fetched. `none`: said on purpose."""
    allow_networks: Networks
    proxy: Proxy | None
    thresholds: Thresholds
    commit_captures: int
    commit_interval_s: float
    warc_bytes: int
    warc_age_s: int
    max_response_bytes: int
    max_body_bytes: int
    timeout_s: float
    concurrency: int
    workers: int
    extract_timeout_s: float
    worker_memory_bytes: int
    retries: int
    retry_delay_s: float
    retry_wait_s: float
    max_pages: int
    max_redirects: int

    @property
    def catalogue_path(self) -> Path:
        """Return where the catalogue lies."""
        return self.archive_dir / "catalogue.sqlite"


def read_options(settings: SettingsLike) -> Options:
    """Check every `ARCHIVE_` setting and return them typed.

    Raises:
        UsageError: a value cannot be used; names the setting, the value and what would be right.
    """

    def text(name: str) -> str:
        value = settings.get(name)
        return ARCHIVE_DEFAULTS[name] if value is None else str(value).strip()

    def whole(name: str, least: int, most: int | None = None) -> int:
        number = _number(name, text(name), int, least)
        if most is not None and number > most:
            raise UsageError(f"{name}: must be at most {most} (found {number})")
        return number

    def real(name: str, least: float) -> float:
        return _number(name, text(name), float, least)

    return Options(
        archive_dir=Path(text("ARCHIVE_DIR") or ARCHIVE_DEFAULTS["ARCHIVE_DIR"]).absolute(),
        sources_dir=Path(text("ARCHIVE_SOURCES") or ARCHIVE_DEFAULTS["ARCHIVE_SOURCES"]).absolute(),
        contact=contact_of(text("ARCHIVE_CONTACT")),
        allow_networks=parse_networks(text("ARCHIVE_ALLOW_NETWORKS")),
        proxy=parse_proxy(text("ARCHIVE_PROXY")) if text("ARCHIVE_PROXY") else None,
        thresholds=Thresholds(whole("ARCHIVE_REMOVAL_OBSERVATIONS", 1), whole("ARCHIVE_REMOVAL_SPAN_S", 0)),
        commit_captures=whole("ARCHIVE_COMMIT_CAPTURES", 1),
        commit_interval_s=whole("ARCHIVE_COMMIT_INTERVAL_MS", 1) / 1000,
        warc_bytes=whole("ARCHIVE_WARC_BYTES", 1),
        warc_age_s=whole("ARCHIVE_WARC_AGE_S", 1),
        max_response_bytes=whole("ARCHIVE_MAX_RESPONSE_BYTES", 1024, LARGEST_RESPONSE_BYTES),
        max_body_bytes=whole("ARCHIVE_MAX_BODY_BYTES", 1024, LARGEST_BODY_BYTES),
        timeout_s=real("ARCHIVE_TIMEOUT_S", 0.1),
        concurrency=whole("ARCHIVE_CONCURRENCY", 1),
        workers=whole("ARCHIVE_WORKERS", 0) or min(_cores(), MOST_WORKERS),
        extract_timeout_s=real("ARCHIVE_EXTRACT_TIMEOUT_S", 0.1),
        worker_memory_bytes=whole("ARCHIVE_WORKER_MEMORY_MB", 128) << 20,
        retries=whole("ARCHIVE_RETRIES", 0),
        retry_delay_s=real("ARCHIVE_RETRY_DELAY_S", 0),
        retry_wait_s=real("ARCHIVE_RETRY_WAIT_S", 0),
        max_pages=whole("ARCHIVE_MAX_PAGES", 1),
        max_redirects=whole("ARCHIVE_MAX_REDIRECTS", 0),
    )


def _cores() -> int:
    """Return how many processor cores this process may use: those of a container or of `taskset`, not the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _number(name: str, text: str, kind: Callable[[str], N], least: N) -> N:
    try:
        value = kind(text)
    except ValueError:
        raise UsageError(f"{name}: must be a number of at least {least} (found {text!r})") from None
    if not value >= least or value == float("inf"):
        raise UsageError(f"{name}: must be a number of at least {least} (found {text!r})")
    return value

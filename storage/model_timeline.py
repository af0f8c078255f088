"""Owns the values of what becomes of a page: looks, versions, states, events, and what an attempt leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from storage.model_page import Article, PageRead
from storage.model_wire import Attempt, Capture, Conditions, Failure

__all__ = [
    "Absence",
    "CrawlEnd",
    "Event",
    "FrontierEntry",
    "KnownPage",
    "Observation",
    "Outcome",
    "PageState",
    "Settlement",
    "Thresholds",
    "Version",
]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When absence becomes removal; recorded in warcinfo, so that a rebuild judges as the crawl did."""

    removal_observations: int = 3
    removal_span_s: int = 86400


@dataclass(frozen=True, slots=True)
class Absence:
    """A look that found a page gone."""

    at: datetime
    grade: str
    capture_id: str | None


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at a page, made from one outcome."""

    at: datetime
    verdict: str
    """present | gone | moved | unreachable: unreachable says nothing about the page."""
    grade: str
    """http-404, http-410, redirect-home, network, robots, …: the kind of evidence."""
    capture_id: str | None
    payload_digest: str | None
    article: Article | None = None
    """None for a present page: the server or an equal payload says that it is unchanged."""
    target: str | None = None
    """Where a moved page was redirected to."""
    address: str | None = None
    """Where it was looked at, canonical."""
    is_main: bool = True
    """Whether that is the address under which the page is to be fetched."""
    retention_s: int | None = None
    """Set when a gone page is older than its publication keeps pages: how long that is."""
    others: str = "same"
    """Of an article over several pages, what the others say: same | changed | filled, which is what was missing."""


@dataclass(frozen=True, slots=True)
class Version:
    """A distinct text of one page."""

    version_id: str
    """The id of its first capture."""
    page_id: str
    number: int
    captured: datetime
    capture_id: str
    payload_digest: str
    article: Article


@dataclass(frozen=True, slots=True)
class PageState:
    """All that must be remembered of a page to judge the next observation."""

    page_id: str
    state: str = "live"
    """live | suspect | removed | unobserved."""
    latest: Version | None = None
    last_present: datetime | None = None
    last_present_capture: str | None = None
    last_payload_digest: str | None = None
    last_checked: datetime | None = None
    gone_since: datetime | None = None
    """First of the unbroken run of `gone` observations."""
    gone_count: int = 0
    last_gone: datetime | None = None
    last_gone_capture: str | None = None
    absences: tuple[Absence, ...] = ()
    """The looks of that run; of very many the first ones and the last."""
    unreachable_since: datetime | None = None
    """First of the unbroken run of `unreachable` observations."""
    unreachable_count: int = 0
    moved_to: str | None = None
    """Where the last look was redirected to; None once the page answers itself again."""
    address: str | None = None
    """Where it was last found: looks elsewhere are kept, but decide nothing while it is found there."""
    last_bytes: datetime | None = None
    """Last look that brought the page itself: what came since is a 304, the server's word that it is unchanged."""
    last_bytes_capture: str | None = None
    texts: tuple[str, ...] = ()
    """Digest of each version's text, in order of number."""
    injected: tuple[str, ...] = ()
    """Addresses of the hidden links that it carried when its text was last read."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a page, between two observations."""

    page_id: str
    url: str
    kind: str
    """edited | suspected | cleared | removed | restored | moved | injected."""
    grade: str
    after: datetime | None
    observed: datetime
    capture_before: str | None
    capture_after: str | None
    detail: Mapping[str, object] = field(default_factory=dict)
    """Plain JSON values."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one observation does to a page."""

    state: PageState
    version: Version | None = None
    """Set when a new version begins."""
    events: tuple[Event, ...] = ()
    amended: Version | None = None
    """The latest version, with the pages in it that it had lacked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that one attempt leaves in the catalogue; the unit of the group commit, of recovery and of rebuild."""

    attempt: Attempt
    url: str
    attempted: datetime
    capture: Capture | None
    failure: Failure | None
    """Failed exchange, or an HTTP status of 400 and above (stage http, reason `404 Not Found`)."""
    read: PageRead | None = None
    frontier_id: int | None = None
    """Row to be marked done or failed; None in recovery and rebuild (found by URL)."""
    retry_after_s: float | None = None
    """As the server asked (Retry-After)."""
    thresholds: Thresholds = Thresholds()


@dataclass(frozen=True, slots=True)
class CrawlEnd:
    """How a run ended; written as a metadata record so that a rebuild knows."""

    crawl_id: str
    source: str
    started: datetime
    finished: datetime
    outcome: str
    """finished | stopped | failed."""
    not_reached: int


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What the last looks at a page showed, so that an equal payload need not be read again."""

    payload_digests: tuple[str, ...]
    """Of its latest version and of the last look that found it present."""
    read_by: str
    """Name and version of the extractor, a space, and the rules digest: of the last look at which its text was read."""


@dataclass(frozen=True, slots=True)
class FrontierEntry:
    """One leased row of the frontier."""

    id: int
    url: str
    source: str
    role: str
    via: str | None
    relation: str
    hops: int
    number: int
    method: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    attempts: int
    """Failed attempts since the last success."""
    conditions: Conditions | None = None
    """None: the request is to be unconditional."""
    page: KnownPage | None = None
    """None: no version of a page is known at this URL."""

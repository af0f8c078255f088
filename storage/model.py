"""Owns the values that cross modules: frozen, standard library only, no behaviour beyond their own form.

Times are aware datetimes in UTC unless a field says otherwise. URLs are `str` as they go on the wire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

__all__ = [
    "Article",
    "ArticleKind",
    "Attempt",
    "Capture",
    "CrawlEnd",
    "Event",
    "Exchange",
    "ExtractRules",
    "Failure",
    "Feed",
    "FrontierEntry",
    "Image",
    "Link",
    "ListPage",
    "Observation",
    "Outcome",
    "PageRead",
    "PageState",
    "Settlement",
    "Sitemap",
    "Source",
    "SourceCrawl",
    "Thresholds",
    "Tls",
    "Version",
]


# --- sources -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExtractRules:
    """CSS selectors that override the generic extraction of one field; None leaves it to the extractor."""

    title: str | None = None
    published: str | None = None
    origin: str | None = None
    authors: str | None = None
    editors: str | None = None
    section: str | None = None
    body: str | None = None
    drop: tuple[str, ...] = ()
    """Elements taken out of the body before its text is read."""


@dataclass(frozen=True, slots=True)
class ArticleKind:
    """One kind of article page of a source."""

    match: tuple[str, ...]
    """Regular expressions, `re.search` on the canonical URL; one is enough."""
    exclude: tuple[str, ...] = ()
    revisit_s: tuple[int, ...] = (3600, 21600, 86400, 604800, 2592000)
    """Ladder of ages in seconds, counted from the first capture, at which the page is fetched again."""
    extract: ExtractRules = ExtractRules()


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page on which new articles appear."""

    url: str
    """May hold `{date:%Y%m/%d}`: the day in the source's zone."""
    every_s: int = 600
    format: str = "html"
    """html | json | text: what `links` reads."""
    links: str | None = None
    """CSS (html, with `::attr(x)`), JMESPath (json) or regular expression (text); None: every link."""
    list_from: str | None = None
    """CSS with `::attr(x)`: the list proper is found through this page."""
    next: str | None = None
    """CSS of the next link, or a URL pattern with `{n}`."""
    start: int = 1
    """First value of `{n}`: that of the second page of the list."""
    pages: int = 1
    """List pages walked at most, the first included."""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """An RSS, Atom or RDF feed."""

    url: str
    every_s: int = 600
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap or sitemap index, plain or gzip, news extension included."""

    url: str
    every_s: int = 86400
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceCrawl:
    """How a source may be fetched."""

    hosts: tuple[str, ...] = ()
    """In scope, lower case, `host` or `host:port`; the home's and the lists' hosts always are (already added here)."""
    delay_s: float = 1.0
    concurrency: int = 2
    robots: str = "obey"
    """`obey`, or the reason for not obeying, which is recorded."""


@dataclass(frozen=True, slots=True)
class Source:
    """One configured publication, as its TOML file says."""

    name: str
    title: str
    home: str
    kind: str = "news"
    """news | party | government | other."""
    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    verified: str = "urls"
    crawl: SourceCrawl = SourceCrawl()
    lists: tuple[ListPage, ...] = ()
    feeds: tuple[Feed, ...] = ()
    sitemaps: tuple[Sitemap, ...] = ()
    articles: tuple[ArticleKind, ...] = ()


# --- the wire ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tls:
    """What TLS said of one connection."""

    version: str
    """As `ssl.SSLSocket.version()` names it: TLSv1.2, TLSv1.3."""
    cipher: str
    verified: bool
    reason: str | None = None
    """Why it did not verify."""
    chain_sha256: str | None = None
    """Lower-case hex over the DER of the certificates received, leaf first, concatenated."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something did not come to be; `stage` is robots|guard|dns|connect|tls|http|extract|archive|trap."""

    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt as its bytes passed on the connection. interim + response + surplus equal what was received."""

    url: str
    """The target URI, absolute, no fragment."""
    method: str
    request: bytes
    """The request as sent, Proxy-Authorization cut; empty when nothing was sent."""
    response: bytes
    """The final response from status line to framed end, chunk framing and content-encoding as received."""
    started: datetime
    """When the request was sent (or the attempt began, if it never was). WARC-Date of all its records."""
    duration_s: float = 0.0
    interim: bytes = b""
    """1xx responses before the final one, verbatim."""
    surplus: bytes = b""
    """Bytes after the framed end, verbatim."""
    ip: str | None = None
    proxy: str | None = None
    """host:port of the CONNECT or plain proxy; `ip` is then the proxy's."""
    tls: Tls | None = None
    truncated: str | None = None
    """length | time | disconnect | None: why `response` is not whole (WARC-Truncated)."""
    failure: Failure | None = None
    """Set when the attempt failed; there may be bytes all the same."""
    notes: tuple[str, ...] = ()
    """What a reader of the record must know: `proxy-authorization cut`, `stale connection, sent again`."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Why and for whom an exchange was made; written into its metadata record."""

    source: str
    crawl_id: str
    """UUID, lower case with hyphens."""
    role: str
    """robots | page | list:N | listdata:N | feed:N | sitemap:N | article:N: N is the index in the source file."""
    via: str | None = None
    """URL that led here."""
    relation: str = "seed"
    """seed | link | next | redirect | listdata | sitemap | canonical | given: how `via` led here."""
    hops: int = 0
    """Redirects followed in a row to get here."""
    number: int = 1
    """Which page of a list walk this is."""
    rules_digest: str = ""
    """`sha256:` of the source as JSON, the payload of the resource record at the head of each WARC file."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One archived exchange; the row of the `capture` view."""

    id: str
    """WARC-Record-ID of the response record, without brackets: `urn:uuid:…`."""
    url: str
    source: str
    captured: datetime
    method: str
    request_digest: str | None
    """Block digest of the request record; None when it was torn."""
    status: int | None
    """None when the status line could not be read."""
    mime: str | None
    kind: str
    """response | revisit."""
    payload_digest: str
    refers_to: str | None
    warc_file: str
    warc_offset: int
    warc_length: int
    """Bytes of the response record's gzip member."""
    ip: str | None
    tls_verified: bool | None
    truncated: str | None
    crawl_id: str


# --- what a page says --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in the body."""

    url: str
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """What one page says; nothing invented, None or empty where it is silent."""

    title: str | None
    body: str
    """Paragraphs separated by one line feed; the machine-made noise of the page kept."""
    body_sha256: str
    """Lower-case hex of the UTF-8 of `body`."""
    published: str | None = None
    """By precision: `2020`, `2020-02`, `2020-02-05`, or ISO with offset `2020-02-05T19:01:00+08:00`."""
    published_precision: str | None = None
    """year | month | day | minute | second."""
    published_utc: str | None = None
    """ISO 8601 UTC `2020-02-05T11:01:00Z` of the earliest instant meant; sorts."""
    published_raw: str | None = None
    origin: str | None = None
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    section: str | None = None
    language: str | None = None
    script: str | None = None
    """Hans | Hant | None."""
    images: tuple[Image, ...] = ()
    page_links: tuple[str, ...] = ()
    """Absolute URLs of the other pages of an article that is spread over several."""
    charset_declared: str | None = None
    charset_used: str = "utf-8"
    undecodable_bytes: int = 0
    extractor: str = ""
    """`name/version` of what produced this, with the rules digest where rules took part."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Field -> which rule or candidate gave it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A URL found on a page and what it is for."""

    url: str
    """Absolute, canonical (storage.urlkey.canonical)."""
    role: str
    """As Attempt.role."""
    relation: str = "link"
    number: int = 1
    """Page of the walk, for relation `next`."""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None


@dataclass(frozen=True, slots=True)
class PageRead:
    """What reading one response gave."""

    links: tuple[Link, ...] = ()
    article: Article | None = None
    failure: Failure | None = None
    """Stage extract: why there is no article, or no links, where one was expected."""
    next: Link | None = None
    """The next page of a list walk; followed only while the walk still finds something unknown."""
    dropped: int = 0
    """Links left out as out of scope or traps."""


# --- versions, states, events ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When absence becomes removal; recorded in warcinfo, so that a rebuild judges as the crawl did."""

    removal_observations: int = 3
    removal_span_s: int = 86400


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
    unreachable_since: datetime | None = None
    """First of the unbroken run of `unreachable` observations."""
    unreachable_count: int = 0
    moved_to: str | None = None
    """Where the last look was redirected to; None once the page answers itself again."""
    texts: tuple[str, ...] = ()
    """Digest of each version's text, in order of number."""


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

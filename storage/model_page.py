"""Owns the values that reading a page gives: its article, its links, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.model_wire import Failure

__all__ = [
    "Article",
    "Image",
    "InjectedLink",
    "Link",
    "PageRead",
]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in the body."""

    url: str
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class InjectedLink:
    """A link that a page carries where its reader does not see it."""

    url: str
    text: str
    hidden: str
    """off-screen | none: how it is hidden."""


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
    confidence: Mapping[str, float] = field(default_factory=dict)
    """Field -> 0..1: how often the rule that gave it was right when it was measured."""
    kicker: str | None = None
    """引题, the line above the title."""
    subtitle: str | None = None
    modified: str | None = None
    """When the page says it was changed, as it writes it."""
    origin_url: str | None = None
    document_number: str | None = None
    """文号."""
    issuer: str | None = None
    """发布机构."""
    written: str | None = None
    """成文日期, `2020-02-05`."""
    index_number: str | None = None
    """索引号."""
    views: int | None = None
    content_id: str | None = None
    """The publishing system's own number of the page."""
    normalised: str | None = None
    """`body` without machine-made noise, for search and comparison; None where that is the same."""
    repairs: Mapping[str, int] = field(default_factory=dict)
    """Kind of noise -> how often it was undone in `normalised`."""
    injected: tuple[InjectedLink, ...] = ()
    gaps: tuple[str, ...] = ()
    """Addresses of pages of the article that are not in `body`."""


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
    canonical: str | None = None
    """The other address that an article says it is known by, where that may be believed."""

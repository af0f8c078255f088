"""Owns the values of a configured publication: what its source file says, checked."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Aliases",
    "ArticleKind",
    "ExtractRules",
    "Feed",
    "ListPage",
    "Requisites",
    "Rewrite",
    "Sitemap",
    "Source",
    "SourceCrawl",
]


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
    retention_s: int | None = None
    """How long the publication keeps such a page; None: for good."""


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
class Requisites:
    """What of a page's pictures, style sheets, icons and fonts is fetched too."""

    fetch: bool = False
    kinds: tuple[str, ...] = ("image", "style", "icon", "font")
    hosts: tuple[str, ...] = ()
    """`host` or `host:port`; empty: any host that a page names, for portals keep pictures elsewhere."""
    max_bytes: int = 8 << 20
    """Wire bytes of one; the rest is cut and the record marked."""
    per_page: int = 200
    """Of one page at most, in its order."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another spelling of an address, where hosts, scheme and parameters do not tell it."""

    match: str
    """Regular expression, `re.sub` on the canonical URL."""
    to: str
    """What stands for it; `\\1` is its first group."""


@dataclass(frozen=True, slots=True)
class Aliases:
    """Which addresses of a source are one page."""

    hosts: tuple[tuple[str, str], ...] = ()
    """`host` or `host:port`, and the host whose pages it shows."""
    scheme: str | None = None
    """http | https: the one under which pages are fetched, the other being the same; None: they are told apart."""
    parameters: tuple[str, ...] = ()
    """Names of query parameters that change nothing, beside those that only ever track."""
    rewrites: tuple[Rewrite, ...] = ()


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
    requisites: Requisites = Requisites()
    aliases: Aliases = Aliases()

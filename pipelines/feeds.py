"""Owns the reading of feeds: RSS 0.9x and 2.0, RSS 1.0 (RDF), Atom, with the damage that real ones have."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from pipelines.dates import find_dates, zone_of
from pipelines.links import Page, article_links
from pipelines.markup import Element, local_name, parse_xml, refusal, space_of
from pipelines.text import collapse
from storage.model import Failure, Link, Source
from storage.urlkey import join

__all__ = ["FeedEntry", "FeedRead", "feed_entries", "read_feed"]

_MAX_ENTRIES = 10_000
_MAX_DATE_CHARS = 100
_FEEDBURNER = "http://rssnamespace.org/feedburner/ext/1.0"
_MEDIA = ("http://search.yahoo.com/mrss", "http://www.itunes.com/dtds/")
_DATES = ("pubdate", "published", "date", "issued", "created", "updated", "modified")
_TAG = re.compile(r"<[^<>]{1,2000}>")
_ENGLISH = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed, as it announces an article."""

    url: str
    """Absolute and canonical."""
    title: str | None = None
    published: str | None = None
    """By precision, as `Article.published`; None when it is not understood."""
    published_raw: str | None = None


@dataclass(frozen=True, slots=True)
class FeedRead:
    """What one feed gave."""

    links: tuple[Link, ...] = ()
    dropped: int = 0
    failure: Failure | None = None


def read_feed(text: str, url: str, source: Source) -> FeedRead:
    """Read the links of a decoded feed. Never raises, whatever the text is."""
    elements, failure = _elements(text, url)
    if failure is not None:
        return FeedRead(failure=failure)
    hrefs = (entry.url for entry in _read_entries(elements, url, source.timezone))
    harvest = article_links(hrefs, Page(url, url, "utf-8"), source, chosen=True)
    if not harvest.links:
        failure = Failure("extract", f"no wanted link in this feed of {len(elements)} entries")
    return FeedRead(harvest.links, harvest.dropped + max(0, len(elements) - _MAX_ENTRIES), failure)


def feed_entries(text: str, url: str, zone_name: str) -> tuple[tuple[FeedEntry, ...], Failure | None]:
    """Give the entries of a decoded feed in its order, at most 10,000, or why it cannot be read.

    `zone_name` is the zone of times that name none.
    """
    elements, failure = _elements(text, url)
    return tuple(_read_entries(elements, url, zone_name)), failure


def _elements(text: str, url: str) -> tuple[list[Element], Failure | None]:
    reason = refusal(text)
    root = None if reason else parse_xml(text, url)
    if root is None:
        return [], Failure("extract", f"feed: {reason or 'no element in it'}")
    if local_name(root) not in ("rss", "rdf", "feed", "channel"):
        return [], Failure("extract", f"feed: is no RSS, RDF or Atom; its root is <{local_name(root)[:40]}>")
    return [element for element in root.iter() if local_name(element) in ("item", "entry")], None


def _read_entries(elements: list[Element], url: str, zone_name: str) -> Iterator[FeedEntry]:
    zone = zone_of(zone_name)
    for element in elements[:_MAX_ENTRIES]:
        if entry := _entry(element, url, zone):
            yield entry


def _entry(element: Element, url: str, zone: tzinfo) -> FeedEntry | None:
    href = _address(element)
    address = join(element.base or url, href) if href else None
    if address is None:
        return None
    titles = (_text(child) for child in element if local_name(child) == "title" and not _is_media(child))
    title = next((plain for text in titles if (plain := collapse(html.unescape(_TAG.sub("", text))))), None)
    raw = _date_text(element)
    return FeedEntry(address, title, _published(raw, zone), raw)


def _address(element: Element) -> str | None:
    """Choose among what an entry gives for its address: the publisher's own before a counter's, links before ids."""
    ranked: dict[int, str] = {}
    for child in element:
        rank, value = _address_of(child)
        if value:
            ranked.setdefault(rank, value)
    about = element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    if about:
        ranked.setdefault(9, about)
    # Some generators escape the ampersand twice; no address has `&amp;` in it.
    return ranked[min(ranked)].replace("&amp;", "&") if ranked else None


def _address_of(child: Element) -> tuple[int, str]:
    name, text = local_name(child), _text(child).strip()
    if name == "origlink" and space_of(child) == _FEEDBURNER:
        return 0, text
    if name == "link" and not _is_media(child):
        # Atom: an attribute, and `self` or `enclosure` is another thing than the page (RFC 4287 4.2.7.2).
        if child.get("href") is not None:
            return 1 if (child.get("rel") or "alternate").rpartition("/")[2] == "alternate" else 99, _atom(child)
        return 1, text
    # RSS 2.0: a guid is a permalink unless it says otherwise; an id only when it looks like an address.
    if name in ("guid", "id") and child.get("isPermaLink", "true").strip().lower() != "false":
        return 2, text if re.match(r"https?:", text, re.IGNORECASE) else ""
    return 99, ""


def _atom(child: Element) -> str:
    rel = (child.get("rel") or "alternate").rpartition("/")[2]
    return str(child.get("href")).strip() if rel == "alternate" else ""


def _is_media(child: Element) -> bool:
    return space_of(child).startswith(_MEDIA)


def _text(element: Element) -> str:
    return "".join(element.itertext())


def _date_text(element: Element) -> str | None:
    found: dict[str, str] = {}
    for child in element:
        if (name := local_name(child)) in _DATES and (text := collapse(_text(child))):
            found.setdefault(name, text)
    return next((found[name] for name in _DATES if name in found), None)


def _published(raw: str | None, zone: tzinfo) -> str | None:
    text = "" if raw is None else raw[:_MAX_DATE_CHARS]
    if _ENGLISH.search(text) and (written := _rfc822(text, zone)):
        return written
    moment = next(iter(find_dates(text)), None)
    return None if moment is None else moment.written(zone)


def _rfc822(text: str, zone: tzinfo) -> str | None:
    """Read an RFC 822 date or what `ctime` prints; a time in UTC is written in `zone`, that of the readers."""
    from email.utils import parsedate_tz

    try:
        # RFC 822 has CST for US Central Standard Time; on a Chinese server it is China's.
        parts = parsedate_tz(re.sub(r"\bCST\b", "+0800", text))
        if parts is None:
            return None
        offset = None if parts[9] is None else timezone(timedelta(seconds=parts[9]))
        moment = datetime(*parts[:6], tzinfo=offset or zone)
        return (moment if offset != UTC else moment.astimezone(zone)).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

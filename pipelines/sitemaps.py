"""Owns the reading of sitemaps: urlset, index, news extension, plain text, gzip (sitemaps.org 0.9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from lxml import etree

from pipelines.charset import decode
from pipelines.links import Page, article_links, scoped_links
from pipelines.markup import Element, local_name, refusal, space_of, xml_bytes
from storage.http_message import content_decode
from storage.model import Failure, Link, Source
from storage.urlkey import canonical

__all__ = ["SitemapRead", "read_sitemap"]

MAX_URLS: Final = 50_000
"""Addresses one file may hold (sitemaps.org)."""
MAX_BYTES: Final = 50 * 1024 * 1024
"""Bytes of one file, unpacked (sitemaps.org)."""
MAX_DEPTH: Final = 3
"""Indexes that name indexes; the protocol allows none, sites have two."""
_MAX_LOC_CHARS: Final = 8_192


@dataclass(frozen=True, slots=True)
class SitemapRead:
    """What one sitemap gave."""

    links: tuple[Link, ...] = ()
    dropped: int = 0
    failure: Failure | None = None


class _Unreadable(Exception):
    """The file is no sitemap; the text is the reason."""


def read_sitemap(
    body: bytes, content_type: str | None, url: str, source: Source, role: str, number: int
) -> SitemapRead:
    """Read one sitemap. Never raises, whatever the bytes are.

    `body` is content-decoded, and may be a gzip file all the same; `role` is `sitemap:N`, which the files that an index
    names keep; `number` is the depth, 1 for the file the source names.
    """
    try:
        pages, nested = _locations(body, content_type)
    except _Unreadable as error:
        return SitemapRead(failure=Failure("extract", f"sitemap: {error}"))
    page = Page(url, url, "utf-8")
    articles = article_links(pages, page, source, chosen=True, limit=MAX_URLS)
    deeper = scoped_links(nested, page, source, Link("", role, "sitemap", number + 1))
    if number >= MAX_DEPTH and deeper.links:
        reason = f"sitemap: names {len(deeper.links)} more, deeper than {MAX_DEPTH} files"
        return SitemapRead(
            articles.links, articles.dropped + deeper.dropped + len(deeper.links), Failure("extract", reason)
        )
    return SitemapRead(articles.links + deeper.links, articles.dropped + deeper.dropped)


def _locations(body: bytes, content_type: str | None) -> tuple[list[str], list[str]]:
    """Give the addresses of pages and those of further sitemaps, as written."""
    text = decode(_unpacked(body), content_type).text.lstrip("\ufeff")
    start = text.lstrip()[:1]
    if start != "<":
        return _plain(text), []
    reason = refusal(text)
    if reason:
        raise _Unreadable(reason)
    pages: list[str] = []
    nested: list[str] = []
    for parent, location in _entries(xml_bytes(text)):
        (pages if parent == "url" else nested).append(location)
        if len(pages) + len(nested) >= MAX_URLS:
            break
    return pages, nested


def _unpacked(body: bytes) -> bytes:
    if body.startswith(b"\x1f\x8b"):
        decoded = content_decode(body, b"gzip", MAX_BYTES)
        if not decoded.body or decoded.body == body:
            raise _Unreadable(f"the gzip file cannot be read ({decoded.problem})")
        # What was unpacked of a cut file is whole lines and entries but for the last, which the parsers leave out.
        body = decoded.body
    return body[:MAX_BYTES]


def _plain(text: str) -> list[str]:
    """Read the text form: one address a line."""
    lines = (line.strip() for line in text[: MAX_URLS * _MAX_LOC_CHARS].splitlines())
    found = [line for line in lines if line[:4].lower() == "http" and canonical(line)][:MAX_URLS]
    if not found:
        raise _Unreadable("neither XML nor a list of addresses")
    return found


def _entries(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield `url` or `sitemap` and the address in it, freeing what was read: 50 MB as a tree take half a gigabyte."""
    events = etree.iterparse(
        BytesIO(content), events=("start", "end"), recover=True, resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    root: Element | None = None
    try:
        for event, element in events:
            if root is None:
                root = element
                _check_root(element)
            if event == "end":
                if found := _location(element):
                    yield found
                if local_name(element) in ("url", "sitemap"):
                    element.clear()
                    root.remove(element) if element.getparent() is root else None
    except etree.XMLSyntaxError:
        return


def _check_root(root: Element) -> None:
    if local_name(root) not in ("urlset", "sitemapindex"):
        raise _Unreadable(f"the root is <{local_name(root)[:40]}>, not urlset or sitemapindex")


def _location(element: Element) -> tuple[str, str] | None:
    """Give the entry's own `loc`; pictures and videos have theirs in another namespace."""
    parent = element.getparent()
    if local_name(element) != "loc" or parent is None or local_name(parent) not in ("url", "sitemap"):
        return None
    text = "".join(element.itertext()).strip()
    return (local_name(parent), text) if text and space_of(element) == space_of(parent) else None

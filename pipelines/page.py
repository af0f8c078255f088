"""Owns the reading of one archived response: its role decides whether links, an article or both are looked for.

The one function that the crawl, recovery, rebuild and re-extraction call, so that all see the same in the same bytes.
"""

from __future__ import annotations

import re
import traceback
from dataclasses import replace
from functools import cached_property
from typing import Final, TypeAlias

from pipelines.canonical import canonical_of
from pipelines.charset import decode
from pipelines.extract import extract
from pipelines.feeds import read_feed
from pipelines.kinds import KINDS, challenge_in
from pipelines.links import Page, article_links, base_of, html_hrefs
from pipelines.lists import read_list
from pipelines.page_markup import PageMarkup, read_markup
from pipelines.redirects import REDIRECTS, follow_location, follow_refresh
from pipelines.requisites import page_requisites, sheet_requisites
from pipelines.rules import article_kind, in_scope, is_front_page, role_index, role_name
from pipelines.sitemaps import read_sitemap
from pipelines.unread import unread
from storage.block import Block
from storage.http_message import Body, body_of, header
from storage.model import Article, ExtractRules, Failure, Link, PageRead, Source
from storage.parts import first_of, parts_after

__all__ = ["read_page"]

_SNIFFED_BYTES: Final = 65_536
_MARKUP: Final = re.compile(
    rb"<(?:!doctype|html|head|meta|title|body|div|p|table|tr|td|h[1-6]|a|span|br|script)[\s/>]", re.I
)
_CONTROLS: Final = bytes((*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F))
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_PAGE_TYPES: Final = ("text/", "application/xhtml", "application/xml")
_FRONT: Final = "is a front or list page of the source, no article"
# Random bytes hold 11 % control characters, damaged pages far below 1 %.
_MAX_CONTROL_SHARE: Final = 0.02
_MAX_CONTROL_SHARE_IN_MARKUP: Final = 0.05


def read_page(
    response: Block, method: str, url: str, source: Source, role: str, number: int, *, max_body_bytes: int
) -> PageRead:
    """Read one response block as archived. Deterministic; raises nothing, whatever the bytes are.

    `url` is that of the request, canonical; `role` as in `Attempt.role`; `number` its place in a walk. What is longer
    than `max_body_bytes` when content-decoded is cut. Links are canonical; those of an article are its other pages.
    """
    failure = unread(response, role, max_body_bytes)
    if failure is not None:
        return PageRead(failure=failure)
    try:
        return _read(response[:max_body_bytes], method, url, source, role, number, max_body_bytes)
    except Exception as error:
        # Here the bytes of strangers meet half a dozen parsers; whatever one of them trips over, the capture stands
        # and the failure must become a row instead of ending the crawl.
        reason = " ".join(traceback.format_exception_only(error)[-1].split())
        return PageRead(failure=Failure("extract", f"reading failed: {reason[:400]}"))


def _read(
    response: bytes, method: str, url: str, source: Source, role: str, number: int, max_body_bytes: int
) -> PageRead:
    name = role_name(role)
    message = body_of(response, method, max_body_bytes)
    status = message.head.status
    if name == "robots":
        return PageRead()
    if status in REDIRECTS and name == "part":
        return PageRead(failure=Failure("http", "a page of an article that leads elsewhere is not followed"))
    if status in REDIRECTS:
        return follow_location(message.head, method, url, source, role, number)
    if status is None or not 200 <= status < 300 or method == "HEAD":
        return PageRead(failure=_challenge(message, name))
    if name == "requisite":
        return _requisite(message, url, source, role, number)
    if not message.body:
        return PageRead(failure=Failure("extract", f"the body is empty ({message.problem or '0 bytes'})"))
    if name in ("part", "article", "page"):
        return _as_page(_Page(message), url, source, role, number)
    if name == "sitemap":
        sitemap = read_sitemap(message.body, _content_type(message), url, source, role, number)
        return PageRead(links=sitemap.links, failure=sitemap.failure, dropped=sitemap.dropped)
    decoded = decode(message.body, _content_type(message))
    if name == "feed":
        feed = read_feed(decoded.text, url, source)
        return PageRead(links=feed.links, failure=feed.failure, dropped=feed.dropped)
    found = read_list(decoded.text, decoded.used, url, source, role, number)
    read = PageRead(links=found.links, failure=found.failure, next=found.next, dropped=found.dropped)
    return _or_refresh(read, message, url, source, role, number)


def _or_refresh(read: PageRead, message: Body, url: str, source: Source, role: str, number: int) -> PageRead:
    """Where a page has nothing but a refresh to another, as the front pages of e-papers do, go there."""
    if read.links or read.article or b"refresh" not in message.body[:_SNIFFED_BYTES].lower():
        return read
    text = decode(message.body[:_SNIFFED_BYTES], _content_type(message)).text
    return follow_refresh(text, url, source, role, number) or read


_Read: TypeAlias = tuple[PageRead, tuple[Link, ...]]
"""What a page gave, and what it needs beside itself if it is an article."""


class _Page:
    """A response that holds a page, decoded and parsed when first asked for."""

    def __init__(self, message: Body) -> None:
        self.message = message

    @cached_property
    def markup(self) -> PageMarkup:
        return read_markup(self.message.body, _content_type(self.message))

    def requisites(self, url: str, source: Source) -> tuple[Link, ...]:
        """Return what the page needs beside itself, as far as its source wants it."""
        root = self.markup.root
        if not source.requisites.fetch or root is None:
            return ()
        return page_requisites(root, url, self.markup.decoded.used, source.requisites)


def _as_page(page: _Page, url: str, source: Source, role: str, number: int) -> PageRead:
    name = role_name(role)
    read = _given(page, url, source) if name == "page" else _article(page, url, source, role)
    if name == "part":
        found, needed = read
        found = replace(found, links=())
    else:
        found, needed = _or_refresh(read[0], page.message, url, source, role, number), read[1]
        found = replace(found, canonical=_canonical(page, url, source) if found.article is not None else None)
    return replace(found, links=found.links + needed) if found.article is not None else found


def _canonical(page: _Page, url: str, source: Source) -> str | None:
    if b"canonical" not in page.message.body[:_SNIFFED_BYTES].lower():
        return None
    return canonical_of(page.markup.decoded.text[:_SNIFFED_BYTES], url, source)


def _requisite(message: Body, url: str, source: Source, role: str, number: int) -> PageRead:
    """Read a style sheet for what it needs itself; `number` is how deep it was imported."""
    if role != "requisite:style" or not source.requisites.fetch:
        return PageRead()
    text = decode(message.body, _content_type(message)).text
    return PageRead(links=sheet_requisites(text, url, number, source.requisites))


def _challenge(message: Body, name: str) -> Failure | None:
    """Say that an error is a challenge, where its body is a script that tests the visitor; None for any other."""
    status = message.head.status
    if (
        name not in ("article", "page", "part")
        or status in (None, 404, 410)
        or not 0 < len(message.body) <= _SNIFFED_BYTES
    ):
        return None
    text = decode(message.body, _content_type(message)).text
    return (
        Failure("extract", f"challenge: {status} with a script that tests the visitor") if challenge_in(text) else None
    )


def _article(page: _Page, url: str, source: Source, role: str) -> _Read:
    kind = source.articles[role_index(role)]
    article, failure, needed = _extracted(page, url, source, kind.extract)
    if article is None:
        return PageRead(failure=failure), ()
    first = first_of(url, article)
    # The pages after the first are fetched one by one as the catalogue learns of them; the first may be unknown yet.
    links = (Link(first, role),) if first != url and in_scope(source, first) else ()
    return PageRead(links=links, article=article), needed


def _given(shared: _Page, url: str, source: Source) -> _Read:
    """Read a page that somebody named: as the article it is by its address, or as whatever it turns out to be."""
    root = shared.markup.root
    page = Page(url, url if root is None else base_of(root, url), shared.markup.decoded.used)
    harvest = article_links(() if root is None else html_hrefs(root), page, source, chosen=False)
    kind = article_kind(source, url)
    if kind is None:
        article, failure, needed = _extracted(shared, url, source, None)
        found = PageRead(article=article, failure=None if harvest.links else failure)
    else:
        found, needed = _article(shared, url, source, f"article:{kind}")
    known = {link.url for link in found.links}
    known |= set() if found.article is None else set(parts_after(url, {url: found.article}))
    links = found.links + tuple(link for link in harvest.links if link.url not in known)
    return replace(found, links=links, dropped=found.dropped + harvest.dropped), needed


def _extracted(
    page: _Page, url: str, source: Source, rules: ExtractRules | None
) -> tuple[Article | None, Failure | None, tuple[Link, ...]]:
    message = page.message
    reason = _unreadable(message) or (_FRONT if is_front_page(source, url) else None)
    if reason is not None:
        return None, Failure("extract", reason), ()
    needed = page.requisites(url, source)  # before extraction, which may take elements out
    headers, zone = message.head.headers, source.timezone
    article = extract(message.body, headers, url, rules, timezone=zone, language=source.language, markup=page.markup)
    if not article.body and not article.images:
        why = article.reasons.get("body", "no text found")
        return None, Failure("extract", why if why.startswith(KINDS) else f"no article: {why}"), ()
    return article, None, needed


def _unreadable(message: Body) -> str | None:
    """Say why no article is looked for in a body: it is cut, or no page at all."""
    body = message.body
    if not message.complete and b"</html" not in body[-2048:].lower():
        # A page without its end would look like one whose text was taken away.
        return f"the body is not whole: {message.problem or 'cut'}"
    head = body[:_SNIFFED_BYTES]
    markup = _MARKUP.search(head) is not None or head.startswith(_UTF16_MARKS)
    mime = (_content_type(message) or "").partition(";")[0].strip().lower()
    if not markup and mime and not mime.startswith(_PAGE_TYPES):
        return f"is no page but {mime[:80]}"
    share = 0.0 if head.startswith(_UTF16_MARKS) else _controls_in(head) / len(head)
    if share > (_MAX_CONTROL_SHARE_IN_MARKUP if markup else _MAX_CONTROL_SHARE):
        return f"is no text: {share:.0%} of its bytes are control characters"
    return None


def _controls_in(head: bytes) -> int:
    return len(head) - len(head.translate(None, _CONTROLS))


def _content_type(message: Body) -> str | None:
    value = header(message.head.headers, b"content-type")
    return None if value is None else value.decode("latin-1")

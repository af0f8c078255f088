"""Owns the one function that turns the bytes of a page into an Article, for live and repeated extraction alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any, TypeAlias

from pipelines.blocks import Blocks, read_blocks
from pipelines.body import Body, find_body, text_of, why_no_body
from pipelines.charset import Decoded
from pipelines.confidence import confidence_of
from pipelines.dates import zone_of
from pipelines.declared import Declared, read_declared
from pipelines.extractor import EXTRACTOR
from pipelines.images import find_images
from pipelines.injected import find_injected
from pipelines.kinds import name_kind
from pipelines.metadata import find_authors, find_editors, find_keywords, find_origin, find_section, zones_of
from pipelines.noise import normalise
from pipelines.notice import read_notice
from pipelines.overrides import apply_rules, rules_digest
from pipelines.page_markup import PageMarkup, read_markup
from pipelines.pager import find_page_links, scripted_page_links
from pipelines.particulars import (
    find_content_id,
    find_kicker,
    find_modified,
    find_origin_url,
    find_subtitle,
    find_views,
)
from pipelines.published import find_published
from pipelines.states import add_state, find_state
from pipelines.text import language_of, script_of
from pipelines.title import Headings, Title, find_title, read_headings
from pipelines.tree import Node
from pipelines.visibility import read_styles
from storage.model import Article, ExtractRules

__all__ = ["EXTRACTOR", "extract", "why_not"]

_SHORT = 200
_STATE_TIMES = 3
"""A text of fewer than 200 characters gives way to one three times as long that the page holds for its scripts."""

_SAID = ("challenge:", "gone:", "login wall:")
"""Kinds of page that say themselves why they show no article: what a script may know is not theirs to show."""


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _content_type(headers: Mapping[str, str] | Iterable[tuple[object, object]]) -> str | None:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    for name, value in pairs:
        if _word(name).lower() == "content-type":
            return _word(value)
    return None


def _word(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _empty(decoded: Decoded, extractor: str, why: str) -> Article:
    return Article(
        title=None,
        body="",
        body_sha256=_sha256(""),
        charset_declared=decoded.declared,
        charset_used=decoded.used,
        undecodable_bytes=decoded.undecodable,
        extractor=extractor,
        reasons={"body": why, "charset": decoded.reason},
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """What the shared parse of one page gave to all fields."""

    markup: Decoded
    page: Blocks
    declared: Declared
    title: Title | None
    body: Body | None
    text: str
    """Of the body."""
    url: str
    zone: tzinfo
    language: str | None
    """Of the page."""
    kind: str | None
    """`name: why` of a page that is no article."""
    abroad: bool
    """Whether that is not the source's, whose zone is then not the page's."""

    @property
    def kept(self) -> tuple[int, ...]:
        return self.body.kept if self.body else ()

    @property
    def span(self) -> tuple[int, int] | None:
        return (self.body.start, self.body.end) if self.body else None


def _dated(read: _Read) -> dict[str, Any]:
    """Return the fields of the date; empty when the page has none."""
    place = (read.kept[0], read.kept[-1] + 1) if read.kept else read.span
    title = read.title.block if read.title else None
    found = find_published(read.page, read.declared, title, place, read.zone, read.url, abroad=read.abroad)
    if found is None:
        return {}
    zone = UTC if read.abroad and found.moment.offset is UTC else read.zone
    return {
        "published": found.moment.written(zone),
        "published_precision": found.moment.precision,
        "published_utc": found.moment.utc(zone),
        "published_raw": found.moment.raw,
        "reasons": {"published": found.reason},
    }


def _named(read: _Read) -> dict[str, Any]:
    """Return origin, authors, editors and section."""
    zones = zones_of(read.page, read.title.block if read.title else None, read.span, read.kept)
    origin = find_origin(zones, read.declared)
    section = find_section(read.page, read.declared, read.kept[0] if read.kept else len(read.page.blocks))
    authors, why_authors = find_authors(zones, read.declared)
    editors, why_editors = find_editors(zones)
    reasons = {
        "authors": why_authors,
        "editors": why_editors,
        "origin": origin[1] if origin else "",
        "section": section[1] if section else "",
    }
    return {
        "origin": origin[0] if origin else None,
        "authors": authors,
        "editors": editors,
        "section": section[0] if section else None,
        "reasons": {field: why for field, why in reasons.items() if why},
    }


def _particular(read: _Read, text: str, origin: str | None) -> dict[str, Any]:
    """Return the smaller fields, the normalised text and what was injected."""
    title = read.title.block if read.title else None
    start = read.kept[0] if read.kept else len(read.page.blocks)
    lines = tuple(block.text for block in read.page.blocks[max(0, start - 14) : start + 6] if block.length <= 200)
    near = range(max(0, start - 30), (read.kept[-1] + 16) if read.kept else start)
    notice = read_notice(read.page, lines)
    clean = normalise(text)
    url, base = read.url, read.declared.base
    return {
        "kicker": find_kicker(read.page, title),
        "subtitle": find_subtitle(read.page, title),
        "modified": find_modified(read.declared),
        "origin_url": find_origin_url(read.page, origin, near, url, base),
        "document_number": notice.document_number,
        "issuer": notice.issuer,
        "written": notice.written,
        "index_number": notice.index_number,
        "views": find_views(lines),
        "content_id": find_content_id(read.declared),
        "normalised": clean.text if clean.repairs else None,
        "repairs": clean.repairs,
        "injected": find_injected(read.page, f"{read.title.text if read.title else ''}{text}", url, base),
    }


def _page_links(read: _Read) -> tuple[str, ...]:
    found = find_page_links(read.page, read.span, read.url, read.declared.base)
    scripted = read.body is not None and not found
    return scripted_page_links(read.markup.text, read.url, read.declared.base) if scripted else found


def _assemble(read: _Read, extractor: str) -> Article:
    text, decoded = read.text, read.markup
    title = read.title.text if read.title else None
    dated, named = _dated(read), _named(read)
    reasons = {
        "title": read.title.reason if read.title else "none found",
        "body": read.body.reason if read.body else read.kind or why_no_body(read.page),
        **dated.pop("reasons", {}),
        **named.pop("reasons"),
    }
    return Article(
        title=title,
        body=text,
        body_sha256=_sha256(text),
        keywords=find_keywords(read.declared),
        language=read.language,
        script=script_of(f"{title or ''}{text[:4000]}" or read.declared.title) if read.language == "zh" else None,
        images=find_images(read.page, read.body, read.url, read.declared.base),
        page_links=_page_links(read),
        charset_declared=decoded.declared,
        charset_used=decoded.used,
        undecodable_bytes=decoded.undecodable,
        extractor=extractor,
        reasons=reasons,
        **dated,
        **named,
        **_particular(read, text, named["origin"]),
    )


_Seen: TypeAlias = tuple[Blocks, Headings, Body | None, str | None]
"""A page, its headings, its article, and `name: why` where it is none."""


def _look(root: Node, declared: Declared, markup: str) -> _Seen:
    page = read_blocks(root, read_styles(root))
    headings = read_headings(page, declared)
    found = find_body(page, find_title(headings, None), markup)
    kind = name_kind(root, page, declared, markup, _size(page, found))
    return page, headings, found if kind is None else None, kind


def _size(page: Blocks, found: Body | None) -> int:
    return sum(page.blocks[n].length for n in found.kept) if found else 0


def _look_twice(root: Node, declared: Declared, markup: str) -> _Seen:
    """Look for the article in what the page shows; where that is next to nothing, in what its scripts would show."""
    seen = _look(root, declared, markup)
    size = _size(seen[0], seen[2])
    if size >= _SHORT or (seen[3] or "").startswith(_SAID):
        return seen
    state = find_state(root, declared)
    if state is None or len(state.text) < _STATE_TIMES * size:
        return seen
    add_state(root, declared, state)
    page, headings, found, kind = _look(root, declared, markup)
    if found is None or _size(page, found) <= size:
        return seen
    return page, headings, replace(found, reason=f"{found.reason}, in {state.where}"), kind


def _beginning(page: Blocks, found: Body | None, text: str) -> str:
    """Return the text's first 40 blocks, 4,000 characters of them at most, which tell its language."""
    kept = found.kept if found else ()
    lengths = [len(page.blocks[n].text) + 1 for n in kept[:40]] if len(kept) > 40 else [len(text) + 1]
    return text[: min(sum(lengths) - 1, 4000)]


def extract(
    body: bytes,
    headers: Mapping[str, str] | Iterable[tuple[object, object]] = (),
    url: str = "",
    rules: ExtractRules | None = None,
    *,
    timezone: str = "Asia/Shanghai",
    language: str = "zh",
    markup: PageMarkup | None = None,
) -> Article:
    """Read a page. Deterministic, never raises, whatever the bytes.

    `body` is content-decoded; `headers` as mapping or pairs; `url` absolute, for resolving links; `rules` override
    fields by CSS; `timezone` is the IANA name of the zone that dates without one are in; `language` that of the
    source; `markup` is `body` decoded and parsed, where the caller has it, and may be changed. A page without an
    article gives an empty `body`, and `reasons["body"]` says why.
    """
    extractor = f"{EXTRACTOR}{rules_digest(rules)}"
    markup = markup or read_markup(body, _content_type(headers))
    decoded, root = markup.decoded, markup.root
    if not markup.is_text:
        return _empty(decoded, extractor, f"not text: {decoded.undecodable} of {len(body)} bytes do not decode")
    if root is None:
        return _empty(decoded, extractor, "the page is empty")
    declared = read_declared(root)
    page, headings, found, kind = _look_twice(root, declared, decoded.text)
    title = find_title(headings, found.kept[0] if found else None)
    text = text_of(page.blocks, found.kept if found else ())
    sample = f"{title.text if title else ''}{_beginning(page, found, text)}"
    spoken = language_of(sample or declared.title, declared.language or language)
    abroad = spoken != language[:2]
    read = _Read(decoded, page, declared, title, found, text, url, zone_of(timezone), spoken, kind, abroad)
    article = apply_rules(_assemble(read, extractor), root, rules, timezone)
    reasons = {**article.reasons, "charset": decoded.reason}
    return replace(article, reasons=reasons, confidence=confidence_of(article, reasons))


def why_not(article: Article) -> str | None:
    """Return why a page gave no article, for `Failure("extract", …)`; None when it gave one."""
    return None if article.body else article.reasons.get("body", "no text")

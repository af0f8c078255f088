"""Owns pages as they pass through a commit: their identity, their state, their texts, as rows and back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from storage.catalogue_details import details_of, details_text
from storage.catalogue_rows import (
    is_storable,
    json_strings,
    json_text,
    optional,
    optional_moment,
    optional_stamp,
    storable,
)
from storage.catalogue_store import Row
from storage.model import Absence, Article, Image, PageState, Version
from storage.stamps import moment, stamp
from storage.urlkey import canonical

__all__ = [
    "PageCard",
    "address_of",
    "article_row",
    "page_id_of",
    "page_of",
    "page_row",
    "plain_article",
    "reader_of",
    "version_of",
    "version_row",
]


@dataclass(slots=True)
class PageCard:
    """One page within a commit: what it is, and its state as looks follow each other."""

    url: str
    source: str
    state: PageState
    first_captured: datetime | None
    touched: bool = False
    read_by: str = ""
    """Extractor and rules digest of the last look at which its text was read."""
    ahead: tuple[str, int] | None = None
    """Of an article over several pages: address and number of the next to look at."""
    round_at: datetime | None = None
    """Time of the look at the first page that a look at another belongs to."""


@lru_cache(maxsize=1024)
def address_of(url: str) -> str:
    """Return the canonical spelling of a page's address."""
    return canonical(url) or url


@lru_cache(maxsize=1024)
def page_id_of(source: str, url: str) -> str:
    """Return the identity of the page at `url`: the same after a rebuild, whatever is known about it."""
    return sha256(f"{source}\n{address_of(url)}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def reader_of(article: Article, rules_digest: str) -> str:
    """Return what read `article`: its extractor without the rules for one kind of page, and the rules of all."""
    return f"{article.extractor.partition('+')[0]} {rules_digest}"


def version_row(version: Version) -> dict[str, Any]:
    """Return the row of a version; its article has passed `plain_article`."""
    return {
        "version_id": version.version_id,
        "page_id": version.page_id,
        "number": version.number,
        "captured": stamp(version.captured),
        "capture_id": version.capture_id,
        "payload_digest": version.payload_digest,
    } | article_row(version.article)


def article_row(article: Article) -> dict[str, Any]:
    """Return the columns of a version's row that say what was read; `article` has passed `plain_article`."""
    return {
        "title": article.title,
        "published": article.published,
        "published_precision": article.published_precision,
        "published_utc": optional(article.published_utc),
        "published_raw": optional(article.published_raw),
        "origin": article.origin,
        "authors": json_strings(article.authors),
        "editors": json_strings(article.editors),
        "keywords": json_strings(article.keywords),
        "section": optional(article.section),
        "language": optional(article.language),
        "script": article.script,
        "images": json_text([[image.url, image.caption] for image in article.images]),
        "page_links": json_strings(article.page_links),
        "charset_declared": optional(article.charset_declared),
        "charset_used": article.charset_used,
        "undecodable_bytes": article.undecodable_bytes,
        "extractor": article.extractor,
        "reasons": json_text(dict(article.reasons)),
        "body_sha256": article.body_sha256,
        "body": article.body,
        "details": details_text(article),
        "normalised": optional(article.normalised),
    }


def page_row(card: PageCard) -> dict[str, Any]:
    """Return the row of a page that has a version."""
    state = card.state
    assert state.latest is not None and state.last_present is not None and state.last_checked is not None
    return {
        "page_id": state.page_id,
        "url": storable(card.url),
        "source": card.source,
        "state": state.state,
        "versions": state.latest.number,
        "latest_version": state.latest.version_id,
        "texts": json_strings(state.texts),
        "first_captured": stamp(card.first_captured or state.last_present),
        "last_present": stamp(state.last_present),
        "last_present_capture": state.last_present_capture,
        "last_payload_digest": state.last_payload_digest or "",
        "last_checked": stamp(state.last_checked),
        "gone_since": optional_stamp(state.gone_since),
        "gone_count": state.gone_count,
        "last_gone": optional_stamp(state.last_gone),
        "last_gone_capture": state.last_gone_capture,
        "absences": json_text([[stamp(each.at), each.grade, each.capture_id] for each in state.absences]),
        "unreachable_since": optional_stamp(state.unreachable_since),
        "unreachable_count": state.unreachable_count,
        "moved_to": optional(state.moved_to),
        "address": None if state.address in (None, card.url) else optional(state.address),
        "read_by": card.read_by,
        "injected": json_strings(state.injected),
        "last_bytes": optional_stamp(state.last_bytes),
        "last_bytes_capture": state.last_bytes_capture,
    }


def page_of(row: Row) -> PageCard:
    """Return the page of a row of t_page joined with its latest version."""
    state = PageState(
        page_id=row.page_id,
        state=row.state,
        latest=version_of(row),
        last_present=moment(row.last_present),
        last_present_capture=row.last_present_capture,
        last_payload_digest=row.last_payload_digest,
        last_checked=moment(row.last_checked),
        gone_since=optional_moment(row.gone_since),
        gone_count=row.gone_count,
        last_gone=optional_moment(row.last_gone),
        last_gone_capture=row.last_gone_capture,
        absences=tuple(Absence(moment(at), grade, capture) for at, grade, capture in json.loads(row.absences)),
        unreachable_since=optional_moment(row.unreachable_since),
        unreachable_count=row.unreachable_count,
        moved_to=row.moved_to,
        address=row.address or row.url,
        last_bytes=optional_moment(row.last_bytes),
        last_bytes_capture=row.last_bytes_capture,
        texts=_strings(row.texts),
        injected=_strings(row.injected),
    )
    return PageCard(row.url, row.source, state, moment(row.first_captured), read_by=row.read_by)


def version_of(row: Row) -> Version:
    """Return the version of a row of t_version."""
    article = Article(
        title=row.title,
        body=row.body,
        body_sha256=row.body_sha256,
        published=row.published,
        published_precision=row.published_precision,
        published_utc=row.published_utc,
        published_raw=row.published_raw,
        origin=row.origin,
        authors=_strings(row.authors),
        editors=_strings(row.editors),
        keywords=_strings(row.keywords),
        section=row.section,
        language=row.language,
        script=row.script,
        images=tuple(Image(url, caption) for url, caption in json.loads(row.images)),
        page_links=_strings(row.page_links),
        charset_declared=row.charset_declared,
        charset_used=row.charset_used,
        undecodable_bytes=row.undecodable_bytes,
        extractor=row.extractor,
        reasons=json.loads(row.reasons),
        normalised=row.normalised,
        **details_of(row.details),
    )
    return Version(
        version_id=row.version_id,
        page_id=row.page_id,
        number=row.number,
        captured=moment(row.captured),
        capture_id=row.capture_id,
        payload_digest=row.payload_digest,
        article=article,
    )


def plain_article(article: Article) -> Article:
    """Return `article` without lone surrogates, which scripts embedded in pages hold and no database does.

    That is, in the fields by which texts are compared; `article_row` sees to the others.
    """
    texts = [article.title, article.body, article.origin, article.published, *article.authors, *article.editors]
    if is_storable("".join([text for text in texts if text])):
        return article
    return replace(
        article,
        title=optional(article.title),
        body=storable(article.body),
        origin=optional(article.origin),
        published=optional(article.published),
        authors=tuple(map(storable, article.authors)),
        editors=tuple(map(storable, article.editors)),
    )


def _strings(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))

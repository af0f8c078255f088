"""Owns the tables behind the catalogue's views: typed models.

Times are TEXT of fixed width in UTC (`2026-11-22T13:45:00.123456Z`), so that they sort as they compare.
All of it comes from the WARC files and `seals.jsonl` and can be made anew from them; what is still to be done lies in
`storage.frontier_tables`, what only follows from these tables in `storage.catalogue_reprint_tables`.
"""

from __future__ import annotations

from sqlalchemy import REAL, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "KEYED", "STRICT", "AddressRow", "Base", "CaptureRow", "CrawlRow", "EventRow", "FailureRow", "PageRow",
    "RedirectRow", "TextRow", "VersionCaptureRow", "VersionRow", "WarcRow",
]  # fmt: skip


class Base(DeclarativeBase):
    """Base of all models; columns are TEXT, INTEGER or REAL, and the tables STRICT."""

    type_annotation_map = {str: Text(), int: Integer(), float: REAL()}  # noqa: RUF012 - SQLAlchemy's own protocol


STRICT = {"sqlite_strict": True}
KEYED = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""Little more than their key: kept in the key's own B-tree."""


class CrawlRow(Base):
    """One run of one source."""

    __tablename__ = "t_crawl"
    __table_args__ = (Index("ix_crawl_source", "source", "started"), STRICT)

    id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    started: Mapped[str]
    finished: Mapped[str | None]
    outcome: Mapped[str]
    """running | finished | stopped | failed | interrupted."""
    not_reached: Mapped[int | None]
    removal_observations: Mapped[int]
    removal_span_s: Mapped[int]
    outage: Mapped[str | None]
    """JSON object: what failed, when the whole site did."""
    judged: Mapped[int] = mapped_column(server_default=text("0"))


class CaptureRow(Base):
    """One archived exchange, with what it showed of a page."""

    __tablename__ = "t_capture"
    __table_args__ = (
        Index("ix_capture_url", "url", "captured"),
        Index("ix_capture_crawl", "crawl_id", "finding"),
        Index("ix_capture_place", "warc_file", "warc_offset"),
        Index("ix_capture_payload", "source", "payload_digest", sqlite_where=text("payload_bytes IS NOT NULL")),
        STRICT,
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    source: Mapped[str]
    captured: Mapped[str]
    method: Mapped[str]
    request_digest: Mapped[str | None]
    status: Mapped[int | None]
    mime: Mapped[str | None]
    kind: Mapped[str]
    payload_digest: Mapped[str]
    refers_to: Mapped[str | None]
    warc_file: Mapped[str]
    warc_offset: Mapped[int]
    warc_length: Mapped[int]
    ip: Mapped[str | None]
    tls_verified: Mapped[int | None]
    truncated: Mapped[str | None]
    crawl_id: Mapped[str] = mapped_column(ForeignKey("t_crawl.id"))
    role: Mapped[str]
    page_id: Mapped[str | None]
    """Of the page it was a look at."""
    version_id: Mapped[str | None]
    """The version it shows; None when it shows none."""
    finding: Mapped[str | None]
    """new | changed | unchanged, for a capture that shows a version."""
    verdict: Mapped[str | None]
    """present | gone | moved | unreachable, for a look at a page."""
    grade: Mapped[str | None]
    """The kind of evidence; of an unchanged page: server, bytes, or article (other bytes, the same text)."""
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    payload_bytes: Mapped[int | None]
    """Of a response that a revisit may refer to."""


class FailureRow(Base):
    """Something that did not come to be."""

    __tablename__ = "t_failure"
    __table_args__ = (
        UniqueConstraint("url", "attempted", "source", "crawl_id", "stage"),
        Index("ix_failure_crawl", "crawl_id", "stage"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str]
    attempted: Mapped[str]
    source: Mapped[str]
    crawl_id: Mapped[str] = mapped_column(ForeignKey("t_crawl.id"))
    stage: Mapped[str]
    reason: Mapped[str]
    capture_id: Mapped[str | None]


class PageRow(Base):
    """One page: its first address and all that is needed to judge the next look at it."""

    __tablename__ = "t_page"
    __table_args__ = (Index("ix_page_url", "url"), STRICT)

    page_id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    source: Mapped[str]
    state: Mapped[str]
    versions: Mapped[int]
    latest_version: Mapped[str]
    texts: Mapped[str]
    """JSON array: the digest of each version's text, in order of number."""
    first_captured: Mapped[str]
    last_present: Mapped[str]
    last_present_capture: Mapped[str]
    last_payload_digest: Mapped[str]
    last_checked: Mapped[str]
    gone_since: Mapped[str | None]
    gone_count: Mapped[int]
    last_gone: Mapped[str | None]
    last_gone_capture: Mapped[str | None]
    absences: Mapped[str] = mapped_column(server_default=text("'[]'"))
    """JSON array: the looks that found it gone, [at, grade, capture]."""
    unreachable_since: Mapped[str | None]
    unreachable_count: Mapped[int]
    moved_to: Mapped[str | None]
    address: Mapped[str | None]
    """Where it was last found, if not at its first address."""
    read_by: Mapped[str] = mapped_column(server_default=text("''"))
    """Extractor and rules digest of the last look at which its text was read."""
    injected: Mapped[str] = mapped_column(server_default=text("'[]'"))
    """JSON array: addresses of the hidden links that it carried when its text was last read."""
    last_bytes: Mapped[str | None]
    last_bytes_capture: Mapped[str | None]


class AddressRow(Base):
    """A further address of a page: looked at, or named by the page as its own."""

    __tablename__ = "t_address"
    __table_args__ = (Index("ix_address_url", "url"), KEYED)

    page_id: Mapped[str] = mapped_column(ForeignKey("t_page.page_id"), primary_key=True)
    url: Mapped[str] = mapped_column(primary_key=True)
    relation: Mapped[str]
    """alias | canonical."""


class VersionRow(Base):
    """One distinct text of one page, known by its first capture."""

    __tablename__ = "t_version"
    __table_args__ = (UniqueConstraint("page_id", "number"), STRICT)

    version_id: Mapped[str] = mapped_column(primary_key=True)
    page_id: Mapped[str] = mapped_column(ForeignKey("t_page.page_id"))
    number: Mapped[int]
    captured: Mapped[str]
    capture_id: Mapped[str] = mapped_column(ForeignKey("t_capture.id"))
    payload_digest: Mapped[str]
    title: Mapped[str | None]
    published: Mapped[str | None]
    published_precision: Mapped[str | None]
    published_utc: Mapped[str | None]
    published_raw: Mapped[str | None]
    origin: Mapped[str | None]
    authors: Mapped[str]
    editors: Mapped[str]
    keywords: Mapped[str]
    section: Mapped[str | None]
    language: Mapped[str | None]
    script: Mapped[str | None]
    images: Mapped[str]
    page_links: Mapped[str]
    charset_declared: Mapped[str | None]
    charset_used: Mapped[str]
    undecodable_bytes: Mapped[int]
    extractor: Mapped[str]
    reasons: Mapped[str]
    body_sha256: Mapped[str]
    body: Mapped[str]
    details: Mapped[str] = mapped_column(server_default=text("'{}'"))
    """JSON object: the smaller fields of the article that are not empty."""
    normalised: Mapped[str | None]
    """The body without machine-made noise; NULL where that is the same."""


class TextRow(Base):
    """One entry whenever a version came in, its text changed, or it became or ceased to be its page's latest.

    What is derived from texts (the full text index) remembers the number up to which it has followed.
    """

    __tablename__ = "t_text"
    __table_args__ = (STRICT,)

    number: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[str]


class VersionCaptureRow(Base):
    """Which captures a version was read from: one a part."""

    __tablename__ = "t_version_capture"
    __table_args__ = (KEYED,)

    version_id: Mapped[str] = mapped_column(ForeignKey("t_version.version_id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    capture_id: Mapped[str] = mapped_column(ForeignKey("t_capture.id"))


class RedirectRow(Base):
    """An address of a source that answered with a redirect to another of its addresses."""

    __tablename__ = "t_redirect"
    __table_args__ = (Index("ix_redirect_target", "source", "target"), KEYED)

    url: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)


class EventRow(Base):
    """Something that happened to a page between two looks at it."""

    __tablename__ = "t_event"
    __table_args__ = (Index("ix_event_page", "page_id", "observed"), Index("ix_event_observed", "observed"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[str] = mapped_column(ForeignKey("t_page.page_id"))
    url: Mapped[str]
    kind: Mapped[str]
    grade: Mapped[str]
    after: Mapped[str | None]
    observed: Mapped[str]
    capture_before: Mapped[str | None]
    capture_after: Mapped[str | None]
    detail: Mapped[str]


class WarcRow(Base):
    """One WARC file; size, digest and time of sealing are None while it is written."""

    __tablename__ = "t_warc"
    __table_args__ = (STRICT,)

    name: Mapped[str] = mapped_column(primary_key=True)
    location: Mapped[str]
    size_bytes: Mapped[int | None]
    sha256: Mapped[str | None]
    sealed: Mapped[str | None]

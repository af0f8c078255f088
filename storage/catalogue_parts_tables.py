"""Owns the tables of articles over several pages: how far the last look at each has got, and what each page says.

All of it comes from the WARC files, like what is in `storage.tables`.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import KEYED, STRICT, Base

__all__ = ["PartRow", "RoundRow"]


class RoundRow(Base):
    """The last look at an article over several pages: at its first page, and then at the others."""

    __tablename__ = "t_round"
    __table_args__ = (STRICT,)

    page_id: Mapped[str] = mapped_column(ForeignKey("t_page.page_id"), primary_key=True)
    first: Mapped[str]
    """Address of the first page."""
    capture_id: Mapped[str]
    at: Mapped[str]
    grade: Mapped[str]
    payload_digest: Mapped[str]
    read_by: Mapped[str | None]
    settled: Mapped[int]
    """Whether what the look showed is in versions and events."""


class PartRow(Base):
    """What one page of an article over several says, the first one too."""

    __tablename__ = "t_part"
    __table_args__ = (Index("ix_part_url", "url"), KEYED)

    page_id: Mapped[str] = mapped_column(ForeignKey("t_page.page_id"), primary_key=True)
    url: Mapped[str] = mapped_column(primary_key=True)
    looked_for: Mapped[str | None]
    """Capture of the first page in whose round it was looked at last."""
    capture_id: Mapped[str | None]
    """Of the last look that showed it."""
    seen_at: Mapped[str | None]
    payload_digest: Mapped[str]
    settled_digest: Mapped[str]
    """Of what it showed when the article was last settled; empty if it was not in it."""
    bytes_at: Mapped[str | None]
    """Of the last look that brought the page itself, and its capture."""
    bytes_capture: Mapped[str | None]
    before_at: Mapped[str | None]
    """The same of the last look that brought what was settled."""
    before_capture: Mapped[str | None]
    article: Mapped[str | None]
    """JSON; NULL if it never showed."""

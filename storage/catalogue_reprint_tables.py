"""Owns the tables of reprints: all of it follows from the versions of the pages and can be made anew from them.

Nothing here refers to a row by a key that SQLite checks: what is derived must never hold up what it derives from.
"""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import STRICT, Base

__all__ = ["ReprintFreshRow", "ReprintMarkRow", "ReprintRow", "ReprintSampleRow", "ReprintTextRow", "ReprintVersionRow"]

_KEYED = {**STRICT, "sqlite_with_rowid": False}


class ReprintTextRow(Base):
    """One distinct text, whatever pages have it."""

    __tablename__ = "t_reprint_text"
    __table_args__ = (UniqueConstraint("letters_sha256"), STRICT)

    text_id: Mapped[int] = mapped_column(primary_key=True)
    letters_sha256: Mapped[str]
    samples: Mapped[int]
    """How many shingles of it are sampled."""


class ReprintSampleRow(Base):
    """One sampled shingle of one text: what finds the texts that share it."""

    __tablename__ = "t_reprint_sample"
    __table_args__ = (_KEYED,)

    shingle: Mapped[int] = mapped_column(primary_key=True)
    text_id: Mapped[int] = mapped_column(primary_key=True)


class ReprintFreshRow(Base):
    """A sampled shingle of a text that came lately: they are moved to the others many at a time."""

    __tablename__ = "t_reprint_fresh"
    __table_args__ = (_KEYED,)

    shingle: Mapped[int] = mapped_column(primary_key=True)
    text_id: Mapped[int] = mapped_column(primary_key=True)


class ReprintVersionRow(Base):
    """Which text a version is, and when its page is known to have been out."""

    __tablename__ = "t_reprint_version"
    __table_args__ = (
        Index("ix_reprint_version_text", "text_id", "out_by", "captured", "page_id"),
        Index("ix_reprint_version_page", "page_id"),
        _KEYED,
    )

    version_id: Mapped[str] = mapped_column(primary_key=True)
    page_id: Mapped[str]
    text_id: Mapped[int | None]
    """None: too short to tell."""
    out_by: Mapped[str]
    captured: Mapped[str]
    """When the page's first version was."""


class ReprintRow(Base):
    """A page whose text was out earlier on another: the earliest of those, and the two versions that are most alike."""

    __tablename__ = "t_reprint"
    __table_args__ = (Index("ix_reprint_earliest", "earliest_page"), _KEYED)

    page_id: Mapped[str] = mapped_column(primary_key=True)
    earliest_page: Mapped[str]
    similarity: Mapped[float]
    basis: Mapped[str]
    version_id: Mapped[str]
    earliest_version: Mapped[str]


class ReprintMarkRow(Base):
    """How far the tables above have come: one row."""

    __tablename__ = "t_reprint_mark"
    __table_args__ = (STRICT,)

    method: Mapped[str] = mapped_column(primary_key=True)
    text_number: Mapped[int]
    """The last entry of t_text that was followed."""
    settled_text: Mapped[int] = mapped_column(server_default=text("0"))
    """The last text of which all samples are in t_reprint_sample."""

"""Owns the tables of what is still to be done: URLs with state and time, hosts with the next moment they may be asked.

Nothing here is evidence: a rebuild starts it anew.
"""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import STRICT, Base

__all__ = ["FrontierRow", "HostRow", "HostSlotRow", "RobotsRow"]


class FrontierRow(Base):
    """One URL that a source leads to, and when it is to be fetched next."""

    __tablename__ = "t_frontier"
    __table_args__ = (
        UniqueConstraint("source", "url", "method", "body_digest"),
        Index(
            "ix_frontier_due",
            "source",
            "rank",
            "next_due",
            "worker",  # asked for in every query, so that the index alone answers it
            sqlite_where=text("next_due IS NOT NULL AND worker IS NULL"),
        ),
        Index("ix_frontier_leased", "worker", sqlite_where=text("worker IS NOT NULL")),
        Index("ix_frontier_retry", "source", "next_due", sqlite_where=text("attempts > 0 AND state = 'pending'")),
        Index("ix_frontier_part", "source", "via", sqlite_where=text("relation = 'part'")),
        Index("ix_frontier_redirect", "source", "via", sqlite_where=text("relation = 'redirect'")),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    url: Mapped[str]
    method: Mapped[str]
    body_digest: Mapped[str]
    """Empty when there is no body."""
    body: Mapped[str | None]
    headers: Mapped[str]
    """JSON array of pairs."""
    role: Mapped[str]
    rank: Mapped[int]
    """0 for what leads to articles, 1 for the rest: lists go first."""
    via: Mapped[str | None]
    relation: Mapped[str]
    hops: Mapped[int]
    number: Mapped[int]
    state: Mapped[str]
    """pending | leased | done | failed."""
    worker: Mapped[str | None]
    leased_until: Mapped[str | None]
    next_due: Mapped[str | None]
    due_reason: Mapped[str | None]
    attempts: Mapped[int]
    """Failed attempts since the last success."""
    first_seen: Mapped[str]
    walk_started: Mapped[str | None]


class HostRow(Base):
    """When a host may be asked again; written at every grant, so kept small."""

    __tablename__ = "t_host"
    __table_args__ = (STRICT,)

    host: Mapped[str] = mapped_column(primary_key=True)
    granted: Mapped[str | None]
    """Time of the last grant."""
    granted_delay_s: Mapped[float] = mapped_column(server_default=text("0"))
    """Delay in force at the last grant."""
    crawl_delay_s: Mapped[float | None]
    backoff_until: Mapped[str | None]


class RobotsRow(Base):
    """What a robots.txt said when it was last fetched."""

    __tablename__ = "t_robots"
    __table_args__ = (STRICT,)

    host: Mapped[str] = mapped_column(primary_key=True)
    fetched: Mapped[str]
    verdict: Mapped[str]
    capture_id: Mapped[str | None]
    crawl_delay_s: Mapped[float | None]
    rules: Mapped[str]


class HostSlotRow(Base):
    """One exchange that a process has been granted on a host, until it says that it is over or the time runs out."""

    __tablename__ = "t_host_slot"
    __table_args__ = (Index("ix_host_slot", "host", "until"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str]
    holder: Mapped[str]
    until: Mapped[str]

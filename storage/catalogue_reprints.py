"""Owns the question who copied whom: rows of `reprint` with what both pages say, by family of a page or by source."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.catalogue_store import Row, Store
from storage.stamps import stamp

__all__ = ["Reprint", "Side", "count_reprints", "family", "reprints", "reprints_seen"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two pages of a reprint, in the version that is most like the other's."""

    page_id: str
    url: str
    source: str
    version_id: str
    title: str | None
    text: str
    """The normalised body."""
    origin: str | None
    published: str | None
    out_by: str
    """The moment by which it is known to have been out."""
    dated: str
    """published | captured: where `out_by` is from."""


@dataclass(frozen=True, slots=True)
class Reprint:
    """A page and the earliest page with its text."""

    copy: Side
    earliest: Side
    similarity: float
    basis: str


def family(store: Store, page_id: str, limit: int | None = None) -> Iterator[Reprint]:
    """Yield the reprints of the earliest original of a page, reprints of reprints among them, earliest first.

    Raises:
        CatalogueError: SQLite failed.
    """
    yield from map(_reprint, store.stream(_FAMILY, {"page_id": page_id, "limit": _all(limit)}))


def reprints(store: Store, source: str | None = None, limit: int | None = None) -> Iterator[Reprint]:
    """Yield reprints, latest first: of all pages, or of those where the copy or the earliest is from `source`.

    Raises:
        CatalogueError: SQLite failed.
    """
    yield from map(_reprint, store.stream(_REPRINTS, {"source": source, "limit": _all(limit)}))


def reprints_seen(
    store: Store, source: str | None, since: datetime | None, until: datetime | None
) -> Generator[tuple[str, Reprint], None, None]:
    """Yield reprints with the moment at which the copy was captured, the newest of these first.

    The copy is of `source`, captured at `since` or later and before `until`; what is None does not restrict.

    Raises:
        CatalogueError: SQLite failed.
    """
    span = {"since": None if since is None else stamp(since), "until": None if until is None else stamp(until)}
    for row in store.stream(_SEEN, {"source": source, **span}):
        yield str(row.seen), _reprint(row)


def count_reprints(store: Store, source: str | None = None) -> int:
    """Return how many `reprints` yields without a limit."""
    return int(store.rows(_COUNT, {"source": source})[0].n)


def _all(limit: int | None) -> int:
    return -1 if limit is None else limit


def _reprint(row: Row) -> Reprint:
    fields = row.named()
    copy, earliest = (
        Side(**{name: fields[f"{side}_{name}"] for name in Side.__dataclass_fields__}) for side in ("copy", "earliest")
    )
    return Reprint(copy, earliest, row.similarity, row.basis)


def _side(name: str, page: str, version: str, known: str) -> str:
    return ", ".join(
        f"{said} AS {name}_{field}"
        for field, said in (
            ("page_id", f"{page}.page_id"),
            ("url", f"{page}.url"),
            ("source", f"{page}.source"),
            ("version_id", f"{version}.version_id"),
            ("title", f"{version}.title"),
            ("text", f"coalesce({version}.normalised, {version}.body)"),
            ("origin", f"{version}.origin"),
            ("published", f"{version}.published"),
            ("out_by", f"{known}.out_by"),
            ("dated", f"CASE WHEN {known}.out_by < {known}.captured THEN 'published' ELSE 'captured' END"),
        )
    )


_FROM: Final = (
    """FROM t_reprint r JOIN t_page p ON p.page_id = r.page_id JOIN t_page e ON e.page_id = r.earliest_page"""
)
_CHOSEN: Final = f"{_FROM} WHERE p.url <> e.url AND (:source IS NULL OR :source IN (p.source, e.source))"
_TEXTS: Final = """JOIN t_version v ON v.version_id = r.version_id JOIN t_version o ON o.version_id = r.earliest_version
    JOIN t_reprint_version k ON k.version_id = r.version_id
    JOIN t_reprint_version q ON q.version_id = r.earliest_version"""
_SELECT: Final = (
    f"SELECT r.similarity, r.basis, {_side('copy', 'p', 'v', 'k')}, {_side('earliest', 'e', 'o', 'q')} {_FROM} {_TEXTS}"
)
_FAMILY: Final = f"""
    WITH RECURSIVE up(page_id) AS
        (SELECT :page_id UNION SELECT a.earliest_page FROM up JOIN t_reprint a ON a.page_id = up.page_id),
    down(page_id) AS
        (SELECT page_id FROM up WHERE page_id NOT IN (SELECT page_id FROM t_reprint)
        UNION SELECT a.page_id FROM down JOIN t_reprint a ON a.earliest_page = down.page_id)
    {_SELECT} WHERE p.url <> e.url AND r.page_id IN (SELECT page_id FROM down)
    ORDER BY k.out_by, k.captured, r.page_id LIMIT :limit"""
_REPRINTS: Final = f"""
    {_SELECT} WHERE p.url <> e.url AND (:source IS NULL OR :source IN (p.source, e.source))
    ORDER BY k.out_by DESC, k.captured DESC, r.page_id LIMIT :limit"""
_SEEN: Final = f"""
    SELECT k.captured AS seen, r.*
    FROM ({_SELECT} WHERE p.url <> e.url) r JOIN t_reprint_version k ON k.version_id = r.copy_version_id
    WHERE (:source IS NULL OR copy_source = :source) AND (:since IS NULL OR k.captured >= :since)
        AND (:until IS NULL OR k.captured < :until)
    ORDER BY k.captured DESC, copy_page_id"""
_COUNT: Final = f"SELECT count(*) AS n {_CHOSEN}"

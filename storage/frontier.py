"""Owns what is to be fetched next: seeds put in, due rows leased out, leases given back."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from storage.catalogue import Catalogue
from storage.catalogue_links import frontier_row
from storage.catalogue_store import Row
from storage.dated import expand_dates
from storage.frontier_conditions import with_conditions
from storage.model import FrontierEntry, Link, Source
from storage.stamps import moment, stamp
from storage.urlkey import canonical

__all__ = ["COUNTING_SHARE", "Frontier", "expand_dates", "seeds_of"]

COUNTING_SHARE: Final = 50
"""The queue is counted at most a fiftieth of the time: of a million rows it takes 50 ms, of a thousand 0.1."""


def seeds_of(source: Source, at: datetime) -> tuple[tuple[Link, int], ...]:
    """Return where `source` is entered at `at`: its lists, feeds and sitemaps, dates expanded, each with its interval.

    Raises:
        UsageError: a date that cannot be expanded.
    """

    def day(template: str) -> str:
        url = expand_dates(template, at, source.timezone)
        return canonical(url) or url

    found = []
    for index, page in enumerate(source.lists):
        body = None if page.body is None else expand_dates(page.body, at, source.timezone)
        link = Link(day(page.url), f"list:{index}", "seed", 1, page.method, page.headers, body)
        found.append((link, page.every_s))
    for index, feed in enumerate(source.feeds):
        found.append((Link(day(feed.url), f"feed:{index}", "seed", headers=feed.headers), feed.every_s))
    for index, sitemap in enumerate(source.sitemaps):
        found.append((Link(day(sitemap.url), f"sitemap:{index}", "seed", headers=sitemap.headers), sitemap.every_s))
    return tuple(found)


class Frontier:
    """The frontier of one catalogue, on the catalogue's thread.

    Rows go `pending → leased → done | failed` and become leasable again at their `next_due`. Leases are not fsynced:
    after a power cut the row is due again, which is where a lost lease leads anyway.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        """Work on the open `catalogue`."""
        self._catalogue = catalogue
        self._queue = 0
        self._count_after_s = 0.0
        """On the monotonic clock."""

    def seed(
        self,
        source: Source,
        now: datetime,
        *,
        revisit_all: bool = False,
        only_url: str | None = None,
        only_role: str = "page",
    ) -> int:
        """Put lists, feeds and sitemaps of `source` in, and return how many rows of it are due now.

        With `revisit_all` every known seed and article becomes due now. With `only_url` (canonical) that row alone is
        put in, in role `only_role` if it is not known, and made due; lease it with `only=only_url`.

        Raises:
            UsageError: a date in an address of the source that cannot be expanded.
        """
        store, at = self._catalogue.store, {"source": source.name, "now": stamp(now)}
        seeds = () if only_url is not None else seeds_of(source, now)
        with store.write():
            for link, every_s in seeds:
                latest = stamp(now + timedelta(seconds=every_s))
                store.run(_SEED, {**frontier_row(source.name, link, at["now"], None, 0), "latest": latest})
            if only_url is not None:
                given = frontier_row(source.name, Link(only_url, only_role, "given"), at["now"], None, 0)
                store.run(_GIVE, given)
                store.run(_PUT_OFF, {"source": source.name, "first": only_url})
            else:
                store.run(_RETIRE, {**at, "seeds": json.dumps([link.url for link, _ in seeds])})
            if revisit_all:
                store.run(_PUT_OFF, {"source": source.name, "first": None})
                store.run(_REVISIT, at)
        return self.due(source.name, now)

    def whole(self, source: str, url: str) -> str:
        """Return the first page of the article that `url` is a later page of; any other `url` as it is."""
        rows = self._catalogue.store.rows(_FIRST, {"source": source, "url": url})
        return str(rows[0].via) if rows else url

    def lease(
        self, source: str, worker: str, limit: int, now: datetime, until: datetime, only: Sequence[str] = ()
    ) -> list[FrontierEntry]:
        """Lease up to `limit` due rows to `worker`, lists before articles, longest due first.

        With `only` (URLs) just those rows, what redirects lead to from there, and the other pages of their articles;
        they are asked for unconditionally, and their pages are to be read again even if they are known.
        """
        at: dict[str, Any] = {"source": source, "worker": worker, "limit": limit, "now": stamp(now)}
        at |= {"until": stamp(until), "only": json.dumps([*only])}
        store = self._catalogue.light
        with store.write():
            rows = store.rows(_LEASE_ONLY if only else _LEASE, at)
        entries = [_entry(row) for row in sorted(rows, key=lambda row: (row.rank, row.next_due, row.id))]
        return with_conditions(self._catalogue.store, source, entries, unconditional=bool(only))

    def release(self, worker: str) -> int:
        """Give back everything leased to `worker` and not committed; returns how many rows."""
        return self._catalogue.light.run(f"{_FREE} WHERE worker = :worker", {"worker": worker})

    def expire(self, now: datetime, *, source: str | None = None) -> int:
        """Free leases that ran out; with `source` all leases of it, for who holds that source's lock."""
        if source is not None:
            return self._catalogue.light.run(f"{_FREE} WHERE worker IS NOT NULL AND source = :s", {"s": source})
        where = "worker IS NOT NULL AND leased_until <= :now"
        return self._catalogue.light.run(f"{_FREE} WHERE {where}", {"now": stamp(now)})

    def due(self, source: str, now: datetime) -> int:
        """Return how many rows of `source` may be leased now, found by counting them."""
        return int(self._catalogue.store.rows(_DUE, {"source": source, "now": stamp(now)})[0].due)

    def queue(self, source: str, now: datetime, taken: int) -> int:
        """Return what `due` would, for display: in between the last count less what was leased since.

        `taken` rows were leased since the last call. All calls must be for one source.
        """
        asked_s = time.monotonic()
        if asked_s < self._count_after_s:
            self._queue = max(0, self._queue - taken)
        else:
            self._queue = self.due(source, now)
            self._count_after_s = asked_s + COUNTING_SHARE * (time.monotonic() - asked_s)
        return self._queue

    def next_due(self, source: str) -> datetime | None:
        """Return when the next row of `source` that is not leased is due, None if none ever is."""
        found = self._catalogue.store.rows(_NEXT, {"source": source})
        return None if found[0].due is None else moment(found[0].due)

    def next_retry(self, source: str) -> datetime | None:
        """Return when the next retry of `source` is due, None if nothing is to be tried again soon."""
        found = self._catalogue.store.rows(_NEXT_RETRY, {"source": source})
        return None if found[0].due is None else moment(found[0].due)


def _entry(row: Row) -> FrontierEntry:
    return FrontierEntry(
        id=row.id,
        url=row.url,
        source=row.source,
        role=row.role,
        via=row.via,
        relation=row.relation,
        hops=row.hops,
        number=row.number,
        method=row.method,
        headers=_headers(row.headers),
        body=row.body,
        attempts=row.attempts,
    )


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    return () if text == "[]" else tuple((name, value) for name, value in json.loads(text))


_FIRST: Final = "SELECT via FROM t_frontier WHERE source = :source AND url = :url AND relation = 'part'"
_FREE_ROW: Final = "next_due IS NOT NULL AND worker IS NULL"
_NEXT_RETRY: Final = (
    "SELECT min(next_due) AS due FROM t_frontier WHERE source = :source AND attempts > 0 AND state = 'pending'"
)
_FREE: Final = "UPDATE t_frontier SET state = 'pending', worker = NULL, leased_until = NULL"
_COLUMNS: Final = (
    "source, url, method, body_digest, body, headers, role, rank, via, relation, hops, number, state, next_due, "
    "due_reason, attempts, first_seen"
)
_VALUES: Final = ", ".join(f":{name}" for name in _COLUMNS.split(", "))
_UPSERT: Final = (
    f"INSERT INTO t_frontier ({_COLUMNS}) VALUES ({_VALUES}) "
    "ON CONFLICT (source, url, method, body_digest) DO UPDATE SET "
)
# A seed that is known keeps its time, but never waits longer than its interval says now.
_SEED: Final = (
    f"{_UPSERT} role = excluded.role, rank = excluded.rank, headers = excluded.headers, relation = 'seed', number = 1, "
    "hops = 0, via = NULL, next_due = CASE WHEN next_due IS NULL OR relation <> 'seed' THEN excluded.next_due "
    "ELSE min(next_due, :latest) END"
)
_GIVE: Final = (
    f"{_UPSERT} next_due = excluded.next_due, due_reason = 'given', attempts = 0, hops = 0, "
    "role = CASE WHEN role = 'page' THEN excluded.role ELSE role END"
)
# Yesterday's list of an e-paper, or a list taken out of the source file: known, but no longer asked.
_RETIRE: Final = (
    "UPDATE t_frontier SET next_due = NULL, due_reason = 'no longer a seed' WHERE source = :source "
    "AND rank = 0 AND relation = 'seed' AND next_due IS NOT NULL AND worker IS NULL "
    "AND url NOT IN (SELECT value FROM json_each(:seeds))"
)
_REVISIT: Final = (
    "UPDATE t_frontier SET next_due = :now, due_reason = 'revisit all', attempts = 0 WHERE source = :source "
    "AND worker IS NULL AND (role LIKE 'article%' OR (relation IN ('seed', 'sitemap') AND next_due IS NOT NULL))"
)
# Their article is due anew, and leads to them again: never two pages of one article under way at once.
_PUT_OFF: Final = (
    "UPDATE t_frontier SET next_due = NULL, due_reason = 'fetched again with its article' "
    "WHERE source = :source AND relation = 'part' AND worker IS NULL AND (:first IS NULL OR via = :first)"
)
# A seed's walk begins when it is leased; what is found from then on was unknown before.
_TAKE: Final = (
    "UPDATE t_frontier SET state = 'leased', worker = :worker, leased_until = :until, "
    "walk_started = CASE WHEN relation = 'seed' THEN :now ELSE walk_started END WHERE id IN ({}) RETURNING *"
)


def _due(rank: int) -> str:
    """Return the query for due rows of one rank; with the rank given the index ends where the future begins."""
    # The index gives equal times by id. Asked for that, SQLite 3.40 sorts all rows of the first time: 14 ms a lease
    # with the 75,000 links of one sitemap.
    return (
        f"SELECT * FROM (SELECT id, rank, next_due FROM t_frontier WHERE source = :source AND rank = {rank} "
        f"AND {_FREE_ROW} AND next_due <= :now ORDER BY next_due LIMIT :limit)"
    )


_LEASE: Final = _TAKE.format(f"SELECT id FROM ({_due(0)} UNION ALL {_due(1)}) ORDER BY rank, next_due, id LIMIT :limit")
_LEASE_ONLY: Final = _TAKE.format(
    "WITH RECURSIVE chase(url) AS (SELECT value FROM json_each(:only) UNION "
    "SELECT f.url FROM chase c JOIN t_frontier f ON f.source = :source AND f.via = c.url AND f.relation = 'redirect' "
    "UNION "
    "SELECT f.url FROM chase c JOIN t_frontier f ON f.source = :source AND f.via = c.url AND f.relation = 'part') "
    f"SELECT f.id FROM chase c CROSS JOIN t_frontier f ON f.source = :source AND f.url = c.url WHERE {_FREE_ROW} "
    "AND f.next_due <= :now LIMIT :limit"
)
# `+source`: the few leased rows are found by their own index, not by going through the source.
_OF: Final = f"FROM t_frontier WHERE source = :source AND rank IN (0, 1) AND {_FREE_ROW}"
_DUE: Final = f"SELECT count(*) AS due {_OF} AND next_due <= :now"
_NEXT: Final = "SELECT min(due) AS due FROM ({0} 0 AND {1} UNION ALL {0} 1 AND {1})".format(
    "SELECT min(next_due) AS due FROM t_frontier WHERE source = :source AND rank =", _FREE_ROW
)

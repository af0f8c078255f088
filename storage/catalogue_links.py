"""Owns what a commit does to the frontier of one source: links become rows, walks go on, rows get their fate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from operator import itemgetter
from typing import Any, Final, TypeAlias

from storage.catalogue_due import Place, Retry, fate, ladder_of, next_visit
from storage.catalogue_pages import PageCard
from storage.catalogue_rows import optional_stamp, storable
from storage.catalogue_store import Store
from storage.model import Link, Outcome, Source
from storage.stamps import moment, stamp
from storage.urlkey import canonical

__all__ = ["FrontierBook", "body_digest", "frontier_row", "rank_of"]

FrontierRow: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str, str]
"""URL, method, digest of the body. Not the SURT: it has no scheme, and http often redirects to https."""

_PART: Final = "part"
"""Role and relation of a page of an article after its first."""
_LEADING: Final = ("list", "listdata", "feed", "sitemap")


def rank_of(role: str) -> int:
    """Return 0 for what leads to articles, 1 for the rest."""
    return 0 if role.partition(":")[0] in _LEADING else 1


def body_digest(body: str | None) -> str:
    """Return what tells requests with different bodies apart; empty without a body."""
    return "" if body is None else sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class FrontierBook:
    """The rows of one source that a commit touches."""

    def __init__(self, store: Store, source: Source, retry: Retry, now: datetime) -> None:
        """Belong to one commit, made at `now`."""
        self._store = store
        self._source = source
        self._retry = retry
        self._now = now
        self._unknown: set[str] = set()
        """Linked URLs, plain GETs, that have no row yet."""
        self._first_seen: dict[str, str] = {}
        """When the links of list pages that may have a next page were first seen."""
        self._rows: dict[Key, FrontierRow] = {}
        self._by_id: dict[int, FrontierRow] = {}
        self._touched: dict[Key, FrontierRow] = {}

    def load(self, outcomes: Sequence[Outcome], ahead: Iterable[str] = ()) -> None:
        """Read, in few queries, what is known of every URL that `outcomes` may touch, and of those `ahead`."""
        plain: set[str] = set()
        walked: set[str] = set()
        whole = {outcome.url for outcome in outcomes if outcome.frontier_id is None} | {*ahead}
        for outcome in outcomes:
            if outcome.attempt.relation == _PART and outcome.attempt.via is not None:
                whole.add(outcome.attempt.via)
            if outcome.read is None:
                continue
            if outcome.read.article is not None and outcome.read.article.page_links:
                whole.update(canonical(link) or link for link in outcome.read.article.page_links)
            links = plain if outcome.read.next is None else walked
            for link in outcome.read.links:
                (links if link.relation == "link" and link.method == "GET" else whole).add(link.url)
            if outcome.read.next is not None:
                whole.add(outcome.read.next.url)
        ids = [outcome.frontier_id for outcome in outcomes if outcome.frontier_id is not None]
        name = self._source.name
        whole_rows = self._store.rows(_WHOLE, {"source": name, "ids": json.dumps(ids), "urls": json.dumps([*whole])})
        for row in sorted(whole_rows, key=itemgetter(0)):
            self._add(row.named())
        # In a crawl that has been going on most links are known, so the unknown are the shorter answer.
        linked = [*plain | walked]
        unknown = self._store.rows(_UNKNOWN, {"source": name, "urls": json.dumps(linked)})
        self._unknown = {linked[row.place] for row in unknown}
        seen = self._store.rows(_FIRST_SEEN, {"source": name, "urls": json.dumps([*walked])}) if walked else ()
        self._first_seen |= {row.url: row.first_seen for row in seen}

    def take(self, outcome: Outcome, card: PageCard | None) -> int:
        """Settle the row of `outcome` and add its links; return how many were not known. `card` is its page."""
        trapped = outcome.failure is not None and outcome.failure.stage == "trap" and outcome.frontier_id is None
        if trapped and (outcome.url, "GET", "") in self._rows:
            return 0  # a way that leads too far to an address that is known by a better one
        row = self._own(outcome)
        found = self._links(outcome, row)
        if row is not None:
            is_part = outcome.attempt.relation == _PART
            place = Place(row["role"], row["relation"], row["attempts"], moment(row["first_seen"]))
            page = None if card is None or is_part else card.state
            first = None if card is None else card.first_captured
            verdict = fate(outcome, place, page, first, self._source, self._retry, self._now)
            row.update(state=verdict.state, worker=None, leased_until=None, attempts=verdict.attempts)
            row.update(next_due=optional_stamp(verdict.next_due), due_reason=storable(verdict.reason))
            self._touch(row)
            if is_part:
                self._go_on(outcome, row, card)
            elif card is not None and self._goes_to(card, outcome, outcome.url, row["role"]):
                row.update(next_due=None, due_reason="waits for its other pages")
        return found

    def _go_on(self, outcome: Outcome, row: FrontierRow, card: PageCard | None) -> None:
        """After one page of an article go to the next; after the last its first page is due when it would have been.

        One at a time, so that they are settled in the order in which they lie in the WARC files.
        """
        if row["state"] == "pending":
            return  # tried again first
        row.update(next_due=None, due_reason="fetched again with its article", attempts=0)
        first = self._rows.get((outcome.attempt.via or "", "GET", ""))
        if card is None or first is None or self._goes_to(card, outcome, first["url"], first["role"]):
            return
        if first["next_due"] is None and first["worker"] is None and card.round_at is not None:
            seen = card.first_captured or moment(first["first_seen"])
            due, reason = next_visit(seen, card.round_at, ladder_of(self._source, first["role"]))
            first.update(next_due=optional_stamp(due), due_reason=reason)
            self._touch(first)

    def _goes_to(self, card: PageCard, outcome: Outcome, first: str, role: str) -> bool:
        """Make the next page of an article due, if there is one and it is no article of its own to the source."""
        if card.ahead is None or not role.startswith("article:"):
            return False
        url, number = card.ahead
        link = Link(url, role.replace("article", _PART, 1), _PART, number)
        row = self._rows.get(_key(link))
        if row is None:
            row = self._new(link, outcome, first, 0)
        elif row["relation"] != _PART or row["worker"] is not None:
            return False
        row.update(state="pending", next_due=stamp(outcome.attempted), due_reason="a page of an article", attempts=0)
        row.update(role=link.role, via=storable(first), number=number, hops=0)
        self._touch(row)
        return True

    def write(self) -> None:
        """Write all that changed."""
        new = [row for row in self._touched.values() if row["id"] is None]
        self._store.put("t_frontier", new, conflict="DO NOTHING")
        self._store.many(_UPDATE, [row for row in self._touched.values() if row["id"] is not None])

    def _own(self, outcome: Outcome) -> FrontierRow | None:
        if outcome.frontier_id is not None:
            return self._by_id.get(outcome.frontier_id)
        attempt = outcome.attempt
        method = "GET" if outcome.capture is None else outcome.capture.method
        row = self._rows.get((outcome.url, method, ""))
        if row is None and method != "GET":
            same = (row for row in self._rows.values() if row["url"] == outcome.url and row["method"] == method)
            row = next((row for row in same if row["role"] == attempt.role), None)
        if row is not None:
            return row
        # A POST cannot be made again from an outcome, which lacks its body; seeding puts it in.
        if attempt.role == "robots" or method != "GET":
            return None
        link = Link(outcome.url, attempt.role, attempt.relation, attempt.number)
        return self._new(link, outcome, attempt.via, attempt.hops)

    def _links(self, outcome: Outcome, row: FrontierRow | None) -> int:
        read = outcome.read
        if read is None:
            return 0
        seen = stamp(outcome.attempted)
        walk = (row["walk_started"] if row is not None else None) or seen
        before = len(self._rows)
        unknown = False
        for link in read.links:
            if link.relation == "link" and link.method == "GET":
                if link.url in self._unknown:
                    self._new(link, outcome, outcome.url, 0)
                    unknown = True
                elif read.next is not None:
                    unknown = unknown or self._first_seen.get(link.url, "") >= walk
            else:
                self._follow(link, outcome, walk)
        if read.next is not None and unknown:
            self._force(read.next, outcome, walk, 0)
        return len(self._rows) - before

    def _follow(self, link: Link, outcome: Outcome, walk: str) -> None:
        """Take a link that is more than a link: a redirect, the list proper behind a list, a child sitemap."""
        hops = outcome.attempt.hops + 1 if link.relation == "redirect" else 0
        if hops > self._retry.redirects or link.url == outcome.url:
            return
        if link.relation == "listdata" or (link.relation == "redirect" and not link.role.startswith("article")):
            self._force(link, outcome, walk, hops)
        elif _key(link) not in self._rows:
            self._new(link, outcome, outcome.url, hops)

    def _force(self, link: Link, outcome: Outcome, walk: str, hops: int) -> None:
        """Make the row of `link` due now, known or not, unless it is a seed with a time of its own or under way."""
        row = self._rows.get(_key(link))
        if row is None:
            row = self._new(link, outcome, outcome.url, hops)
        elif row["relation"] == "seed" or row["worker"] is not None or row["url"] == outcome.url:
            return
        row.update(state="pending", next_due=stamp(outcome.attempted), due_reason=link.relation, attempts=0)
        row.update(via=storable(outcome.url), number=link.number, hops=hops, walk_started=walk)
        self._touch(row)

    def _new(self, link: Link, outcome: Outcome, via: str | None, hops: int) -> FrontierRow:
        row = frontier_row(self._source.name, link, stamp(outcome.attempted), via, hops)
        self._add(row)
        self._touch(row)
        if row["method"] == "GET" and not row["body_digest"]:
            self._unknown.discard(row["url"])
            self._first_seen[row["url"]] = row["first_seen"]
        return row

    def _add(self, row: FrontierRow) -> None:
        self._rows[row["url"], row["method"], row["body_digest"]] = row
        if row["id"] is not None:
            self._by_id[row["id"]] = row

    def _touch(self, row: FrontierRow) -> None:
        self._touched[row["url"], row["method"], row["body_digest"]] = row


def frontier_row(source: str, link: Link, seen: str, via: str | None, hops: int) -> FrontierRow:
    """Return the row of a link first seen at the stamp `seen`, due since."""
    return {
        "id": None,
        "source": source,
        "url": storable(link.url),
        "method": link.method,
        "body_digest": body_digest(link.body),
        "body": link.body,
        "headers": json.dumps(link.headers) if link.headers else "[]",
        "role": link.role,
        "rank": rank_of(link.role),
        "via": None if via is None else storable(via),
        "relation": link.relation,
        "hops": hops,
        "number": link.number,
        "state": "pending",
        "worker": None,
        "leased_until": None,
        "next_due": seen,
        "due_reason": "new",
        "attempts": 0,
        "first_seen": seen,
        "walk_started": None,
    }


def _key(link: Link) -> Key:
    return link.url, link.method, body_digest(link.body)


_UPDATE: Final = (
    "UPDATE t_frontier SET state = :state, worker = :worker, leased_until = :leased_until, next_due = :next_due, "
    "due_reason = :due_reason, attempts = :attempts, via = :via, number = :number, hops = :hops, role = :role, "
    "walk_started = :walk_started WHERE id = :id"
)
_WHOLE: Final = (
    "SELECT * FROM t_frontier WHERE id IN (SELECT value FROM json_each(:ids)) UNION ALL "
    "SELECT * FROM t_frontier WHERE source = :source AND url IN (SELECT value FROM json_each(:urls))"
)
_UNKNOWN: Final = (
    "SELECT j.key AS place FROM json_each(:urls) j WHERE NOT EXISTS (SELECT 1 FROM t_frontier f "
    "WHERE f.source = :source AND f.url = j.value AND f.method = 'GET' AND f.body_digest = '')"
)
_FIRST_SEEN: Final = (
    "SELECT f.url, f.first_seen FROM json_each(:urls) j CROSS JOIN t_frontier f "
    "ON f.source = :source AND f.url = j.value AND f.method = 'GET' AND f.body_digest = ''"
)

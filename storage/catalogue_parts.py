"""Owns articles over several pages within a commit: what each page said last, and how far the look at an article is.

A look at such an article is a round: its first page, then each of the others, one after another, so that the order in
which they come is the order in the WARC files and a rebuild sees what the crawl saw. It is settled when every page was
looked at, whether it showed or not; then the pages' texts are one text. A page that does not show keeps what it said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from storage.article_json import article_from_json, article_to_json
from storage.catalogue_rows import json_text, optional_moment, optional_stamp, storable
from storage.catalogue_store import Row, Store
from storage.model import Article, Observation
from storage.parts import joined, parts_after
from storage.stamps import moment, stamp

__all__ = ["Part", "Round", "Rounds"]


@dataclass(slots=True)
class Part:
    """One page of an article; empty digests and None where it never showed."""

    url: str
    article: Article | None = None
    capture_id: str | None = None
    """Of the last look that showed it."""
    seen_at: datetime | None = None
    payload_digest: str = ""
    settled_digest: str = ""
    """Of what is in the article since it was last settled."""
    bytes_at: datetime | None = None
    """Last look that brought the page itself."""
    bytes_capture: str | None = None
    before_at: datetime | None = None
    """Last look that brought the payload of `settled_digest`."""
    before_capture: str | None = None
    looked_for: str | None = None
    """The round in which it was looked at last."""

    @property
    def has_changed(self) -> bool:
        """Whether it says something else than what was settled."""
        return bool(self.settled_digest) and self.payload_digest != self.settled_digest

    @property
    def is_new(self) -> bool:
        """Whether it shows, and never was in the article."""
        return self.article is not None and not self.settled_digest

    def take(self, look: Observation) -> None:
        """Note a look that showed it."""
        brought = look.grade != "server"
        if look.payload_digest != self.payload_digest and self.payload_digest == self.settled_digest:
            self.before_at, self.before_capture = self.bytes_at, self.bytes_capture
        self.article, self.payload_digest = look.article or self.article, look.payload_digest or ""
        self.capture_id, self.seen_at = look.capture_id, look.at
        if brought:
            self.bytes_at, self.bytes_capture = look.at, look.capture_id


@dataclass(slots=True)
class Round:
    """The last look at one article over several pages."""

    page_id: str
    first: str
    """Address of its first page."""
    capture_id: str
    """Of its first page: the round is known by it."""
    at: datetime
    grade: str
    payload_digest: str
    read_by: str | None
    """None: the first page was not read in it."""
    settled: bool
    parts: dict[str, Part] = field(default_factory=dict)
    """By address, the first page too."""

    @property
    def order(self) -> tuple[str, ...]:
        """Return the addresses after the first."""
        return parts_after(self.first, self._readings())

    @property
    def ahead(self) -> tuple[str, int] | None:
        """Return address and number of the next page to look at, None when all have been looked at."""
        for number, url in enumerate(self.order, start=2):
            if url not in self.parts or self.parts[url].looked_for != self.capture_id:
                return url, number
        return None

    def article(self) -> Article:
        """Return the article as its pages tell it."""
        return joined(self.first, self._readings())

    def showing(self) -> list[Part]:
        """Return the pages after the first that show, in order."""
        return [part for url in self.order if (part := self.parts.get(url)) is not None and part.article is not None]

    def captures(self) -> list[tuple[int, str]]:
        """Return number and capture of each page that shows."""
        order = enumerate(self.order, start=2)
        found = [(number, part.capture_id) for number, url in order if (part := self.parts.get(url)) is not None]
        return [(1, self.capture_id), *((number, capture) for number, capture in found if capture is not None)]

    def settle(self) -> None:
        """Note that what the pages say is in the article."""
        self.settled = True
        for part in self.parts.values():
            part.settled_digest = part.payload_digest

    def _readings(self) -> dict[str, Article]:
        return {url: part.article for url, part in self.parts.items() if part.article is not None}


class Rounds:
    """The rounds of the pages that one commit looks at."""

    def __init__(self, store: Store) -> None:
        """Know none yet."""
        self._store = store
        self._rounds: dict[str, Round] = {}
        self._dropped: set[str] = set()

    def load(self, page_ids: Iterable[str]) -> None:
        """Read, in two queries, the rounds of those pages that are articles over several."""
        ids = {"ids": json.dumps([*page_ids])}
        for row in self._store.rows(_ROUNDS, ids):
            self._rounds[row.page_id] = _round(row)
        if self._rounds:
            for row in self._store.rows(_PARTS, ids):
                self._rounds[row.page_id].parts[row.url] = _part(row)

    def get(self, page_id: str) -> Round | None:
        """Return the round of a page, None if it is an article on one page."""
        return self._rounds.get(page_id)

    def addresses(self) -> set[str]:
        """Return every address that a round may go on to."""
        return {url for one in self._rounds.values() for url in one.order}

    def begin(self, page_id: str, first: str, look: Observation, read_by: str | None) -> Round | None:
        """Begin the round of a look at the first page; None, and nothing kept, if it names no others."""
        assert look.capture_id is not None
        before = self._rounds.get(page_id)
        parts = {} if before is None else before.parts
        own = parts.get(first, Part(first))
        article = look.article or own.article
        if article is None or not parts_after(first, {first: article}):
            if self._rounds.pop(page_id, None) is not None:
                self._dropped.add(page_id)
            return None
        own.take(look)
        own.looked_for = look.capture_id
        parts[first] = own
        digest = look.payload_digest or ""
        begun = Round(page_id, first, look.capture_id, look.at, look.grade, digest, read_by, False, parts)
        self._rounds[page_id] = begun
        self._dropped.discard(page_id)
        return begun

    def write(self) -> None:
        """Write all of them."""
        for page_id in sorted(self._dropped):
            self._store.run("DELETE FROM t_part WHERE page_id = :id", {"id": page_id})
            self._store.run("DELETE FROM t_round WHERE page_id = :id", {"id": page_id})
        self._store.put("t_round", [_round_row(one) for one in self._rounds.values()], replacing=("page_id",))
        parts = [_part_row(one.page_id, part) for one in self._rounds.values() for part in one.parts.values()]
        self._store.put("t_part", parts, replacing=("page_id", "url"))


def _round(row: Row) -> Round:
    return Round(
        page_id=row.page_id,
        first=row.first,
        capture_id=row.capture_id,
        at=moment(row.at),
        grade=row.grade,
        payload_digest=row.payload_digest,
        read_by=row.read_by,
        settled=bool(row.settled),
    )


def _part(row: Row) -> Part:
    return Part(
        url=row.url,
        article=None if row.article is None else article_from_json(json.loads(row.article)),
        capture_id=row.capture_id,
        seen_at=optional_moment(row.seen_at),
        payload_digest=row.payload_digest,
        settled_digest=row.settled_digest,
        bytes_at=optional_moment(row.bytes_at),
        bytes_capture=row.bytes_capture,
        before_at=optional_moment(row.before_at),
        before_capture=row.before_capture,
        looked_for=row.looked_for,
    )


def _round_row(one: Round) -> dict[str, Any]:
    return {
        "page_id": one.page_id,
        "first": storable(one.first),
        "capture_id": one.capture_id,
        "at": stamp(one.at),
        "grade": one.grade,
        "payload_digest": one.payload_digest,
        "read_by": one.read_by,
        "settled": int(one.settled),
    }


def _part_row(page_id: str, part: Part) -> dict[str, Any]:
    return {
        "page_id": page_id,
        "url": storable(part.url),
        "looked_for": part.looked_for,
        "capture_id": part.capture_id,
        "seen_at": optional_stamp(part.seen_at),
        "payload_digest": part.payload_digest,
        "settled_digest": part.settled_digest,
        "bytes_at": optional_stamp(part.bytes_at),
        "bytes_capture": part.bytes_capture,
        "before_at": optional_stamp(part.before_at),
        "before_capture": part.before_capture,
        "article": None if part.article is None else json_text(article_to_json(part.article)),
    }


_ROUNDS: Final = "SELECT * FROM t_round WHERE page_id IN (SELECT value FROM json_each(:ids))"
_PARTS: Final = "SELECT * FROM t_part WHERE page_id IN (SELECT value FROM json_each(:ids))"

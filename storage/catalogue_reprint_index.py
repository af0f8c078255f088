"""Owns the index of reprints in the catalogue: which version is which text, which page had it first.

Derived from the versions, filled off the crawl path by following `t_text` from a high-water mark. What a sample is and
when two texts are one article is for others to say (pipelines.similarity); this only keeps and finds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage.catalogue_reprint_samples import ReprintSamples
from storage.catalogue_store import Row, Store

__all__ = ["Holder", "Kin", "ReprintIndex", "Text", "Waiting"]


@dataclass(frozen=True, slots=True)
class Holder:
    """A version of a page that has a text."""

    text_id: int
    version_id: str
    page_id: str
    out_by: str
    """The moment by which the page is known to have been out: the end of the day, minute … that it states, or its
    first capture if that was earlier."""
    captured: str

    @property
    def rank(self) -> tuple[str, str, str]:
        """Return what orders pages: who was out first, and if that is undecided, who was seen first."""
        return self.out_by, self.captured, self.page_id


@dataclass(frozen=True, slots=True)
class Text:
    """A version with its text, as the index wants it."""

    version_id: str
    page_id: str
    text: str
    """The normalised body."""
    out_by: str
    captured: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that came or changed since the index was filled."""

    number: int
    """Of t_text: the mark when it is followed."""
    version_id: str


@dataclass(frozen=True, slots=True)
class Kin:
    """Of a page that is a reprint: the earliest page with its text, and the two versions that are most alike."""

    page_id: str
    version_id: str
    earliest: Holder
    similarity: float
    basis: str


class ReprintIndex:
    """The index of one catalogue; every write belongs into `store.write`."""

    def __init__(self, store: Store, method: str) -> None:
        """Use what `method` (a name) made; what another method made counts as nothing."""
        self.samples = ReprintSamples(store)
        self._store = store
        self._method = method

    # --- how far it has come ---------------------------------------------------------------------

    def waiting(self, limit: int) -> list[Waiting]:
        """Return the next versions that came or changed, at most `limit`."""
        rows = self._store.rows(_WAITING, {"mark": self._mark(), "limit": limit})
        return [Waiting(row.number, row.version_id) for row in rows]

    def count_waiting(self) -> int:
        """Return how many entries are not followed yet."""
        return int(self._store.rows(_COUNT_WAITING, {"mark": self._mark()})[0].n)

    def is_other(self) -> bool:
        """Whether the index was made by another method."""
        return bool(self._store.rows(_OTHER, {"method": self._method})[0].n)

    def clear(self) -> None:
        """Throw the whole index away."""
        for table in _TABLES:
            self._store.run(f"DELETE FROM {table}")

    def mark(self, number: int) -> None:
        """Note that everything up to this number is followed."""
        self._store.run(_MARK, {"method": self._method, "number": number})

    def _mark(self) -> int:
        rows = self._store.rows(_MARKED, {"method": self._method})
        return int(rows[0].text_number) if rows else 0

    # --- texts -----------------------------------------------------------------------------------

    def add_text(self, letters_sha256: str, samples: Sequence[int]) -> int:
        """Return the id of a text, put in if it is new."""
        known = self._store.rows(_TEXT, {"sha256": letters_sha256})
        if known:
            return int(known[0].text_id)
        text_id = int(self._store.rows(_NEW_TEXT, {"sha256": letters_sha256, "samples": len(samples)})[0].text_id)
        self.samples.add(text_id, samples)
        return text_id

    def texts(self, version_ids: Sequence[str]) -> list[Text]:
        """Return these versions as they are now, those that are gone left out."""
        rows = self._store.rows(_TEXTS, {"ids": json.dumps(version_ids)})
        return [Text(row.version_id, row.page_id, row.text, row.out_by, row.captured) for row in rows]

    def add_version(self, version: Text, text_id: int | None) -> None:
        """Put a version in; `text_id` None says that its text is too short to tell."""
        row = {"version_id": version.version_id, "page_id": version.page_id, "text_id": text_id}
        self._store.run(_NEW_VERSION, {**row, "out_by": version.out_by, "captured": version.captured})

    def holds(self, version: Text, letters_sha256: str | None) -> bool | None:
        """Whether a version is in as it is now; None if it is not in at all."""
        rows = self._store.rows(_HELD, {"version_id": version.version_id})
        now = (version.page_id, version.out_by, version.captured, letters_sha256)
        return tuple(rows[0]) == now if rows else None

    def take_out(self, version_id: str) -> list[str]:
        """Take out the page that a version is in with, and all that are known as its reprints.

        Returns the versions that were taken out, to be put in anew.
        """
        pages = {"pages": json.dumps([row.page_id for row in self._store.rows(_TOUCHED, {"version_id": version_id})])}
        versions = [str(row.version_id) for row in self._store.rows(_VERSIONS, pages)]
        self._store.run(_FORGET_VERSIONS, pages)
        self._store.run(_FORGET_KIN, pages)
        return versions

    def earlier(self, own: Holder, text_ids: Sequence[int]) -> list[Holder]:
        """Return the earliest page but `own` that has each of these texts, where it is earlier; earliest first."""
        return [_holder(row) for row in self._store.rows(_EARLIER, _beside(own, text_ids))]

    def later(self, own: Holder, text_ids: Sequence[int]) -> list[Holder]:
        """Return the later pages that have one of these texts and are known as reprints of none before `own`."""
        return [_holder(row) for row in self._store.rows(_LATER, _beside(own, text_ids))]

    def text(self, text_id: int) -> str | None:
        """Return a body that has this text, None if no version has it any more."""
        rows = self._store.rows(_BODY, {"id": text_id})
        return str(rows[0].text) if rows else None

    # --- who was first ---------------------------------------------------------------------------

    def kin(self, page_ids: Sequence[str]) -> dict[str, Kin]:
        """Return what is known of those of these pages that are reprints."""
        return {row.page_id: _kin(row) for row in self._store.rows(_KIN, {"ids": json.dumps(page_ids)})}

    def put_kin(self, kin: Kin) -> None:
        """Put in, or put in anew, that a page is a reprint."""
        row = {"page_id": kin.page_id, "earliest_page": kin.earliest.page_id, "similarity": kin.similarity}
        pair = {"version_id": kin.version_id, "earliest_version": kin.earliest.version_id}
        self._store.run(_PUT_KIN, {**row, **pair, "basis": kin.basis})


def _beside(own: Holder, text_ids: Sequence[int]) -> dict[str, str]:
    out_by, captured, page_id = own.rank
    return {"out_by": out_by, "captured": captured, "page_id": page_id, "ids": json.dumps(text_ids)}


def _holder(row: Row) -> Holder:
    return Holder(row.text_id, row.version_id, row.page_id, row.out_by, row.captured)


def _kin(row: Row) -> Kin:
    earliest = Holder(row.text_id, row.earliest_version, row.earliest_page, row.out_by, row.captured)
    return Kin(row.page_id, row.version_id, earliest, row.similarity, row.basis)


_TEXT_OF: Final = "coalesce(v.normalised, v.body)"
# What is stated ends a year, month, day, minute or second after it begins.
_STATED: Final = (
    "substr(strftime('%Y-%m-%dT%H:%M:%f', f.published_utc, '+1 ' || f.published_precision), 1, 23) || '000Z'"
)
_WAITING: Final = "SELECT number, version_id FROM t_text WHERE number > :mark ORDER BY number LIMIT :limit"
_COUNT_WAITING: Final = "SELECT count(*) AS n FROM t_text WHERE number > :mark"
_TEXTS: Final = f"""
    SELECT v.version_id, v.page_id, {_TEXT_OF} AS text, f.captured,
        min(f.captured, coalesce({_STATED}, f.captured)) AS out_by
    FROM json_each(:ids) i CROSS JOIN t_version v ON v.version_id = i.value
    JOIN t_version f ON f.page_id = v.page_id AND f.number = 1"""
_OTHER: Final = "SELECT count(*) AS n FROM t_reprint_mark WHERE method <> :method"
_TABLES: Final = (
    "t_reprint",
    "t_reprint_sample",
    "t_reprint_fresh",
    "t_reprint_text",
    "t_reprint_version",
    "t_reprint_mark",
)
_MARKED: Final = "SELECT text_number FROM t_reprint_mark WHERE method = :method"
_MARK: Final = (
    "INSERT INTO t_reprint_mark (method, text_number) VALUES (:method, :number) "
    "ON CONFLICT (method) DO UPDATE SET text_number = excluded.text_number"
)
_TEXT: Final = "SELECT text_id FROM t_reprint_text WHERE letters_sha256 = :sha256"
_NEW_TEXT: Final = "INSERT INTO t_reprint_text (letters_sha256, samples) VALUES (:sha256, :samples) RETURNING text_id"
_NEW_VERSION: Final = (
    "INSERT INTO t_reprint_version (version_id, page_id, text_id, out_by, captured) "
    "VALUES (:version_id, :page_id, :text_id, :out_by, :captured)"
)
_HOLDER: Final = "h.text_id, h.version_id, h.page_id, h.out_by, h.captured"
_RANKED: Final = "h.out_by, h.captured, h.page_id"
# However many pages have a text, only its first is looked at.
_EARLIER: Final = f"""
    SELECT {_HOLDER} FROM json_each(:ids) i CROSS JOIN t_reprint_version h ON h.version_id =
        (SELECT f.version_id FROM t_reprint_version f WHERE f.text_id = i.value AND f.page_id <> :page_id
        ORDER BY f.out_by, f.captured, f.page_id, f.version_id LIMIT 1)
    WHERE ({_RANKED}) < (:out_by, :captured, :page_id) ORDER BY {_RANKED}, h.version_id"""
_LATER: Final = f"""
    SELECT {_HOLDER} FROM json_each(:ids) i CROSS JOIN t_reprint_version h ON h.text_id = i.value
    LEFT JOIN t_reprint r ON r.page_id = h.page_id
    LEFT JOIN t_reprint_version e ON e.version_id = r.earliest_version
    WHERE h.out_by >= :out_by AND ({_RANKED}) > (:out_by, :captured, :page_id)
        AND (r.page_id IS NULL OR (e.out_by, e.captured, e.page_id) >= (:out_by, :captured, :page_id))
    ORDER BY {_RANKED}, h.version_id"""
_BODY: Final = (
    f"SELECT {_TEXT_OF} AS text FROM t_reprint_version r JOIN t_version v ON v.version_id = r.version_id "
    "WHERE r.text_id = :id ORDER BY r.version_id LIMIT 1"
)
_KIN: Final = (
    "SELECT r.page_id, r.version_id, r.earliest_page, r.earliest_version, r.similarity, r.basis, "
    "e.text_id, e.out_by, e.captured "
    "FROM t_reprint r JOIN t_reprint_version e ON e.version_id = r.earliest_version "
    "WHERE r.page_id IN (SELECT value FROM json_each(:ids))"
)
_PUT_KIN: Final = (
    "INSERT INTO t_reprint (page_id, earliest_page, similarity, basis, version_id, earliest_version) "
    "VALUES (:page_id, :earliest_page, :similarity, :basis, :version_id, :earliest_version) "
    "ON CONFLICT (page_id) DO UPDATE SET earliest_page = excluded.earliest_page, similarity = excluded.similarity, "
    "basis = excluded.basis, version_id = excluded.version_id, earliest_version = excluded.earliest_version"
)
_HELD: Final = (
    "SELECT r.page_id, r.out_by, r.captured, t.letters_sha256 FROM t_reprint_version r "
    "LEFT JOIN t_reprint_text t ON t.text_id = r.text_id WHERE r.version_id = :version_id"
)
_TOUCHED: Final = """
    WITH own(page_id) AS (SELECT page_id FROM t_reprint_version WHERE version_id = :version_id)
    SELECT page_id FROM own UNION
    SELECT r.page_id FROM t_reprint r WHERE r.earliest_page IN (SELECT page_id FROM own)"""
_OF_PAGES: Final = "t_reprint_version WHERE page_id IN (SELECT value FROM json_each(:pages))"
_VERSIONS: Final = f"SELECT version_id FROM {_OF_PAGES} ORDER BY version_id"
_FORGET_VERSIONS: Final = f"DELETE FROM {_OF_PAGES}"
_FORGET_KIN: Final = "DELETE FROM t_reprint WHERE page_id IN (SELECT value FROM json_each(:pages))"

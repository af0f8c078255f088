"""Owns the readings of archived captures: where each version's bytes lie, and a version's fields put in anew.

Only what was read changes: identity, number, times and captures of a version stay, and so do events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from storage.catalogue_pages import article_row, plain_article, reader_of
from storage.catalogue_rows import json_text
from storage.catalogue_store import Row, Store
from storage.model import Article, Original
from storage.stamps import moment, stamp

__all__ = [
    "Answer",
    "Changed",
    "Place",
    "Reading",
    "differing",
    "missing",
    "place_of",
    "places",
    "places_read_by",
    "put_readings",
    "strays",
]


@dataclass(frozen=True, slots=True)
class Place:
    """A version and the record that it was read from."""

    version_id: str
    url: str
    warc_file: str
    warc_offset: int
    warc_length: int
    original: Original | None = None
    """Of a revisit: the response that it refers to."""
    others: tuple[Place, ...] = ()
    """Of an article over several pages: the records of the pages after the first, in order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a version's captures again gave."""

    version_id: str
    article: Article
    rules_digest: str
    text_digest: str
    """pipelines.changes.text_digest of `article`."""


Answer: TypeAlias = tuple[Place, Reading | str]
"""A place and what is read there today, or why there is no article."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A version of which another reading is in its row than is read today."""

    version_id: str
    url: str
    before: str
    """Extractor that read what is in the row."""
    after: str
    fields: tuple[str, ...]


def places(store: Store, source: str | None, since: datetime | None) -> Iterator[Place]:
    """Yield every version's place, file by file; `since` is the time of its first capture at least."""
    others = _others(store, None)
    for row in store.stream(_PLACES, {"source": source, "since": None if since is None else stamp(since)}):
        yield _place(row.version_id, row, others)


def places_read_by(store: Store, extractor: str) -> tuple[list[Place], int]:
    """Return the places of the versions that `extractor` read, under whatever rules, and how many it did not read."""
    others = _others(store, None)
    found = [_place(row.version_id, row, others) for row in store.stream(_PLACES_READ_BY, {"extractor": extractor})]
    return found, int(store.rows("SELECT count(*) FROM t_version")[0][0]) - len(found)


def strays(store: Store) -> Iterator[tuple[str, str, str | None, int | None]]:
    """Yield each version that is not of the time and payload of its capture: id, URL, the record's file and offset."""
    for row in store.stream(_STRAYS):
        yield row.version_id, row.url, row.warc_file, row.warc_offset


def missing(store: Store) -> Iterator[tuple[str, str, str, int]]:
    """Yield each version that a capture is the first of and that is not there, as `strays` does."""
    for row in store.stream(_MISSING):
        yield row.version_id, row.url, row.warc_file, row.warc_offset


def place_of(store: Store, version_id: str) -> Place | None:
    """Return the place of one version, None if it is not catalogued."""
    rows = store.rows(_PLACE, {"id": version_id})
    return _place(version_id, rows[0], _others(store, version_id)) if rows else None


def _others(store: Store, version_id: str | None) -> dict[str, tuple[Place, ...]]:
    """Return the places of the pages after the first, of one version or of all that have any."""
    found: dict[str, tuple[Place, ...]] = {}
    for row in store.rows(_OTHERS, {"id": version_id}):
        found[row.version_id] = (*found.get(row.version_id, ()), _place(row.version_id, row, {}))
    return found


def _place(version_id: str, row: Row, others: Mapping[str, tuple[Place, ...]]) -> Place:
    original = None
    if row.id is not None:
        place = (row.original_file, row.original_offset, row.original_length)
        original = Original(row.id, row.original_url, moment(row.captured), row.payload_digest, *place)
    lies = (row.warc_file, row.warc_offset, row.warc_length)
    return Place(version_id, row.url, *lies, original, others.get(version_id, ()))


def put_readings(store: Store, readings: Sequence[Reading]) -> list[Changed]:
    """Put what differs into the rows of the versions, in one transaction, and return it.

    Raises:
        CatalogueError: SQLite failed; nothing is written then.
    """
    wanted = {reading.version_id: reading for reading in readings}
    changed: list[Changed] = []
    pages: dict[str, _Page] = {}
    with store.write():
        for row in store.rows(_VERSIONS, {"ids": json.dumps([*wanted])}):
            reading = wanted[row.version_id]
            new = article_row(plain_article(reading.article))
            if fields := _different(row, new):
                columns = ", ".join(f"{name} = :{name}" for name in fields)
                put = f"UPDATE t_version SET {columns} WHERE version_id = :version_id"
                store.run(put, {name: new[name] for name in fields} | {"version_id": row.version_id})
                changed.append(_changed(row, reading, fields))
                store.run(_CHANGED_TEXT, {"version_id": row.version_id})
            pages.setdefault(row.page_id, _Page.of(row)).take(row, reading)
        for page_id, page in pages.items():
            store.run(_UPDATE_PAGE, page.row(page_id))
    return changed


def differing(store: Store, readings: Sequence[Reading]) -> list[Changed]:
    """Return what `put_readings` would change."""
    wanted = {reading.version_id: reading for reading in readings}
    found = []
    for row in store.rows(_VERSIONS, {"ids": json.dumps([*wanted])}):
        reading = wanted[row.version_id]
        if fields := _different(row, article_row(plain_article(reading.article))):
            found.append(_changed(row, reading, fields))
    return found


def _different(row: Row, new: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, value in new.items() if value != getattr(row, name))


def _changed(row: Row, reading: Reading, fields: tuple[str, ...]) -> Changed:
    return Changed(row.version_id, row.url, row.extractor, reading.article.extractor, fields)


@dataclass(slots=True)
class _Page:
    """What a page knows of its texts, as its versions are put in one after another."""

    texts: list[str]
    read_by: str
    injected: str

    @classmethod
    def of(cls, row: Any) -> _Page:
        return cls(json.loads(row.texts), row.read_by, row.injected)

    def take(self, row: Any, reading: Reading) -> None:
        """Note the text by which a return to it is seen, and of the latest version who read it and what it hides."""
        self.texts[row.number - 1] = reading.text_digest
        if row.latest_version != row.version_id:
            return
        self.injected = json_text(list(dict.fromkeys(link.url for link in reading.article.injected)))
        rules = row.read_by.partition(" ")[2]
        # Of an article over several pages each page is remembered as it was read; the next look reads them all again.
        if rules == reading.rules_digest and not reading.article.page_links:
            self.read_by = reader_of(reading.article, rules)

    def row(self, page_id: str) -> dict[str, str]:
        return {
            "page_id": page_id,
            "texts": json_text(self.texts),
            "read_by": self.read_by,
            "injected": self.injected,
        }


_CHANGED_TEXT: Final = "INSERT INTO t_text (version_id) VALUES (:version_id)"
_UPDATE_PAGE: Final = (
    "UPDATE t_page SET texts = :texts, read_by = :read_by, injected = :injected WHERE page_id = :page_id"
)
_VERSIONS: Final = (
    "SELECT p.url, p.texts, p.read_by, p.injected, p.latest_version, v.* FROM t_version v "
    "JOIN t_page p USING (page_id) WHERE v.version_id IN (SELECT value FROM json_each(:ids)) "
    "ORDER BY v.version_id"
)
_WHERE_IT_LIES: Final = (
    "c.url, c.warc_file, c.warc_offset, c.warc_length, o.id, o.url AS original_url, o.captured, o.payload_digest, "
    "o.warc_file AS original_file, o.warc_offset AS original_offset, o.warc_length AS original_length"
)
_WITH_ORIGINAL: Final = "LEFT JOIN t_capture o ON o.id = c.refers_to AND o.kind = 'response'"
_PLACES: Final = (
    f"SELECT v.version_id, {_WHERE_IT_LIES} FROM t_version v JOIN t_capture c ON c.id = v.capture_id {_WITH_ORIGINAL} "
    "WHERE (:source IS NULL OR c.source = :source) AND (:since IS NULL OR c.captured >= :since) "
    "ORDER BY c.warc_file, c.warc_offset"
)
_PLACES_READ_BY: Final = (
    f"SELECT v.version_id, {_WHERE_IT_LIES} FROM t_version v JOIN t_capture c ON c.id = v.capture_id {_WITH_ORIGINAL} "
    "WHERE v.extractor = :extractor OR substr(v.extractor, 1, length(:extractor) + 1) = :extractor || '+' "
    "ORDER BY c.warc_file, c.warc_offset"
)
_STRAYS: Final = (
    "SELECT v.version_id, p.url, c.warc_file, c.warc_offset FROM t_version v LEFT JOIN t_page p USING (page_id) "
    "LEFT JOIN t_capture c ON c.id = v.capture_id "
    "WHERE c.id IS NULL OR c.captured <> v.captured OR c.payload_digest <> v.payload_digest ORDER BY v.version_id"
)
_MISSING: Final = (
    "SELECT c.version_id, c.url, c.warc_file, c.warc_offset FROM t_capture c LEFT JOIN t_version v USING (version_id) "
    "WHERE c.version_id = c.id AND v.version_id IS NULL ORDER BY c.warc_file, c.warc_offset"
)
_PLACE: Final = f"SELECT {_WHERE_IT_LIES} FROM t_capture c {_WITH_ORIGINAL} WHERE c.id = :id"
_OTHERS: Final = (
    f"SELECT x.version_id, {_WHERE_IT_LIES} FROM t_version_capture x JOIN t_capture c ON c.id = x.capture_id "
    f"{_WITH_ORIGINAL} WHERE x.part > 1 AND (:id IS NULL OR x.version_id = :id) ORDER BY x.version_id, x.part"
)

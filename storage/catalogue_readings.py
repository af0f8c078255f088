"""Owns the readings of archived captures: where each version's bytes lie, and a version's fields put in anew.

Only what was read changes: identity, number, times and captures of a version stay, and so do events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from storage.catalogue_pages import plain_article, reader_of, version_of, version_row
from storage.catalogue_rows import json_text
from storage.catalogue_store import Store
from storage.model import Article, Original, Version
from storage.stamps import moment, stamp

__all__ = ["Changed", "Place", "Reading", "place_of", "places", "put_readings"]


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


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a version's capture again gave."""

    version_id: str
    article: Article
    rules_digest: str
    text_digest: str
    """pipelines.changes.text_digest of `article`."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A version whose row is no longer what it was."""

    version_id: str
    url: str
    before: str
    """Extractor that had read it."""
    after: str
    fields: tuple[str, ...]


def places(store: Store, source: str | None, since: datetime | None) -> Iterator[Place]:
    """Yield every version's place, file by file; `since` is the time of its first capture at least."""
    for row in store.stream(_PLACES, {"source": source, "since": None if since is None else stamp(since)}):
        yield _place(row.version_id, row)


def place_of(store: Store, capture_id: str) -> Place | None:
    """Return the place of one capture, None if it is not catalogued."""
    rows = store.rows(_PLACE, {"id": capture_id})
    return _place(capture_id, rows[0]) if rows else None


def _place(version_id: str, row: Row[Any]) -> Place:
    original = None
    if row.id is not None:
        place = (row.original_file, row.original_offset, row.original_length)
        original = Original(row.id, row.original_url, moment(row.captured), row.payload_digest, *place)
    return Place(version_id, row.url, row.warc_file, row.warc_offset, row.warc_length, original)


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
            old = version_of(row)
            new = version_row(_replaced(old, plain_article(reading.article)))
            fields = tuple(name for name, value in new.items() if value != getattr(row, name))
            if fields:
                store.run(_UPDATE, {name: new[name] for name in _COLUMNS} | {"version_id": row.version_id})
                changed.append(
                    Changed(row.version_id, row.url, old.article.extractor, reading.article.extractor, fields)
                )
            pages.setdefault(row.page_id, _Page.of(row)).take(row, reading)
        for page_id, page in pages.items():
            store.run(_UPDATE_PAGE, page.row(page_id))
    return changed


def _replaced(version: Version, article: Article) -> Version:
    return Version(
        version_id=version.version_id,
        page_id=version.page_id,
        number=version.number,
        captured=version.captured,
        capture_id=version.capture_id,
        payload_digest=version.payload_digest,
        article=article,
    )


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
        if rules == reading.rules_digest:
            self.read_by = reader_of(reading.article, rules)

    def row(self, page_id: str) -> dict[str, str]:
        return {
            "page_id": page_id,
            "texts": json_text(self.texts),
            "read_by": self.read_by,
            "injected": self.injected,
        }


_COLUMNS: Final = (
    "title",
    "published",
    "published_precision",
    "published_utc",
    "published_raw",
    "origin",
    "authors",
    "editors",
    "keywords",
    "section",
    "language",
    "script",
    "images",
    "page_links",
    "charset_declared",
    "charset_used",
    "undecodable_bytes",
    "extractor",
    "reasons",
    "body_sha256",
    "body",
    "details",
    "normalised",
)
_UPDATE: Final = (
    "UPDATE t_version SET " + ", ".join(f"{name} = :{name}" for name in _COLUMNS) + " WHERE version_id = :version_id"
)
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
_PLACE: Final = f"SELECT {_WHERE_IT_LIES} FROM t_capture c {_WITH_ORIGINAL} WHERE c.id = :id"

"""Owns reading an archived capture again: the bytes of a record, with the source's rules as they were, read today."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipelines.revisits import stands_for
from storage.archive_files import OPEN_SUFFIX, warc_directory
from storage.archived import Archived, ArchivedSource
from storage.catalogue import Catalogue
from storage.catalogue_readings import Place, place_of
from storage.errors import StorageError
from storage.model import Article, PageRead, Source, Version
from storage.parts import joined
from storage.reader import read_exchange, walk
from storage.urlkey import canonical

__all__ = ["Rereader", "read_again"]


def read_again(
    archive_dir: Path, place: Place, sources: dict[str, Source], max_body_bytes: int
) -> tuple[PageRead, str]:
    """Return what the records at `place` give today, and the digest of the rules that the first was read by.

    An article over several pages is joined; if one of them gives no text today, there is none. `sources` keeps the
    sources that the heads of WARC files hold, by rules digest, from call to call.

    Raises:
        StorageError: a record cannot be read.
    """
    first = canonical(place.url) or place.url
    read, digest = _read_one(archive_dir, place, sources, max_body_bytes)
    if read.article is None or not (place.others or read.article.page_links):
        return read, digest
    readings = {first: read.article}
    for other in place.others:
        one, _ = _read_one(archive_dir, other, sources, max_body_bytes)
        if one.article is None:
            return one, digest
        readings[canonical(other.url) or other.url] = one.article
    return replace(read, article=joined(first, readings)), digest


def _read_one(archive_dir: Path, place: Place, sources: dict[str, Source], max_body_bytes: int) -> tuple[PageRead, str]:
    from pipelines.page import read_page  # 0.15 s that a process which reads no page need not spend

    path = warc_directory(archive_dir) / place.warc_file
    if not path.exists():
        path = path.with_name(path.name + OPEN_SUFFIX)
    entry = read_exchange(path, place.warc_offset, place.warc_length)
    digest = entry.attempt.rules_digest
    if digest not in sources:
        sources |= _sources_of(path)
    source = sources.get(digest)
    if source is None:
        raise StorageError(f"{path}: holds no rules {digest} of the source {entry.attempt.source}")
    exchange, attempt, response = entry.exchange, entry.attempt, entry.exchange.response
    if entry.capture is not None and entry.capture.kind == "revisit":
        response = stands_for(archive_dir, entry, place.original, max_body_bytes)
    read = read_page(
        response,
        exchange.method,
        exchange.url,
        source,
        attempt.role,
        attempt.number,
        max_body_bytes=max_body_bytes,
    )
    return read, digest


def _sources_of(path: Path) -> dict[str, Source]:
    """Return the sources at the head of a WARC file, by digest."""
    found = {}
    for entry in walk(path):
        if isinstance(entry, ArchivedSource):
            found[entry.digest] = entry.source
        elif isinstance(entry, Archived):
            break
    return found


class Rereader:
    """Reads the capture of a version again, for `pipelines.changes.settle` after the extractor changed."""

    def __init__(self, archive_dir: Path, max_body_bytes: int) -> None:
        """Know where the archive is; `catalogue` is to be set before the first call."""
        self.catalogue: Catalogue | None = None
        self._archive_dir = archive_dir
        self._max_body_bytes = max_body_bytes
        self._sources: dict[str, Source] = {}

    def __call__(self, version: Version) -> Article | None:
        """Return today's reading of `version`, None where its record is not to be had."""
        place = None if self.catalogue is None else place_of(self.catalogue.store, version.version_id)
        if place is None:
            return None
        try:
            read, _ = read_again(self._archive_dir, place, self._sources, self._max_body_bytes)
        except StorageError:
            return None
        return read.article

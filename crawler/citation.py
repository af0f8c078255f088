"""Owns what is cited: one capture of a page, what it said and where, and the record that proves it, read and hashed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from storage.archive_files import warc_path
from storage.archived import ArchivedSource
from storage.catalogue import Catalogue, History
from storage.catalogue_selection import capture_by_id
from storage.digest import sha256_of
from storage.errors import WarcError
from storage.model import Capture, Source
from storage.reader import read_record, walk
from storage.stamps import moment

__all__ = ["Citation", "Proof", "cite"]

_NOT_MODIFIED: Final = 304


@dataclass(frozen=True, slots=True)
class Proof:
    """One record, found where the catalogue says and of the digest that it states."""

    capture_id: str
    url: str
    captured: datetime
    payload_digest: str
    block_digest: str
    """As computed from the record now."""
    warc_file: str
    warc_offset: int
    warc_length: int
    file_sha256: str | None
    """As sealed; None while a crawl writes the file."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One capture of a page; what the page does not say is None or empty."""

    url: str
    title: str | None
    authors: tuple[str, ...]
    editors: tuple[str, ...]
    origin: str | None
    publication: str
    """Title of the source, as its file said when it was crawled."""
    source: str
    published: str | None
    """As the view `article` writes it."""
    captured: datetime
    """In the source's zone."""
    status: int | None
    version: int | None
    versions: int
    apart: timedelta | None
    """From the time asked for to the capture, negative if that was before; None when none was asked for."""
    proof: Proof
    original: Proof | None
    """Of a revisit: the response that holds the payload."""


def cite(catalogue: Catalogue, archive_dir: Path, url: str, at: datetime | None) -> Citation | None:
    """Return the capture of the page at `url` (canonical) nearest to `at`, the newest without it; None: there is none.

    Captures that show a version of an article come before all others.

    Raises:
        WarcError: the archive does not hold the record that the catalogue names.
        StorageError: a file cannot be read.
    """
    history = catalogue.history(url)
    rows = _citable(history)
    if not rows:
        return None
    row = min(rows, key=lambda one: abs(moment(one["captured"]) - at)) if at is not None else rows[-1]
    capture = capture_by_id(catalogue.store, row["id"])
    assert capture is not None
    version: Mapping[str, Any] = next((one for one in history.versions if one["version_id"] == row["version_id"]), {})
    source = _source(archive_dir, capture.warc_file)
    sealed = {str(warc["name"]): warc["sha256"] for warc in catalogue.warcs()}
    return Citation(
        url=capture.url,
        title=version.get("title"),
        authors=tuple(version.get("authors", ())),
        editors=tuple(version.get("editors", ())),
        origin=version.get("origin"),
        publication=source.title,
        source=capture.source,
        published=version.get("published"),
        captured=capture.captured.astimezone(ZoneInfo(source.timezone)),
        status=capture.status,
        version=version.get("number"),
        versions=len(history.versions),
        apart=None if at is None else capture.captured - at,
        proof=_proof(archive_dir, capture, sealed),
        original=_original(catalogue, archive_dir, capture, sealed),
    )


def _citable(history: History) -> Sequence[Mapping[str, Any]]:
    """Return the captures that show a text, oldest first; of an address without any, those that answered at all."""
    asked = [row for row in history.captures if row["method"] == "GET"]
    shown = [row for row in asked if row["version_id"] is not None]
    return shown or [row for row in asked if row["status"] is not None and _answers(row["status"])]


def _answers(status: int) -> bool:
    return 200 <= status < 300 or status == _NOT_MODIFIED


def _source(archive_dir: Path, warc_file: str) -> Source:
    """Return the source as it is archived at the head of the file."""
    path = warc_path(archive_dir, warc_file)
    found = next((entry for entry in walk(path) if isinstance(entry, ArchivedSource)), None)
    if found is None:
        raise WarcError(f"{path}: holds no source; run `scrapy verify`")
    return found.source


def _original(
    catalogue: Catalogue, archive_dir: Path, capture: Capture, sealed: Mapping[str, str | None]
) -> Proof | None:
    if capture.refers_to is None:
        return None
    original = capture_by_id(catalogue.store, capture.refers_to)
    if original is None:
        raise WarcError(f"{capture.refers_to}: the response that {capture.id} refers to is not in the archive")
    return _proof(archive_dir, original, sealed)


def _proof(archive_dir: Path, capture: Capture, sealed: Mapping[str, str | None]) -> Proof:
    path = warc_path(archive_dir, capture.warc_file)
    record = read_record(path, capture.warc_offset, capture.warc_length)
    block_digest = sha256_of(record.block)
    found = (record.place.record_id, record.place.payload_digest or "", record.place.block_digest)
    if found != (capture.id, capture.payload_digest, block_digest):
        at = f"{path}: record at {capture.warc_offset}"
        raise WarcError(f"{at}: is not the one that the catalogue names, or was altered; run `scrapy verify`")
    return Proof(
        capture_id=capture.id,
        url=capture.url,
        captured=capture.captured,
        payload_digest=capture.payload_digest,
        block_digest=block_digest,
        warc_file=capture.warc_file,
        warc_offset=capture.warc_offset,
        warc_length=capture.warc_length,
        file_sha256=sealed.get(capture.warc_file),
    )

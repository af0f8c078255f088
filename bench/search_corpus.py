"""Owns a catalogue of generated articles, written straight into its tables: what searches are timed on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench.prose import Prose
from storage.catalogue import Catalogue
from storage.catalogue_store import Store

__all__ = ["add", "build"]

_FIRST = datetime(2012, 1, 1, 16, tzinfo=UTC)
_DAYS = 5400
_AT_ONCE = 2000
_PARAGRAPHS = 4
_SOURCES = ("first", "second", "third")


def build(path: Path, articles: int, seed: int = 1) -> int:
    """Make the catalogue at `path` and return the bytes of its titles and bodies in UTF-8.

    Articles stand in it as they come in when many years are crawled at once: days in no order.
    """
    return _write(path, _rows(0, articles, seed))


def add(path: Path, first: int, articles: int) -> None:
    """Put further articles into the catalogue at `path`, numbered from `first`."""
    _write(path, _rows(first, articles, seed=first))


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> int:
    size_bytes = 0
    with Catalogue.open(path) as catalogue:
        catalogue.store.run("PRAGMA foreign_keys = OFF")
        while chunk := [*islice(rows, _AT_ONCE)]:
            size_bytes += sum(len((row["title"] + row["body"]).encode()) for row in chunk)
            _put(catalogue.store, chunk)
    return size_bytes


def _rows(first: int, articles: int, seed: int) -> Iterator[dict[str, Any]]:
    prose = Prose(seed)
    for number in range(first, first + articles):
        subject = prose.subject()
        published = _FIRST + timedelta(days=prose.random.randrange(_DAYS))
        yield {
            "id": f"<urn:uuid:00000000-0000-4000-8000-{number:012x}>",
            "page": f"{number:032x}",
            "url": f"http://paper.test/{published:%Y%m/%d}/{number}.html",
            "source": prose.random.choice(_SOURCES),
            "title": subject.title(),
            "body": "\n".join(subject.paragraph() for _ in range(_PARAGRAPHS)),
            "published": f"{published + timedelta(hours=8):%Y-%m-%d}",
            "utc": f"{published:%Y-%m-%dT%H:%M:%SZ}",
            "at": f"{_FIRST + timedelta(days=_DAYS, seconds=number):%Y-%m-%dT%H:%M:%S.000000Z}",
        }


def _put(store: Store, rows: list[dict[str, Any]]) -> None:
    with store.write():
        for statement in (_PAGE, _VERSION, _TEXT):
            store.many(statement, rows)


_PAGE = """INSERT INTO t_page (page_id, url, source, state, versions, latest_version, texts, first_captured,
        last_present, last_present_capture, last_payload_digest, last_checked, gone_count, unreachable_count)
    VALUES (:page, :url, :source, 'live', 1, :id, '[]', :at, :at, :id, '', :at, 0, 0)"""
_VERSION = """INSERT INTO t_version (version_id, page_id, number, captured, capture_id, payload_digest, title,
        published, published_precision, published_utc, authors, editors, keywords, script, images, page_links,
        charset_used, undecodable_bytes, extractor, reasons, body_sha256, body)
    VALUES (:id, :page, 1, :at, :id, '', :title, :published, 'day', :utc, '[]', '[]', '[]', 'Hans', '[]', '[]', 'utf-8',
        0, 'bench', '{}', '', :body)"""
_TEXT = "INSERT INTO t_text (version_id) VALUES (:id)"

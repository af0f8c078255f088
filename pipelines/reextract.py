"""Owns `reextract`: today's extractor over archived captures, in parallel processes; what differs is put in anew.

What was captured is never touched, and no event arises: the site did not change. A version keeps its identity, number
and captures. A capture from which today's extractor reads no article keeps the reading that it has, and that is told.
A capture that gave no article before and would today is a `rebuild`'s to put in, which makes pages and versions anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.changes import settle
from pipelines.readings import readings
from storage.catalogue import Catalogue
from storage.catalogue_readings import Changed, Reading, places, put_readings
from storage.locks import archive_lock

__all__ = ["Reextracted", "reextract"]


@dataclass(frozen=True, slots=True)
class Reextracted:
    """What a re-extraction did."""

    read: int
    changed: tuple[Changed, ...]
    kept: tuple[tuple[str, str], ...]
    """URL and reason of the versions that kept their reading because today's extractor gives none."""


def reextract(
    archive_dir: Path,
    *,
    source: str | None,
    since: datetime | None,
    processes: int,
    max_body_bytes: int,
    tell: Callable[[str], None],
) -> Reextracted:
    """Read every version's capture again and change what differs; a second run changes nothing.

    `source` and `since` (of a version's first capture) narrow it down.

    Raises:
        LockedError: a crawl is running.
        StorageError: the catalogue cannot be read or written.
    """
    read, changed, kept = 0, list[Changed](), list[tuple[str, str]]()
    path = archive_dir / "catalogue.sqlite"
    with archive_lock(archive_dir).acquire(), Catalogue.open(path, settle=settle, create=False) as catalogue:
        todo = list(places(catalogue.store, source, since))
        for answers in readings(archive_dir, todo, processes=processes, max_body_bytes=max_body_bytes):
            read += len(answers)
            kept += [(place.url, answer) for place, answer in answers if isinstance(answer, str)]
            changed += put_readings(catalogue.store, [one for _, one in answers if isinstance(one, Reading)])
            tell(f"{read} of {len(todo)} read, {len(changed)} changed")
    return Reextracted(read, tuple(changed), tuple(kept))

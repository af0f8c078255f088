"""Owns `reextract`: today's extractor over archived captures, in parallel processes; what differs is put in anew.

What was captured is never touched, and no event arises: the site did not change. A version keeps its identity, number
and captures. A capture from which today's extractor reads no article keeps the reading that it has, and that is told.
A capture that gave no article before and would today is a `rebuild`'s to put in, which makes pages and versions anew.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from pipelines.changes import settle, text_digest
from pipelines.reread import read_again
from pipelines.worker import page_read_from_json, page_read_to_json, spare_the_collector
from storage.catalogue import Catalogue
from storage.catalogue_readings import Changed, Place, Reading, places, put_readings
from storage.errors import StorageError
from storage.locks import archive_lock
from storage.model import Source

__all__ = ["Reextracted", "reextract"]

_AT_ONCE = 64
"""Versions in one task, and at most in one transaction."""


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
        for answers in _answers(archive_dir, todo, processes, max_body_bytes):
            read += len(answers)
            readings = []
            for place, answer, digest in answers:
                article = None if answer is None else page_read_from_json(json.loads(answer)).article
                if article is None:
                    kept.append((place.url, digest))
                else:
                    readings.append(Reading(place.version_id, article, digest, text_digest(article)))
            changed += put_readings(catalogue.store, readings)
            tell(f"{read} of {len(todo)} read, {len(changed)} changed")
    return Reextracted(read, tuple(changed), tuple(kept))


_Answer = tuple[Place, str | None, str]
"""A place, its page read as JSON, the rules digest; or None and why not."""


def _answers(archive_dir: Path, todo: list[Place], processes: int, max_body_bytes: int) -> Iterator[list[_Answer]]:
    """Yield the answers to `todo` task by task; a page that ends its process is tried once more, alone."""
    left = iter(todo)
    tasks = list(iter(lambda: list(islice(left, _AT_ONCE)), []))
    broken: list[list[Place]] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting: deque[tuple[list[Place], Future[list[_Answer]]]] = deque()
        for task in [*tasks, *([None] * processes * 2)]:
            if task is not None:
                waiting.append((task, pool.submit(_read, str(archive_dir), task, max_body_bytes)))
            if not waiting or (task is not None and len(waiting) <= processes * 2):
                continue
            asked, future = waiting.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                broken.append(asked)
    for place in (place for task in broken for place in task):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            try:
                yield alone.submit(_read, str(archive_dir), [place], max_body_bytes).result()
            except BrokenProcessPool:
                yield [(place, None, "extracting it ended the process")]


def _read(archive_dir: str, task: list[Place], max_body_bytes: int) -> list[_Answer]:
    """Read a task's places; runs in a process of its own and answers in JSON, as pages are strangers'."""
    spare_the_collector()
    sources: dict[str, Source] = {}
    answers: list[_Answer] = []
    for place in task:
        try:
            read, digest = read_again(Path(archive_dir), place, sources, max_body_bytes)
        except StorageError as error:
            answers.append((place, None, str(error)))
            continue
        if read.article is None:
            answers.append((place, None, read.failure.reason if read.failure else "no article"))
        else:
            answers.append((place, json.dumps(page_read_to_json(read), ensure_ascii=False), digest))
    return answers

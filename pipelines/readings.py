"""Owns many archived captures read again at once, in processes of their own: a page that ends its process costs itself
alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from threading import current_thread, main_thread
from typing import TypeAlias

from pipelines.changes import text_digest
from pipelines.reread import read_again
from pipelines.worker import page_read_from_bytes, page_read_to_bytes, spare_the_collector
from storage.catalogue_readings import Answer, Place, Reading
from storage.errors import StorageError
from storage.model import PageRead, Source

__all__ = ["readings"]

_AT_ONCE = 64
"""Captures in one task."""

_Told: TypeAlias = tuple[bytes | None, str]
"""A page read as bytes and the digest of its rules; or None and why there is no article."""


def readings(
    archive_dir: Path, todo: Iterable[Place], *, processes: int, max_body_bytes: int
) -> Iterator[list[Answer]]:
    """Yield what today's extractor reads at each place of `todo`, some at a time."""
    left = iter(todo)
    tasks = iter(lambda: list(islice(left, _AT_ONCE)), [])
    while True:
        waiting = deque[list[Place]]()
        yield from _pooled(archive_dir, tasks, waiting, processes, max_body_bytes)
        if not waiting:
            return
        for place in chain.from_iterable(waiting):
            yield [_alone(archive_dir, place, max_body_bytes)]


def _pooled(
    archive_dir: Path, tasks: Iterator[list[Place]], waiting: deque[list[Place]], processes: int, max_body_bytes: int
) -> Iterator[list[Answer]]:
    """Yield the answers to `tasks` until a process dies; `waiting` are then the tasks taken and not answered."""
    futures = deque[Future[list[_Told]]]()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            while True:
                for task in islice(tasks, processes * 2 - len(waiting)):
                    waiting.append(task)
                    with _spared_interrupts():
                        futures.append(pool.submit(_read, str(archive_dir), task, max_body_bytes))
                if not waiting:
                    return
                told = futures.popleft().result()
                yield [_answer(place, *one) for place, one in zip(waiting.popleft(), told, strict=True)]
        except BrokenProcessPool:
            return
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _spared_interrupts() -> Iterator[None]:
    """Have processes that begin in the block ignore Ctrl-C, which would have each of them print where it was."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal(SIGINT, SIG_IGN)
    try:
        yield
    finally:
        signal(SIGINT, before)


def _alone(archive_dir: Path, place: Place, max_body_bytes: int) -> Answer:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        try:
            return _answer(place, *alone.submit(_read, str(archive_dir), [place], max_body_bytes).result()[0])
        except BrokenProcessPool:
            return place, "extracting it ended the process"


def _answer(place: Place, page_read: bytes | None, told: str) -> Answer:
    article = None if page_read is None else page_read_from_bytes(page_read).article
    return place, told if article is None else Reading(place.version_id, article, told, text_digest(article))


def _read(archive_dir: str, task: list[Place], max_body_bytes: int) -> list[_Told]:
    """Read a task's places; runs in a process of its own, and answers what cannot be run, as pages are strangers'."""
    spare_the_collector()
    sources: dict[str, Source] = {}
    told: list[_Told] = []
    for place in task:
        try:
            read, digest = read_again(Path(archive_dir), place, sources, max_body_bytes)
        except StorageError as error:
            told.append((None, str(error)))
            continue
        if read.article is None:
            told.append((None, read.failure.reason if read.failure else "no article"))
        else:
            told.append((page_read_to_bytes(PageRead(article=read.article)), digest))
    return told

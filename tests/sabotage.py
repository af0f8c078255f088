"""Owns worse worlds to crawl in: the real program, started with one of its promises broken or its disk made forgetful.

    python -m tests.sabotage cache,worst,reversed crawl mine

Everything is patched in from here, in a process of its own; the program itself has no switch for it.

A kill alone never loses what was written: the kernel keeps its page cache. `cache` therefore holds the bytes of the
WARC file in this process's memory until it is synced, so that kill -9 takes what a power cut would take from a disk.
The catalogue goes to the disk as ever. With `cache` the order of sync and commit matters, and only with it.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from scrapy.cmdline import execute

from crawler import store_room
from crawler.store_room import StoreRoom
from storage import archive_files, warc_file
from storage.catalogue import Committed
from storage.model import Outcome
from storage.warc import WarcWriter
from storage.warc_file import OpenWarc

PAUSE_S: Final = 0.2

_between: list[Callable[[], None]] = []
"""What happens between the two steps of a commit."""


def cache() -> None:
    """Let WARC bytes reach the file only when it is synced: before, kill -9 loses them."""
    held: dict[int, list[bytes]] = {}
    lock = threading.Lock()
    write, sync = archive_files.write_whole, OpenWarc.sync

    def hold(descriptor: int, content: bytes) -> None:
        with lock:
            held.setdefault(descriptor, []).append(content)

    def write_and_sync(self: OpenWarc) -> None:
        with lock:
            write(self._descriptor, b"".join(held.pop(self._descriptor, ())))
        sync(self)

    warc_file.write_whole = hold  # type: ignore[attr-defined]
    OpenWarc.sync = write_and_sync  # type: ignore[method-assign]


def pause() -> None:
    """Wait between the two steps of a commit, so that a kill at any moment often falls there."""
    _between.append(lambda: time.sleep(PAUSE_S))


def worst() -> None:
    """Die by kill -9 between the two steps of the second or third commit."""
    commits = itertools.count(random.randint(-2, -1))

    def die() -> None:
        if next(commits) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    _between.append(die)


def right_order() -> None:
    """Sync the WARC file, then commit the catalogue, as the program does: here only what lies between is added."""
    sync = WarcWriter.sync

    def sync_first(self: WarcWriter) -> None:
        sync(self)
        _pass_between()

    WarcWriter.sync = sync_first  # type: ignore[method-assign]


def reversed_order() -> None:
    """Commit the catalogue first, and sync the WARC file after it."""
    commit, sync = StoreRoom.commit, WarcWriter.sync

    def commit_first(self: StoreRoom, outcomes: Sequence[Outcome]) -> Committed:
        done = commit(self, outcomes)
        _pass_between()
        sync(self.writer)
        return done

    WarcWriter.sync = lambda self: None  # type: ignore[method-assign]
    StoreRoom.commit = commit_first  # type: ignore[method-assign]


def _pass_between() -> None:
    for act in _between:
        act()


def unrecovered() -> None:
    """Leave what a dead run left as it is."""
    store_room.catch_up = lambda *arguments, **named: 0  # type: ignore[attr-defined]


SABOTAGE: Final[dict[str, Callable[[], None]]] = {
    "cache": cache,
    "pause": pause,
    "worst": worst,
    "reversed": reversed_order,
    "unrecovered": unrecovered,
}

if __name__ == "__main__":
    chosen = sys.argv[1].split(",")
    if "reversed" not in chosen:
        right_order()
    for name in chosen:
        SABOTAGE[name]()
    execute(["scrapy", *sys.argv[2:]])

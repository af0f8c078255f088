"""Owns what the archive holds already, as a run asks it: which response has this payload, is it still there.

The catalogue is asked in place, with a connection of its own: a reader waits for no commit (SQLite's WAL), and handing
the question to a thread cost 200 µs a page where SQLite takes 40. Files are looked at on a thread. What this run has
written and not yet committed is remembered here.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from pipelines.revisits import original_of
from storage.catalogue_open import open_store
from storage.model import Capture, Conditions, Original
from storage.originals import Originals
from storage.payload import Payload

__all__ = ["Holdings"]

Q = TypeVar("Q")
T = TypeVar("T")

REMEMBERED: Final = 4096
"""Captures of this run, some 2 MB: many times more than wait for a commit at once."""


class Holdings:
    """The responses that a run of one source may refer to."""

    def __init__(self, catalogue_path: Path, archive_dir: Path, source: str) -> None:
        """Open the catalogue for reading; `close` gives it back.

        Raises:
            StorageError: it cannot be opened.
        """
        self._recent: OrderedDict[tuple[str, str], Original] = OrderedDict()
        self._store = open_store(catalogue_path, create=False, read_only=True)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="holdings")
        self._originals = Originals(self._store, archive_dir, source)

    async def conditions(self, wanted: Conditions | None) -> Conditions | None:
        """Return `wanted` if what it refers to is in the archive, else None: then a 304 would be worth nothing.

        Raises:
            CatalogueError: SQLite failed.
        """
        return wanted if wanted is not None and await self._ask(self._originals.holds, wanted.original) else None

    async def find(self, payload: Payload, received: datetime) -> Original | None:
        """Return a response, requested no later than `received`, that holds `payload` in the same wrapping, of any run.

        Raises:
            CatalogueError: SQLite failed.
        """
        if payload.whole_bytes is None:
            return None
        if (found := self.recent(payload, received)) is not None:
            return found
        candidates = self._originals.candidates(payload.digest)
        if not candidates:
            return None
        return await self._ask(lambda of: self._originals.first_there(of, payload.wrapping), candidates)

    def recent(self, payload: Payload, received: datetime) -> Original | None:
        """Return what `find` would, without waiting, from among what this run wrote last."""
        found = self._recent.get(_key(payload)) if payload.whole_bytes is not None else None
        # Of two that were under way together the later one may be whole first; a revisit of what is to come is none.
        return found if found is not None and found.captured <= received else None

    def keep(self, capture: Capture, payload: Payload) -> None:
        """Remember a capture that was just written, and what it holds."""
        original = original_of(capture)
        if original is not None and _key(payload) not in self._recent:
            self._recent[_key(payload)] = original
            if len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)

    async def response(self, original: Original, most: int) -> bytes:
        """Return the response that `original` is, at most `most` bytes of it.

        Raises:
            StorageError: it cannot be read.
        """
        return await self._ask(lambda wanted: self._originals.response(wanted)[:most], original)

    def close(self) -> None:
        """End the thread and close the connection."""
        self._thread.shutdown()
        self._store.close()

    async def _ask(self, question: Callable[[Q], T], argument: Q) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, question, argument)


def _key(payload: Payload) -> tuple[str, str]:
    return payload.digest, payload.wrapping

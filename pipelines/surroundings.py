"""Owns what archived pages need beside themselves to be played: the captures of their requisites nearest in time.

Found by reading the archived pages and sheets again, as the crawl read them: nothing is kept about it that a rebuild
could lose, and captures made for another page or source serve as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from pipelines.charset import decode
from pipelines.redirects import REDIRECTS
from pipelines.requisites import MAX_IMPORT_DEPTH, page_requisites, sheet_requisites
from pipelines.tree import parse
from storage.archive_files import warc_path
from storage.catalogue_selection import Chosen, Selection, capture_by_id, is_asked, nearest_capture
from storage.catalogue_store import Store
from storage.http_message import MAX_HEAD_BYTES, body_of, header
from storage.model import Capture, Link, Requisites
from storage.reader import read_record
from storage.urlkey import join

__all__ = ["surroundings"]

_WANTED: Final = Requisites(fetch=True, per_page=1000)
_MAX_BODY_BYTES: Final = 8 * 1024 * 1024
_MAX_MEMBER_BYTES: Final = 8 * 1024 * 1024
_MAX_REDIRECTS: Final = 5
_REMEMBERED: Final = 1024
_MAX_PER_PAGE: Final = 2000
_SHEET: Final = "text/css"
_SHEET_ROLE: Final = "requisite:style"


def surroundings(store: Store, archive_dir: Path, selection: Selection, items: Iterable[Chosen]) -> Iterator[str]:
    """Yield, each once, the ids of captures that the pages among `items` need and that `selection` does not ask for.

    Memory grows with the number of these alone.

    Raises:
        WarcError: the archive does not hold a page where the catalogue says.
        StorageError: a file cannot be read.
    """
    finder = _Finder(store, archive_dir)
    given: set[str] = set()
    for item in items:
        if item.version_id is None:
            continue
        for capture in finder.around(item.capture):
            if capture.id not in given and not is_asked(capture, selection):
                given.add(capture.id)
                yield capture.id


class _Finder:
    def __init__(self, store: Store, archive_dir: Path) -> None:
        self._store = store
        self._archive_dir = archive_dir
        self._needs = lru_cache(maxsize=_REMEMBERED)(self._read_needs)
        self._nearest = lru_cache(maxsize=_REMEMBERED)(lambda url, at: nearest_capture(store, url, at))

    def around(self, page: Capture) -> Iterator[Capture]:
        """Yield what a page needs as of its own time, and what its sheets need, each address once."""
        met = {page.url}
        ahead = deque([(page, 1)])
        while ahead:
            holder, depth = ahead.popleft()
            for link in self._needs(holder, depth):
                if link.url in met or len(met) > _MAX_PER_PAGE:
                    continue
                met.add(link.url)
                found = holder
                for found in self._led_to(link.url, page.captured):
                    yield found
                if link.role == _SHEET_ROLE and depth <= MAX_IMPORT_DEPTH and found is not holder:
                    ahead.append((found, depth + 1))

    def _led_to(self, url: str, at: datetime) -> Iterator[Capture]:
        """Yield the capture of `url` nearest to `at`, and those that its redirects lead to."""
        following: str | None = url
        for _ in range(_MAX_REDIRECTS):
            found = self._nearest(following, at) if following is not None else None
            if found is None:
                return
            yield found
            if found.status not in REDIRECTS:
                return
            location = header(body_of(self._block(found), "GET", 0).head.headers, b"location")
            following = None if location is None else join(found.url, location.decode("latin-1"))

    def _read_needs(self, capture: Capture, depth: int) -> tuple[Link, ...]:
        holder = capture if capture.refers_to is None else capture_by_id(self._store, capture.refers_to)
        if holder is None or holder.warc_length > _MAX_MEMBER_BYTES or (depth > 1 and holder.mime != _SHEET):
            return ()
        message = body_of(self._block(holder), "GET", _MAX_BODY_BYTES)
        declared = header(message.head.headers, b"content-type")
        decoded = decode(message.body, None if declared is None else declared.decode("latin-1"))
        if depth > 1:
            return sheet_requisites(decoded.text, capture.url, depth - 1, _WANTED)
        root = parse(decoded.text)
        return () if root is None else page_requisites(root, capture.url, decoded.used, _WANTED)

    def _block(self, capture: Capture) -> bytes:
        path = warc_path(self._archive_dir, capture.warc_file)
        return read_record(path, capture.warc_offset, capture.warc_length).block[: _MAX_BODY_BYTES + MAX_HEAD_BYTES]

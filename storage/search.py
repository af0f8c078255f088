"""Owns search: the articles whose title or text says what a query asks for, the places marked as they are written.

The full text index answers (`storage.search_find`) once it has caught up with the catalogue; where it cannot be
written, what it lacks is scanned (`storage.search_scan`). Both find the same: what a scan over the folded texts finds.
The machine-made noise of a text is left out, as `normalised` has it.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Final

from storage.catalogue import Catalogue
from storage.catalogue_store import Row, Store
from storage.errors import StorageError
from storage.fold import fold_with_offsets
from storage.search_file import can_be_filled, empty, index_path, open_to_fill, open_to_read
from storage.search_fill import catch_up, is_behind
from storage.search_filter import EVERYTHING, Filter, condition, learn_fold, parameters
from storage.search_find import count_indexed, newest_indexed
from storage.search_match import first_match, spans
from storage.search_query import LONGEST_WORD, Phrase, Query, phrases_of
from storage.search_rank import relevance
from storage.search_scan import newest_scanned

__all__ = ["SearchHit", "Searcher", "reindex"]

_BEFORE_CHARS: Final = 30
_SNIPPET_CHARS: Final = 120
_FOLLOWED_TIMES: Final = 3
_FIRST_CHUNK: Final = 32
_LARGEST_CHUNK: Final = 512


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One text that matches; marks are spans (start, end) in `title` and `snippet`."""

    page_id: str
    url: str
    source: str
    title: str | None
    published: str | None
    origin: str | None
    state: str
    capture_id: str
    version_id: str
    number: int
    """Of the version, counting from 1."""
    captured: str
    """When this version was first seen."""
    snippet: str
    """The text around the first match, as it is written there, line feeds as spaces."""
    marks: tuple[tuple[int, int], ...]
    title_marks: tuple[tuple[int, int], ...]


class Searcher:
    """Puts queries to one catalogue as it was when this was opened, whatever a crawl writes meanwhile."""

    def __init__(self, catalogue: Catalogue, index: Store | None) -> None:
        """Use `open`."""
        self._index = index
        # The index has the catalogue attached.
        self._store = catalogue.store if index is None else index
        self._followed = 0 if index is None else int(index.rows("SELECT mark FROM search_state")[0].mark)
        self._has_rest = index is None or is_behind(index)
        learn_fold(self._store)

    @classmethod
    def open(cls, catalogue: Catalogue, tell: Callable[[int, int], None] = lambda done, of: None) -> Searcher:
        """Open the index beside `catalogue` and let it catch up; `tell` hears how many texts of how many are done.

        Raises:
            CatalogueError: SQLite failed, or the index is damaged.
            LockedError: another process keeps the index locked.
        """
        path = catalogue.store.path
        if not can_be_filled(path):
            index = open_to_read(path)
            if index is not None:
                index.run("BEGIN")
            return cls(catalogue, index)
        index = open_to_fill(path)
        try:
            _view_all(index, tell)
            return cls(catalogue, index)
        except BaseException:
            index.close()
            raise

    def close(self) -> None:
        """Close the index; the catalogue stays open."""
        if self._index is not None:
            self._index.close()

    def __enter__(self) -> Searcher:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def newest(self, query: Query, filter: Filter = EVERYTHING) -> Iterator[SearchHit]:
        """Yield what matches, newest publication first, the undated last; memory does not grow with the number.

        Raises:
            CatalogueError: SQLite failed.
        """
        phrases = phrases_of(query)
        for row in self._rows(query, filter, _SHOWN):
            yield _hit(row, phrases)

    def relevant(
        self, query: Query, filter: Filter = EVERYTHING, *, among: int, limit: int
    ) -> tuple[list[SearchHit], int]:
        """Return `limit` of the newest `among` that match, first who say it in the title or often; and among how many.

        Raises:
            CatalogueError: SQLite failed.
        """
        phrases = phrases_of(query)
        rows = [*islice(self._rows(query, filter, _SHOWN), among)]
        weights = relevance([(row.title or "", row.body) for row in rows], phrases)
        order = sorted(range(len(rows)), key=lambda at: (-weights[at], at))
        return [_hit(rows[at], phrases) for at in order[:limit]], len(rows)

    def pages(self, query: Query, filter: Filter = EVERYTHING) -> Iterator[str]:
        """Yield the ids of the pages that match, once for each version that does, newest publication first.

        Raises:
            CatalogueError: SQLite failed.
        """
        return (str(row.page_id) for row in self._rows(query, filter, "p.page_id"))

    def count(self, query: Query, filter: Filter = EVERYTHING) -> int:
        """Return how many texts match.

        Raises:
            CatalogueError: SQLite failed.
        """
        if self._index is None or self._has_rest:
            return sum(1 for _ in self._rows(query, filter, "p.page_id"))
        return count_indexed(self._index, query, filter)

    def _rows(self, query: Query, filter: Filter, columns: str) -> Iterator[Row]:
        """Yield `columns` of what matches and passes the filter, in order, read a few at a time."""
        statement = _ROWS.format(columns, condition(filter))
        found = self._found(query, filter)
        size = _FIRST_CHUNK
        while chunk := [version_id for _, version_id in islice(found, size)]:
            yield from self._store.rows(statement, {"ids": json.dumps(chunk), **parameters(filter)})
            size = min(2 * size, _LARGEST_CHUNK)

    def _found(self, query: Query, filter: Filter) -> Iterator[tuple[str, str]]:
        """Yield (published, version id) of what matches, in order; not all of it need pass the filter."""
        scanned = newest_scanned(self._store, query, filter, after=self._followed) if self._has_rest else iter(())
        if self._index is None:
            return scanned
        indexed = newest_indexed(self._index, query, all_versions=filter.all_versions)
        if not self._has_rest:
            return indexed
        newer = {row[0] for row in self._store.rows(_NEWER, {"after": self._followed})}
        kept = (one for one in indexed if one[1] not in newer)
        return heapq.merge(kept, scanned, key=lambda one: one[0], reverse=True)


def _view_all(index: Store, tell: Callable[[int, int], None]) -> None:
    """Let the index catch up and hold one view of it and of the catalogue; a busy crawl may leave something to scan."""
    for _ in range(_FOLLOWED_TIMES):
        catch_up(index, tell)
        index.run("BEGIN")
        if not is_behind(index):
            return
        index.run("ROLLBACK")
    index.run("BEGIN")


def reindex(catalogue: Catalogue, tell: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Make the index anew and return how many texts it holds; a search that runs meanwhile scans what is missing.

    Raises:
        StorageError: it cannot be written, or SQLite failed.
    """
    path = catalogue.store.path
    if not can_be_filled(path):
        raise StorageError(f"{index_path(path)}: cannot be written; the file and its folder must be writable")
    index = open_to_fill(path)
    try:
        empty(index)
        return catch_up(index, tell)
    finally:
        index.close()


def _hit(row: Row, phrases: Sequence[Phrase]) -> SearchHit:
    snippet, marks = _snippet(row.body, phrases)
    return SearchHit(
        page_id=row.page_id,
        url=row.url,
        source=row.source,
        title=row.title,
        published=row.published,
        origin=row.origin,
        state=row.state,
        capture_id=row.capture_id,
        version_id=row.version_id,
        number=row.number,
        captured=row.captured,
        snippet=snippet,
        marks=marks,
        title_marks=spans(phrases, fold_with_offsets(row.title or "")),
    )


def _snippet(body: str, phrases: Sequence[Phrase]) -> tuple[str, tuple[tuple[int, int], ...]]:
    start = max(0, first_match(phrases, body) - _BEFORE_CHARS)
    snippet = body[start : start + _SNIPPET_CHARS].replace("\n", " ")
    end = start + len(snippet)
    around = max(0, start - LONGEST_WORD)
    found = spans(phrases, fold_with_offsets(body[around : end + _SNIPPET_CHARS]))
    marks = ((a + around - start, min(b + around, end) - start) for a, b in found)
    return snippet, tuple((a, b) for a, b in marks if 0 <= a < end - start)


_SHOWN: Final = """p.page_id, p.url, p.source, p.state, v.title, coalesce(v.normalised, v.body) AS body, v.published,
    v.origin, v.capture_id, v.version_id, v.number, v.captured"""
_ROWS: Final = """SELECT {0} FROM json_each(:ids) j CROSS JOIN t_version v ON v.version_id = j.value
    CROSS JOIN t_page p USING (page_id) WHERE {1} ORDER BY j.key"""
_NEWER: Final = "SELECT version_id FROM t_text WHERE number > :after"

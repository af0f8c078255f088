"""Owns what the full text index answers: the versions that match a query, newest publication first, and how many.

Documents are numbered about in order of publication, in blocks of which the newest date is known. The newest hits of a
common word are found block by block; a rare word's are all fetched and sorted.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from storage.catalogue_store import Store
from storage.search_file import BLOCK_DOCUMENTS
from storage.search_filter import EVERYTHING, Filter, condition, parameters
from storage.search_query import Query
from storage.search_tokens import expression, lone_character

__all__ = ["count_indexed", "newest_indexed"]

_FEW: Final = 2000
"""Hits that are sooner fetched and sorted than looked for block by block."""

_Place: TypeAlias = tuple[str, int, str]
"""When it was published ('' if it does not say), docid, version id: sorts by time."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A query as it is put to one of the two tables."""

    table: str
    expression: str
    takes_prefixes: bool
    """FTS5 merges all tokens of a prefix before it gives the first hit, so that is done once, not for each block."""

    @classmethod
    def of(cls, query: Query) -> _Question:
        character = lone_character(query)
        if character is not None:
            return cls("search_character", f'"{character}"', False)
        asked = expression(query)
        return cls("search_text", asked, '" *' in asked)

    def rows(self, store: Store, rest: str, **more: Any) -> Any:
        """Return the hits with their documents; `rest` narrows and orders."""
        return store.rows(_HITS.format(self.table) + rest, {"expression": self.expression, **more})


def newest_indexed(store: Store, query: Query, *, all_versions: bool) -> Iterator[tuple[str, str]]:
    """Yield (published in UTC or '', version id) of the texts that match, the newest first, the undated last."""
    question = _Question.of(query)
    latest = "" if all_versions else " AND d.latest"
    few = store.rows(_SOME.format(question.table), {"expression": question.expression, "limit": _FEW + 1})
    if len(few) <= _FEW or question.takes_prefixes:
        for row in question.rows(store, f"{latest} ORDER BY d.published DESC, d.docid DESC"):
            yield row.published, row.version_id
    else:
        for published, _, version_id in _by_block(store, question, latest):
            yield published, version_id


def _by_block(store: Store, question: _Question, latest: str) -> Iterator[_Place]:
    """Yield hits in order, looking into a block only when nothing older can be next."""
    waiting: list[_Place] = []  # in descending order
    for block in store.rows("SELECT block, newest FROM search_block ORDER BY newest DESC, block DESC"):
        cut = next((at for at, place in enumerate(waiting) if place[0] <= block.newest), len(waiting))
        yield from waiting[:cut]
        first = block.block * BLOCK_DOCUMENTS
        rows = question.rows(
            store, f"{latest} AND t.rowid BETWEEN :first AND :last", first=first, last=first + BLOCK_DOCUMENTS - 1
        )
        found = sorted(((row.published, row.docid, row.version_id) for row in rows), reverse=True)
        waiting = [*heapq.merge(waiting[cut:], found, reverse=True)]
    yield from waiting


def count_indexed(store: Store, query: Query, filter: Filter = EVERYTHING) -> int:
    """Return how many texts match and pass the filter; without one, rows of the catalogue need not be read."""
    question = _Question.of(query)
    given = {"expression": question.expression}
    if filter in (EVERYTHING, Filter(all_versions=True)):
        unwanted = "version_id IS NULL" if filter.all_versions else "latest = 0"
        statement = _COUNT.format(question.table, unwanted)
    else:
        statement = _COUNT_FILTERED.format(question.table, condition(filter))
        given |= parameters(filter)
    return int(store.rows(statement, given)[0].n)


_SOME: Final = "SELECT rowid FROM {0} WHERE {0} MATCH :expression LIMIT :limit"
_HITS: Final = """SELECT d.published, d.docid, d.version_id
    FROM {0} t CROSS JOIN search_document d ON d.docid = t.rowid
    WHERE {0} MATCH :expression AND d.version_id IS NOT NULL"""
_COUNT: Final = """SELECT count(*) AS n FROM {0} WHERE {0} MATCH :expression
    AND rowid NOT IN (SELECT docid FROM search_document WHERE {1})"""
_COUNT_FILTERED: Final = """SELECT count(*) AS n FROM {0} t
    CROSS JOIN search_document d ON d.docid = t.rowid CROSS JOIN catalogue.t_version v ON v.version_id = d.version_id
    CROSS JOIN catalogue.t_page p ON p.page_id = v.page_id WHERE {0} MATCH :expression AND {1}"""

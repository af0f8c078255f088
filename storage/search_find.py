"""Owns what the full text index answers: the versions that match a query, newest publication first, and how many.

Documents are numbered about in order of publication, in blocks of which the newest date is known. The newest hits of a
common word are found block by block; a rare word's are all fetched and sorted. A query of single ideographs and longer
terms asks two tables, and the answers are combined block by block too.
"""

from __future__ import annotations

import heapq
import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, TypeAlias

from storage.catalogue_store import Store
from storage.search_file import BLOCK_DOCUMENTS
from storage.search_filter import EVERYTHING, Filter, condition, parameters
from storage.search_query import And, Not, Or, Query
from storage.search_tokens import expression, tables_of

__all__ = ["count_indexed", "newest_indexed"]

_FEW: Final = 2000
"""Hits that are sooner fetched and sorted than looked for block by block."""

_Place: TypeAlias = tuple[str, int, str]
"""When it was published ('' if it does not say), docid, version id: sorts by time."""

_Within: TypeAlias = Callable[[int, int], Sequence[int] | set[int]]
"""The docids of the hits from one docid to another, both included."""


def newest_indexed(store: Store, query: Query, *, all_versions: bool) -> Iterator[tuple[str, str]]:
    """Yield (published in UTC or '', version id) of the texts that match, the newest first, the undated last."""
    few = _few(store, query)
    places = _by_block(store, _within(store, query), all_versions) if few is None else _places(store, few, all_versions)
    return ((published, version_id) for published, _, version_id in places)


def count_indexed(store: Store, query: Query, filter: Filter = EVERYTHING) -> int:
    """Return how many texts match and pass the filter; without one, rows of the catalogue need not be read."""
    if tables_of(query) == "both":
        return _count_in_blocks(store, query, filter)
    table, asked = _question(query)
    if filter in (EVERYTHING, Filter(all_versions=True)):
        statement = _COUNT.format(table, _UNWANTED[filter.all_versions])
    else:
        statement = _COUNT_FILTERED.format(table, condition(filter))
    return int(store.rows(statement, {"expression": asked, **parameters(filter)})[0].n)


def _few(store: Store, query: Query) -> Sequence[int] | None:
    """Return the docids of all hits, None if they are many or dear to find out."""
    if tables_of(query) == "both":
        return None
    table, asked = _question(query)
    if _takes_prefixes(asked):
        return None
    rows = store.rows(_DOCIDS.format(table) + " LIMIT :limit", {"expression": asked, "limit": _FEW + 1})
    return [row.rowid for row in rows] if len(rows) <= _FEW else None


def _question(query: Query) -> tuple[str, str]:
    """Return the table of a query that asks one, and its expression."""
    tables = tables_of(query)
    return "search_character" if tables == "characters" else "search_text", expression(query, tables)


def _takes_prefixes(asked: str) -> bool:
    return '" *' in asked


def _within(store: Store, query: Query) -> _Within:
    if tables_of(query) == "both":
        return _combined(store, query)
    table, asked = _question(query)
    if _takes_prefixes(asked):
        # FTS5 merges all tokens of a prefix before it gives the first hit, so that is done once, not for each block.
        docids = [row.rowid for row in store.rows(_DOCIDS.format(table), {"expression": asked})]
        return lambda first, last: docids[bisect_left(docids, first) : bisect_left(docids, last + 1)]
    statement = _DOCIDS.format(table) + " AND rowid BETWEEN :first AND :last"

    def within(first: int, last: int) -> Sequence[int]:
        rows = store.rows(statement, {"expression": asked, "first": first, "last": last})
        return [row.rowid for row in rows]

    return within


def _combined(store: Store, query: Query) -> _Within:
    match query:
        case Not(part):
            inner = _within(store, part)
            return lambda first, last: {*_all(store, first, last)}.difference(inner(first, last))
        case Or(parts):
            any_of = [_within(store, part) for part in parts]
            return lambda first, last: set[int]().union(*(one(first, last) for one in any_of))
        case And(parts):
            wanted = [_within(store, part) for part in _grouped(part for part in parts if not isinstance(part, Not))]
            unwanted = [_within(store, part.part) for part in parts if isinstance(part, Not)]
            everything = partial(_all, store)
            return lambda first, last: _remaining(wanted or [everything], unwanted, first, last)
    raise AssertionError("a phrase asks one table")


def _grouped(parts: Iterable[Query]) -> Iterator[Query]:
    """Yield the parts of a conjunction, those for one table as one, the rarest presumably first."""
    parts = tuple(parts)
    for tables in ("tokens", "characters"):
        alike = tuple(part for part in parts if tables_of(part) == tables)
        if alike:
            yield And(alike) if len(alike) > 1 else alike[0]
    yield from (part for part in parts if tables_of(part) == "both")


def _remaining(wanted: Sequence[_Within], unwanted: Sequence[_Within], first: int, last: int) -> set[int]:
    found = {*wanted[0](first, last)}
    for one in wanted[1:]:
        if found:
            found.intersection_update(one(first, last))
    for one in unwanted:
        if found:
            found.difference_update(one(first, last))
    return found


def _all(store: Store, first: int, last: int) -> Sequence[int]:
    rows = store.rows("SELECT docid FROM search_document WHERE docid BETWEEN :first AND :last", _span(first, last))
    return [row.docid for row in rows]


def _span(first: int, last: int) -> dict[str, int]:
    return {"first": first, "last": last}


def _by_block(store: Store, within: _Within, all_versions: bool) -> Iterator[_Place]:
    """Yield hits in order, looking into a block only when nothing older can be next."""
    waiting: list[_Place] = []  # in descending order
    for block in store.rows("SELECT block, newest FROM search_block ORDER BY newest DESC, block DESC"):
        cut = next((at for at, place in enumerate(waiting) if place[0] <= block.newest), len(waiting))
        yield from waiting[:cut]
        found = _places(store, within(*_ends(block.block)), all_versions)
        waiting = [*heapq.merge(waiting[cut:], found, reverse=True)]
    yield from waiting


def _ends(block: int) -> tuple[int, int]:
    return block * BLOCK_DOCUMENTS, (block + 1) * BLOCK_DOCUMENTS - 1


def _places(store: Store, docids: Sequence[int] | set[int], all_versions: bool) -> Iterator[_Place]:
    """Yield where documents stand, in descending order."""
    statement = _PLACES.format(_UNWANTED[all_versions])
    for row in store.rows(statement, {"docids": json.dumps([*docids])}) if docids else ():
        yield row.published, row.docid, row.version_id


def _count_in_blocks(store: Store, query: Query, filter: Filter) -> int:
    statement = _PASSING.format(condition(filter))
    within = _within(store, query)
    blocks = store.rows("SELECT block FROM search_block")
    found = (json.dumps([*within(*_ends(block.block))]) for block in blocks)
    return sum(int(store.rows(statement, {"docids": docids, **parameters(filter)})[0].n) for docids in found)


_UNWANTED: Final = {True: "version_id IS NULL", False: "latest = 0"}
"""Whether all versions are asked for -> which documents are not."""
_DOCIDS: Final = "SELECT rowid FROM {0} WHERE {0} MATCH :expression"
_PLACES: Final = """SELECT published, docid, version_id FROM search_document
    WHERE docid IN (SELECT value FROM json_each(:docids)) AND NOT {0} ORDER BY published DESC, docid DESC"""
_COUNT: Final = """SELECT count(*) AS n FROM {0} WHERE {0} MATCH :expression
    AND rowid NOT IN (SELECT docid FROM search_document WHERE {1})"""
_CATALOGUED: Final = """CROSS JOIN catalogue.t_version v ON v.version_id = d.version_id
    CROSS JOIN catalogue.t_page p ON p.page_id = v.page_id"""
_COUNT_FILTERED: Final = f"""SELECT count(*) AS n FROM {{0}} t CROSS JOIN search_document d ON d.docid = t.rowid
    {_CATALOGUED} WHERE {{0}} MATCH :expression AND {{1}}"""
_PASSING: Final = f"""SELECT count(*) AS n FROM json_each(:docids) j CROSS JOIN search_document d ON d.docid = j.value
    {_CATALOGUED} WHERE {{0}}"""

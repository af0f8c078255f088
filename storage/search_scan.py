"""Owns the scan: texts folded and looked through one by one, where there is no index or it is behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from storage.catalogue_store import Store
from storage.fold import fold
from storage.search_filter import Filter, condition, parameters
from storage.search_match import matcher
from storage.search_query import Query

__all__ = ["newest_scanned"]

_ROWS_AT_ONCE: Final = 100


def newest_scanned(store: Store, query: Query, filter: Filter, *, after: int = 0) -> Iterator[tuple[str, str]]:
    """Yield (published in UTC or '', version id) of the texts that match, the newest first, the undated last.

    `after` leaves out texts that the catalogue noted up to that number. `learn_fold` has been run on `store`.

    Raises:
        CatalogueError: SQLite failed.
    """
    matches = matcher(query)
    # The order is found on narrow rows; texts are read a few at a time.
    order = store.stream(_ORDER.format(condition(filter)), {"after": after, **parameters(filter)})
    while chunk := [row.version_id for row in islice(order, _ROWS_AT_ONCE)]:
        for row in store.rows(_TEXTS, {"ids": json.dumps(chunk)}):
            if matches((fold(row.title or ""), fold(row.body))):
                yield row.published, row.version_id


_ORDER: Final = """SELECT v.version_id FROM t_version v JOIN t_page p USING (page_id)
    WHERE v.version_id IN (SELECT version_id FROM t_text WHERE number > :after) AND {0}
    ORDER BY v.published_utc DESC NULLS LAST, v.captured DESC, v.version_id DESC"""
_TEXTS: Final = """SELECT v.version_id, v.title, coalesce(v.normalised, v.body) AS body,
        coalesce(v.published_utc, '') AS published
    FROM json_each(:ids) j CROSS JOIN t_version v ON v.version_id = j.value ORDER BY j.key"""

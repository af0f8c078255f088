"""Owns the filling of the full text index: every text that the catalogue noted since the index last followed it.

It goes in transactions of a thousand texts on the index's own file, oldest publication first. It may be killed at
any moment and done by several processes at once: each transaction looks up what is still missing of its texts, and
whether somebody has emptied the index meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from storage.catalogue_store import Store
from storage.fold import fold
from storage.search_file import BLOCK_DOCUMENTS
from storage.search_tokens import characters_of, tokens_of

__all__ = ["catch_up", "is_behind"]

_TEXTS_IN_A_TRANSACTION: Final = 1000
"""FTS5 writes a segment at the end of each, and merges them later: of 500 texts it takes a tenth longer."""
_TEXTS_AT_ONCE: Final = 100
"""In memory: with their tokens 70 KB each."""


def is_behind(store: Store) -> bool:
    """Tell whether the catalogue holds texts that the index has not followed."""
    return bool(store.rows("SELECT 1 FROM catalogue.t_text WHERE number > (SELECT mark FROM search_state) LIMIT 1"))


def catch_up(store: Store, tell: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Put in what is missing and return how many texts that were; `tell` hears how many of how many are done.

    Raises:
        CatalogueError: SQLite failed; what is in stays in.
    """
    top = store.rows("SELECT coalesce(max(number), 0) AS number FROM catalogue.t_text")[0].number
    added = 0
    while (state := store.rows("SELECT mark, filling FROM search_state")[0]).mark < top:
        added += _follow(store, top, state.filling, tell)
    return added


def _follow(store: Store, top: int, filling: str, tell: Callable[[int, int], None]) -> int:
    """Go through what is missing up to `top`; end early when the index was emptied by another process."""
    store.run("DROP TABLE IF EXISTS temp.due")
    store.run(_DUE, {"top": top})
    of = store.rows("SELECT count(*) AS n FROM temp.due")[0].n
    added = 0
    for first in range(1, of + 1, _TEXTS_IN_A_TRANSACTION):
        last = min(first + _TEXTS_IN_A_TRANSACTION - 1, of)
        with store.write():
            if store.rows("SELECT filling FROM search_state")[0].filling != filling:
                return added
            added += _add(store, first, last)
        tell(last, of)
    store.run(_MARK, {"top": top, "filling": filling})
    return added


def _add(store: Store, first: int, last: int) -> int:
    """Put in what is missing of so many of the texts that are due."""
    docid = store.rows("SELECT coalesce(max(docid), 0) + 1 AS docid FROM search_document")[0].docid
    documents = [
        {**text.named(), "docid": docid + at, "block": (docid + at) // BLOCK_DOCUMENTS}
        for at, text in enumerate(store.rows(_MISSING, {"first": first, "last": last}))
    ]
    versions = {"versions": json.dumps([document["version_id"] for document in documents])}
    store.run(_FORGET, versions)
    store.many(_DOCUMENT, documents)
    store.many(_BLOCK, documents)
    store.run(_LATEST, versions)
    # Last: an update of several rows would make FTS5 write out what it has gathered.
    for at in range(docid, docid + len(documents), _TEXTS_AT_ONCE):
        _add_texts(store, at, min(at + _TEXTS_AT_ONCE, docid + len(documents)) - 1)
    return len(documents)


def _add_texts(store: Store, first: int, last: int) -> None:
    tokens, characters = [], []
    for text in store.rows(_TEXTS, {"first": first, "last": last}):
        title, body = fold(text.title or ""), fold(text.body)
        tokens.append({"docid": text.docid, "tokens": tokens_of(title, body)})
        characters.append({"docid": text.docid, "characters": characters_of(title, body)})
    store.many("INSERT INTO search_text (rowid, tokens) VALUES (:docid, :tokens)", tokens)
    store.many("INSERT INTO search_character (rowid, characters) VALUES (:docid, :characters)", characters)


# The order of publication lets blocks of documents be of one time; it is kept on the disk, not in memory.
_DUE: Final = """CREATE TEMP TABLE due AS
    SELECT v.version_id, max(t.number) AS number FROM catalogue.t_text t JOIN catalogue.t_version v USING (version_id)
    WHERE t.number > (SELECT mark FROM search_state) AND t.number <= :top
    GROUP BY v.version_id ORDER BY coalesce(v.published_utc, ''), v.captured, v.version_id"""
_MISSING: Final = """SELECT u.version_id, u.number, coalesce(v.published_utc, '') AS published
    FROM temp.due u CROSS JOIN catalogue.t_version v USING (version_id)
    WHERE u.rowid BETWEEN :first AND :last AND NOT EXISTS (
        SELECT 1 FROM search_document d WHERE d.version_id = u.version_id AND d.number >= u.number)
    ORDER BY u.rowid"""
_TEXTS: Final = """SELECT d.docid, v.title, coalesce(v.normalised, v.body) AS body
    FROM search_document d CROSS JOIN catalogue.t_version v USING (version_id)
    WHERE d.docid BETWEEN :first AND :last ORDER BY d.docid"""
_FORGET: Final = """UPDATE search_document SET version_id = NULL, latest = 0
    WHERE version_id IN (SELECT value FROM json_each(:versions))"""
_DOCUMENT: Final = """INSERT INTO search_document (docid, version_id, number, published, latest)
    VALUES (:docid, :version_id, :number, :published, 1)"""
_BLOCK: Final = """INSERT INTO search_block VALUES (:block, :published)
    ON CONFLICT (block) DO UPDATE SET newest = max(newest, excluded.newest)"""
_LATEST: Final = """UPDATE search_document SET latest = (
        SELECT p.latest_version = v.version_id FROM catalogue.t_version v JOIN catalogue.t_page p USING (page_id)
        WHERE v.version_id = search_document.version_id)
    WHERE version_id IN (
        SELECT v.version_id FROM json_each(:versions) j CROSS JOIN catalogue.t_version w ON w.version_id = j.value
        CROSS JOIN catalogue.t_version v ON v.page_id = w.page_id)"""
_MARK: Final = """UPDATE search_state SET mark = :top, mark_version = (
        SELECT version_id FROM catalogue.t_text WHERE number = :top)
    WHERE mark < :top AND filling = :filling"""

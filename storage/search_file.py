"""Owns `search.sqlite`, the full text index beside the catalogue: its tables, opening it, whether it fits.

It is a file of its own, so that filling it never keeps a crawl from committing, and that it may be deleted at any time:
the next search makes it anew. The catalogue is attached to its connection, to be read.

FTS5 keeps no copy of the texts (`content=''`) and can therefore not forget one. A text that was replaced gets a new
document, and the old one loses its version; of a former version the document stays, for `--all-versions`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from itertools import chain
from pathlib import Path
from typing import Final
from unicodedata import unidata_version
from urllib.parse import quote

from storage.catalogue_open import reach, use_wal
from storage.catalogue_store import Store
from storage.errors import CatalogueError
from storage.fold import fold
from storage.han_classes import CLASSES_FILE, representatives

__all__ = [
    "BLOCK_DOCUMENTS",
    "FORM",
    "HASH_BYTES",
    "can_be_filled",
    "empty",
    "index_path",
    "open_to_fill",
    "open_to_read",
]

_INDEX_NAME: Final = "search.sqlite"
BLOCK_DOCUMENTS: Final = 1024
"""Documents of which the newest date is kept together, so that the newest hits are found without looking at all."""

FORM: Final = 1
"""Counts up whenever folding, tokens or tables change."""
_REMEDY: Final = "delete it, and the next search makes it anew"
HASH_BYTES: Final = 1 << 25
"""What FTS5 gathers in memory before it writes a segment; at the usual 1 MiB it merges more than it adds."""

_TABLES: Final = (
    "CREATE VIRTUAL TABLE search_text USING fts5(tokens, content='', columnsize=0, tokenize='ascii')",
    "CREATE VIRTUAL TABLE search_character USING "
    "fts5(characters, content='', columnsize=0, detail=none, tokenize='ascii')",
    "INSERT INTO search_text (search_text, rank) VALUES ('hashsize', :hash_bytes)",
    """CREATE TABLE search_document (
        docid INTEGER PRIMARY KEY, version_id TEXT UNIQUE, number INTEGER NOT NULL, published TEXT NOT NULL,
        latest INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX ix_document_former ON search_document (docid) WHERE latest = 0",
    "CREATE INDEX ix_document_replaced ON search_document (docid) WHERE version_id IS NULL",
    "CREATE TABLE search_block (block INTEGER PRIMARY KEY, newest TEXT NOT NULL) STRICT",
    "CREATE TABLE search_fold (character TEXT PRIMARY KEY, folded TEXT NOT NULL) WITHOUT ROWID, STRICT",
    """CREATE TABLE search_state (
        form TEXT NOT NULL, filling TEXT NOT NULL, mark INTEGER NOT NULL, mark_version TEXT NOT NULL
    ) STRICT""",
    "INSERT INTO search_state VALUES (:form, hex(randomblob(8)), 0, '')",
    """CREATE VIEW search_hit (expression, docid, version_id, published, latest) AS
        SELECT t.search_text, d.docid, d.version_id, d.published, d.latest
        FROM search_text t CROSS JOIN search_document d ON d.docid = t.rowid WHERE d.version_id IS NOT NULL""",
)


def index_path(catalogue: Path) -> Path:
    """Return where the index of the catalogue at `catalogue` lies."""
    return catalogue.with_name(_INDEX_NAME)


def can_be_filled(catalogue: Path) -> bool:
    """Tell whether the index beside `catalogue` can be written: not on read-only media or in a folder of others."""
    path = index_path(catalogue)
    effective = os.access in os.supports_effective_ids
    return all(os.access(one, os.W_OK, effective_ids=effective) for one in (path.parent, path) if one.exists())


def open_to_fill(catalogue: Path) -> Store:
    """Open the index to be filled, made if need be.

    Raises:
        CatalogueError: it is damaged.
        LockedError: another process keeps it locked.
    """
    store = reach(index_path(catalogue), "mode=rwc", _REMEDY)
    try:
        use_wal(store)
        store.run("PRAGMA synchronous = NORMAL")
        # Some builds of SQLite overwrite what merges free with zeros; nothing here is a secret.
        store.run("PRAGMA secure_delete = OFF")
        _attach(store, catalogue)
        with store.write():
            if not _is_of_form(store) or not _is_of_catalogue(store):
                _make(store)
    except BaseException:
        store.close()
        raise
    return store


def open_to_read(catalogue: Path) -> Store | None:
    """Open the index as it is, None if there is none that can be read or that is of this catalogue."""
    path = index_path(catalogue)
    for mode in ("mode=ro", "immutable=1") if path.exists() else ():
        with contextlib.suppress(CatalogueError):
            store = reach(path, mode, _REMEDY)
            if _fits(store, catalogue):
                return store
            store.close()
    return None


def empty(store: Store) -> None:
    """Throw away all that the index holds; `open_to_fill` has given `store`."""
    with store.write():
        _make(store)


def _fits(store: Store, catalogue: Path) -> bool:
    with contextlib.suppress(CatalogueError):
        _attach(store, catalogue)
        return _is_of_form(store) and _is_of_catalogue(store)
    return False


def _attach(store: Store, catalogue: Path) -> None:
    """Attach the catalogue, to be read only."""
    try:
        _attach_as(store, catalogue, "mode=ro")
    except CatalogueError:
        _attach_as(store, catalogue, "immutable=1")


def _attach_as(store: Store, catalogue: Path, mode: str) -> None:
    store.run("ATTACH DATABASE :uri AS catalogue", {"uri": f"file:{quote(str(catalogue))}?{mode}"})
    try:
        store.rows("SELECT count(*) FROM catalogue.sqlite_schema")
    except CatalogueError:
        store.run("DETACH DATABASE catalogue")
        raise


def _is_of_form(store: Store) -> bool:
    if not store.rows("SELECT 1 FROM main.sqlite_schema WHERE name = 'search_state'"):
        return False
    return [row.form for row in store.rows("SELECT form FROM search_state")] == [_form()]


def _is_of_catalogue(store: Store) -> bool:
    """Tell whether the catalogue still has the text that the index followed it to."""
    return bool(store.rows(_SAME_MARK))


def _make(store: Store) -> None:
    for kind in ("view", "table"):
        for (name,) in store.rows("SELECT name FROM main.sqlite_schema WHERE type = :kind", {"kind": kind}):
            if kind == "view" or name in _OWN_TABLES:
                store.run(f"DROP {kind} main.{name}")
    for statement in _TABLES:
        store.run(statement, {"form": _form(), "hash_bytes": HASH_BYTES} if ":" in statement else None)
    store.many("INSERT INTO search_fold VALUES (:character, :folded)", _folds())


def _form() -> str:
    """Return what tokens depend on, Python's own tables of characters too; an index of another form is made anew."""
    classes = hashlib.sha256(CLASSES_FILE.read_bytes()).hexdigest()[:16]
    return f"{FORM} {unidata_version} {classes}"


def _folds() -> list[dict[str, str]]:
    """Return the characters that people write and that folding changes, for those who search in plain SQL."""
    characters = {*representatives(), *map(chr, chain(*_FOLDED_RANGES))}
    pairs = ((char, fold(char)) for char in sorted(characters))
    return [{"character": char, "folded": folded} for char, folded in pairs if folded != char]


_OWN_TABLES: Final = tuple(f"search_{name}" for name in ("text", "character", "document", "block", "fold", "state"))
_FOLDED_RANGES: Final = (
    range(0x180),
    range(0x2000, 0x2FE0),
    range(0x3000, 0x3100),
    range(0xF900, 0xFB00),
    range(0xFF00, 0xFFF0),
)
"""Latin; punctuation, circles and radicals; kana; compatibility ideographs; widths."""
_SAME_MARK: Final = (
    "SELECT 1 FROM search_state s WHERE s.mark = 0 OR s.mark_version = "
    "(SELECT t.version_id FROM catalogue.t_text t WHERE t.number = s.mark)"
)

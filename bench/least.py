"""Owns the limits of the stages: what the best library known takes for the work at the heart of one, and nothing else.

isal and selectolax are asked where they are installed; else the standard library and lxml are.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import lxml.html

from storage.model import PageRead

__all__ = ["deflate", "inflate", "least_commit_us", "least_index_us", "parse"]

_GROUP = 64
_GZIP = 31
"""`wbits` of zlib: a gzip wrapper."""

if find_spec("isal") is not None:
    from isal import igzip, isal_zlib

    def deflate(block: bytes) -> bytes:
        """Compress a record, within 1.08 of gzip 9's bytes."""
        return bytes(igzip.compress(block, 2))

    def inflate(coded: bytes) -> bytes:
        """Undo gzip."""
        return bytes(isal_zlib.decompress(coded, _GZIP))

else:

    def deflate(block: bytes) -> bytes:
        """Compress a record."""
        return zlib.compress(block, 6, _GZIP)

    def inflate(coded: bytes) -> bytes:
        """Undo gzip."""
        return zlib.decompress(coded, _GZIP)


if find_spec("selectolax") is not None:
    from selectolax.lexbor import LexborHTMLParser

    def parse(text: str) -> object:
        """Make a tree of a page."""
        return LexborHTMLParser(text)

else:

    def parse(text: str) -> object:
        """Make a tree of a page."""
        return lxml.html.document_fromstring(text)


def least_commit_us(reads: Sequence[PageRead], folder: Path) -> float:
    """Return the CPU µs of one row an article and two links, by sqlite3 alone, durable, in groups as the crawl's."""
    rows = [
        (f"/{place}", read.article.title, read.article.body)
        for place, read in enumerate(reads)
        if read.article is not None
    ]
    connection = sqlite3.connect(folder / "least.sqlite", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE article (url TEXT UNIQUE, title, body);"
        "CREATE TABLE capture (url TEXT UNIQUE, state)"
    )
    began_s = time.process_time()
    for at in range(0, len(rows), _GROUP):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO article VALUES (?, ?, ?)", rows[at : at + _GROUP])
        connection.executemany("INSERT INTO capture VALUES (?, ?)", [row[:2] for row in rows[at : at + _GROUP]])
        connection.execute("COMMIT")
    taken_s = time.process_time() - began_s
    connection.close()
    return 1e6 * taken_s / len(rows)


def least_index_us(tokens: Sequence[str], folder: Path) -> float:
    """Return the CPU µs of one text that is tokens already, put into a table of FTS5 in one transaction."""
    connection = sqlite3.connect(folder / "least-index.sqlite", isolation_level=None)
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(tokens, content='', columnsize=0, tokenize='ascii')")
    began_s = time.process_time()
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO texts (rowid, tokens) VALUES (?, ?)", [*enumerate(tokens, 1)])
    connection.execute("COMMIT")
    taken_s = time.process_time() - began_s
    connection.close()
    return 1e6 * taken_s / len(tokens)

"""Owns plain search: a scan of every article's latest text, newest first, that misses nothing and bears any query.

A run of Han (or kana, hangul) matches anywhere, a word or number in other scripts at the beginning of a word; several
terms must all be there, each in the title or in the body. Width and case do not matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import Row

from storage.catalogue import Catalogue
from storage.catalogue_store import Store
from storage.fold import Folded, fold, fold_with_offsets

__all__ = ["SearchHit", "count", "search", "terms_of"]

_IDEOGRAPHIC: Final = "々〇぀-ヿ㐀-䶿一-鿿가-힯豈-﫿\U00020000-\U000323af"
"""Written without spaces: 々〇, kana, Han with its extensions and compatibility forms, hangul."""
_HAN: Final = re.compile("[㐀-䶿一-鿿]+")
_TERM: Final = re.compile(rf"(?P<run>[{_IDEOGRAPHIC}]+)|(?P<word>[^\W{_IDEOGRAPHIC}]+)")
_WORD_BEGINS: Final = rf"(?<![^\W{_IDEOGRAPHIC}])"
_BEFORE_CHARS: Final = 30
_SNIPPET_CHARS: Final = 120
_ROWS_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One article that matches; marks are spans (start, end) in `title` and `snippet`."""

    page_id: str
    url: str
    source: str
    title: str | None
    published: str | None
    origin: str | None
    state: str
    capture_id: str
    snippet: str
    """The body around the first match, as it is written there, line feeds as spaces."""
    marks: tuple[tuple[int, int], ...]
    title_marks: tuple[tuple[int, int], ...]


def terms_of(query: str) -> tuple[str, ...]:
    """Return the terms of a query, folded; whatever is neither letter nor digit only separates them."""
    return tuple(dict.fromkeys(match[0] for match in _TERM.finditer(fold(query))))


def search(
    catalogue: Catalogue, query: str, *, source: str | None = None, limit: int | None = 20
) -> Iterator[SearchHit]:
    """Yield the articles that match `query`, newest publication first, the undated last; a query without a term none.

    `limit` None yields all. Memory does not grow with the number of articles.

    Raises:
        CatalogueError: SQLite failed.
    """
    terms = terms_of(query)
    if terms:
        yield from islice(_scan(catalogue.store, terms, source), limit)


def count(catalogue: Catalogue, query: str, *, source: str | None = None) -> int:
    """Return how many articles match `query`."""
    return sum(1 for _ in search(catalogue, query, source=source, limit=None))


def _pattern(term: str) -> re.Pattern[str]:
    begins = "" if re.match(f"[{_IDEOGRAPHIC}]", term) else _WORD_BEGINS
    return re.compile(begins + re.escape(term))


def _scan(store: Store, terms: Sequence[str], source: str | None) -> Iterator[SearchHit]:
    patterns = [_pattern(term) for term in terms]
    # Folding leaves Han as it is and makes nothing else into it, so SQLite, far faster, can sort out most texts.
    needles = {f"han{n}": term for n, term in enumerate(terms) if _HAN.fullmatch(term)}
    texts = _TEXTS.format("".join(f" AND (instr(v.body, :{name}) OR instr(v.title, :{name}))" for name in needles))
    # The order is found on narrow rows; texts are read a few at a time.
    order = store.stream(_ORDER, {"source": source})
    while chunk := [row.version_id for row in islice(order, _ROWS_AT_ONCE)]:
        for row in store.rows(texts, {"ids": json.dumps(chunk), **needles}):
            title, body = fold(row.title or ""), fold(row.body)
            if all(pattern.search(title) or pattern.search(body) for pattern in patterns):
                yield _hit(row, patterns)


def _hit(row: Row[Any], patterns: Sequence[re.Pattern[str]]) -> SearchHit:
    title = fold_with_offsets(row.title or "")
    snippet, marks = _snippet(row.body, patterns)
    return SearchHit(
        page_id=row.page_id,
        url=row.url,
        source=row.source,
        title=row.title,
        published=row.published,
        origin=row.origin,
        state=row.state,
        capture_id=row.capture_id,
        snippet=snippet,
        marks=marks,
        title_marks=_spans(title, patterns),
    )


def _snippet(body: str, patterns: Sequence[re.Pattern[str]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    spans = _spans(fold_with_offsets(body), patterns)
    start = max(0, spans[0][0] - _BEFORE_CHARS) if spans else 0
    snippet = body[start : start + _SNIPPET_CHARS].replace("\n", " ")
    end = start + len(snippet)
    return snippet, tuple((a - start, min(b, end) - start) for a, b in spans if a < end)


def _spans(folded: Folded, patterns: Sequence[re.Pattern[str]]) -> tuple[tuple[int, int], ...]:
    """Return where the original text matches, in order, overlapping matches joined."""
    found = sorted(folded.span(*match.span()) for pattern in patterns for match in pattern.finditer(folded.text))
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


_ORDER: Final = (
    "SELECT v.version_id FROM t_page p JOIN t_version v ON v.version_id = p.latest_version "
    "WHERE :source IS NULL OR p.source = :source "
    "ORDER BY v.published_utc DESC NULLS LAST, p.first_captured DESC, p.page_id"
)
_TEXTS: Final = (
    "SELECT p.page_id, p.url, p.source, p.state, v.title, v.body, v.published, v.origin, v.capture_id "
    "FROM json_each(:ids) j CROSS JOIN t_version v ON v.version_id = j.value{} "
    "CROSS JOIN t_page p USING (page_id) ORDER BY j.key"
)

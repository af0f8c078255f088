"""Owns the canonical link of a page: which other address it says it is known by, where that may be believed.

A hijacked mirror may claim another's, and a template may put one on all its pages: so it must be on the hosts of the
source, be an article's, and by its form be that of the very same one.
"""

from __future__ import annotations

import re
from html import unescape

from pipelines.rules import article_kind, in_scope, is_front_page
from storage.addresses import main_address, says_same
from storage.model import Source
from storage.urlkey import canonical, join

__all__ = ["canonical_of"]

_LINK = re.compile(r"<link\b[^<>]{0,2000}>", re.I)
_REL = re.compile(r"""\brel\s*=\s*["']?\s*canonical\b""", re.I)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)


def canonical_of(text: str, url: str, source: Source) -> str | None:
    """Return the main address that the page at canonical `url`, of markup `text`, names as its own; None for none."""
    for link in _LINK.finditer(text):
        href = _HREF.search(link[0])
        if not _REL.search(link[0]) or href is None:
            continue
        found = join(url, unescape(href[1] or href[2] or href[3] or "").strip())
        return None if found is None else _believed(found, url, source)
    return None


def _believed(found: str, url: str, source: Source) -> str | None:
    main, own = main_address(source.aliases, found), main_address(source.aliases, url)
    if main == own or not in_scope(source, found) or is_front_page(source, found):
        return None
    is_article = article_kind(source, main) is not None
    return main if is_article and says_same(canonical(url) or url, main) else None

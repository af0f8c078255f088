"""Owns the links to the other pages of an article that is spread over several."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pipelines.blocks import Blocks
from pipelines.images import absolute
from pipelines.labels import fold
from pipelines.text import collapse
from pipelines.tree import attribute

__all__ = ["find_page_links"]

_NUMBER = re.compile(r"^[【\[(<]?\s?(?:第\s?)?(\d{1,2})\s?页?[】\])>]?$")
_WORD = re.compile(r"^[【\[(<]?\s?(?:上一?页|下一?页|下页|尾页|末页|首页|余下全文|阅读全文|全文|>>?|>>\|)\s?[】\])>]?$")
_PAGE_NUMBER = re.compile(r"[_-]\d{1,3}$")
_BELOW = 25
"""Blocks below the text in which a pager may stand."""


def _is_sibling(url: str, target: str) -> bool:
    """Return whether two addresses may be pages of one article: same host and path but for a page number."""
    here, there = urlsplit(url), urlsplit(target)
    if here.netloc != there.netloc or url == target:
        return False
    if here.path == there.path:
        return re.search(r"(?:^|&)(?:page|p|pn|pageno|currentpage)=\d+", there.query, re.I) is not None
    mine, other = (re.sub(r"\.\w{2,5}$", "", path) for path in (here.path, there.path))
    if _PAGE_NUMBER.sub("", other) == mine or _PAGE_NUMBER.sub("", mine) == other:
        return True
    return _PAGE_NUMBER.sub("", mine) == _PAGE_NUMBER.sub("", other)


def find_page_links(page: Blocks, span: tuple[int, int] | None, url: str, base: str) -> tuple[str, ...]:
    """Return the absolute addresses of the article's other pages, in the order of the pager, each once."""
    if span is None:
        return ()
    numbered: list[str] = []
    worded: list[str] = []
    for number, element in page.anchors:
        if not span[0] <= number <= span[1] + _BELOW:
            continue
        text = fold(collapse("".join(element.itertext())))
        kind = numbered if _NUMBER.match(text) else worded if _WORD.match(text) else None
        target = absolute(base, url, attribute(element, "href")) if kind is not None else None
        if kind is not None and target and _is_sibling(url, target):
            kind.append(target)
    return tuple(dict.fromkeys(numbered + worded))

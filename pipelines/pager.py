"""Owns the links to the other pages of an article that is spread over several."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice

from pipelines.blocks import Blocks
from pipelines.images import absolute
from pipelines.labels import fold
from pipelines.text import collapse
from pipelines.tree import attribute, text_in
from storage.parts import MAX_PARTS, part_numbers

__all__ = ["find_page_links", "scripted_page_links"]

_NUMBER = re.compile(r"^[【\[(<]?\s?(?:第\s?)?(\d{1,2})\s?页?[】\])>]?$")
_WORD = re.compile(r"^[【\[(<]?\s?(?:上一?页|下一?页|下页|尾页|末页|首页|余下全文|阅读全文|全文|>>?|>>\|)\s?[】\])>]?$")
_MAY_LEAD_ON = re.compile(r"[\d页頁文>＞]")
"""Without one of these the text of a link is neither a number nor a word of a pager."""

_SCRIPTED = re.compile(
    r"""createPageHTML\(\s*(\d{1,3})\s*,\s*\d{1,3}\s*,\s*["']([\w.-]{1,80})["']\s*,\s*["'](\w{2,5})["']"""
)
"""How pages of TRS have a script write their pager: pages, the current one, name, extension; the first bears none."""

_BELOW = 25
"""Blocks below the text in which a pager may stand."""


def find_page_links(page: Blocks, span: tuple[int, int] | None, url: str, base: str) -> tuple[str, ...]:
    """Return the absolute addresses of the article's other pages as the pager has them, each once, fifty at most."""
    if span is None:
        return ()
    numbered: list[str] = []
    worded: list[str] = []
    first = bisect_left(page.anchors, span[0], key=lambda anchor: anchor[0])
    for number, element in islice(page.anchors, first, None):
        if number > span[1] + _BELOW:
            break
        written = text_in(element)
        if not _MAY_LEAD_ON.search(written):
            continue
        text = fold(collapse(written))
        kind = numbered if _NUMBER.match(text) else worded if _WORD.match(text) else None
        target = absolute(base, url, attribute(element, "href")) if kind is not None else None
        if kind is not None and target and part_numbers(url, target) is not None:
            kind.append(target)
    return tuple(islice(dict.fromkeys(numbered + worded), MAX_PARTS))


def scripted_page_links(markup: str, url: str, base: str) -> tuple[str, ...]:
    """Return the absolute addresses of the article's other pages where a script of its system writes the pager."""
    called = _SCRIPTED.search(markup) if "createPageHTML(" in markup else None
    if called is None:
        return ()
    names = [f"{called[2]}.{called[3]}", *(f"{called[2]}_{n}.{called[3]}" for n in range(1, int(called[1])))]
    found = (target for name in names[:MAX_PARTS] if (target := absolute(base, url, name)) and target != url)
    return tuple(target for target in found if part_numbers(url, target) is not None)

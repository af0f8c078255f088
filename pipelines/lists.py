"""Owns the reading of list pages: HTML by CSS, JSON by JMESPath, text by regex; lists of lists; the next page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipelines.links import Harvest, Page, article_links, base_of, html_hrefs, scoped_links
from pipelines.rules import in_scope, role_index, role_name
from pipelines.tree import Node, parse
from storage.model import Failure, Link, ListPage, Source
from storage.urlkey import canonical, join

__all__ = ["ListRead", "read_list"]

_DATASOURCE = re.compile(r"datasource:([0-9A-Za-z]{6,64})")
_ANY_URL = re.compile(r"""https?:[\\/]{2,4}[^\s"'<>()（）]+""")
_JSON_STARTS = re.compile(r"[{\[]")
_MAX_JSON_STARTS = 20
_MAX_JSON_VALUES = 200_000


@dataclass(frozen=True, slots=True)
class ListRead:
    """What one page of a list gave."""

    links: tuple[Link, ...] = ()
    next: Link | None = None
    dropped: int = 0
    failure: Failure | None = None


class _Unreadable(Exception):
    """The page is not what the rule says; the text is the reason."""


def read_list(text: str, charset: str, url: str, source: Source, role: str, number: int) -> ListRead:
    """Read one page of a list. Never raises for what stands on the page or in the rule.

    `text` is the decoded page and `charset` what it was decoded from; `url` its own address; `role` is `list:N` or
    `listdata:N`; `number` counts the pages of the walk from 1.

    Raises: UsageError when `role` is no role; IndexError when the source has no such list.
    """
    rule = source.lists[role_index(role)]
    outer = rule.list_from is not None and role_name(role) == "list"
    root = parse(text) if outer or rule.format == "html" else None
    page = Page(url, url if root is None else base_of(root, url), charset)
    try:
        harvest = _outer(root, page, source, rule, role) if outer else _articles(text, root, page, source, rule)
    except _Unreadable as error:
        return ListRead(failure=Failure("extract", str(error)))
    follow = None if outer else _next(root, page, rule, role, number)
    if follow is not None and not in_scope(source, follow.url):
        return _judged(harvest.links, None, harvest.dropped + 1, role, number)
    return _judged(harvest.links, follow, harvest.dropped, role, number)


def _judged(links: tuple[Link, ...], follow: Link | None, dropped: int, role: str, number: int) -> ListRead:
    """Say so when the first page of a list announces nothing: a challenge page or a rule that no longer fits."""
    failure = None
    if not links and number == 1 and role_name(role) == "list":
        failure = Failure("extract", f"no wanted link on this list page ({dropped} left out)")
    return ListRead(links, follow, dropped, failure)


def _articles(text: str, root: Node | None, page: Page, source: Source, rule: ListPage) -> Harvest:
    if rule.format == "json":
        return article_links(_json_hrefs(_json(text), rule.links), page, source, chosen=rule.links is not None)
    if rule.format == "text":
        return article_links(_text_hrefs(text, rule.links), page, source, chosen=rule.links is not None)
    if root is None:
        raise _Unreadable("the page holds no text")
    return article_links(html_hrefs(root, rule.links), page, source, chosen=rule.links is not None)


def _outer(root: Node | None, page: Page, source: Source, rule: ListPage, role: str) -> Harvest:
    """Give the lists that a page leads to and, where those are HTML, what it announces itself.

    The first page of an e-paper's issue names all pages of the issue, itself among them.
    """
    if root is None:
        raise _Unreadable("the page holds no text")
    lists = _inner_lists(root, page, source, rule, role)
    if rule.format != "html":
        return lists
    own = article_links(html_hrefs(root, rule.links), page, source, chosen=False)
    return Harvest(lists.links + own.links, lists.dropped + own.dropped)


def _inner_lists(root: Node, page: Page, source: Source, rule: ListPage, role: str) -> Harvest:
    hrefs = (_datasource_href(value) for value in html_hrefs(root, rule.list_from))
    template = Link("", f"listdata:{role_index(role)}", "listdata", headers=rule.headers)
    return scoped_links(hrefs, page, source, template)


def _datasource_href(value: str) -> str:
    """Turn the `datasource:<id>` of 新华网's CMS into the data file that its script reads; leave all else."""
    match = _DATASOURCE.fullmatch(value.strip())
    return f"ds_{match[1]}.json" if match else value


def _next(root: Node | None, page: Page, rule: ListPage, role: str, number: int) -> Link | None:
    if rule.next is None or number >= rule.pages:
        return None
    if "{n}" in rule.next:
        url = join(_walk_base(page, rule, role, number), rule.next.replace("{n}", str(rule.start + number - 1)))
    else:
        hrefs = () if root is None else html_hrefs(root, rule.next)
        url = next((found for href in hrefs if (found := join(page.base, href, page.charset))), None)
    if url is None or url == page.url:
        return None
    return Link(url, role, "next", number + 1, rule.method, rule.headers, rule.body)


def _walk_base(page: Page, rule: ListPage, role: str, number: int) -> str:
    """Give what a `{n}` pattern is relative to: the list's first page, where that is still known on a later one."""
    if number == 1 or role_name(role) == "listdata" or "{date:" in rule.url:
        return page.base
    return canonical(rule.url) or page.base


# --- JSON --------------------------------------------------------------------------------------


def _json(text: str) -> Any:
    """Read JSON, bare or as the argument of a call (JSONP) or the value of an assignment."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    decoder = json.JSONDecoder()
    if text.lstrip()[:1] == "<":  # a page, and what its scripts hold is not the list
        raise _Unreadable(f"is no JSON; it begins {text.strip()[:60]!r}")
    for at, start in enumerate(_JSON_STARTS.finditer(text)):
        if at >= _MAX_JSON_STARTS:
            break
        try:
            return decoder.raw_decode(text, start.start())[0]
        except (ValueError, RecursionError):
            continue
    raise _Unreadable(f"is no JSON; it begins {text.strip()[:60]!r}")


def _json_hrefs(tree: Any, links: str | None) -> Iterator[str]:
    if links is not None:
        from jmespath.exceptions import JMESPathError

        expression = _jmespath(links)
        try:
            tree = None if expression is None else expression.search(tree)
        except (JMESPathError, RecursionError, TypeError, ValueError, AttributeError) as error:
            # The library checks the types of what functions are given, but not all of what operators are.
            reason = str(error).partition("\n")[0][:200]
            raise _Unreadable(f"`links` does not fit this JSON: {reason}") from error
    for value in _strings(tree):
        fragment = parse(f"<div>{value}</div>") if "<" in value else None
        if fragment is None:
            yield value.strip()
        else:
            yield from html_hrefs(fragment)


def _strings(tree: Any) -> Iterator[str]:
    """Yield every string below `tree`, in order, without recursion: strangers choose the depth."""
    stack, seen = [tree], 0
    while stack and seen < _MAX_JSON_VALUES:
        value = stack.pop()
        seen += 1
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, dict):
            stack.extend(reversed(value.values()))


@lru_cache(maxsize=256)
def _jmespath(expression: str) -> Any | None:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.compile(expression)
    except (JMESPathError, RecursionError):
        return None


# --- text --------------------------------------------------------------------------------------


def _text_hrefs(text: str, links: str | None) -> Iterator[str]:
    pattern = _ANY_URL if links is None else _regex(links)
    for match in pattern.finditer(text) if pattern else ():
        value = match[1] if pattern is not None and pattern.groups else match[0]
        # Scripts write `\/` for a slash in a string; templates write an ampersand as HTML even there.
        yield (value or "").replace("\\/", "/").replace("&amp;", "&")


@lru_cache(maxsize=256)
def _regex(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None

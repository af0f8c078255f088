"""Owns where a response sends its reader: the Location header, and the refresh that a page declares of itself."""

from __future__ import annotations

import re

from pipelines.links import base_of
from pipelines.rules import in_scope, role_index, role_name
from pipelines.tree import attribute, parse
from storage.http_message import Head, header
from storage.model import Failure, Link, PageRead, Source
from storage.urlkey import join

__all__ = ["REDIRECTS", "follow_location", "follow_refresh"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses whose Location browsers follow (RFC 9110 15.4)."""

_KEEPS_METHOD = frozenset({307, 308})
_REFRESH = re.compile(r"""\s*(\d{1,4})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?(['"]?)(.+)""", re.IGNORECASE | re.DOTALL)
_MAX_REFRESH_S = 10
"""A page that stays longer is meant to be read, and refreshes itself."""


def follow_location(head: Head, method: str, url: str, source: Source, role: str, number: int) -> PageRead:
    """Turn a redirect into the link that carries on with `role`, or say why it leads nowhere."""
    value = header(head.headers, b"location")
    if not value:
        return PageRead(failure=Failure("extract", f"redirect {head.status} without a Location"))
    # Bytes outside ASCII go on as they came, percent-encoded: only the server knows their charset (as Chromium does).
    href = "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in value)
    kept = method if head.status in _KEEPS_METHOD else "GET"
    return _follow(join(url, href), href, kept, url, source, role, number)


def follow_refresh(text: str, url: str, source: Source, role: str, number: int) -> PageRead | None:
    """Turn `<meta http-equiv=refresh>` into the link that carries on with `role`; None when there is none to follow."""
    root = parse(text)
    if root is None:
        return None
    for meta in root.iter("meta"):
        match = _REFRESH.match(attribute(meta, "content"))
        if attribute(meta, "http-equiv").strip().lower() != "refresh" or match is None:
            continue
        href = match[3].split(match[2])[0] if match[2] else match[3]
        target = join(base_of(root, url), href)
        if int(match[1]) <= _MAX_REFRESH_S and target != url:
            return _follow(target, href, "GET", url, source, role, number)
    return None


def _follow(target: str | None, href: str, method: str, url: str, source: Source, role: str, number: int) -> PageRead:
    if target is None:
        return PageRead(failure=Failure("extract", f"redirect to what is no http or https URL: {href[:200]!r}"))
    if target == url:
        return PageRead(failure=Failure("extract", "redirect to itself"))
    if not in_scope(source, target):
        return PageRead(failure=Failure("extract", f"redirect out of scope: {target[:500]}"), dropped=1)
    headers, body = _request_of(source, role)
    link = Link(target, role, "redirect", number, method, headers, body if method != "GET" else None)
    return PageRead(links=(link,))


def _request_of(source: Source, role: str) -> tuple[tuple[tuple[str, str], ...], str | None]:
    """Give the request headers and body that the source wants for `role`; a redirect carries them on."""
    name, index = role_name(role), role_index(role)
    if name in ("list", "listdata"):
        rule = source.lists[index]
        return rule.headers, rule.body if name == "list" else None
    if name == "feed":
        return source.feeds[index].headers, None
    return (source.sitemaps[index].headers, None) if name == "sitemap" else ((), None)

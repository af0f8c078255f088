"""Owns which addresses are one page: the hosts, schemes, parameters and rewrites that a source declares. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import Final
from urllib.parse import unquote_plus

from storage.model import Aliases, Observation, PageState
from storage.urlkey import canonical, host_of

__all__ = ["addresses_of", "is_elsewhere", "main_address", "says_same", "takes_over"]

_NONE: Final = Aliases()
_TRACKING: Final = re.compile(
    r"utm_\w+|spm|scm|gclid|fbclid|msclkid|isappinstalled|share_token|nsukey|wxfrom|wx_share\w*", re.I
)
"""Names of parameters that nobody uses for anything but to follow readers."""
_SHARED_FROM: Final = frozenset(
    ("singlemessage", "timeline", "groupmessage", "weixin", "wechat", "qq", "qzone", "weibo", "androidqq", "iosqq")
)
"""Values of `from` that messengers put on what is passed on; any other value may mean something."""
_NUMBER: Final = re.compile(r"\d{4,}")
_ID: Final = re.compile(r"\d")


def main_address(aliases: Aliases, url: str) -> str:
    """Return the one address, canonical, under which the page at canonical `url` is fetched and known.

    What is no http or https URL comes back as it is.
    """
    if aliases == _NONE:
        return _without_tracking(_NONE, url) if "?" in url else url
    return _declared_main(aliases, url)


@lru_cache(maxsize=8192)
def _declared_main(aliases: Aliases, url: str) -> str:
    if canonical(url) is None:
        return url
    found = _on_main_host(aliases, _without_tracking(aliases, url))
    for rewrite in aliases.rewrites:
        found = _rewritten(rewrite.match, rewrite.to, found)
    return _on_main_host(aliases, found) if aliases.rewrites else found


@lru_cache(maxsize=1024)
def addresses_of(aliases: Aliases, url: str) -> tuple[str, ...]:
    """Return where the page at canonical `url` may be known: its main address, this one, then the aliases."""
    main = main_address(aliases, url)
    found = [main, url]
    if aliases.hosts or aliases.scheme:
        scheme, _, rest = main.partition("://")
        host, slash, path = rest.partition("/")
        hosts = [host, *(alias for alias, target in aliases.hosts if target == host)]
        schemes = [scheme, *({"http", "https"} - {scheme})] if aliases.scheme else [scheme]
        found += [f"{each}://{name}{slash}{path}" for name, each in product(hosts, schemes)]
    return tuple(dict.fromkeys(found))


def says_same(url: str, claimed: str) -> bool:
    """Return whether canonical `claimed` can be the address of the very page at canonical `url`, by its form.

    A template that names one address on all pages must not make them one. So the path is the same, or its last part
    is and holds a number; and no number of the query is left out unless the path has one.
    """
    path, query = _path_and_query(url)
    other, other_query = _path_and_query(claimed)
    name, other_name = path.rpartition("/")[2], other.rpartition("/")[2]
    numbered = _NUMBER.search(name) is not None
    if path != other and not (name == other_name and numbered):
        return False
    kept = set(other_query)
    left_out = [part for part in query if part not in kept]
    return kept <= set(query) and (numbered or not any(_ID.search(part) for part in left_out))


def is_elsewhere(page: PageState, look: Observation) -> bool:
    """Return whether a look was at another address than the one at which the page was last found."""
    return page.address is not None and look.address is not None and page.address != look.address


def takes_over(page: PageState, look: Observation) -> bool:
    """Return whether a look elsewhere counts: the page is there, and its own address fails it or is not the main."""
    in_trouble = page.state != "live" or page.gone_count > 0 or page.unreachable_count > 0
    return look.verdict == "present" and (look.is_main or page.moved_to == look.address or in_trouble)


def _without_tracking(aliases: Aliases, url: str) -> str:
    head, mark, query = url.partition("?")
    if not mark:
        return url
    parts = query.split("&")
    kept = [part for part in parts if not _tracks(aliases, part)]
    return url if kept == parts else head + (mark + "&".join(kept) if kept else "")


def _tracks(aliases: Aliases, part: str) -> bool:
    name, _, value = part.partition("=")
    name = unquote_plus(name)
    shared = name.lower() == "from" and value.lower() in _SHARED_FROM
    return shared or name in aliases.parameters or _TRACKING.fullmatch(name) is not None


def _on_main_host(aliases: Aliases, url: str) -> str:
    host = host_of(url)
    scheme, _, rest = url.partition("://")
    main = dict(aliases.hosts).get(host, host)
    return f"{aliases.scheme or scheme}://{main}/{rest.partition('/')[2]}"


def _rewritten(pattern: str, to: str, url: str) -> str:
    """Return `url` rewritten; a rewrite that fails or gives no URL, as an archived source may hold, changes nothing."""
    try:
        made = re.sub(pattern, to, url, count=1)
    except (re.error, RecursionError, IndexError):
        return url
    return canonical(made) or url


def _path_and_query(url: str) -> tuple[str, list[str]]:
    _, _, rest = url.partition("://")
    path, _, query = rest.partition("?")
    return "/" + path.partition("/")[2], [part for part in query.split("&") if part]

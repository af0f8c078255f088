"""Owns which look at a page an outcome is: present, gone, moved or unreachable, and on what grade of evidence. Pure.

gone         http-404, http-410; soft-404: a 200 that says there is no such page; redirect-home, redirect-list,
             redirect-error: an article that leads to the front page, a list, or a page named for the error
moved        redirect: to another address in scope, by status or because the page has nothing but a refresh;
             redirect-own: to another address of the same page
present      article; bytes: the payload is the one that the page had before; server: a 304 to our condition says so
unreachable  robots, guard, network, archive: by the stage of the failure; truncated; http-NNN: any other status;
             redirect-away: out of scope or nowhere; redirect-self; challenge, login-wall, video, gallery, list: what a
             page is instead of an article; no-article: a 200 without text
             (a 304 that nobody asked for is http-304)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from storage.addresses import main_address
from storage.dated import expand_dates
from storage.errors import UsageError
from storage.model import Capture, Observation, Outcome, PageState, Source
from storage.urlkey import canonical, urlkey

__all__ = ["NOT_ARTICLES", "is_article", "observe", "redirect_target"]

_STAGE_GRADES: Final = {"dns": "network", "connect": "network", "tls": "network", "http": "network"}
_INDEX_NAMES: Final = frozenset({"index.html", "index.htm", "index.shtml", "index.php", "default.html", "default.htm"})
_KIND_GRADES: Final = {name: name.replace(" ", "-") for name in ("challenge", "login wall", "video", "gallery", "list")}
NOT_ARTICLES: Final = frozenset({"no-article", *_KIND_GRADES.values()})
"""Grades of a page that gave no article."""

_GONE: Final = (404, 410)
_ERROR_PAGE: Final = re.compile(
    r"/(?:(?:error|err|page)?[_-]?404(?:[_-]?(?:error|page))?|(?:page[_-]?)?not[_-]?found)(?:\.[a-z]{2,5}|/)?(?:\?|$)",
    re.I,
)


def is_article(outcome: Outcome) -> bool:
    """Tell whether the outcome is a look at a page: an article's role, or a page given by hand that reads as one."""
    role = outcome.attempt.role
    return role.startswith("article") or (
        role == "page" and outcome.read is not None and outcome.read.article is not None
    )


def observe(
    outcome: Outcome,
    source: Source,
    page: PageState | None = None,
    *,
    address: str | None = None,
    is_main: bool = True,
) -> Observation:
    """Return the look that `outcome` is, whatever its role; `source` tells the front page and the lists.

    `page` is the state of the page before, None if it is not known: an equal payload is present whether read or not.
    `address` and `is_main` are those of the Observation.
    """
    capture = outcome.capture
    verdict, grade, target = _judge(outcome, capture, source, page)
    return Observation(
        at=outcome.attempted,
        verdict=verdict,
        grade=grade,
        capture_id=None if capture is None else capture.id,
        payload_digest=None if capture is None else capture.payload_digest,
        article=outcome.read.article if verdict == "present" and outcome.read is not None else None,
        target=target,
        address=address,
        is_main=is_main,
        retention_s=_retention_s(outcome, source, page) if verdict == "gone" else None,
    )


def _retention_s(outcome: Outcome, source: Source, page: PageState | None) -> int | None:
    """Return how long pages of this kind are kept, if this one is older: by its own date, else by its latest text."""
    name, _, number = outcome.attempt.role.partition(":")
    known = name == "article" and number.isdigit() and int(number) < len(source.articles)
    kept_s = source.articles[int(number)].retention_s if known else None
    if kept_s is None or page is None or page.latest is None:
        return None
    published = page.latest.article.published_utc
    try:
        since = page.latest.captured if published is None else datetime.fromisoformat(published)
    except ValueError:
        since = page.latest.captured
    return kept_s if (outcome.attempted - since).total_seconds() >= kept_s else None


def redirect_target(outcome: Outcome) -> str | None:
    """Return where a 3xx, or a page that has nothing but a refresh, leads, if that is in scope, else None."""
    if outcome.read is None or outcome.read.article is not None:
        return None
    return next((link.url for link in outcome.read.links if link.relation == "redirect"), None)


def _judge(
    outcome: Outcome, capture: Capture | None, source: Source, page: PageState | None
) -> tuple[str, str, str | None]:
    if capture is None or capture.status is None:
        stage = outcome.failure.stage if outcome.failure is not None else "http"
        return "unreachable", _STAGE_GRADES.get(stage, stage), None
    if capture.truncated is not None and capture.kind != "revisit":
        return "unreachable", "truncated", None
    if capture.status == 304:
        return ("present", "server", None) if capture.kind == "revisit" else ("unreachable", "http-304", None)
    if 200 <= capture.status < 300 and _is_as_before(capture, page):
        return "present", "bytes", None
    if 300 <= capture.status < 400 or (capture.status < 300 and redirect_target(outcome) is not None):
        return _redirected(outcome, source)
    if capture.status in _GONE:
        return "gone", f"http-{capture.status}", None
    if capture.status >= 400:
        return "unreachable", "challenge" if _named(outcome) == "challenge" else f"http-{capture.status}", None
    return _read(outcome)


def _is_as_before(capture: Capture, page: PageState | None) -> bool:
    if page is None or page.latest is None:
        return False
    return capture.payload_digest in (page.latest.payload_digest, page.last_payload_digest)


def _read(outcome: Outcome) -> tuple[str, str, str | None]:
    read = outcome.read
    if read is not None and read.article is not None:
        return "present", "article", None
    name = _named(outcome)
    return ("gone", "soft-404", None) if name == "gone" else ("unreachable", _KIND_GRADES.get(name, "no-article"), None)


def _named(outcome: Outcome) -> str:
    """Return the name that reading gave a page that is no article, empty when it gave none."""
    read = outcome.read
    return read.failure.reason.partition(":")[0] if read is not None and read.failure is not None else ""


def _redirected(outcome: Outcome, source: Source) -> tuple[str, str, str | None]:
    target = redirect_target(outcome)
    if target is None:
        return "unreachable", "redirect-away", None
    own = canonical(outcome.url) or outcome.url
    if target == own:
        return "unreachable", "redirect-self", None
    if main_address(source.aliases, target) == main_address(source.aliases, own):
        return "moved", "redirect-own", target
    at = outcome.attempted
    homes, lists = _fronts(source, at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0))
    key = _front_key(target)
    if key in homes or key.endswith(")/"):
        return "gone", "redirect-home", None
    if key in lists:
        return "gone", "redirect-list", None
    return ("gone", "redirect-error", None) if _ERROR_PAGE.search(key) else ("moved", "redirect", target)


@lru_cache(maxsize=256)
def _fronts(source: Source, at: datetime) -> tuple[frozenset[str], frozenset[str]]:
    """Return the keys of the home and of the lists as their addresses are at `at`."""
    return _keys([source.home], source, at), _keys([page.url for page in source.lists], source, at)


def _keys(templates: Iterable[str], source: Source, at: datetime) -> frozenset[str]:
    keys = set()
    for template in templates:
        try:
            keys.add(_front_key(expand_dates(template, at, source.timezone)))
        except UsageError:  # an archived source may be broken in ways that today's loader refuses
            continue
    return frozenset(keys)


def _front_key(url: str) -> str:
    """Return the key of a URL, the scheme and the name of an index page left out."""
    key = urlkey(url)
    folder, _, name = key.rpartition("/")
    return folder + "/" if name in _INDEX_NAMES else key

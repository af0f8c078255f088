"""Owns the source file that is proposed for a site: what a look found, as TOML, and in comments what is unsure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from crawler.article_shapes import Group
from crawler.families import FamilyForm
from crawler.page_survey import NextPage
from crawler.site_survey import FoundList, Look
from crawler.terminal import clean
from crawler.url_shapes import is_dated, pattern_of, site_of
from storage.urlkey import host_of

__all__ = ["name_for", "proposed"]

MOST_PAGES: Final = 50
USUAL_PAGES: Final = 20
"""Where a page does not say how many there are: the walk ends at the last one anyway, or where nothing is new."""
_ZONES: Final = {"tw": "Asia/Taipei", "hk": "Asia/Hong_Kong", "mo": "Asia/Macau", "sg": "Asia/Singapore"}
_HANT: Final = re.compile(r"zh-(?:hant|tw|hk|mo)")


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What articles are known by."""

    family: str | None
    patterns: tuple[tuple[str, Group], ...]
    """Empty when the family's patterns take them all."""


def name_for(url: str) -> str:
    """Give a name for the source at `url`: the telling part of its host."""
    host = host_of(url).partition(":")[0]
    label = host if host.replace(".", "").isdigit() else site_of(host).partition(".")[0]
    return re.sub(r"[^a-z0-9_-]", "-", label)[:64] or "mine"


def proposed(look: Look, families: Mapping[str, FamilyForm], delay_s: float, today: date) -> str:
    """Give the source file for what `look` found; with `delay_s` between requests, or longer if robots.txt says so."""
    kinds = _kinds(look, families)
    family = families[kinds.family] if kinds.family else None
    lines = [
        f"# Proposed by `scrapy sources new {look.home}` on {today} after {look.asked} requests.",
        f"# Charset of the front page: {clean(look.charset)}.",
        "# Look it through, and most of all what is marked `unsure`.",
        "schema = 1",
        *_head(look, kinds.family),
        "",
        "[crawl]",
        *_hosts(look),
        f"delay_s = {float(max(delay_s, look.crawl_delay_s))}",
        *(line for found in look.lists for line in _list(found, family)),
        *(line for url in look.feeds for line in ("", "[[feeds]]", f"url = {_text(url)}")),
        *(line for url in look.sitemaps for line in ("", "[[sitemaps]]", f"url = {_text(url)}")),
        *_articles(kinds, look),
    ]
    return "\n".join(lines) + "\n"


def _head(look: Look, family: str | None) -> Iterator[str]:
    host = host_of(look.home).partition(":")[0]
    yield f"title = {_text(_title(look.title) or host)}"
    is_government = ".gov." in f"{host}." or host.endswith(".gov")
    yield f'kind = "{"government" if is_government else "news"}"' + ("" if is_government else "  # unsure: a guess")
    yield f"home = {_text(look.home)}"
    if family is not None:
        yield f'family = "{family}"'
    yield f'language = "{"zh-Hant" if _HANT.match(look.language) else "zh"}"' + (
        "" if look.language else "  # unsure: the page does not say"
    )
    zone = _ZONES.get(host.rpartition(".")[2])
    yield f'timezone = "{zone or "Asia/Shanghai"}"' + ("" if host.endswith(".cn") or zone else "  # unsure: a guess")
    yield 'verified = "urls"  # the day, once a crawl has worked'
    for doubt in look.unsure:
        yield f"# unsure: {clean(doubt)[:300]}"


def _title(title: str) -> str:
    """Give the name in a page's title: what is before the first mark between names."""
    printable = "".join(filter(str.isprintable, clean(title)))
    return next((name.strip() for name in re.split(r"[_|｜\-–—]+", printable) if name.strip()), "")[:100]


def _hosts(look: Look) -> Iterator[str]:
    named = {host_of(url) for url in (look.home, *look.feeds, *look.sitemaps, *(one.url for one in look.lists))}
    others = sorted({host_of(url) for group in look.groups for url in group.texts} - named)
    if others:
        yield f"hosts = [{', '.join(_text(host) for host in others[:40])}]"


def _list(found: FoundList, family: FamilyForm | None) -> Iterator[str]:
    yield ""
    yield f"# {clean(found.words)[:60] or 'the front page'}: {found.articles} articles on its first page"
    yield "[[lists]]"
    yield f"url = {_text(found.url)}"
    if family is not None and "format" in family.lists.model_fields_set:
        return
    if found.next is not None:
        yield from _next(found.next, family)
    elif family is not None and family.lists.next is not None:
        yield "pages = 1  # no second page was found"


def _next(following: NextPage, family: FamilyForm | None) -> Iterator[str]:
    common = family.lists if family is not None else None
    start = 1 if following.start is None else following.start
    if common is None or (common.next, common.start) != (following.next, start):
        yield f"next = {_text(following.next)}"
        if following.start is not None:
            yield f"start = {start}"
    if following.pages is None:
        yield f"pages = {USUAL_PAGES}  # unsure: the page does not say how many there are"
    else:
        yield f"pages = {min(following.pages, MOST_PAGES)}"


def _articles(kinds: _Kinds, look: Look) -> Iterator[str]:
    if not kinds.patterns:
        yield ""
        examples = [next(iter(group.texts)) for group in look.groups]
        if examples:
            yield f"# Articles are those of the family, for example {examples[0]}"
        else:
            yield "# unsure: no articles were found; put a pattern of their addresses here"
            yield "[[articles]]"
            yield "match = ['^https?://']"
        return
    yield from ("", "[[articles]]", "match = [")
    for pattern, group in kinds.patterns:
        yield f"    # {len(group.texts)} addresses like {next(iter(group.texts))}"
        if len(group.texts) < 3 or not is_dated(group.shape):
            yield "    # unsure: few of them, or without a date; the pattern may take too much or too little"
        yield f"    {_text(pattern)},"
    yield "]"


# --- which family ------------------------------------------------------------------------------


def _kinds(look: Look, families: Mapping[str, FamilyForm]) -> _Kinds:
    """Name a family only when a page bears its sign or its form is telling, and it takes a whole group."""
    patterns: dict[str, Group] = {}
    for group in look.groups:
        patterns.setdefault(pattern_of(group.shape, group.texts), group)
    urls = [url for group in look.groups for url in group.texts]
    for name in sorted(look.signs):
        taken = [url for url in urls if _takes(families[name], url)]
        if urls and len(taken) == len(urls):
            return _Kinds(name, ())
        if any(all(_takes(families[name], url) for url in group.texts) for group in look.groups):
            return _Kinds(name, tuple(patterns.items()))
    return _Kinds(None, tuple(patterns.items()))


def _takes(family: FamilyForm, url: str) -> bool:
    return any(re.search(pattern, url) for pattern in family.articles.match)


def _text(value: str) -> str:
    """Write a string of TOML: literal where that can be, which keeps patterns legible."""
    if "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

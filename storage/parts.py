"""Owns articles over several pages: which addresses are pages of one, in which order, and their texts as one. Pure.

A page of an article is a page of the same host whose address differs in nothing but a page number, and that a pager
leads to. The first is the one with the lowest number; an article has as many as its pages name, fifty at most.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from storage.model import Article
from storage.urlkey import canonical

__all__ = ["MAX_PARTS", "first_of", "joined", "part_numbers", "parts_after"]

MAX_PARTS: Final = 50
"""Pages of one article; the longest of the saved pages has 13."""

_NUMBERED: Final = re.compile(r"(.+)[_-](\d{1,2})")
_EXTENSION: Final = re.compile(r"\.\w{2,5}$")
_PARAMETER: Final = re.compile(r"(?:page|p|pn|pageno|currentpage)=(\d{1,2})", re.I)
_FILLED: Final = ("authors", "editors", "origin", "published")
"""What the first page may leave to a later one: names stand below the end of the text."""
_WITH: Final = {
    "origin": ("origin_url",),
    "published": ("published_precision", "published_utc", "published_raw"),
}


@lru_cache(maxsize=4096)
def part_numbers(url: str, other: str) -> tuple[int, int] | None:
    """Return the page numbers of two addresses if they may be pages of one article, else None; 0: it has none."""
    here, there = urlsplit(url), urlsplit(other)
    if here.netloc != there.netloc:
        return None
    if here.path == there.path:
        mine, others = _query(here.query), _query(there.query)
        return (mine[1], others[1]) if mine[0] == others[0] and mine[1] != others[1] else None
    if here.query != there.query:
        return None
    one, two = _EXTENSION.sub("", here.path), _EXTENSION.sub("", there.path)
    if here.path[len(one) :] != there.path[len(two) :]:
        return None
    mine_path, others_path = _NUMBERED.fullmatch(one), _NUMBERED.fullmatch(two)
    if others_path is not None and others_path[1] == one:
        return 0, int(others_path[2])
    if mine_path is not None and mine_path[1] == two:
        return int(mine_path[2]), 0
    if mine_path is None or others_path is None or mine_path[1] != others_path[1]:
        return None
    return int(mine_path[2]), int(others_path[2])


def _query(query: str) -> tuple[list[str], int]:
    """Return the parameters but for that of the page, and the number of the page."""
    rest, number = [], 0
    for parameter in query.split("&"):
        match = _PARAMETER.fullmatch(parameter)
        if match is None:
            rest.append(parameter)
        else:
            number = int(match[1])
    return [parameter for parameter in rest if parameter], number


def first_of(url: str, article: Article) -> str:
    """Return the address of the article's first page as the page at `url` knows it; `url` itself if that is it."""
    lower = {link: pair[1] for link, pair in _numbered(url, article) if pair[1] < pair[0]}
    return min(lower, key=lambda link: lower[link], default=url)


def parts_after(first: str, readings: Mapping[str, Article]) -> tuple[str, ...]:
    """Return the canonical addresses of the pages after `first`, in order, as far as `readings` (address -> what was
    read there) name them. Empty when `first` is not the first.
    """
    found: dict[str, int] = {}
    ahead = [first]
    while ahead:
        reading = readings.get(ahead.pop())
        for link, (mine, number) in () if reading is None else _numbered(first, reading):
            if number < mine:
                return ()
            if link not in found:
                found[link] = number
                ahead.append(link)
    return tuple(sorted(found, key=lambda link: (found[link], link))[: MAX_PARTS - 1])


def _numbered(url: str, article: Article) -> list[tuple[str, tuple[int, int]]]:
    links = (canonical(link) or link for link in article.page_links[: 2 * MAX_PARTS])
    return [(link, pair) for link in links if (pair := part_numbers(url, link)) is not None]


def joined(first: str, readings: Mapping[str, Article]) -> Article:
    """Return the article whose first page is `first` as `readings` tell it; a page that is not among them is a gap.

    A page that repeats most lines of those before it is none of its own: servers give the first page for a number that
    they do not know, and pagers of comments lead to the article again.
    """
    one, order = readings[first], parts_after(first, readings)
    if not order:
        others = tuple(dict.fromkeys(link for link, _ in _numbered(first, one)))
        return replace(one, gaps=others) if others else one
    parts, said = [one], set(one.body.split("\n"))
    for part in (readings[url] for url in order if url in readings):
        lines = part.body.split("\n")
        if sum(line in said for line in lines) * 2 < len(lines):
            parts.append(part)
            said.update(lines)
    return _one(parts, order, tuple(url for url in order if url not in readings))


def _one(parts: Sequence[Article], order: tuple[str, ...], gaps: tuple[str, ...]) -> Article:
    first = parts[0]
    body = "\n".join(part.body for part in parts if part.body)
    repairs: Counter[str] = Counter()
    for part in parts:
        repairs.update(part.repairs)
    clean = "\n".join(text for part in parts if (text := part.normalised or part.body))
    extractors = dict.fromkeys(part.extractor for part in parts)
    return replace(
        first,
        body=body,
        body_sha256=hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
        normalised=clean if repairs else None,
        repairs=dict(repairs),
        images=tuple(dict.fromkeys(image for part in parts for image in part.images)),
        injected=tuple(dict.fromkeys(link for part in parts for link in part.injected)),
        undecodable_bytes=sum(part.undecodable_bytes for part in parts),
        # Texts of two extractors in one are compared with those of neither.
        extractor="|".join(extractors),
        page_links=order,
        gaps=gaps,
        **_filled(parts),
    )


def _filled(parts: Sequence[Article]) -> dict[str, Any]:
    """Return what the first page is silent about and a later one says; of names the last says most."""
    first, fields = parts[0], dict[str, Any]()
    reasons, confidence = dict(first.reasons), dict(first.confidence)
    for name in _FILLED:
        if getattr(first, name):
            continue
        said = next((part for part in reversed(parts) if getattr(part, name)), None)
        if said is None:
            continue
        fields |= {field: getattr(said, field) for field in (name, *_WITH.get(name, ()))}
        reasons |= {name: said.reasons[name]} if name in said.reasons else {}
        confidence |= {name: said.confidence[name]} if name in said.confidence else {}
    return {**fields, "reasons": reasons, "confidence": confidence}

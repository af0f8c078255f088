"""Owns the forms of addresses: which URLs of a site are made alike, and the pattern that takes all like them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

__all__ = ["Shape", "is_dated", "is_numbered", "pattern_of", "shape_of", "site_of"]

_FRONTS: Final = ("index", "default")
_SECOND_LEVEL: Final = frozenset({"com", "gov", "org", "net", "edu", "ac", "co"})
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{10,}(?![0-9A-Za-z])")
_MIXED: Final = re.compile(r"(?=(?:[A-Za-z]*\d+[A-Za-z]){2})[0-9A-Za-z]{12,}|[A-Z]{2}[0-9a-f]{24}")
_ID: Final = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[0-9A-Za-z]{8,30}")
# What kind of page it is stands before the id in CCTV's system (ARTI, PHOA, VIDE) and in 中国日报's (WS).
_KIND: Final = re.compile(r"[A-Z]{4}(?=[0-9A-Za-z]*[a-z])|[A-Z]{2}(?=[0-9a-f]{24})")
_SLUG: Final = re.compile(r"[a-z]{2,}[a-z0-9]*(?:-[a-z0-9]+)*-[a-z]{2,}[a-z0-9]*(?:-[a-z0-9]+)*")
_TOKEN: Final = re.compile(r"\d+|\D+")
_DAY: Final = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_MONTH: Final = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")

# What stands in a key for a varying part, and the regular expression of it. No URL in canonical form holds a `<`.
_PARTS: Final = {
    "<year>": r"\d{4}",
    "<month>": r"\d{6}",
    "<day>": r"\d{8}",
    "<short>": r"\d{1,2}",
    "<number>": r"\d+",
    "<id>": r"[0-9A-Za-z]+",
    "<slug>": r"[^/?#]+",
    "<value>": r"[^&#]+",
}
_MARK: Final = re.compile(r"<[a-z]+\d*>")
_DATE_SEGMENT: Final = re.compile(r"<year>|<month>|<day>|<year>-<short>(?:-<short>)?")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a URL is made. Two articles of one kind have equal shapes, in whatever column they stand."""

    folders: str
    """What is before the tail, `/gn/<number>/`; empty where a date begins the tail, for columns come and go."""
    tail: str
    """From the first date on, or the last part alone, query included."""


def site_of(host: str) -> str:
    """Give what all hosts of one site share: `news.example.com.cn:80` -> `example.com.cn`; an address stays itself."""
    name = host.partition(":")[0] if host.count(":") == 1 else host
    labels = name.split(".")
    if labels[-1].isdigit() or ":" in name:
        return host
    return ".".join(labels[-3:] if labels[-2:-1] and labels[-2] in _SECOND_LEVEL else labels[-2:])


def shape_of(url: str) -> Shape:
    """Give the shape of a canonical URL."""
    parts = urlsplit(url)
    segments = [_segment(segment) for segment in parts.path.split("/")[1:]]
    dated = next((at for at, segment in enumerate(segments) if _DATE_SEGMENT.fullmatch(segment)), None)
    last = len(segments) - 1 - (segments[-1] == "" and len(segments) > 1)
    if dated is None:
        segments[last] = re.sub("<(?:year|month|short)>", "<number>", segments[last])
    elif dated < last:
        segments[last] = _final(segments[last], last - dated)
    start = last if dated is None else min(dated, last)
    query = "&".join(f"{key}{sep}{_value(value)}" for key, sep, value in _parameters(parts.query))
    tail = "/".join(segments[start:]) + (f"?{query}" if "?" in url else "")
    folders = "" if dated is not None else "/" + "".join(f"{segment}/" for segment in segments[:start])
    return Shape(folders, tail)


def is_dated(shape: Shape) -> bool:
    """Say whether a date and something beside it make the address: a date alone is an archive page."""
    rest = [segment for segment in re.split(r"[/?]", shape.tail) if segment and not _DATE_SEGMENT.fullmatch(segment)]
    stems = [segment for segment in rest if segment != "<short>" and segment.partition(".")[0] not in _FRONTS]
    return bool(stems) and (shape.folders == "" or "<day>" in shape.tail)


def is_numbered(shape: Shape) -> bool:
    """Say whether a number or an id of the page ends the address."""
    return re.search(r"<(?:number|id|hex\d+)>", shape.tail) is not None


def pattern_of(shape: Shape, urls: Iterable[str]) -> str:
    """Give the regular expression that takes every URL of `shape` on the hosts of `urls`, its known examples."""
    given = list(urls)
    hosts = sorted({urlsplit(url).netloc for url in given})
    host = re.escape(hosts[0]) if len(hosts) == 1 else f"(?:{'|'.join(map(re.escape, hosts))})"
    folders = _regex(shape.folders) if shape.folders else "/(?:[A-Za-z0-9_-]+/)*"
    return f"^https?://{host.replace(chr(92) + '-', '-')}{folders}{_tail(shape, given)}$"


def _tail(shape: Shape, urls: list[str]) -> str:
    """Write the tail; a last part without numbers that never varies stays what it is."""
    ends = {urlsplit(url).path.rstrip("/").rpartition("/")[2] for url in urls}
    if shape.tail.count("<slug>") == 1 and len(ends) == 1 and len(urls) > 1:
        before, _, after = shape.tail.partition("<slug>")
        extension = after.partition("/")[0].partition("?")[0]
        stem = next(iter(ends)).removesuffix(extension)
        return _regex(f"{before}{stem}{after}")
    return _regex(shape.tail)


def _regex(key: str) -> str:
    written, at = "", 0
    for mark in _MARK.finditer(key):
        written += _escaped(key[at : mark.start()]) + _part(mark[0])
        at = mark.end()
    return written + _escaped(key[at:])


def _part(mark: str) -> str:
    return f"[0-9a-f]{{{mark[4:-1]}}}" if mark.startswith("<hex") else _PARTS[mark]


def _escaped(text: str) -> str:
    return re.escape(text).replace("\\-", "-").replace("\\&", "&").replace("'", ".")


def _parameters(query: str) -> list[tuple[str, str, str]]:
    return [part.partition("=") for part in query.split("&")]


def _segment(segment: str) -> str:
    """Give one part of a path, or a value of the query, with marks for what varies in it."""
    stem, dot, extension = segment.rpartition(".")
    if not dot or not extension.isalpha() or len(extension) > 6:
        stem, dot, extension = segment, "", ""
    if "%" in stem or _SLUG.fullmatch(stem):
        return f"<slug>{dot}{extension}"
    marked, at = "", 0
    for found in _HEX.finditer(stem):
        marked += _numbers(stem[at : found.start()]) + f"<hex{len(found[0])}>"
        at = found.end()
    return marked + _numbers(stem[at:]) + dot + extension


def _numbers(text: str) -> str:
    if (found := _ID.fullmatch(text) or _MIXED.search(text)) is not None:
        kind = _KIND.match(found[0])
        return _numbers(text[: found.start()]) + (kind[0] if kind else "") + "<id>" + _numbers(text[found.end() :])
    return "".join(_number(token) if token.isdigit() else token for token in _TOKEN.findall(text))


def _number(digits: str) -> str:
    for form, mark in ((_DAY, "<day>"), (_MONTH, "<month>"), (_YEAR, "<year>")):
        if form.fullmatch(digits):
            return mark
    return "<short>" if len(digits) <= 2 else "<number>"


def _value(value: str) -> str:
    return "<number>" if value.isdigit() else _segment(value).replace("<slug>", "<value>")


def _final(segment: str, beyond: int) -> str:
    """Give a last part `beyond` a date: without any number it is words of the title, and a short number may grow."""
    stem, dot, extension = segment.rpartition(".")
    if (segment == "<short>" and beyond <= 2) or _DATE_SEGMENT.fullmatch(segment) or (stem or segment) in _FRONTS:
        return segment
    if _MARK.search(segment):
        return segment.replace("<short>", "<number>")
    return f"<slug>{dot}{extension}" if dot else "<slug>"

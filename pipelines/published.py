"""Owns the choice of the one date on a page that says when the article was published.

The page's own text near the title is believed before declarations, because declared dates are often the upload's or
the template's; a date in the page header is today's and is never taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from pipelines.blocks import Blocks
from pipelines.dates import Moment, find_dates
from pipelines.declared import Declared
from pipelines.labels import fold

__all__ = ["Published", "find_published"]

_LABEL = re.compile(
    r"(?:发布|发表|发稿|刊发|刊登|时间|日期|上传|公布|更新|编辑日期|published|posted|date|updated)", re.I
)
_PRINTED = re.compile(r"国内统一刊号|邮发代号|版面导航|标题导航|^第?\s?[A-Z]?\d{1,3}\s?版(?!本)|数字报|本版新闻")
_ISSUE_ABOVE = 40
"""Blocks above the title in which an e-paper names its day: the page list of an issue stands between."""
_TODAY = re.compile(r"今天|现在|今日|欢迎")
_MODIFIED = re.compile(r"(?:最后|最近)?(?:更新|修改|编辑)(?:于|时间|日期)?\s?:?|updated|modified", re.I)
_META_NAMES = (
    "pubdate",
    "publishdate",
    "publish_date",
    "article:published_time",
    "og:published_time",
    "datepublished",
    "og:release_date",
    "apub:time",
    "publish-date",
    "publishtime",
    "publish_time",
    "weibo: article:create_at",
    "weibo:article:create_at",
    "dc.date.issued",
    "article.published",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "dcterms.created",
    "dc.date",
    "date",
    "bytedance:published_time",
    "firstpublishedtime",
    "mediator_published_time",
    "pub_date",
    "displaydate",
    "article_date_original",
    "cxenseparse:publishtime",
    "rnews:datepublished",
    "ptime",
    "_pubtime",
    "time",
)


@dataclass(frozen=True, slots=True)
class Published:
    """The date, and which rule gave it."""

    moment: Moment
    reason: str


def _score(line: str, moment: Moment, distance: int) -> float:
    score = 3.0 if moment.hour is not None else 0.0
    before = line[: moment.start][-14:]
    labelled = _LABEL.search(before) is not None
    if _MODIFIED.search(before):
        score -= 2.5
    elif labelled:
        score += 2.0
    if moment.day is None:
        score -= 3.0
    # A line that is hardly more than its date is a date line; a date in a sentence tells of something else.
    score += 1.5 if "。" not in line and (labelled or len(line) <= len(moment.raw) + 30) else -4.0
    return score - 0.15 * distance


def _in_blocks(page: Blocks, numbers: range, origin: int) -> tuple[float, Moment] | None:
    best: tuple[float, Moment] | None = None
    for number in numbers:
        block = page.blocks[number]
        if block.length > 160 or (block.hidden and block.hidden != "invisible"):
            continue
        moments = find_dates(block.text)
        line = fold(block.text) if moments else ""
        for moment in moments:
            score = _score(line, moment, abs(number - origin))
            if best is None or score > best[0]:
                best = (score, moment)
    return best


def _declared(declared: Declared) -> Published | None:
    """Return the first declared date, as exact as the page declares that day anywhere."""
    found = []
    for name in _META_NAMES:
        if name in declared.meta and (dates := find_dates(declared.meta[name])):
            found.append(Published(dates[0], f"meta {name}"))
    for key in ("datePublished", "pubDate", "uploadDate", "dateCreated") if declared.json_ld else ():
        if dates := find_dates(declared.ld(key)):
            found.append(Published(dates[0], f"json-ld {key}"))
    if not found:
        return None
    same = [one for one in found if one.moment.wall[:3] == found[0].moment.wall[:3]]
    best = max(same, key=lambda one: one.moment.hour is not None)
    if best.moment.hour is None or best.moment.offset not in (None, UTC):
        return best
    # The same clock with an offset and with Z: the Z was put there by a template that knows no zones.
    zoned = (
        one for one in same if one.moment.wall[:5] == best.moment.wall[:5] and one.moment.offset not in (None, UTC)
    )
    return next(zoned, best)


def _time_element(page: Blocks, first: int, last: int) -> Published | None:
    for number in range(max(0, first), min(last, len(page.blocks))):
        element = page.blocks[number].element
        if element is None:
            continue
        for time in element.iter("time"):
            if dates := find_dates(time.get("datetime") or ""):
                return Published(dates[0], "time element")
    return None


def _sharpen(chosen: Published, declared: Published | None, zone: tzinfo) -> Published:
    """Give a date without a clock the clock of a declaration of the same day."""
    if chosen.moment.hour is not None or declared is None or declared.moment.hour is None:
        return chosen
    same = chosen.moment.written(zone) == declared.moment.written(zone)[:10]
    return replace(declared, reason=f"{chosen.reason}, clock from {declared.reason}") if same else chosen


def _issue(page: Blocks, title: int, url: str) -> Published | None:
    """Take the day above the title where the page is one of a printed issue, or where the address bears the day out.

    Elsewhere such a day is today's.
    """
    printed = any(_PRINTED.search(fold(block.text)) for block in page.blocks if block.length <= 160)
    for block in reversed(page.blocks[max(0, title - _ISSUE_ABOVE) : title]):
        dates = find_dates(block.text) if block.length <= 40 else []
        for moment in dates[:1]:
            if moment.day is None or _TODAY.search(fold(block.text)):
                continue
            day = rf"{moment.year:04}\D?{moment.month or 0:02}\D?{moment.day:02}"
            if re.search(day, url):
                return Published(moment, "above the title, borne out by the address")
            if printed and len(block.text) <= len(moment.raw) + 16:
                return Published(moment, "day of the printed issue")
    return None


def find_published(
    page: Blocks,
    declared: Declared,
    title: int | None,
    body: tuple[int, int] | None,
    zone: tzinfo,
    url: str = "",
    *,
    abroad: bool = False,
) -> Published | None:
    """Find the date; `title` and `body` are block numbers, the body's end exclusive; `url` only bears a day out.

    `abroad`: the page is not in its source's language, so that a clock without an offset is in nobody knows whose
    zone, and a declared instant is worth more.
    """
    said = _declared(declared)
    if abroad and said is not None and said.moment.hour is not None and said.moment.offset is not None:
        return said
    size = len(page.blocks)
    start, end = body if body else (size, size)
    first = title if title is not None and title < end else max(0, start - 12)
    places = (
        ("between title and text", range(max(0, first), min(start + 3, end, size)), first, 0.0),
        ("above the title", range(max(0, first - 4), first), first, 3.0),
        ("in the head of the text", range(min(start + 3, end), min(start + 40, end)), start, 1.0),
        ("below the text", range(max(end - 3, start), min(end + 8, size)), end, 2.5),
    )
    for place, numbers, origin, least in places:
        found = _in_blocks(page, numbers, origin)
        if found and place == "in the head of the text" and found[1].hour is None:
            continue
        if found and found[0] >= least - (0.0 if place != "between title and text" else 1.5):
            return _sharpen(Published(found[1], place), said, zone)
    return said or _time_element(page, first, start + 3) or _issue(page, first, url)

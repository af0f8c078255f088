"""Owns the reading of dates as Chinese pages write them: precision kept, nothing completed from elsewhere.

Read: 2020年02月05日 19:01, 2020-02-05 19:01:21, 2020.2.5, 20200205, ISO 8601 with offset, 二〇二〇年二月五日 (and ○,
O, 零), full-width digits, 民國109年2月5日, 上午/下午, 18-03-08 23:16, RFC 2822 and the names of
months in a dozen Western languages. Lunar dates stay unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.text import narrow

__all__ = ["Moment", "find_dates", "zone_of"]

_HAN_DIGITS = "〇○零一二三四五六七八九"
_MONTHS = {
    start: number
    for number, starts in enumerate(
        (
            "jan ene gen",
            "feb fev fév",
            "mar mär mrz",
            "apr avr abr",
            "may mai maj mag mei",
            "jun juin giu",
            "jul juil lug",
            "aug aoû aou ago",
            "sep set",
            "oct okt ott out",
            "nov",
            "dec dez dic déc des",
        ),
        1,
    )
    for start in starts.split()
}
"""How the names of the months begin in English, German, French, Spanish, Portuguese, Italian and the Nordic ones."""

_MONTH = r"(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")[a-zçéûü]{0,8}\.?"

_CLOCK = (
    r"(?:[\sT,|·]{0,4}(?:(?:HKT|北京时间|北京時間)\s?)?(?:(?:at|um|à|às|ore|kl\.?)\s)?(?:\(?(?:星期|周|週|禮拜)[一二三四五六日天]\)?[\s,]{0,3})?"
    r"(?P<half>上午|下午|晚上|晚间|晚間|凌晨|中午|早上)?\s?(?P<hour>[01]?\d|2[0-3])\s?[:时時点點h]\s?(?P<minute>[0-5]\d)"
    r"(?:\s?[:分]\s?(?P<second>[0-5]\d)(?:\.\d{1,9})?)?分?(?:\s?(?P<pm>[AaPp]\.?[Mm]\b\.?))?"
    r"\s?(?P<offset>Z\b|(?:UTC|GMT)\b(?!\s?[+-])|(?:UTC|GMT)?\s?[+-]\d{2}:?\d{2}\b)?)?"
)
_NUMERIC = re.compile(
    r"(?<![\d.])(?P<year>(?:19|20)\d\d)\s?(?P<s>[-/.年])\s?(?P<month>1[0-2]|0?[1-9])\s?(?:(?P=s)|[月/.-])\s?"
    r"(?P<day>3[01]|[12]\d|0?[1-9])(?!\d{2}(?!:))\s?[日号號]?" + _CLOCK
)
_COMPACT = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>1[0-2]|0[1-9])(?P<day>3[01]|[12]\d|0[1-9])(?!\d)")
_YEAR_MONTH = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)\s?年\s?(?P<month>1[0-2]|0?[1-9])\s?月(?!\s?\d)")
_SHORT = re.compile(
    r"(?<![\d-])(?P<year>\d\d)-(?P<month>1[0-2]|0[1-9])-(?P<day>3[01]|[12]\d|0[1-9])\s?(?=\d)" + _CLOCK[:-1]
)
_MINGUO = re.compile(
    r"(?:民國|民国)\s?(?P<minguo>\d{2,3})\s?[年./-]\s?(?P<month>1[0-2]|0?[1-9])\s?[月./-]\s?(?P<day>3[01]|[12]\d|"
    r"0?[1-9])\s?日?" + _CLOCK
)
_HAN = re.compile(
    rf"(?P<year>[一二][{_HAN_DIGITS}Oo0]{{3}})年(?:(?P<month>十[一二]?|[一二三四五六七八九元])月"
    rf"(?:(?P<day>[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])日)?)?"
)
_NAMED = (
    re.compile(
        rf"(?<![^\W\d])(?P<name>{_MONTH})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>(?:19|20)\d\d)" + _CLOCK, re.I
    ),
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|º|er)?\.?[\s-](?:de\s)?(?P<name>{_MONTH})(?:\sde)?[\s,-]{{1,2}}"
        r"(?P<year>(?:19|20)\d\d)" + _CLOCK,
        re.I,
    ),
)
"""Western dates with the name of the month."""

_DOTTED = re.compile(
    r"(?<![\d.])(?P<day>3[01]|[12]\d|0?[1-9])\.\s?(?P<month>1[0-2]|0?[1-9])\.\s?(?P<year>(?:19|20)\d\d)(?!\d)" + _CLOCK
)
"""Days with slashes are not read: 03/04/2020 is April in one country and March in another."""

_DATED = re.compile(r"[\d年]")
"""Without one of these there is no date: most lines are passed over at once."""

_YEAR = re.compile(r"(?:19|20)\d\d")
_SHORT_DAY = re.compile(r"\d\d-[01]\d-")
_LETTER = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as precise as it was written."""

    year: int
    month: int | None
    day: int | None
    hour: int | None
    minute: int | None
    second: int | None
    offset: timezone | None
    """As written beside it; None when the page leaves it to its own zone."""
    raw: str
    start: int = 0
    """Where in the text it stood."""

    @property
    def precision(self) -> str:
        """year | month | day | minute | second."""
        if self.second is not None:
            return "second"
        if self.minute is not None:
            return "minute"
        return "day" if self.day is not None else "month" if self.month is not None else "year"

    @property
    def wall(self) -> tuple[int | None, ...]:
        """Year, month, day, hour, minute and second as written."""
        return (self.year, self.month, self.day, self.hour, self.minute, self.second)

    def written(self, zone: tzinfo) -> str:
        """Return it by precision: `2020`, `2020-02`, `2020-02-05`, or ISO 8601 with offset."""
        if self.hour is None:
            parts = [f"{self.year:04}"] + [f"{part:02}" for part in (self.month, self.day) if part is not None]
            return "-".join(parts)
        return self.instant(zone).isoformat()

    def instant(self, zone: tzinfo) -> datetime:
        """Return the earliest instant meant, in the zone written or else in `zone`."""
        moment = datetime(
            self.year,
            self.month or 1,
            self.day or 1,
            self.hour or 0,
            self.minute or 0,
            self.second or 0,
            tzinfo=self.offset or zone,
        )
        # A server that writes UTC means the instant; the page's day is that of its readers.
        return moment.astimezone(zone) if self.offset is UTC else moment

    def utc(self, zone: tzinfo) -> str:
        """Return the earliest instant meant as `2020-02-05T11:01:00Z`."""
        return self.instant(zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its IANA name, +08:00 when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone(timedelta(hours=8))


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    digits = re.sub(r"[^\d+-]", "", text)
    minutes = int(digits[1:3]) * 60 + int(digits[3:5])
    if minutes == 0:
        return UTC
    return timezone(timedelta(minutes=-minutes if digits[0] == "-" else minutes)) if minutes < 24 * 60 else None


def _hour(groups: dict[str, str | None]) -> int | None:
    if not groups.get("hour"):
        return None
    hour = int(groups["hour"] or 0)
    half = (groups.get("half") or "") + (groups.get("pm") or "").lower().replace(".", "")
    if half in ("下午", "晚上", "晚间", "晚間", "pm") and hour < 12:
        return hour + 12
    return 0 if half in ("am", "凌晨") and hour == 12 else hour


def _han_number(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "元":
        return 1
    tens, ten, ones = text.rpartition("十")
    value = (_HAN_DIGITS.index(tens) - 2 if tens else 1) * 10 if ten else 0
    return value + (_HAN_DIGITS.index(ones) - 2 if ones else 0)


def _year(groups: dict[str, str | None]) -> int:
    if minguo := groups.get("minguo"):
        return int(minguo) + 1911
    text = groups["year"] or ""
    if not text.isascii():
        digits = [max(0, _HAN_DIGITS.index(c) - 2) if c in _HAN_DIGITS else 0 for c in text]
        return int("".join(map(str, digits)))
    return int(text) + 2000 if len(text) == 2 else int(text)


def _int(text: str | None) -> int | None:
    return int(text) if text else None


def _month(name: str) -> int:
    """Return the number of a month; 0, which is none, where only a pattern without case takes `ſep` for `sep`."""
    return _MONTHS.get(name[:4]) or _MONTHS.get(name[:3], 0)


def _moment(match: re.Match[str], original: str) -> Moment | None:
    groups = match.groupdict()
    month = groups.get("month")
    day = groups.get("day")
    if name := groups.get("name"):
        number: int | None = _month(name.lower())
    else:
        number = _int(month) if month is None or month.isdecimal() else _han_number(month)
    day_number = _int(day) if day is None or day.isdecimal() else _han_number(day)
    hour = _hour(groups)
    raw = original[match.start() : match.end()].strip()
    found = Moment(
        _year(groups),
        number,
        day_number,
        hour,
        _int(groups.get("minute")) if hour is not None else None,
        _int(groups.get("second")) if hour is not None else None,
        _offset(groups.get("offset")),
        raw,
        match.start(),
    )
    try:
        datetime(found.year, 1 if found.month is None else found.month, found.day or 1)
    except ValueError:
        return None
    # Before the web nothing was published on it, and 2100 is no date but a number.
    return found if 1900 <= found.year <= 2099 else None


def _patterns_for(narrowed: str) -> Iterator[re.Pattern[str]]:
    """Yield the patterns that a line may hold, by what each cannot do without, in the order in which they count."""
    year = _YEAR.search(narrowed) is not None
    if year:
        yield _NUMERIC
    if "民" in narrowed:
        yield _MINGUO
    if "年" in narrowed:
        yield _HAN
    if year and _LETTER.search(narrowed):
        yield from _NAMED
    if year and "." in narrowed:
        yield _DOTTED
    if _SHORT_DAY.search(narrowed):
        yield _SHORT
    if year and "年" in narrowed:
        yield _YEAR_MONTH
    if year:
        yield _COMPACT


def find_dates(text: str) -> list[Moment]:
    """Return the dates in `text` in order of place; of overlapping readings the longest is kept."""
    if not _DATED.search(text):
        return []
    narrowed = narrow(text)
    found: list[tuple[int, int, Moment]] = []
    for pattern in _patterns_for(narrowed):
        for match in pattern.finditer(narrowed):
            taken = any(start < match.end() and match.start() < end for start, end, _ in found)
            moment = None if taken else _moment(match, text)
            if moment:
                found.append((match.start(), match.end(), moment))
    return [moment for _, _, moment in sorted(found, key=lambda item: item[0])]

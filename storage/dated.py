"""Owns addresses that hold a day: `{date:%Y%m/%d}` is the day in the source's zone, as e-papers have it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from storage.errors import UsageError

__all__ = ["expand_dates"]

_TEMPLATE: Final = re.compile(r"\{date:([^{}]*)\}")
_DIRECTIVE: Final = re.compile(r"%(-?.?)", re.S)
_FORMS: Final = {"Y": "04d", "y": "02d", "m": "02d", "d": "02d", "j": "03d", "-m": "d", "-d": "d", "-j": "d"}


def expand_dates(template: str, at: datetime, timezone: str) -> str:
    """Put the day of `at` (aware) in `timezone` (an IANA name) for every `{date:…}` of `template`.

    Inside stand %Y %y %m %d %j, %-m %-d %-j without leading zeros, %% and plain text; no locale takes part.

    Raises:
        UsageError: another directive, or a zone that is not known.
    """
    if "{date:" not in template:
        return template
    try:
        day = at.astimezone(ZoneInfo(timezone))
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"timezone {timezone!r} is not known; it must be an IANA name such as Asia/Shanghai"
        ) from error
    return _TEMPLATE.sub(lambda found: _DIRECTIVE.sub(lambda directive: _part(directive[1], day), found[1]), template)


def _part(directive: str, day: datetime) -> str:
    if directive == "%":
        return "%"
    if directive not in _FORMS:
        raise UsageError(f"%{directive} in a date: must be one of %Y %y %m %d %j %-m %-d %-j %%")
    values = {"Y": day.year, "y": day.year % 100, "m": day.month, "d": day.day, "j": day.timetuple().tm_yday}
    return format(values[directive[-1]], _FORMS[directive])

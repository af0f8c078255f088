"""Owns the values that the named fields of a WARC record may have (WARC/1.1 clause 5), as predicates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final

__all__ = ["FORMS", "PROFILES", "TRUNCATIONS", "is_identifier", "media_type"]

TRUNCATIONS: Final = frozenset({"length", "time", "disconnect", "unspecified"})
PROFILES: Final = MappingProxyType(
    {
        f"http://netpreserve.org/warc/{version}/revisit/{name}": name
        for version in ("1.0", "1.1")
        for name in ("identical-payload-digest", "server-not-modified")
    }
)
"""URI of a profile of revisit records -> its name."""

_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-~]+")
"""RFC 3986 and what URLs on the wire hold besides: any visible ASCII but quotes and angle brackets."""
_WEB: Final = re.compile(r"(?i:https?):(?!//[^/?#])")
_IDENTIFIER: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-~]+)>")
_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z)?)?)?")
_DATE_1_0: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER: Final = rf'[ \t]*;[ \t]*{_TOKEN}=(?:{_TOKEN}|"(?:[^"\\]|\\.)*")'
_MEDIA_TYPE: Final = re.compile(rf"({_TOKEN}/{_TOKEN})(?:{_PARAMETER})*[ \t]*;?")
_COUNT: Final = re.compile(r"[0-9]{1,18}")

Form = Callable[[str, str], bool]
"""Whether a value, in a record of a version, is of the form."""


@lru_cache(256)
def is_identifier(value: str, version: str) -> bool:
    """Whether it is a URI in angle brackets; WARC/1.0 was unclear about these."""
    return _IDENTIFIER.fullmatch(value) is not None or (version == "1.0" and _URI.fullmatch(value) is not None)


@lru_cache(256)
def is_uri(value: str, version: str) -> bool:
    """Whether it is an absolute URI, with a host where its scheme is of the web."""
    if version == "1.0" and value.startswith("<") and value.endswith(">"):
        value = value[1:-1]
    return _URI.fullmatch(value) is not None and _WEB.match(value) is None


@lru_cache(256)
def is_date(value: str, version: str) -> bool:
    """Whether it is a day or time that there is, in UTC: to the second in WARC/1.0, of any precision since."""
    match = _DATE.fullmatch(value)
    if match is None or (version == "1.0" and not _DATE_1_0.fullmatch(value)):
        return False
    try:
        if "T" in value:
            datetime.fromisoformat(value.rstrip("Z")[:19])
        else:
            date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return False
    return True


@lru_cache(256)
def media_type(value: str) -> str | None:
    """Return `type/subtype` of a Content-Type, lower case; None when it is none."""
    match = _MEDIA_TYPE.fullmatch(value)
    return match[1].lower() if match else None


@lru_cache(256)
def _is_address(value: str, version: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _is_count(value: str, version: str) -> bool:
    return _COUNT.fullmatch(value) is not None


def _is_media_type(value: str, version: str) -> bool:
    return media_type(value) is not None


def _is_file_name(value: str, version: str) -> bool:
    return bool(value.strip('"')) and "/" not in value


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "warc-record-id": is_identifier,
        "warc-concurrent-to": is_identifier,
        "warc-refers-to": is_identifier,
        "warc-warcinfo-id": is_identifier,
        "warc-segment-origin-id": is_identifier,
        "warc-date": is_date,
        "warc-refers-to-date": is_date,
        "warc-target-uri": is_uri,
        "warc-refers-to-target-uri": is_uri,
        "warc-profile": is_uri,
        "warc-ip-address": _is_address,
        "warc-filename": _is_file_name,
        "content-length": _is_count,
        "warc-segment-number": _is_count,
        "warc-segment-total-length": _is_count,
        "content-type": _is_media_type,
        "warc-identified-payload-type": _is_media_type,
    }
)
"""Field, lower case -> the form of its value."""

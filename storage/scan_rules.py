"""Owns what the header of a WARC record must and must not say, by the type of the record (WARC/1.1 clauses 5 and 6).

Where the standard leaves a choice that our own writer has made, records of ours are held to it, others are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from storage.scan_forms import FORMS, PROFILES, TRUNCATIONS, is_identifier, media_type
from storage.scan_header import Problem, RecordHeader

__all__ = ["IDENTICAL", "header_problems"]

IDENTICAL: Final = "identical-payload-digest"

_TYPES: Final = frozenset(
    {"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"}
)
_MANDATORY: Final = ("warc-type", "warc-record-id", "warc-date", "content-length")
_CAPTURED: Final = frozenset({"response", "resource", "request", "metadata", "revisit"})
_ALLOWED: Final = MappingProxyType(
    {
        "warc-target-uri": _TYPES - {"warcinfo"},
        "warc-warcinfo-id": _TYPES - {"warcinfo"},
        "warc-concurrent-to": _CAPTURED,
        "warc-ip-address": _CAPTURED,
        "warc-refers-to": frozenset({"metadata", "revisit", "conversion"}),
        "warc-refers-to-target-uri": frozenset({"revisit"}),
        "warc-refers-to-date": frozenset({"revisit"}),
        "warc-profile": frozenset({"revisit"}),
        "warc-filename": frozenset({"warcinfo"}),
        "warc-payload-digest": _TYPES - {"warcinfo", "metadata"},
        "warc-identified-payload-type": _TYPES - {"warcinfo", "metadata"},
        "warc-segment-origin-id": frozenset({"continuation"}),
        "warc-segment-total-length": frozenset({"continuation"}),
    }
)
"""Field, lower case -> the types of record that may have it; all may have the others."""
_NEEDED: Final = MappingProxyType(
    {
        "response": ("warc-target-uri",),
        "resource": ("warc-target-uri",),
        "request": ("warc-target-uri",),
        "revisit": ("warc-target-uri",),
        "conversion": ("warc-target-uri",),
        "continuation": ("warc-target-uri", "warc-segment-origin-id", "warc-segment-number"),
    }
)
_NEEDED_BY_US: Final = MappingProxyType(
    {
        "warcinfo": ("content-type", "warc-filename"),
        "response": ("content-type", "warc-warcinfo-id"),
        "resource": ("content-type", "warc-warcinfo-id"),
        "request": ("content-type", "warc-warcinfo-id"),
        "metadata": ("content-type", "warc-warcinfo-id", "warc-target-uri"),
        "revisit": ("warc-warcinfo-id", "warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date"),
        "conversion": ("warc-refers-to",),
    }
)


def header_problems(header: RecordHeader, *, ours: bool) -> Iterator[Problem]:
    """Yield what is wrong with the fields of a record; `ours` says that our program wrote it."""
    yield from header.problems
    yield from _shape_problems(header.type, tuple(header.fields), ours)
    if header.type not in _TYPES:
        return
    for name, value in header.fields.items():
        form = FORMS.get(name)
        if form is not None and not form(value, header.version):
            yield "malformed-field", f"{name} cannot be {value[:100]!a}"
    for value in header.concurrent_to[1:]:
        if not is_identifier(value, header.version):
            yield "malformed-field", f"warc-concurrent-to cannot be {value[:100]!a}"
    reason = header.fields.get("warc-truncated")
    if reason is not None and reason not in TRUNCATIONS:
        yield "truncation", f"WARC-Truncated is {reason[:40]!a}, not one of {', '.join(sorted(TRUNCATIONS))}"
    if header.block_bytes:
        yield from _content_type_problems(header, ours)
    if header.type == "revisit":
        yield from _revisit_problems(header)


@lru_cache(64)
def _shape_problems(kind: str, names: tuple[str, ...], ours: bool) -> tuple[Problem, ...]:
    """Return which fields are missing or out of place; records come in few shapes, so this is asked over and over."""
    problems = [("missing-field", f"no {name}") for name in _MANDATORY if name not in names]
    if kind not in _TYPES:
        return (*problems, *([("unknown-type", f"WARC-Type is {kind[:40]!a}")] if kind else []))
    needed = _NEEDED.get(kind, ()) + (_NEEDED_BY_US.get(kind, ()) if ours else ())
    problems += [("missing-field", f"a {kind} record without {name}") for name in needed if name not in names]
    for name in names:
        if kind not in _ALLOWED.get(name, _TYPES):
            problems.append(("misplaced-field", f"a {kind} record may not have {name}"))
    return tuple(problems)


def _content_type_problems(header: RecordHeader, ours: bool) -> Iterator[Problem]:
    kind, declared = header.type, header.fields.get("content-type")
    found = media_type(declared) if declared is not None else None
    of_the_web = header.fields.get("warc-target-uri", "").lstrip("<").lower().startswith(("http:", "https:"))
    if kind in ("response", "request", "revisit") and of_the_web:
        side = "request" if kind == "request" else "response"
        message = (declared or "").lower().replace(" ", "").partition(";msgtype=")[2].strip('"')
        if found != "application/http" or message not in ("", side) or (ours and not message):
            yield "content-type", f"a {kind} record is application/http; msgtype={side}, not {str(declared)[:100]!a}"
    elif ours and kind in ("warcinfo", "metadata") and found != "application/warc-fields":
        yield "content-type", f"a {kind} record is application/warc-fields, not {str(declared)[:100]!a}"


def _revisit_problems(header: RecordHeader) -> Iterator[Problem]:
    fields = header.fields
    profile = PROFILES.get(fields.get("warc-profile", ""))
    if profile is None:
        yield (
            "revisit",
            f"WARC-Profile is {fields.get('warc-profile', '')[:100]!a}, which nobody knows how to read",
        )
    if "warc-refers-to" not in fields and not {"warc-refers-to-target-uri", "warc-refers-to-date"} <= fields.keys():
        yield "revisit", "it refers to no record, neither by id nor by URI and date"
    if profile == IDENTICAL and "warc-payload-digest" not in fields:
        yield "revisit", "its payload is said to be identical, but it has no payload digest"
    if profile == IDENTICAL and header.block_bytes and fields.get("warc-truncated") != "length":
        yield "revisit", "it keeps headers without payload, but WARC-Truncated does not say length"

"""Owns the header of a WARC record as an audit reads it: every named field, and whatever its form gets wrong.

WARC/1.1 clause 4: a version line, then lines `name: value`, each ended by CRLF, then an empty line. A folded line,
which the grammar allows, is taken; all else that departs from it is a problem, and the reading goes on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

__all__ = ["MAX_HEADER_BYTES", "Problem", "RecordHeader", "read_header", "split_header"]

Problem = tuple[str, str]
"""Kind of finding, and what is wrong."""

MAX_HEADER_BYTES: Final = 1 << 20
_END: Final = b"\r\n\r\n"
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")

_VERSION: Final = re.compile(r"WARC/(1\.[01])")
_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NO_CONTROL: Final = bytes(byte for byte in range(256) if byte >= 0x20 and byte != 0x7F) + b"\t\r\n"
_BARE_LF: Final = re.compile(rb"(?<!\r)\n")
_MANY: Final = frozenset({"warc-concurrent-to"})
_ONCE: Final = frozenset(
    {
        "warc-type",
        "warc-record-id",
        "warc-date",
        "content-length",
        "content-type",
        "warc-block-digest",
        "warc-payload-digest",
        "warc-ip-address",
        "warc-refers-to",
        "warc-refers-to-target-uri",
        "warc-refers-to-date",
        "warc-target-uri",
        "warc-truncated",
        "warc-warcinfo-id",
        "warc-filename",
        "warc-profile",
        "warc-identified-payload-type",
        "warc-segment-origin-id",
        "warc-segment-number",
        "warc-segment-total-length",
    }
)
"""Fields of the standard; those of extensions may be there more than once."""


@dataclass(frozen=True, slots=True)
class RecordHeader:
    """What the header of a record says."""

    version: str
    """`1.1`, `1.0`; empty when it is neither."""
    fields: Mapping[str, str]
    """Value by name in lower case; the first one when there are several."""
    concurrent_to: tuple[str, ...]
    """Every value of WARC-Concurrent-To, as written."""
    problems: tuple[Problem, ...]

    @property
    def type(self) -> str:
        """WARC-Type, empty when there is none."""
        return self.fields.get("warc-type", "")

    @property
    def block_bytes(self) -> int | None:
        """Content-Length, None when it says no number."""
        value = self.fields.get("content-length", "")
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else None


def split_header(plain: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Cut off the header: all before its empty line, what stands for that line, and the rest; None when it has no end.

    A lone LF counts as a line end here, so that it is found and not read over.
    """
    end = plain.find(_END)
    bound = len(plain) if end < 0 else end + 3
    if plain.find(b"\n\n", 0, bound) < 0 and plain.find(b"\n\r\n", 0, bound) < 0:
        return None if end < 0 else (plain[:end], _END, plain[end + len(_END) :])
    found = _BLANK_LINE.search(plain)
    assert found is not None
    return plain[: found.start()], found[0], plain[found.end() :]


def read_header(header: bytes, end: bytes = _END) -> RecordHeader:
    """Read a header: all bytes before its empty line; `end` is what stands for that."""
    problems: list[Problem] = []
    if end != _END or header.count(b"\n") != header.count(b"\r\n"):
        problems.append(("header-line", "a line ends with a bare LF, not CRLF"))
        header = _BARE_LF.sub(b"\r\n", header)
    strange = header.translate(None, _NO_CONTROL)
    if strange or header.count(b"\r") != header.count(b"\r\n"):
        problems.append(("header-line", f"a control character stands in it: {strange[:1] or bytes([13])!a}"))
    first, *lines = _text(header, problems).split("\r\n")
    version = _VERSION.fullmatch(first)
    if version is None:
        problems.append(("version", f"begins with {first[:40]!a}, not with WARC/1.1"))
    fields, concurrent_to = _read_fields(lines, problems)
    return RecordHeader(version[1] if version else "", fields, concurrent_to, tuple(problems))


def _text(header: bytes, problems: list[Problem]) -> str:
    try:
        return header.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(("header-line", f"no UTF-8: {header[error.start : error.start + 40]!a}"))
        return header.decode("utf-8", "replace")


def _read_fields(lines: list[str], problems: list[Problem]) -> tuple[dict[str, str], tuple[str, ...]]:
    fields: dict[str, str] = {}
    concurrent_to: list[str] = []
    for line in lines if not any(line.startswith((" ", "\t")) for line in lines) else _unfold(lines):
        name, colon, value = line.partition(":")
        name = _name(name) if colon else ""
        if not name:
            problems.append(("header-line", f"no named field: {line[:80]!a}"))
            continue
        value = value.strip(" \t")
        if name in _MANY:
            concurrent_to.append(value)
        elif name in fields and name in _ONCE:
            problems.append(("repeated-field", f"{name} is there again: {value[:80]!a}"))
        fields.setdefault(name, value)
    return fields, tuple(concurrent_to)


@lru_cache(256)
def _name(written: str) -> str:
    """Return the name of a field in lower case, empty if it is none."""
    return written.lower() if _NAME.fullmatch(written) else ""


def _unfold(lines: list[str]) -> list[str]:
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:
            unfolded[-1] += " " + line.strip(" \t")
        else:
            unfolded.append(line)
    return unfolded

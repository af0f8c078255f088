"""Owns the head of an HTTP/1.x message: its first line and header lines, read leniently and never altered.

Names and values stay bytes, in the order, case and number received. What real servers send is taken as meant: bare LF,
folded lines, spaces or non-ASCII bytes in names, `X-A : v`, GBK bytes in values. A line without a colon is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from storage.block import Block

__all__ = [
    "MAX_HEAD_BYTES",
    "MAX_HEAD_LINES",
    "Head",
    "head_of_lines",
    "header",
    "header_values",
    "parse_head",
    "whole_head",
]

MAX_HEAD_BYTES = 256 * 1024
"""A head longer than this is an attack, not a head (an endless one cost 344 MB in 30 s)."""
MAX_HEAD_LINES = 1000

_COMMON_BYTES = 8 * 1024
_HEADS_KEPT = 128
"""Parsed heads of up to _COMMON_BYTES each: 24 MB if all are of a thousand tiny lines. From the wire to the catalogue
one head is asked for six times, each 20 µs; with 16 fetches at once it is asked for the last time long before so many
others came.
"""
_STATUS_LINE = re.compile(rb"HTTP/(\d{1,3}(?:\.\d{1,3})?)[ \t]+(\d{3})(?!\d)[ \t]*(.*)", re.IGNORECASE | re.DOTALL)
_SPACE = b" \t"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a response as received, and what its status line says."""

    status: int | None
    """None when there is no status line or it cannot be read."""
    reason: bytes
    version: str
    """`1.1`, `1.0`; `0.9` without a status line."""
    headers: tuple[tuple[bytes, bytes], ...]
    """Name and value of each header line; folded lines joined by one space."""
    _names: tuple[bytes, ...] = field(init=False, repr=False, compare=False)
    """In lower case."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_names", tuple([name.lower() for name, _ in self.headers]))

    def values(self, name: bytes) -> list[bytes]:
        """Return every value of the header whose name in lower case is `name`, in order."""
        if name not in self._names:
            return []
        return [value for known, (_, value) in zip(self._names, self.headers, strict=True) if known == name]


def header(headers: tuple[tuple[bytes, bytes], ...], name: bytes | str) -> bytes | None:
    """Return the first value of `name`, whatever its case; None when absent."""
    values = header_values(headers, name)
    return values[0] if values else None


def header_values(headers: tuple[tuple[bytes, bytes], ...], name: bytes | str) -> list[bytes]:
    """Return every value of `name`, whatever its case, in order."""
    wanted = name.encode("latin-1") if isinstance(name, str) else name
    wanted = wanted.lower()
    return [value for key, value in headers if key.lower() == wanted]


def parse_head(message: Block) -> Head:
    """Read the head at the start of `message`, up to its empty line, its end or the caps; nothing in it is refused."""
    message = message[:MAX_HEAD_BYTES]
    found = whole_head(message)
    return _parse_by_line(message) if found is None else found[0]


def whole_head(message: bytes, at: int = 0) -> tuple[Head, int] | None:
    """Return the head that begins at `at`, and where it ends, if it is all there and of common form.

    None leaves it to whoever reads line by line, and would read the same.
    """
    if not message.startswith(b"HTTP/", at):
        return None
    last = message.find(b"\n\r\n", at, at + _COMMON_BYTES)
    if last < 0 or message.find(b"\n\n", at, last + 1) >= 0:
        return None
    head = _parse_whole(message[at : last + 1])
    return None if head is None else (head, last + 3)


@lru_cache(maxsize=_HEADS_KEPT)
def _parse_whole(content: bytes) -> Head | None:
    lines = content.replace(b"\r\n", b"\n")[:-1].split(b"\n")
    return head_of_lines(lines) if len(lines) <= MAX_HEAD_LINES else None


def _parse_by_line(message: bytes) -> Head:
    lines: list[bytes] = []
    at, end = 0, len(message)
    while at < end and len(lines) <= MAX_HEAD_LINES:
        stop = message.find(b"\n", at, end)
        stop = end if stop < 0 else stop
        line = _without_cr(message[at:stop])
        at = stop + 1
        if line:
            lines.append(line)
        elif lines:
            break
    return head_of_lines(lines)


def head_of_lines(lines: list[bytes]) -> Head:
    """Build a Head from its lines, status line first, without their line ends."""
    if not lines or lines[0][:5].upper() != b"HTTP/":
        return Head(None, b"", "0.9", ())
    headers = _headers(lines[1:])
    match = _STATUS_LINE.match(lines[0])
    if match is None:
        return Head(None, b"", "1.0", headers)
    return Head(int(match[2]), match[3].rstrip(_SPACE), match[1].decode("ascii"), headers)


def _headers(lines: list[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    fields: list[tuple[bytes, bytes]] = []
    is_folded = False
    for line in lines:
        if line[:1] in (b" ", b"\t"):  # obsolete line folding, RFC 9112 section 5.2
            if fields:
                name, value = fields[-1]
                fields[-1] = (name, value + b" " + line.strip(_SPACE))
                is_folded = True
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip(_SPACE)
        if colon and name:
            fields.append((name, value.strip(_SPACE)))
    return tuple([(name, value.strip(_SPACE)) for name, value in fields] if is_folded else fields)


def _without_cr(line: bytes) -> bytes:
    return line[:-1] if line.endswith(b"\r") else line

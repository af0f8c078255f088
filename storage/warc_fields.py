r"""Owns the form `application/warc-fields`: named values one a line, written so that no value can forge a field.

    name: value CRLF

Names are words joined by hyphens. Values are UTF-8. Servers have a hand in many of them, so what could end a line, or
would not survive, is written as in a C string: `\\`, `\r`, `\n`, other control characters and Unicode line ends as
`\xNN` or `\uNNNN`, lone surrogates likewise, a blank at either end as `\x20`. Canonical URLs hold none of these and
stay as they are. Reading gives back exactly the text that was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, TypeVar

from storage.stamps import stamp

__all__ = [
    "NOTE",
    "Described",
    "FieldError",
    "escape",
    "instant",
    "parse_fields",
    "render_fields",
    "timestamp",
    "unescape",
]

T = TypeVar("T")

NOTE: Final = "note"
"""The only field that may be there more than once."""

Fields = tuple[tuple[str, str], ...]

_MAX_FIELDS_BYTES: Final = 4 * 1024 * 1024
_UNSAFE: Final = re.compile("[\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]|^\\s|\\s\\Z")
_ESCAPE: Final = re.compile(r"\\(?:[\\rn]|x[0-9a-f]{2}|u[0-9a-f]{4})")
_SHORT: Final = {"\\": "\\\\", "\r": "\\r", "\n": "\\n"}
_LONG: Final = {short: char for char, short in _SHORT.items()}
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")


class FieldError(ValueError):
    """A field is missing or does not say what it must; the message names it."""


class Described:
    """The fields of one block, asked for by name and form."""

    def __init__(self, block: bytes) -> None:
        """Read `block`.

        Raises:
            FieldError: it is not of the form, or a field that may not is repeated.
        """
        try:
            fields, self.rest = parse_fields(block)
        except ValueError as error:
            raise FieldError(str(error)) from error
        self.notes = tuple(value for name, value in fields if name == NOTE)
        self._values = {name: value for name, value in fields if name != NOTE}
        if len(self._values) + len(self.notes) != len(fields):
            raise FieldError("a field is there twice")

    def __contains__(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self._values

    def beginning(self, prefix: str) -> tuple[tuple[str, str], ...]:
        """Return the fields whose names begin with `prefix`, in order, without it."""
        return tuple((name[len(prefix) :], value) for name, value in self._values.items() if name.startswith(prefix))

    def optional(self, name: str) -> str | None:
        """Return the value of `name`, None when it is not there."""
        return self._values.get(name)

    def text(self, name: str) -> str:
        """Return the value of `name`, which must be there."""
        value = self._values.get(name)
        if value is None:
            raise FieldError(f"{name}: missing")
        return value

    def read(self, name: str, form: Callable[[str], T]) -> T:
        """Return the value of `name` as `form` reads it."""
        value = self.text(name)
        try:
            return form(value)
        except ValueError as error:
            raise FieldError(f"{name}: {error}") from error


def escape(text: str) -> str:
    """Write `text` on one line, with nothing in it that a line reader or UTF-8 would trip over."""
    # Nearly every value is plain, and known to be at a third of the cost of a search for what is not.
    if text.isprintable() and "\\" not in text and text[:1] != " " != text[-1:]:
        return text
    return _UNSAFE.sub(_escaped, text)


def unescape(text: str) -> str:
    """Return what `escape` was given.

    Raises:
        ValueError: a backslash that begins no escape.
    """
    stray = _ESCAPE.sub("", text).find("\\")
    if stray >= 0:
        raise ValueError("a backslash begins no escape")
    return _ESCAPE.sub(_unescaped, text)


def render_fields(fields: Iterable[tuple[str, str]]) -> bytes:
    """Return `fields` as lines; values are escaped, names must be fit."""
    lines = []
    for name, value in fields:
        if not _is_name(name):
            raise ValueError(f"no field name: {name!r}")
        lines.append(f"{name}: {escape(value)}\r\n")
    return "".join(lines).encode("utf-8")


def parse_fields(block: bytes) -> tuple[Fields, bytes]:
    """Return the fields of `block` and what follows the empty line after them.

    Raises:
        ValueError: a line that is no field, or that `render_fields` cannot have written.
    """
    head, blank, rest = (b"", b"\r\n", block[2:]) if block.startswith(b"\r\n") else block.partition(b"\r\n\r\n")
    if blank and head:
        head += b"\r\n"
    if len(head) > _MAX_FIELDS_BYTES:
        raise ValueError(f"more than {_MAX_FIELDS_BYTES} bytes of fields")
    if head and not head.endswith(b"\r\n"):
        raise ValueError("the last field has no line end")
    return tuple(_parse_line(line) for line in head.decode("utf-8").split("\r\n")[:-1]), rest


def timestamp(at: datetime) -> str:
    """Write an aware `at` as UTC with microseconds, `2026-11-22T13:45:00.123456Z`: the WARC-Date of WARC/1.1."""
    if at.tzinfo is None:
        raise ValueError(f"a time without zone: {at!r}")
    return stamp(at)


def instant(text: str) -> datetime:
    """Read a WARC-Date of second to microsecond precision (W3C profile of ISO 8601, UTC).

    Raises:
        ValueError: anything else.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"no UTC time of the form 2026-11-22T13:45:00.123456Z: {text[:80]!r}")
    whole = datetime.fromisoformat(match[1])
    return whole.replace(microsecond=int((match[2] or "0")[:6].ljust(6, "0")), tzinfo=UTC)


@lru_cache(maxsize=256)
def _is_name(name: str) -> bool:
    """Whether `name` is fit; the same few dozen are asked about for every page."""
    return _NAME.fullmatch(name) is not None


def _parse_line(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(": ")
    if not colon or not _NAME.fullmatch(name):
        raise ValueError(f"no field: {line[:80]!r}")
    return name, unescape(value)


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT:
        return _SHORT[char]
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def _unescaped(match: re.Match[str]) -> str:
    escaped = match[0]
    return _LONG[escaped] if escaped in _LONG else chr(int(escaped[2:], 16))

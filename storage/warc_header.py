"""Owns the header of a WARC record: its version line and named fields, refused unless they are of the form (WARC/1.1
section 4).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from storage.errors import WarcError

__all__ = ["parse_header"]

_MAX_FIELDS: Final = 1000
_VERSION: Final = re.compile(rb"WARC/1\.[01]")
_REQUIRED: Final = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
_FORMS: Final = {"Content-Length": re.compile(r"[0-9]{1,18}"), "WARC-Record-ID": re.compile(r"<[^<>\s]{1,512}>")}


def parse_header(header: bytes, fault: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    """Return the named fields of a header in their order; `fault` puts file and offset before a complaint.

    Raises:
        WarcError: it is not of the form, or a field that every record needs is not there once.
    """
    version, *lines = header.split(b"\r\n")
    if not _VERSION.fullmatch(version):
        raise WarcError(fault("does not begin with WARC/1.1"))
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise WarcError(fault(f"no header line: {line[:80]!a}"))
        fields.append((_text(name, fault), _text(value, fault).strip(" \t")))
        if len(fields) > _MAX_FIELDS:
            raise WarcError(fault(f"more than {_MAX_FIELDS} header lines"))
    _check_required(fields, fault)
    return tuple(fields)


def _check_required(fields: list[tuple[str, str]], fault: Callable[[str], str]) -> None:
    for required in _REQUIRED:
        values = [value for name, value in fields if name.lower() == required.lower()]
        if len(values) != 1:
            raise WarcError(fault(f"{required} must be there once, not {len(values)} times"))
        form = _FORMS.get(required)
        if form is not None and not form.fullmatch(values[0]):
            raise WarcError(fault(f"{required} cannot be {values[0][:80]!a}"))


def _text(content: bytes, fault: Callable[[str], str]) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WarcError(fault(f"no UTF-8 in its header: {content[:80]!a}")) from error

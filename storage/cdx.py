"""Owns the index of captures that replay tools read: CDXJ lines, their order, and the blocks of a compressed index.

A line is `key timestamp {"url": …}`, sorted by its bytes. Only what answers a GET with something to show is in it: a
304 says that an earlier capture still holds, and that one is in it; with the 304 itself a player would show nothing.
Revisits of an identical payload are in, as `warc/revisit`; players find what they refer to by its digest.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, Protocol

from storage.cdx_key import cdx_key
from storage.digest import sha256_of
from storage.model import Capture
from storage.warc_records import target_uri

__all__ = ["BLOCK_LINES", "IndexBlock", "Sink", "cdx_line", "cdx_timestamp", "is_replayable", "write_blocks"]

BLOCK_LINES: Final = 3000
"""Lines of one block of a compressed index: what pywb's ZipNum clusters and most public ones use."""
_DIGITS: Final = 14
_NOT_MODIFIED: Final = 304


class Sink(Protocol):
    """Where the bytes of an export go."""

    def write(self, content: bytes, /) -> object:
        """Take all of `content`."""
        ...


@dataclass(frozen=True, slots=True)
class IndexBlock:
    """One gzip member of a compressed index, by the key and timestamp of its first line."""

    first: str
    offset: int
    length: int
    digest: str


def is_replayable(capture: Capture) -> bool:
    """Whether a player has something to show for `capture`."""
    return capture.method == "GET" and capture.status != _NOT_MODIFIED


def cdx_timestamp(at: datetime, digits: int = _DIGITS) -> str:
    """Return `at` (aware) as the UTC timestamp of replay tools: 14 digits, to the second, or 17, to the millisecond."""
    moment = at.astimezone(UTC)
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03}"[:digits]


def cdx_line(
    capture: Capture, *, filename: str | None = None, offset: int | None = None, digits: int = _DIGITS
) -> bytes:
    """Return the line of `capture`, whose record lies in `filename` at `offset` where these differ from the archive's.

    `digits` is 14 (pywb) or 17: by the second alone a player takes a later capture for the one that a revisit names.
    """
    fields: dict[str, Any] = {
        "url": target_uri(capture.url),
        "mime": "warc/revisit" if capture.kind == "revisit" else capture.mime or "unk",
        "status": "-" if capture.status is None else str(capture.status),
        "digest": capture.payload_digest,
        "length": str(capture.warc_length),
        "offset": str(capture.warc_offset if offset is None else offset),
        "filename": capture.warc_file if filename is None else filename,
    }
    head = f"{cdx_key(capture.url)} {cdx_timestamp(capture.captured, digits)} "
    return (head + json.dumps(fields) + "\n").encode("ascii")


def write_blocks(lines: Iterable[bytes], out: Sink, *, block_lines: int = BLOCK_LINES) -> Iterator[IndexBlock]:
    """Write sorted `lines` to `out` as gzip members of `block_lines` lines each, yielding each as it is written."""
    offset = 0
    rows = iter(lines)
    while block := list(islice(rows, block_lines)):
        member = gzip.compress(b"".join(block), mtime=0)
        out.write(member)
        key, timestamp, _ = block[0].decode("ascii").split(" ", 2)
        yield IndexBlock(f"{key} {timestamp}", offset, len(member), sha256_of(member))
        offset += len(member)

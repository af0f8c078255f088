"""Owns reading WARC records with the standard library alone, as a librarian would in twenty years."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Record", "read_member", "read_records"]


@dataclass(frozen=True)
class Record:
    """One record: its named fields, lower case, the last of each name, and its block."""

    fields: dict[str, str]
    block: bytes
    concurrent_to: tuple[str, ...] = ()
    """Ids in WARC-Concurrent-To, which may be repeated, without brackets."""

    @property
    def type(self) -> str:
        """Return WARC-Type."""
        return self.fields["warc-type"]

    @property
    def id(self) -> str:
        """Return WARC-Record-ID without brackets."""
        return self.fields["warc-record-id"].strip("<>")

    @property
    def target(self) -> str:
        """Return WARC-Target-URI."""
        return self.fields.get("warc-target-uri", "")


def read_member(path: Path, offset: int, length: int) -> Record:
    """Return the record that is the gzip member of `length` bytes at `offset`."""
    with path.open("rb") as file:
        file.seek(offset)
        plain = gzip.decompress(file.read(length))
    records = list(_split(io.BytesIO(plain)))
    assert len(records) == 1, "a member holds one record"
    return records[0]


def read_records(path: Path) -> list[Record]:
    """Return all records of a file."""
    with gzip.open(path) as file:
        return list(_split(io.BytesIO(file.read())))


def _split(plain: io.BytesIO) -> Iterator[Record]:
    while version := plain.readline():
        assert version == b"WARC/1.1\r\n", version
        fields: dict[str, str] = {}
        concurrent_to: list[str] = []
        while (line := plain.readline()) != b"\r\n":
            name, _, value = line.decode("utf-8").partition(":")
            fields[name.lower()] = value.strip()
            if name.lower() == "warc-concurrent-to":
                concurrent_to.append(value.strip(" <>\r\n"))
        block = plain.read(int(fields["content-length"]))
        assert plain.read(4) == b"\r\n\r\n"
        yield Record(fields, block, tuple(concurrent_to))

"""Owns reading WARC records with the standard library alone, as a librarian would in twenty years."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Attempted", "Record", "attempts_in", "payload_of", "read_member", "read_records"]


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


@dataclass(frozen=True)
class Attempted:
    """One attempt, put together from its records: each metadata record names the others in WARC-Concurrent-To."""

    metadata: Record
    said: dict[str, str]
    """Fields of the metadata record's block; the last of each name."""
    request: Record | None
    response: Record | None
    """A response or a revisit."""
    interim: bytes
    surplus: bytes
    framing: bytes = b""
    """Of a revisit: what of the body was not payload."""
    original: Record | None = None
    """Of a revisit: the response that holds its payload."""

    @property
    def asked(self) -> bytes:
        """Return the bytes that went out."""
        return b"" if self.request is None else self.request.block

    @property
    def received(self) -> bytes:
        """Return the bytes that came in; of a revisit put together from three records."""
        block = b"" if self.response is None else self.response.block
        if self.original is not None:
            block += interleaved(self.framing, payload_of(self.original.block))
        return self.interim + block + self.surplus


def attempts_in(records: list[Record]) -> list[Attempted]:
    """Return the attempts that the records are of, in order."""
    known = {record.id: record for record in records}
    found = []
    for record in records:
        if record.type != "metadata":
            continue
        head, _, rest = record.block.partition(b"\r\n\r\n")
        said = dict(line.split(": ", 1) for line in head.decode("utf-8").splitlines())
        if "role" in said:
            others = {known[other].type: known[other] for other in record.concurrent_to}
            interim, surplus = int(said.get("interim-length", 0)), int(said.get("surplus-length", 0))
            pieces = rest[:interim], rest[interim : interim + surplus], rest[interim + surplus :]
            revisit = others.get("revisit")
            original = None
            if revisit is not None and revisit.fields["warc-profile"].endswith("/identical-payload-digest"):
                original = known[revisit.fields["warc-refers-to"].strip("<>")]
            response = others.get("response", revisit)
            found.append(Attempted(record, said, others.get("request"), response, *pieces, original))
    return found


def payload_of(response: bytes) -> bytes:
    """Return the payload of a whole response: its body without chunk framing."""
    head, empty_line, body = response.partition(b"\r\n\r\n")
    if not empty_line or (b"\n\n" in head):
        head, _, body = response.partition(b"\n\n")
    payload = b""
    if not re.search(rb"^transfer-encoding *: *chunked", head, re.IGNORECASE | re.MULTILINE):
        return body
    while size := int((line := body[: body.index(b"\n") + 1]).partition(b";")[0], 16):
        start = len(line)
        payload += body[start : start + size]
        body = body[start + size :].partition(b"\n")[2]
    return payload


def interleaved(framing: bytes, payload: bytes) -> bytes:
    """Return the body that had this framing around this payload."""
    body = b"" if framing else payload
    while framing:
        line, newline, framing = framing.partition(b"\n")
        body += line + newline
        size = int(line.partition(b";")[0], 16)
        if not size:
            return body + framing
        end, newline, framing = framing.partition(b"\n")
        body += payload[:size] + end + newline
        payload = payload[size:]
    return body


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

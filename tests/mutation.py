"""Owns the hands that spoil a WARC file: it comes as its records, uncompressed and in order, and goes as bytes.

Where a forger would, lengths and digests are put right again, so that only what a mutation is about is wrong.
"""

from __future__ import annotations

import gzip
import re
from base64 import b32encode
from collections.abc import Callable
from hashlib import sha1, sha256
from pathlib import Path

from storage.http_message import payload_of
from storage.reader import records
from tests.storage.exchanges import ATTEMPT, BODY, exchange, files, revisit, writer

Mutation = Callable[[list[bytes]], bytes]
Change = Callable[[bytes], bytes]

NOBODY = b"<urn:uuid:00000000-0000-4000-8000-000000000000>"
CHUNKED, TRUNCATED, LAST = 1, 2, 3
"""Which response of the good file is chunked, which truncated, and which one nobody refers to."""


def good_records(folder: Path) -> tuple[str, list[bytes]]:
    """Write a file with every type of record that we write; return its name and its records, uncompressed."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    not_modified = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    made = writer(folder)
    first = made.append(exchange(0), ATTEMPT)
    assert first is not None
    made.append(exchange(1, response=chunked), ATTEMPT)
    made.append(exchange(2, response=exchange(0).response), ATTEMPT, revisit=revisit(first))
    made.append(exchange(3, response=not_modified), ATTEMPT, revisit=revisit(first, "server"))
    made.append(exchange(4, response=exchange(4).response[:-9], truncated="disconnect"), ATTEMPT)
    made.append(exchange(5, response=b"", request=b""), ATTEMPT)
    made.append(exchange(6), ATTEMPT)
    made.close()
    (path,) = files(folder)
    content = path.read_bytes()
    return path.name, [gzip.decompress(content[at.offset : at.offset + at.length]) for at in records(path)]


def packed(plain: list[bytes]) -> bytes:
    """Compress each record as a member of its own."""
    return b"".join(gzip.compress(record, 6, mtime=0) for record in plain)


# --- one record --------------------------------------------------------------------------------


def field(record: bytes, name: str) -> bytes:
    """Return the value of a named field."""
    match = re.search(rb"\r\n%s: ([^\r]*)" % name.encode(), record)
    assert match is not None, name
    return match[1]


def find(plain: list[bytes], kind: str, number: int = 0) -> int:
    """Return where the `number`th record of a type stands."""
    return [at for at, record in enumerate(plain) if field(record, "WARC-Type") == kind.encode()][number]


def with_field(record: bytes, name: str, value: bytes) -> bytes:
    """Give a named field another value."""
    line = b"\r\n%s: " % name.encode()
    return record.replace(line + field(record, name) + b"\r\n", line + value + b"\r\n", 1)


def block_of(record: bytes) -> bytes:
    """Return the block of a record."""
    return record.partition(b"\r\n\r\n")[2][:-4]


def with_block(record: bytes, block: bytes) -> bytes:
    """Give a record another block, with length and digests put right."""
    made = record.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + block + b"\r\n\r\n"
    made = with_field(made, "Content-Length", b"%d" % len(block))
    made = with_field(made, "WARC-Block-Digest", labelled(block))
    if b"\r\nWARC-Payload-Digest: " not in made:
        return made
    return with_field(made, "WARC-Payload-Digest", labelled(payload_of(block, "GET")))


def labelled(content: bytes) -> bytes:
    """Return a digest as we write it."""
    return b"sha256:" + sha256(content).hexdigest().encode()


# --- mutations ---------------------------------------------------------------------------------


def change(kind: str, how: Change, number: int = 0) -> Mutation:
    """Change the `number`th record of a type."""

    def spoil(plain: list[bytes]) -> bytes:
        at = find(plain, kind, number)
        return packed([*plain[:at], how(plain[at]), *plain[at + 1 :]])

    return spoil


def put(kind: str, name: str, value: bytes, number: int = 0) -> Mutation:
    """Give a field another value."""
    return change(kind, lambda record: with_field(record, name, value), number)


def put_id(kind: str, name: str, other: str, other_number: int = 0, number: int = 0) -> Mutation:
    """Give a field the id of another record."""

    def spoil(plain: list[bytes]) -> bytes:
        return put(kind, name, field(plain[find(plain, other, other_number)], "WARC-Record-ID"), number)(plain)

    return spoil


def put_digest(how: Change) -> Mutation:
    """Say the block digest of a response in another way."""

    def spoil(plain: list[bytes]) -> bytes:
        return put("response", "WARC-Block-Digest", how(block_of(plain[find(plain, "response")])))(plain)

    return spoil


def drop(kind: str, *names: str, number: int = 0) -> Mutation:
    """Take fields out."""

    def how(record: bytes) -> bytes:
        for name in names:
            record = record.replace(b"\r\n%s: %s" % (name.encode(), field(record, name)), b"", 1)
        return record

    return change(kind, how, number)


def add(kind: str, line: bytes, number: int = 0) -> Mutation:
    """Put a line into the header."""
    return swap(kind, b"\r\nContent-Type", b"\r\n" + line + b"\r\nContent-Type", number)


def swap(kind: str, old: bytes, new: bytes, number: int = 0) -> Mutation:
    """Put some bytes for others, and nothing right."""

    def how(record: bytes) -> bytes:
        assert old in record, old
        return record.replace(old, new, 1)

    return change(kind, how, number)


def forge(kind: str, how: Change, number: int = 0) -> Mutation:
    """Change the block, and put length and digests right."""
    return change(kind, lambda record: with_block(record, how(block_of(record))), number)


def lengthen(kind: str, size_bytes: int) -> Mutation:
    """Declare a block so much longer than it is."""

    def how(record: bytes) -> bytes:
        return with_field(record, "Content-Length", b"%d" % (int(field(record, "Content-Length")) + size_bytes))

    return change(kind, how)


def lose(kind: str, number: int = 0) -> Mutation:
    """Take a record out."""

    def spoil(plain: list[bytes]) -> bytes:
        at = find(plain, kind, number)
        return packed([*plain[:at], *plain[at + 1 :]])

    return spoil


def press(kind: str, how: Change) -> Mutation:
    """Change the compressed bytes of a record."""

    def spoil(plain: list[bytes]) -> bytes:
        at = find(plain, kind)
        return packed(plain[:at]) + how(packed([plain[at]])) + packed(plain[at + 1 :])

    return spoil


def flip(at: int, bit: int = 0x10) -> Change:
    """Flip a bit of the byte `at`, counted from the end if negative."""

    def how(content: bytes) -> bytes:
        place = at % len(content)
        return content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]

    return how


# --- blocks ------------------------------------------------------------------------------------


def dechunked(block: bytes) -> bytes:
    """Take the chunk framing out and keep the head as it is."""
    return block.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + payload_of(block, "GET")


def in_base32(block: bytes) -> bytes:
    """Return the digest that most other programs write."""
    return b"sha1:" + b32encode(sha1(block).digest())


def in_capitals(block: bytes) -> bytes:
    """Return our digest in capitals."""
    return b"sha256:" + sha256(block).hexdigest().upper().encode()

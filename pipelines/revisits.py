"""Owns what a revisit says: when its page need not be read again, and the response that it stands for, put together
from its own head, the framing kept beside it, and the payload in the record that it refers to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.extractor import EXTRACTOR
from storage.archived import Archived
from storage.block import HELD_BYTES, Block
from storage.catalogue import Catalogue
from storage.digest import sha256_of
from storage.errors import StorageError
from storage.http_message import payload_pieces, split
from storage.model import Capture, KnownPage, Original, Outcome
from storage.originals import response_of
from storage.payload import put_together

__all__ = ["Referred", "is_carried", "is_unread", "original_of", "says_something", "stands_for"]


def is_carried(capture: Capture, role: str, rules_digest: str, page: KnownPage | None) -> bool:
    """Whether a look at a page shows what is known already: the payload it had, read by today's extractor and rules.

    Such a look carries the page's version. `page` is what was known before, None if it has no version; lists are
    always read, for what they lead to may have become unknown.
    """
    if capture.kind != "revisit" or page is None or not (role == "page" or role.startswith("article")):
        return False
    known = capture.payload_digest in page.payload_digests and page.read_by == f"{EXTRACTOR} {rules_digest}"
    return known and says_something(capture)


def is_unread(outcome: Outcome) -> bool:
    """Whether `outcome` is a look that carries its page's version."""
    capture, read, role = outcome.capture, outcome.read, outcome.attempt.role
    if capture is None or capture.kind != "revisit" or not (role == "page" or role.startswith("article")):
        return False
    return read is not None and read.article is None and read.failure is None and says_something(capture)


def says_something(capture: Capture) -> bool:
    """Whether the payload is what was asked for: by its status an answer, or a 304 for one."""
    return capture.status is not None and (200 <= capture.status < 300 or capture.status == 304)


def original_of(capture: Capture) -> Original | None:
    """Return `capture` as a revisit refers to it, None if none may."""
    if capture.kind != "response" or capture.payload_bytes is None:
        return None
    return Original(
        capture.id,
        capture.url,
        capture.captured,
        capture.payload_digest,
        capture.warc_file,
        capture.warc_offset,
        capture.warc_length,
    )


class Referred:
    """What the revisits in one WARC file refer to: catalogued already, or about to be."""

    def __init__(self, archive_dir: Path, catalogue: Catalogue) -> None:
        """Look things up in `catalogue` while the captures of a file are put into it, in order."""
        self._archive_dir = archive_dir
        self._catalogue = catalogue
        self._here: dict[str, Original] = {}
        self._waiting: set[tuple[str, str]] = set()

    def note(self, capture: Capture) -> None:
        """Take note of a capture that the catalogue will know of only after the next `committed`."""
        original = original_of(capture)
        if original is not None:
            self._here[capture.id] = original

    def wait(self, outcome: Outcome) -> None:
        """Take note that the catalogue will know of `outcome` only after the next `committed`."""
        self._waiting.add((outcome.attempt.source, outcome.url))

    def committed(self) -> None:
        """Take note that the catalogue knows everything up to here."""
        self._here.clear()
        self._waiting.clear()

    def page(self, source: str, url: str) -> KnownPage | None:
        """Return what is known of the page at `url`; None also while a look at it waits to be catalogued."""
        return None if (source, url) in self._waiting else self._catalogue.known_page(source, url)

    def response(self, archived: Archived, max_bytes: int) -> Block:
        """Return the response that a revisit record stands for, as `stands_for` does.

        Raises:
            StorageError: what it refers to is not in the archive, or does not fit.
        """
        assert archived.capture is not None
        refers_to = archived.capture.refers_to or ""
        original = self._here.get(refers_to) or self._catalogue.original(refers_to)
        return stands_for(self._archive_dir, archived, original, max_bytes)


def stands_for(archive_dir: Path, archived: Archived, original: Original | None, max_bytes: int) -> Block:
    """Return the response that a revisit record stands for, of a 304 the one that still holds.

    `original` is the response that it refers to, None if it is not catalogued. Of a response that is longer than
    `max_bytes` the rest may be missing.

    Raises:
        StorageError: what it refers to is not in the archive, or does not fit.
    """
    capture, rest = archived.capture, archived.abridged
    assert capture is not None
    if original is None:
        raise StorageError(f"{capture.id} refers to {capture.refers_to}, which is not in the archive")
    block = response_of(archive_dir, original)
    if capture.status == 304:
        return block
    head, framing = archived.exchange.response[:], b"" if rest is None else rest.framing
    # What has framing was short enough to be held when it was abridged.
    payload = _beginning_of_payload(block, max(max_bytes, 2 * HELD_BYTES))
    whole = put_together(head, framing, payload)
    if rest is not None and whole is not None and not framing and len(whole) < rest.response_bytes:
        return _Beginning(whole, rest.response_bytes)
    if whole is None or (rest is not None and len(whole) != rest.response_bytes) or not _is(payload, capture):
        raise StorageError(f"{capture.id}: the payload of {capture.refers_to} is not the one that was received")
    return whole


def _is(payload: bytes, capture: Capture) -> bool:
    return sha256_of(payload) == capture.payload_digest


@dataclass(frozen=True, slots=True)
class _Beginning:
    """A long response of which nobody reads more than this."""

    held: bytes
    size: int

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, part: slice, /) -> bytes:
        return self.held[part]


def _beginning_of_payload(response: Block, max_bytes: int) -> bytes:
    message = split(response, "GET")
    held = bytearray()
    for piece in payload_pieces(message.head, message.body):
        held += piece
        if len(held) >= max_bytes:
            break
    return bytes(held)

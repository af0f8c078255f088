"""Owns whether what a revisit would refer to is in the archive: its file there, its record where the catalogue says.

The catalogue may be older or newer than the files beside it: one was moved away, or put back from a copy. A revisit
of what is not there would be a page lost, so the record's own header is asked, once for each original of a run.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from storage.archive_files import warc_path
from storage.block import Block
from storage.catalogue_originals import original, originals
from storage.catalogue_store import Store
from storage.errors import StorageError
from storage.http_message import parse_head
from storage.model import Original
from storage.payload import wrapping_of
from storage.reader import read_record
from storage.warc_members import read_beginning

__all__ = ["Originals"]

_REMEMBERED: Final = 20_000
"""Originals whose records were looked at; some 150 bytes each."""


class Originals:
    """The responses of one source that revisits may refer to.

    `candidates` and `by_id` belong to the thread of the store; what looks at files may run on another.
    """

    def __init__(self, store: Store, archive_dir: Path, source: str) -> None:
        """Ask the catalogue through `store`, and the files of the archive at `archive_dir`."""
        self._store = store
        self._archive_dir = archive_dir
        self._source = source
        self._wrappings: OrderedDict[str, str | None] = OrderedDict()

    def find(self, payload_digest: str, wrapping: str) -> Original | None:
        """Return the earliest response of the source that holds the payload in the same wrapping and is in the archive.

        Players put the head of a revisit before the body of its original: a length before chunks plays as nothing.

        Raises:
            CatalogueError: SQLite failed.
        """
        return self.first_there(self.candidates(payload_digest), wrapping)

    def candidates(self, payload_digest: str) -> list[Original]:
        """Return what the catalogue says to hold the payload, the earliest first.

        Raises:
            CatalogueError: SQLite failed.
        """
        return originals(self._store, self._source, payload_digest)

    def first_there(self, candidates: Iterable[Original], wrapping: str) -> Original | None:
        """Return the first of `candidates` that is in the archive and wraps its payload so."""
        return next((found for found in candidates if self._wrapping(found) == wrapping), None)

    def by_id(self, record_id: str) -> Original | None:
        """Return the catalogued response of that record id, if a revisit may refer to it.

        Raises:
            CatalogueError: SQLite failed.
        """
        return original(self._store, record_id)

    def holds(self, wanted: Original) -> bool:
        """Whether the archive has the record of `wanted` where the catalogue says, whole as far as its header tells."""
        return self._wrapping(wanted) is not None

    def _wrapping(self, wanted: Original) -> str | None:
        """Return how the record of `wanted` wraps its payload, None if the archive does not have it."""
        if wanted.id not in self._wrappings:
            self._wrappings[wanted.id] = _wrapping_there(self._archive_dir, wanted)
            if len(self._wrappings) > _REMEMBERED:
                self._wrappings.popitem(last=False)
        return self._wrappings[wanted.id]

    def response(self, wanted: Original) -> Block:
        """Return the block of the response record of `wanted`.

        Raises:
            StorageError: it is not there, or is another.
        """
        return response_of(self._archive_dir, wanted)


def response_of(archive_dir: Path, wanted: Original) -> Block:
    """Return the block of the response record of `wanted`; its file in `archive_dir` must stay while it is used.

    Raises:
        StorageError: it is not there, or is another.
    """
    path = warc_path(archive_dir, wanted.warc_file)
    record = read_record(path, wanted.warc_offset, wanted.warc_length)
    if record.record_id != wanted.id or record.type != "response":
        raise StorageError(f"{path}: at {wanted.warc_offset} is {record.type} {record.record_id}, not {wanted.id}")
    return record.block


def _wrapping_there(archive_dir: Path, wanted: Original) -> str | None:
    path = warc_path(archive_dir, wanted.warc_file)
    try:
        if path.stat().st_size < wanted.warc_offset + wanted.warc_length:
            return None
        named, block = read_beginning(path, wanted.warc_offset)
    except (OSError, StorageError):
        return None  # gone, or damaged: nothing is referred to that cannot be read
    fields = {name.lower(): value for name, value in named}
    is_it = (
        fields["warc-type"] == "response"
        and fields["warc-record-id"] == f"<{wanted.id}>"
        and fields.get("warc-payload-digest") == wanted.payload_digest
        and "warc-truncated" not in fields
    )
    return wrapping_of(parse_head(block)) if is_it else None

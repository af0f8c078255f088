"""Owns the block of a long record: not held, but inflated anew from its WARC file whenever its bytes are asked for.

Going through it from one end to the other inflates it once, in pieces, so that digesting a film costs time and no
memory. Its first bytes are kept: a head is often asked for.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from storage.archive_files import OPEN_SUFFIX
from storage.errors import StorageError, WarcError

__all__ = ["FiledBlock", "inflated", "open_warc"]

READ_BYTES: Final = 32 * 1024
_PIECE_BYTES: Final = 256 * 1024


class FiledBlock:
    """A block that lies in a gzip member; equal to bytes in all but that it is read when a slice is taken."""

    def __init__(self, path: Path, offset: int, start: int, size: int, first: bytes) -> None:
        """Stand for the `size` bytes from `start` of what the member at `offset` inflates to; they begin with `first`.

        The member must have been found whole.
        """
        self._path = path
        self._offset = offset
        self._start = start
        self._size = size
        self._first = first
        self._pieces: Iterator[bytes] = iter(())
        self._rest = b""
        self._at = size
        """Where in the block `_rest` begins."""

    def __len__(self) -> int:
        """Return how many bytes it has."""
        return self._size

    def __getitem__(self, part: slice, /) -> bytes:
        """Return the bytes of a slice, quickly if it begins where the last one ended or later.

        Raises:
            WarcError: the file is not what it was when the record was found in it.
            StorageError: it cannot be read.
        """
        start, stop, step = part.indices(self._size)
        assert step == 1
        if stop <= len(self._first):
            return self._first[start:stop]
        if start < self._at:
            self._pieces, self._rest, self._at = self._inflate(), b"", -self._start
        found = self._take(start, stop)
        if stop == self._size:
            self._pieces, self._rest, self._at = iter(()), b"", self._size  # lets go of the file
        return found

    def _take(self, start: int, stop: int) -> bytes:
        found = []
        while self._at < stop:
            self._rest = self._rest or next(self._pieces, b"")
            if not self._rest:
                raise WarcError(f"{self._path}: record at {self._offset}: ends where it did not end before")
            end = min(stop - self._at, len(self._rest))
            found.append(self._rest[max(start - self._at, 0) : end])
            self._rest = self._rest[end:]
            self._at += end
        return b"".join(found)

    def _inflate(self) -> Iterator[bytes]:
        inflater = zlib.decompressobj(31)
        with open_warc(self._path) as file:
            try:
                file.seek(self._offset)
                while not inflater.eof and (content := file.read(READ_BYTES)):
                    yield from inflated(inflater, content)
            except zlib.error as error:
                raise WarcError(f"{self._path}: record at {self._offset}: has changed ({error})") from error
            except OSError as error:
                raise StorageError(f"{self._path}: cannot be read ({error.strerror})") from error


def inflated(inflater: zlib._Decompress, content: bytes) -> Iterator[bytes]:
    """Yield what `content` inflates to, in pieces whose size does not depend on how much that is.

    Raises:
        zlib.error: it is damaged.
    """
    while piece := inflater.decompress(content, _PIECE_BYTES):
        yield piece
        if inflater.eof:
            return
        content = inflater.unconsumed_tail


def open_warc(path: Path) -> BinaryIO:
    """Open a WARC file for reading, also one that lost its `.open` a moment ago.

    Raises:
        StorageError: it cannot be opened.
    """
    finished = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    try:
        return (path if path.exists() or not finished.exists() else finished).open("rb", buffering=0)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror})") from error

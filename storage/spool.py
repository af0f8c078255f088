"""Owns bytes that arrive without anybody knowing how many will come: held in memory first, then in a file.

The file has no name (O_TMPFILE, or unlinked at once), so a killed crawl leaves nothing behind; its room on the disk is
given back when the last part cut from it is let go.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from tempfile import TemporaryFile

from storage.archive_files import failed, write_whole
from storage.block import HELD_BYTES, Block, part_of
from storage.errors import StorageError

__all__ = ["Spool"]


class Spool:
    """A block that grows."""

    def __init__(self, folder: Path | None = None, *, held_bytes: int = HELD_BYTES) -> None:
        """Hold up to `held_bytes` in memory, beyond that all in a file in `folder` (None: the system's)."""
        self._folder = folder
        self._held_bytes = held_bytes
        self._held: bytes | bytearray = b""
        """The first piece as it came, most often the only one; a growing copy from the second on."""
        self._descriptor: int | None = None
        self._size = 0

    def __len__(self) -> int:
        """Return how many bytes came."""
        return self._size

    def __getitem__(self, part: slice, /) -> bytes:
        """Return the bytes of a slice; raises StorageError when the file cannot be read."""
        start, stop, step = part.indices(self._size)
        assert step == 1
        return self._read(start, stop)

    def append(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            StorageError: they cannot be written; the disk is full.
        """
        try:
            if self._descriptor is None and self._size + len(piece) > self._held_bytes:
                self._descriptor = self._begin_file()
            if self._descriptor is not None:
                write_whole(self._descriptor, piece)
            elif self._size:
                self._held = bytearray(self._held) if isinstance(self._held, bytes) else self._held
                self._held += piece
            else:
                self._held = bytes(piece)
        except OSError as error:
            raise failed(self._path, "written", error) from error
        self._size += len(piece)

    def cut(self, start: int, stop: int) -> Block:
        """Return the bytes from `start` to `stop`: bytes if all are held in memory, else a part of the file."""
        return self._read(start, stop) if self._descriptor is None else part_of(self, start, stop)

    def _read(self, start: int, stop: int) -> bytes:
        if self._descriptor is None:
            # Bytes cut from end to end are themselves: a response that came in one piece is never copied.
            return (
                self._held[start:stop] if isinstance(self._held, bytes) else bytes(memoryview(self._held)[start:stop])
            )
        pieces = []
        try:
            while start < stop and (piece := os.pread(self._descriptor, stop - start, start)):
                pieces.append(piece)
                start += len(piece)
        except OSError as error:
            raise failed(self._path, "read", error) from error
        if start < stop:
            raise StorageError(f"{self._path}: cannot be read: {stop - start} bytes are not there any more")
        return b"".join(pieces)

    def _begin_file(self) -> int:
        with TemporaryFile(dir=self._folder) as file:
            descriptor = os.dup(file.fileno())
        weakref.finalize(self, os.close, descriptor)
        write_whole(descriptor, bytes(self._held))
        self._held = b""
        return descriptor

    @property
    def _path(self) -> Path:
        return (self._folder or Path("temporary folder")) / "(temporary file of a long response)"

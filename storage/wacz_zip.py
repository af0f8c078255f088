"""Owns the ZIP file of a WACZ: entries hashed as they are written, the same bytes for the same content."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final

__all__ = ["Resource", "WaczZip"]

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_MODE: Final = 0o644 << 16
_PIECE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry as datapackage.json lists it."""

    path: str
    hash: str
    bytes: int


class WaczZip:
    """The file. No entry has a date of its own, an owner or a comment."""

    def __init__(self, out: BinaryIO) -> None:
        """Begin on `out`, which must be seekable."""
        self._zip = zipfile.ZipFile(out, "w", allowZip64=True)
        self.resources: list[Resource] = []

    def add(self, path: str, pieces: Iterable[bytes], size_bytes: int, *, packed: bool = False) -> Resource:
        """Write `pieces`, together `size_bytes`, as the entry `path`, compressed if `packed`.

        The size must be known beforehand: a player takes an entry without a ZIP64 field in the directory to have none
        before its content either, so both must have it or neither.
        """
        about = zipfile.ZipInfo(path, _EPOCH)
        about.create_system, about.external_attr = _UNIX, _MODE
        about.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        hashed, size = sha256(), 0
        with self._zip.open(about, "w", force_zip64=size_bytes > zipfile.ZIP64_LIMIT) as entry:
            for piece in pieces:
                entry.write(piece)
                hashed.update(piece)
                size += len(piece)
        assert size == size_bytes, f"{path}: {size} bytes, not {size_bytes}"
        self.resources.append(Resource(path, f"sha256:{hashed.hexdigest()}", size))
        return self.resources[-1]

    def add_file(self, path: str, file: BinaryIO, *, packed: bool = False) -> None:
        """Write all of `file` as the entry `path`."""
        size_bytes = file.seek(0, os.SEEK_END)
        file.seek(0)
        self.add(path, iter(lambda: file.read(_PIECE_BYTES), b""), size_bytes, packed=packed)

    def close(self) -> None:
        """Write the directory of entries."""
        self._zip.close()

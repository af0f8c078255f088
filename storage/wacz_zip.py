"""Owns the ZIP file of a WACZ: entries hashed as they are written, the same bytes for the same content."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, BinaryIO, Final

__all__ = ["Entry", "Resource", "WaczZip"]

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_MODE: Final = 0o644 << 16
_LARGE_BYTES: Final = 1 << 31


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry as datapackage.json lists it."""

    path: str
    hash: str
    bytes: int


class Entry:
    """One entry while it is written."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Write to `stream`."""
        self._stream = stream
        self._sha256 = sha256()
        self.size = 0

    def write(self, content: bytes) -> None:
        """Append `content`."""
        self._stream.write(content)
        self._sha256.update(content)
        self.size += len(content)

    @property
    def digest(self) -> str:
        """Return the hash of what was written."""
        return f"sha256:{self._sha256.hexdigest()}"


class WaczZip:
    """The file; one entry is open at a time. No entry has a date of its own, an owner or a comment."""

    def __init__(self, out: BinaryIO) -> None:
        """Begin on `out`, which must be seekable."""
        self._zip = zipfile.ZipFile(out, "w", allowZip64=True)
        self.resources: list[Resource] = []

    @contextmanager
    def entry(self, path: str, *, packed: bool = False, size_bytes: int | None = None) -> Iterator[Entry]:
        """Write the entry `path`, compressed if `packed`; `size_bytes`, if known, spares the ZIP64 form."""
        about = zipfile.ZipInfo(path, _EPOCH)
        about.create_system, about.external_attr = _UNIX, _MODE
        about.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self._zip.open(about, "w", force_zip64=size_bytes is None or size_bytes >= _LARGE_BYTES) as stream:
            made = Entry(stream)
            yield made
        self.resources.append(Resource(path, made.digest, made.size))

    def close(self) -> None:
        """Write the directory of entries."""
        self._zip.close()

"""Owns the gzip members of a file as the audit reads them: piece by piece, with a way on behind damage.

Unlike `warc_members`, which gives one whole record or an error, this never holds a member in memory and does not end at
the first one that is broken: it looks for the next one that begins a record.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final, Protocol

from storage.errors import StorageError, TornRecord, WarcError

__all__ = ["GzipMembers", "NoMember", "Readable"]

_PIECE_BYTES: Final = 1 << 15
_PLAIN_BYTES: Final = 1 << 20
"""Inflated at a time."""
_KEPT_BYTES: Final = 4 << 20
"""Of the member in hand, to look for the next one in when it turns out damaged."""
_LOOK_BYTES: Final = 1 << 12
"""A member that begins a record says so within so many bytes."""
_MAGIC: Final = b"\x1f\x8b\x08"
_RECORD: Final = b"WARC/"


class Readable(Protocol):
    """A file open for reading bytes."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


class NoMember(WarcError):
    """No gzip member begins here."""


class GzipMembers:
    """The members of one file, from an offset on."""

    def __init__(self, file: Readable, path: Path, offset: int = 0) -> None:
        """Read from `file`, which stands at `offset`; `path` is for messages."""
        self._file = file
        self._path = path
        self._rest = b""
        self._inflater = zlib.decompressobj(31)
        self._kept: list[bytes] = []
        self._kept_bytes = 0
        self._kept_from = offset
        self.offset = offset
        """Where the member in hand begins."""
        self.length = 0
        """Bytes of it taken so far: all of them once `piece` gave none."""

    def begin(self) -> bool:
        """Take the next member in hand; False at the end of the file.

        Raises:
            NoMember: something else is there.
            StorageError: the file cannot be read.
        """
        self.offset += self.length
        self.length = 0
        self._kept, self._kept_bytes, self._kept_from = [], 0, self.offset
        if self._rest:
            self._keep(self._rest)
        more = True
        while more and len(self._rest) < len(_MAGIC):
            more = self._refill()
        if not more and not self._rest:
            return False
        if not self._rest.startswith(_MAGIC):
            raise NoMember(f"{self._path}: no gzip member at {self.offset}")
        self._inflater = zlib.decompressobj(31)
        return True

    def piece(self) -> bytes:
        """Return the next bytes of the inflated member; none when it has ended, whole and with the right CRC.

        Raises:
            TornRecord: the file ends within it.
            WarcError: it does not inflate.
            StorageError: the file cannot be read.
        """
        while not self._inflater.eof:
            if not self._rest and not self._refill():
                raise TornRecord("the file ends within it")
            given = len(self._rest)
            try:
                plain = self._inflater.decompress(self._rest, _PLAIN_BYTES)
            except zlib.error as error:
                raise WarcError(f"no whole gzip member ({error})") from error
            self._rest = self._inflater.unused_data or self._inflater.unconsumed_tail
            self.length += given - len(self._rest)
            if plain:
                return plain
        return b""

    def skip(self) -> int:
        """Give the member in hand up; stand where the next one begins a record, or at the end of the file.

        Returns how many bytes were passed over, from `offset` on.
        """
        window = b"".join(self._kept)
        base, start, left = self._kept_from, int(self._kept_from == self.offset), self.offset
        while True:
            at = window.find(_MAGIC, start)
            wanted = len(window) if at < 0 else at + _LOOK_BYTES
            more = self._read() if wanted >= len(window) else b""
            if more:
                # What was looked at goes, but for a beginning that may go on in what was read now.
                keep = max(start, len(window) - len(_MAGIC) + 1) if at < 0 else at
                window, base, start = window[keep:] + more, base + keep, 0
            elif at < 0:
                return self._stand(base + len(window), b"") - left
            elif _begins_record(window[at : at + _LOOK_BYTES]):
                return self._stand(base + at, window[at:]) - left
            else:
                start = at + 1

    def _stand(self, offset: int, rest: bytes) -> int:
        self.offset, self.length, self._rest = offset, 0, rest
        return offset

    def _keep(self, piece: bytes) -> None:
        self._kept.append(piece)
        self._kept_bytes += len(piece)
        while self._kept_bytes > _KEPT_BYTES:
            gone = len(self._kept.pop(0))
            self._kept_bytes -= gone
            self._kept_from += gone

    def _refill(self) -> bool:
        piece = self._read()
        if piece:
            self._rest += piece
            self._keep(piece)
        return bool(piece)

    def _read(self) -> bytes:
        try:
            return self._file.read(_PIECE_BYTES)
        except OSError as error:
            raise StorageError(f"{self._path}: cannot be read ({error.strerror})") from error


def _begins_record(start: bytes) -> bool:
    try:
        return zlib.decompressobj(31).decompress(start, len(_RECORD)) == _RECORD
    except zlib.error:
        return False

"""Owns copying chosen attempts out of an archive into one new WARC file: each member byte for byte as it was sealed.

The copy opens with a warcinfo of its own. Before the first attempt taken from a file come that file's own warcinfo and
source, so that what the records say of their origin still leads somewhere. A conversion record (WARC/1.1 section 6.8)
with the text of an article can follow its attempt.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from storage.archive_files import OPEN_SUFFIX, failed, warc_path
from storage.catalogue_selection import Chosen, Text
from storage.cdx import Sink
from storage.errors import WarcError
from storage.model import Capture
from storage.warc import member_of
from storage.warc_members import Members, open_warc, read_fields
from storage.warc_records import conversion_record, export_record

__all__ = ["ReadText", "WarcCopy", "copy_range"]

ReadText = Callable[[Chosen], Text | None]
"""Gives what an article says, for a capture that shows one."""

_PIECE_BYTES: Final = 1 << 20


class WarcCopy:
    """One new WARC file in the making; captures must come in order of file and offset."""

    def __init__(
        self,
        archive_dir: Path,
        out: Sink,
        *,
        name: str,
        note: tuple[tuple[str, str], ...],
        made: datetime,
        new_id: Callable[[], str],
        read_text: ReadText | None = None,
    ) -> None:
        """Begin the file `name`, whose warcinfo says `note`, on `out`.

        `new_id` gives record ids; with `read_text` conversion records are added.
        """
        self._archive_dir = archive_dir
        self._out = out
        self._made = made
        self._new_id = new_id
        self._read_text = read_text
        self._file_name: str | None = None
        self._file: BinaryIO | None = None
        self._path = archive_dir
        self._warcinfo_id = new_id()
        self.size = 0
        """Bytes written so far."""
        self.conversions = 0
        self._write(member_of(export_record(name, note, self._warcinfo_id, made)))

    def add(self, item: Chosen) -> int:
        """Append the records of one capture's attempt and return where its response (or revisit) now begins.

        Raises:
            WarcError: the archive does not hold the capture where the catalogue says.
            StorageError: a file cannot be read.
        """
        capture = item.capture
        file = self._open(capture.warc_file)
        offset = self.size
        end = capture.warc_offset + capture.warc_length
        _check_is_there(self._path, capture)
        self._copy(file, capture.warc_offset, capture.warc_length)
        for start, length in self._companions(file, capture, end):
            self._copy(file, start, length)
        if self._read_text is not None and capture.kind == "response" and item.version_id is not None:
            self._convert(capture, self._read_text(item))
        return offset

    def close(self) -> None:
        """Let go of the file that was read last."""
        if self._file is not None:
            self._file.close()

    def _open(self, name: str) -> BinaryIO:
        if self._file is not None and name == self._file_name:
            return self._file
        self.close()
        self._path = warc_path(self._archive_dir, name)
        self._file, self._file_name = open_warc(self._path), name
        for start, length in self._heading(self._file):
            self._copy(self._file, start, length)
        return self._file

    def _heading(self, file: BinaryIO) -> Iterator[tuple[int, int]]:
        """Yield where the records before the first attempt of a file lie: its warcinfo and its source."""
        members = Members(file, self._path)
        places = []
        while (record := members.next()) is not None and record.type in ("warcinfo", "resource"):
            places.append((record.offset, record.length))
        yield from places

    def _companions(self, file: BinaryIO, capture: Capture, offset: int) -> Iterator[tuple[int, int]]:
        """Yield where the request and metadata records that name the capture lie; they follow it."""
        end = os.fstat(file.fileno()).st_size
        try:
            while offset < end and _names(read_fields(self._path, offset), capture.id):
                file.seek(offset)
                record = Members(file, self._path, offset).next()
                assert record is not None
                yield record.offset, record.length
                offset += record.length
        except WarcError:
            # What a crash cut off is stated where the archive is read; elsewhere it is damage.
            if not self._path.name.endswith(OPEN_SUFFIX):
                raise

    def _copy(self, file: BinaryIO, offset: int, length: int) -> None:
        for piece in copy_range(file, self._path, offset, length):
            self._write(piece)

    def _convert(self, capture: Capture, text: Text | None) -> None:
        if text is None:
            return
        said = "\n".join(part for part in (text.title, text.body) if part) + "\n"
        record = conversion_record(capture.url, said, self._new_id(), capture.id, self._made, self._warcinfo_id)
        self._write(member_of(record))
        self.conversions += 1

    def _write(self, content: bytes) -> None:
        self._out.write(content)
        self.size += len(content)


def copy_range(file: BinaryIO, path: Path, offset: int, length: int) -> Iterator[bytes]:
    """Yield `length` bytes of `file` from `offset` in pieces; `path` is for messages.

    Raises:
        WarcError: the file ends before.
        StorageError: it cannot be read.
    """
    try:
        file.seek(offset)
        while length > 0:
            piece = file.read(min(length, _PIECE_BYTES))
            if not piece:
                raise WarcError(f"{path}: ends before {offset + length}, where the catalogue says that a record lies")
            length -= len(piece)
            offset += len(piece)
            yield piece
    except OSError as error:
        raise failed(path, "read", error) from error


def _names(fields: Iterable[tuple[str, str]], capture_id: str) -> bool:
    """Whether a record is of the attempt of a capture: in WARC-Concurrent-To it names its response."""
    return any(name.lower() == "warc-concurrent-to" and value == f"<{capture_id}>" for name, value in fields)


def _check_is_there(path: Path, capture: Capture) -> None:
    """Raise unless the record of the capture's id begins at its offset; its block is not looked at."""
    fields = {name.lower(): value for name, value in read_fields(path, capture.warc_offset)}
    if fields["warc-record-id"] != f"<{capture.id}>":
        raise WarcError(
            f"{path}: record at {capture.warc_offset}: is not {capture.id}, as the catalogue says; run `scrapy verify`"
        )

"""Owns sorting more lines than memory should hold: sorted runs in a temporary file, merged as they are read."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from storage.errors import StorageError

__all__ = ["sorted_lines"]

_RUN_BYTES: Final = 16 * 1024 * 1024
_READ_BYTES: Final = 16 * 1024


def sorted_lines(lines: Iterable[bytes], *, run_bytes: int = _RUN_BYTES, folder: Path | None = None) -> Iterator[bytes]:
    """Yield `lines` (each ending in a line feed, none within) in the order of their bytes, as `LC_ALL=C sort` does.

    About `run_bytes` are in memory at once; the rest lies in a temporary file in `folder` (by default where the system
    has them) that has no name.

    Raises:
        StorageError: the temporary file cannot be written.
    """
    run: list[bytes] = []
    size = 0
    ends: list[int] = []
    with _spool(folder) as spool:
        for line in lines:
            run.append(line)
            size += len(line)
            if size >= run_bytes:
                ends.append(_spill(spool, run))
                size = 0
        run.sort()
        starts = [0, *ends][: len(ends)]
        yield from heapq.merge(*(_lines(spool, *span) for span in zip(starts, ends, strict=True)), run)


def _spool(folder: Path | None) -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(dir=folder)
    except OSError as error:
        raise _unwritten(error) from error


def _spill(spool: IO[bytes], run: list[bytes]) -> int:
    """Write a run to the end of the spool, empty it, and return where the spool then ends."""
    run.sort()
    try:
        spool.writelines(run)
        spool.flush()
    except OSError as error:
        raise _unwritten(error) from error
    run.clear()
    return spool.tell()


def _unwritten(error: OSError) -> StorageError:
    return StorageError(f"temporary file: cannot be written ({error.strerror}); TMPDIR can name another place")


def _lines(spool: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    """Yield the lines of one run; the runs are read in turns, so each finds its own place again."""
    rest = b""
    while start < end:
        spool.seek(start)
        piece = spool.read(min(_READ_BYTES, end - start))
        start += len(piece)
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"

"""That WARC bytes are held against gzip 9 member by member."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest

from bench.warc_sizes import sizes_of

KINDS = ("warcinfo", "request", "response", "revisit", "metadata")


def record(kind: str) -> bytes:
    """A record of a kind that compresses, with the word `response` in its block whatever it is."""
    return f"WARC/1.1\r\nWARC-Type: {kind}\r\nContent-Length: 9\r\n\r\n".encode() + b"WARC-Type: response " * 3000


def write(path: Path, level: int) -> int:
    """Write a record of each kind, each a member; return the bytes."""
    path.write_bytes(b"".join(gzip.compress(record(kind), level, mtime=0) for kind in KINDS))
    return path.stat().st_size


def test_counts_captures_and_bytes(tmp_path: Path) -> None:
    """Responses and revisits of all files, in folders below too."""
    (tmp_path / "warc").mkdir()
    size_bytes = write(tmp_path / "a.warc.gz", 9) + write(tmp_path / "warc" / "b.warc.gz", 9)
    sizes = sizes_of(tmp_path, against_best=False)
    assert (sizes.size_bytes, sizes.captures, sizes.over_best) == (size_bytes, 4, None)


@pytest.mark.parametrize(("level", "least", "most"), [(9, 0.99, 1.01), (0, 20, 1000)])
def test_over_gzip_nine(tmp_path: Path, level: int, least: float, most: float) -> None:
    """1 for what was written at level 9, far more for what was stored."""
    write(tmp_path / "a.warc.gz", level)
    over = sizes_of(tmp_path, against_best=True).over_best
    assert over is not None and least < over < most


def test_torn_file_is_told(tmp_path: Path) -> None:
    """It must not look small."""
    size_bytes = write(tmp_path / "a.warc.gz", 6)
    whole = (tmp_path / "a.warc.gz").read_bytes()
    (tmp_path / "a.warc.gz").write_bytes(whole[: size_bytes - 20])
    with pytest.raises(zlib.error, match=r"a\.warc\.gz"):
        sizes_of(tmp_path, against_best=False)

from __future__ import annotations

import struct
import zipfile
from io import BytesIO

import pytest

from storage.digest import sha256_of
from storage.wacz_zip import Resource, WaczZip


def packed() -> bytes:
    out = BytesIO()
    package = WaczZip(out)
    package.add("archive/a.warc.gz", [b"ab", b"c"], 3)
    package.add("pages/pages.jsonl", [b"x" * 5000], 5000, packed=True)
    package.add_file("indexes/index.cdx.gz", BytesIO(b"index"))
    package.close()
    return out.getvalue()


def test_entries_are_listed_with_their_hashes() -> None:
    out = BytesIO()
    package = WaczZip(out)
    assert package.add("a", [b"ab", b"c"], 3) == Resource("a", sha256_of(b"abc"), 3)
    package.add_file("b", BytesIO(b"index"))
    package.close()
    assert package.resources == [Resource("a", sha256_of(b"abc"), 3), Resource("b", sha256_of(b"index"), 5)]
    assert zipfile.ZipFile(out).testzip() is None


def test_the_same_content_gives_the_same_bytes() -> None:
    assert packed() == packed()
    for entry in zipfile.ZipFile(BytesIO(packed())).infolist():
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert (entry.create_system, entry.external_attr >> 16, entry.extra, entry.comment) == (3, 0o644, b"", b"")
        is_page = entry.filename.startswith("pages/")
        assert entry.compress_type == (zipfile.ZIP_DEFLATED if is_page else zipfile.ZIP_STORED)


def test_content_begins_where_a_player_expects_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at the directory alone: without an extra field there, none before the content; with one, it looks."""
    for limit in (zipfile.ZIP64_LIMIT, 1000):
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
        content = packed()
        for entry in zipfile.ZipFile(BytesIO(content)).infolist():
            name_bytes, extra_bytes = struct.unpack("<HH", content[entry.header_offset + 26 : entry.header_offset + 30])
            has_zip64 = entry.file_size > limit
            assert bool(entry.extra) is has_zip64
            assert bool(extra_bytes) is has_zip64
            start = entry.header_offset + 30 + name_bytes + extra_bytes
            if entry.filename.startswith("archive/"):
                assert content[start : start + 3] == b"abc"


def test_a_size_that_is_not_kept_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="a: 3 bytes, not 4"):
        WaczZip(BytesIO()).add("a", [b"abc"], 4)

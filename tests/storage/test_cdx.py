from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.cdx import cdx_line, cdx_timestamp, is_replayable, write_blocks
from storage.digest import sha256_of
from storage.model import Capture
from tests.storage.outcomes import make_outcome

AT = datetime(2026, 11, 22, 13, 45, 0, 123956, tzinfo=UTC)


def capture(**fields: Any) -> Capture:
    made = make_outcome("http://www.news.cn/2026/C_1.html?b=1&a=2", AT).capture
    assert made is not None
    return replace(made, **fields)


def parsed(line: bytes) -> tuple[str, str, dict[str, str]]:
    key, timestamp, fields = line.decode("ascii").split(" ", 2)
    return key, timestamp, json.loads(fields)


def test_a_line_says_what_and_where() -> None:
    key, timestamp, fields = parsed(cdx_line(capture(payload_digest="sha256:aa")))
    assert (key, timestamp) == ("cn,news)/2026/c_1.html?a=2&b=1", "20261122134500")
    assert fields == {
        "url": "http://www.news.cn/2026/C_1.html?b=1&a=2",
        "mime": "text/html",
        "status": "200",
        "digest": "sha256:aa",
        "length": "20",
        "offset": "10",
        "filename": "one.warc.gz",
    }
    assert list(fields) == ["url", "mime", "status", "digest", "length", "offset", "filename"]


def test_a_revisit_is_called_one_and_the_unreadable_stays_unknown() -> None:
    assert parsed(cdx_line(capture(kind="revisit", refers_to="urn:uuid:x")))[2]["mime"] == "warc/revisit"
    fields = parsed(cdx_line(capture(mime=None, status=None)))[2]
    assert (fields["mime"], fields["status"]) == ("unk", "-")


def test_a_copy_lies_elsewhere() -> None:
    fields = parsed(cdx_line(capture(), filename="copy.warc.gz", offset=7))[2]
    assert (fields["filename"], fields["offset"], fields["length"]) == ("copy.warc.gz", "7", "20")


@pytest.mark.parametrize(("digits", "timestamp"), [(14, "20261122134500"), (17, "20261122134500123")])
def test_timestamps_are_utc_and_cut_never_rounded(digits: int, timestamp: str) -> None:
    assert cdx_timestamp(AT, digits) == timestamp
    assert cdx_timestamp(AT.astimezone(timezone(timedelta(hours=8))), digits) == timestamp
    assert parsed(cdx_line(capture(), digits=digits))[1] == timestamp


@pytest.mark.parametrize(
    ("fields", "replayable"),
    [
        ({}, True),
        ({"status": 404}, True),
        ({"status": 301}, True),
        ({"status": None}, True),
        ({"kind": "revisit"}, True),
        ({"status": 304}, False),
        ({"status": 304, "kind": "revisit"}, False),
        ({"method": "POST"}, False),
        ({"method": "HEAD"}, False),
    ],
)
def test_what_has_something_to_show_is_in_the_index(fields: dict[str, Any], replayable: bool) -> None:
    assert is_replayable(capture(**fields)) is replayable


@given(st.text(st.characters(), max_size=60))
def test_a_line_is_one_line_of_ascii_whatever_the_address(path: str) -> None:
    line = cdx_line(capture(url=f"http://news.cn/{path}"))
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    line.decode("ascii")


@given(st.integers(0, 25), st.integers(1, 9))
def test_blocks_are_members_that_can_be_read_alone(count: int, block_lines: int) -> None:
    lines = [b'com,a)/%03d 20260101000000 {"n": %d}\n' % (n, n) for n in range(count)]
    out = BytesIO()
    blocks = list(write_blocks(lines, out, block_lines=block_lines))
    assert gzip.decompress(out.getvalue()) == b"".join(lines)
    assert len(blocks) == -(-count // block_lines)
    for number, block in enumerate(blocks):
        member = out.getvalue()[block.offset : block.offset + block.length]
        assert gzip.decompress(member) == b"".join(lines[number * block_lines : (number + 1) * block_lines])
        assert block.digest == sha256_of(member)
        assert block.first == f"com,a)/{number * block_lines:03} 20260101000000"

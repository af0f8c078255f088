from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.scan_header import read_header, split_header

GOOD = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 12\r\nwarc-concurrent-to: <a:1>"
GOOD += b"\r\nWARC-Concurrent-To: <a:2>"


def kinds(header: bytes, end: bytes = b"\r\n\r\n") -> list[str]:
    return [kind for kind, _ in read_header(header, end).problems]


def test_a_good_header_is_read() -> None:
    header = read_header(GOOD + "\r\nNote: 某报, \t a:b ".encode())
    assert header.problems == ()
    assert (header.version, header.type, header.block_bytes) == ("1.1", "response", 12)
    assert header.concurrent_to == ("<a:1>", "<a:2>")
    assert header.fields["note"] == "某报, \t a:b"


def test_a_folded_line_is_taken_and_extensions_may_repeat() -> None:
    header = read_header(b"WARC/1.0\r\nWARC-Type: re\r\n\tsource\r\nWARC-Protocol: a\r\nWARC-Protocol: b")
    assert header.problems == ()
    assert (header.version, header.type) == ("1.0", "re source")


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (GOOD.replace(b"\r\nContent", b"\nContent"), "header-line"),
        (GOOD.replace(b"\r\nContent", b"\r\r\nContent"), "header-line"),
        (GOOD + b"\r\nNote: a\x00b", "header-line"),
        (GOOD + b"\r\nNote: a\x7fb", "header-line"),
        (GOOD + b"\r\nNote: \xc4\xe3", "header-line"),
        (GOOD + b"\r\nNote", "header-line"),
        (GOOD + b"\r\n: note", "header-line"),
        (GOOD + b"\r\nNo te: x", "header-line"),
        (GOOD + b"\r\nWARC-Type : response", "header-line"),
        (GOOD + b"\r\nwarc-type: request", "repeated-field"),
        (GOOD.replace(b"1.1", b"1.2"), "version"),
        (GOOD.replace(b"1.1", b"0.17"), "version"),
        (GOOD.replace(b"WARC/1.1", b"WARC/1.1 "), "version"),
        (GOOD.replace(b"WARC/1.1", b"HTTP/1.1"), "version"),
        (b"", "version"),
    ],
)
def test_what_departs_from_the_form(header: bytes, kind: str) -> None:
    assert kinds(header) == [kind]


def test_a_header_that_ends_with_bare_lfs_is_still_read() -> None:
    parts = split_header(b"WARC/1.1\nWARC-Type: metadata\n\nblock\r\n\r\n")
    assert parts == (b"WARC/1.1\nWARC-Type: metadata", b"\n\n", b"block\r\n\r\n")
    assert kinds(parts[0], parts[1]) == ["header-line"]
    assert read_header(parts[0], parts[1]).type == "metadata"


@pytest.mark.parametrize(
    ("plain", "parts"),
    [
        (b"a\r\n\r\nb\r\n\r\n", (b"a", b"\r\n\r\n", b"b\r\n\r\n")),
        (b"a\r\n\r\nb\n\n", (b"a", b"\r\n\r\n", b"b\n\n")),
        (b"a\n\r\nb\r\n\r\n", (b"a", b"\n\r\n", b"b\r\n\r\n")),
        (b"a\r\n\nb\r\n\r\n", (b"a", b"\r\n\n", b"b\r\n\r\n")),
        (b"a\r\n\r", None),
        (b"", None),
    ],
)
def test_where_a_header_ends(plain: bytes, parts: tuple[bytes, bytes, bytes] | None) -> None:
    assert split_header(plain) == parts


@pytest.mark.parametrize("length", ["", "-1", "1.5", "0x10", "1" * 19, "\u0663", " 1 2"])
def test_a_length_that_is_no_number_is_none(length: str) -> None:
    assert read_header(f"WARC/1.1\r\nContent-Length: {length}".encode()).block_bytes is None


@given(st.binary(max_size=200))
def test_any_bytes_are_read(header: bytes) -> None:
    read_header(header)
    split_header(header)

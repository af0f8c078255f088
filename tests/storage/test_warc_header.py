from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import WarcError
from storage.warc_header import parse_header

LINES = (b"WARC/1.1", b"WARC-Type: metadata", b"WARC-Record-ID: <urn:uuid:1>", b"WARC-Date: now", b"Content-Length: 12")


def fault(what: str) -> str:
    return f"here: {what}"


def test_fields_are_read_in_their_order() -> None:
    fields = parse_header(b"\r\n".join((*LINES, b"X: \xe6\x96\xb0 ", b"x:")), fault)
    assert fields[0] == ("WARC-Type", "metadata")
    assert fields[-2:] == (("X", "新"), ("x", ""))


@pytest.mark.parametrize("missing", range(1, 5))
def test_what_every_record_needs_must_be_there_once(missing: int) -> None:
    for lines in ((*LINES[:missing], *LINES[missing + 1 :]), (*LINES, LINES[missing])):
        with pytest.raises(WarcError, match=r"here: .* must be there once"):
            parse_header(b"\r\n".join(lines), fault)


@given(st.binary(max_size=100))
def test_any_bytes_are_refused_or_read(content: bytes) -> None:
    for header in (content, b"\r\n".join((*LINES, content))):
        try:
            parse_header(header, fault)
        except WarcError as error:
            assert str(error).startswith("here: ")

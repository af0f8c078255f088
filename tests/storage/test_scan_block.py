from __future__ import annotations

import hashlib

import pytest

from storage.digest import sha256_of
from storage.scan_block import Block
from storage.scan_header import read_header

PAGE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
FRAMED = b"2\r\nhi\r\n0\r\n\r\n"


def block(record_type: str, content: bytes, *, ours: bool = False, **fields: str) -> tuple[Block, list[str]]:
    """Feed `content` in two pieces; give the block and the kinds of what is wrong with its digests."""
    lines = {"WARC-Type": record_type, **{name.replace("_", "-"): value for name, value in fields.items()}}
    header = "\r\n".join(["WARC/1.1", *(f"{name}: {value}" for name, value in lines.items())])
    made = Block(read_header(header.encode()), ours=ours)
    made.feed(content[:9])
    made.feed(content[9:])
    return made, [kind for kind, _ in made.finish()]


HTTP = {"Content_Type": "application/http; msgtype=response", "WARC_Target_URI": "http://a.cn/"}


def test_the_payload_of_a_response_is_transfer_decoded() -> None:
    right = sha256_of(b"hi")
    assert block("response", PAGE, WARC_Payload_Digest=right, **HTTP)[1] == []
    declared = {**HTTP, "WARC_Payload_Digest": right, "WARC_Block_Digest": sha256_of(PAGE)}
    assert block("response", PAGE, ours=True, **declared)[1] == []
    assert block("response", PAGE, WARC_Payload_Digest=sha256_of(b"ho"), **HTTP)[1] == ["payload-digest"]


def test_others_may_digest_the_chunks_and_we_may_not() -> None:
    framed = sha256_of(FRAMED)
    assert block("response", PAGE, WARC_Payload_Digest=framed, **HTTP)[1] == []
    kinds = block("response", PAGE, ours=True, WARC_Payload_Digest=framed, WARC_Block_Digest=sha256_of(PAGE), **HTTP)[1]
    assert kinds == ["payload-digest"]


@pytest.mark.parametrize("record_type", ["resource", "conversion", "response"])
def test_elsewhere_the_block_is_the_payload(record_type: str) -> None:
    digest = "md5:" + hashlib.md5(b"1.2.3.4").hexdigest()
    fields = {"Content_Type": "text/dns", "WARC_Target_URI": "dns:a.cn"}
    assert block(record_type, b"1.2.3.4", WARC_Payload_Digest=digest, **fields)[1] == []
    assert block(record_type, b"1.2.3.5", WARC_Payload_Digest=digest, **fields)[1] == ["payload-digest"]


def test_the_payload_of_a_request_is_what_it_carries() -> None:
    request = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
    fields = {"Content_Type": "application/http; msgtype=request", "WARC_Payload_Digest": sha256_of(b"hi")}
    made, kinds = block("request", request, **fields)
    assert kinds == []
    assert made.request is not None and made.request.method == "POST"
    assert made.framing_problems() == []


@pytest.mark.parametrize(
    ("record_type", "fields"),
    [
        ("revisit", HTTP),
        ("continuation", HTTP),
        ("response", {**HTTP, "WARC_Segment_Number": "1"}),
        ("metadata", {}),
        ("unheard-of", {}),
    ],
)
def test_a_payload_that_is_not_here_is_not_held_against_its_digest(record_type: str, fields: dict[str, str]) -> None:
    assert block(record_type, PAGE[:40], WARC_Payload_Digest=sha256_of(b"elsewhere"), **fields)[1] == []
    assert block(record_type, PAGE[:40], WARC_Payload_Digest="sha256:none", **fields)[1] == ["digest-form"]


def test_framing_is_judged_unless_the_record_says_that_it_is_not_whole() -> None:
    cut = PAGE[:-5]
    assert [kind for kind, _ in block("response", cut, **HTTP)[0].framing_problems()] == ["http-length"]
    assert block("response", cut, WARC_Truncated="disconnect", **HTTP)[0].framing_problems() == []
    assert block("response", cut, WARC_Segment_Number="1", **HTTP)[0].framing_problems() == []
    assert block("revisit", cut, **HTTP)[0].framing_problems() == []


def test_only_what_says_something_of_others_is_kept() -> None:
    assert block("metadata", b"role: page", Content_Type="application/warc-fields")[0].kept == b"role: page"
    assert block("resource", b"{...........}", WARC_Target_URI="urn:shilu:source:a")[0].kept == b"{...........}"
    assert block("resource", b"{}", WARC_Target_URI="http://a.cn/")[0].kept is None
    assert block("response", PAGE, **HTTP)[0].kept is None


def test_what_is_too_long_to_be_understood_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.scan_block._KEPT_BYTES", 12)
    assert block("metadata", b"x" * 12)[0].kept is not None
    assert block("metadata", b"x" * 13)[0].kept is None

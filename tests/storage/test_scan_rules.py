from __future__ import annotations

import pytest

from storage.scan_header import read_header
from storage.scan_rules import header_problems

ID = "<urn:uuid:00000000-0000-4000-8000-000000000000>"
PROFILE = "http://netpreserve.org/warc/1.1/revisit/"


def kinds(record_type: str, ours: bool = False, length: int = 5, **fields: str | None) -> list[str]:
    """Judge a record with the mandatory fields and `fields`, whose names may have `_` for `-`; None drops one."""
    lines: dict[str, str | None] = {
        "WARC-Type": record_type,
        "WARC-Record-ID": ID,
        "WARC-Date": "2026-11-22T13:45:00Z",
        "Content-Length": str(length),
    }
    lines |= {name.replace("_", "-"): value for name, value in fields.items()}
    header = "\r\n".join(["WARC/1.1", *(f"{name}: {value}" for name, value in lines.items() if value is not None)])
    return [kind for kind, _ in header_problems(read_header(header.encode()), ours=ours)]


URL = {"WARC_Target_URI": "http://a.cn/"}
RESPONSE = {**URL, "Content_Type": "application/http; msgtype=response"}
REVISIT = {
    **RESPONSE,
    "WARC_Profile": PROFILE + "identical-payload-digest",
    "WARC_Refers_To": ID,
    "WARC_Payload_Digest": "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
    "WARC_Truncated": "length",
}
BY_URI = {
    **REVISIT,
    "WARC_Refers_To": None,
    "WARC_Refers_To_Target_URI": "http://b.cn/",
    "WARC_Refers_To_Date": "2026",
}
NOT_MODIFIED = {**RESPONSE, "WARC_Profile": PROFILE + "server-not-modified", "WARC_Refers_To": ID}


@pytest.mark.parametrize(
    ("record_type", "fields"),
    [
        ("warcinfo", {"Content_Type": "application/warc-fields", "WARC_Filename": "a.warc.gz"}),
        ("warcinfo", {"Content_Type": "text/plain"}),
        ("response", RESPONSE),
        ("response", {**URL, "Content_Type": "application/http"}),
        ("response", {"WARC_Target_URI": "dns:a.cn", "Content_Type": "text/dns"}),
        ("request", {**URL, "Content_Type": 'application/http;msgtype="request"'}),
        ("resource", {"WARC_Target_URI": "file:///a"}),
        ("metadata", {"WARC_Refers_To": ID, "WARC_Concurrent_To": ID}),
        ("conversion", {**URL, "WARC_Refers_To": ID, "Content_Type": "text/plain"}),
        ("continuation", {**URL, "WARC_Segment_Origin_ID": ID, "WARC_Segment_Number": "2"}),
        ("revisit", REVISIT),
        ("revisit", BY_URI),
        ("revisit", NOT_MODIFIED),
    ],
)
def test_what_others_may_write(record_type: str, fields: dict[str, str | None]) -> None:
    assert kinds(record_type, **fields) == []


@pytest.mark.parametrize(
    ("record_type", "fields", "found"),
    [
        ("response", {**RESPONSE, "WARC_Date": None}, ["missing-field"]),
        ("response", {**RESPONSE, "WARC_Target_URI": None}, ["missing-field"]),
        ("continuation", URL, ["missing-field", "missing-field"]),
        ("warcinfo", URL, ["misplaced-field"]),
        ("warcinfo", {"WARC_Concurrent_To": ID}, ["misplaced-field"]),
        ("warcinfo", {"WARC_Payload_Digest": "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"}, ["misplaced-field"]),
        ("conversion", {**URL, "WARC_IP_Address": "192.0.2.7"}, ["misplaced-field"]),
        ("response", {**RESPONSE, "WARC_Profile": PROFILE + "server-not-modified"}, ["misplaced-field"]),
        ("metadata", {"WARC_Filename": "a.warc.gz"}, ["misplaced-field"]),
        ("resource", {**URL, "WARC_Segment_Total_Length": "9"}, ["misplaced-field"]),
        ("metadata", {"WARC_Date": "yesterday"}, ["malformed-field"]),
        ("metadata", {"WARC_Truncated": "tired"}, ["truncation"]),
        ("respons", RESPONSE, ["unknown-type"]),
        ("Response", RESPONSE, ["unknown-type"]),
        ("response", {**RESPONSE, "Content_Type": "text/html"}, ["content-type"]),
        ("response", {**RESPONSE, "Content_Type": "application/http; msgtype=request"}, ["content-type"]),
        ("response", {**RESPONSE, "Content_Type": None}, ["content-type"]),
        ("revisit", {**REVISIT, "WARC_Profile": None}, ["revisit"]),
        ("revisit", {**REVISIT, "WARC_Profile": PROFILE + "similar"}, ["revisit"]),
        ("revisit", {**REVISIT, "WARC_Refers_To": None}, ["revisit"]),
        ("revisit", {**REVISIT, "WARC_Refers_To": None, "WARC_Refers_To_Date": "2026"}, ["revisit"]),
        ("revisit", {**REVISIT, "WARC_Payload_Digest": None}, ["revisit"]),
        ("revisit", {**REVISIT, "WARC_Truncated": "time"}, ["revisit"]),
    ],
)
def test_what_nobody_may_write(record_type: str, fields: dict[str, str | None], found: list[str]) -> None:
    assert kinds(record_type, **fields) == found


@pytest.mark.parametrize(
    ("record_type", "fields", "found"),
    [
        ("warcinfo", {"Content_Type": "text/plain", "WARC_Filename": "a.warc.gz"}, ["content-type"]),
        ("warcinfo", {"Content_Type": "application/warc-fields"}, ["missing-field"]),
        ("response", {**RESPONSE, "WARC_Warcinfo_ID": ID}, []),
        ("response", RESPONSE, ["missing-field"]),
        ("response", {**URL, "WARC_Warcinfo_ID": ID, "Content_Type": "application/http"}, ["content-type"]),
        ("metadata", {**URL, "WARC_Warcinfo_ID": ID, "Content_Type": "text/plain"}, ["content-type"]),
        ("revisit", {**REVISIT, "WARC_Warcinfo_ID": ID}, ["missing-field", "missing-field"]),
    ],
)
def test_ours_are_held_to_what_we_write(record_type: str, fields: dict[str, str | None], found: list[str]) -> None:
    assert kinds(record_type, ours=True, **fields) == found


def test_a_record_without_block_needs_no_content_type_and_no_truncation() -> None:
    assert kinds("response", length=0, **URL) == []
    assert kinds("revisit", length=0, **{**REVISIT, "Content_Type": None, "WARC_Truncated": None}) == []


def test_a_second_concurrent_record_is_looked_at_too() -> None:
    header = f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: {ID}\r\nWARC-Date: 2026\r\nContent-Length: 0"
    both = f"{header}\r\nWARC-Concurrent-To: {ID}\r\nWARC-Concurrent-To: nobody"
    assert [kind for kind, _ in header_problems(read_header(both.encode()), ours=False)] == ["malformed-field"]

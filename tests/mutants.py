"""Owns the list of mutants: every way we know to spoil a good WARC file that a reader may not notice, a line each."""

from __future__ import annotations

from dataclasses import dataclass

from tests.mutation import (
    CHUNKED,
    LAST,
    NOBODY,
    TRUNCATED,
    Mutation,
    add,
    change,
    dechunked,
    drop,
    find,
    flip,
    forge,
    in_base32,
    in_capitals,
    labelled,
    lengthen,
    lose,
    packed,
    press,
    put,
    put_digest,
    put_id,
    swap,
)

__all__ = ["MUTANTS", "Mutant"]


@dataclass(frozen=True)
class Mutant:
    """One way to spoil a file, and what it is in a line."""

    says: str
    spoil: Mutation


def _joined(plain: list[bytes]) -> bytes:
    at = find(plain, "response")
    return packed([*plain[:at], plain[at] + plain[at + 1], *plain[at + 2 :]])


def _parted(plain: list[bytes]) -> bytes:
    at = find(plain, "response")
    return packed([*plain[:at], plain[at][:-40], plain[at][-40:], *plain[at + 1 :]])


_EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
_REFERENCES = ("WARC-Refers-To", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date")
_SIMILAR = b"http://netpreserve.org/warc/1.1/revisit/similar"
_AS_RESPONSE = b"application/http; msgtype=response"
_BARE_UUID = b"<00000000-0000-4000-8000-000000000000>"
_NO_SOURCE = b'{"no": "source"}'

MUTANTS = [
    # gzip members
    Mutant("one bit of the compressed bytes flipped", press("response", flip(60))),
    Mutant("the CRC of a member wrong", press("response", flip(-8))),
    Mutant("a member that ends early", press("response", lambda member: member[:-40])),
    Mutant("the file cut within its last member", lambda plain: packed(plain)[:-30]),
    Mutant("the file cut within the last member's CRC", lambda plain: packed(plain)[:-5]),
    Mutant("zeros between two members", press("request", lambda member: bytes(512) + member)),
    Mutant("garbage behind the last member", lambda plain: packed(plain) + b"<html>no member</html>"),
    Mutant("two records in one member", _joined),
    Mutant("one record in two members", _parted),
    # the record
    Mutant("Content-Length one byte too small", lengthen("metadata", -1)),
    Mutant("Content-Length larger than what is there", lengthen("response", 100)),
    Mutant("no CRLF CRLF behind a block", change("response", lambda record: record[:-4])),
    Mutant("one CRLF behind a block", change("request", lambda record: record[:-2])),
    Mutant("bytes behind a record", change("request", lambda record: record + b"more")),
    Mutant("a bare LF in a header", swap("response", b"\r\nWARC-Date", b"\nWARC-Date")),
    Mutant("a header line without colon", add("response", b"nonsense")),
    Mutant("a header field in GBK", add("metadata", b"Note: \xc4\xe3")),
    Mutant("a NUL in a header", add("metadata", b"Note: a\0b")),
    Mutant("WARC/1.2", swap("request", b"WARC/1.1", b"WARC/1.2")),
    Mutant("WARC/1.0 with the date of WARC/1.1", swap("response", b"WARC/1.1", b"WARC/1.0")),
    # fields missing, twice, out of place
    Mutant("no WARC-Record-ID", drop("response", "WARC-Record-ID")),
    Mutant("no WARC-Date", drop("response", "WARC-Date")),
    Mutant("no WARC-Type", drop("response", "WARC-Type")),
    Mutant("no Content-Length", drop("response", "Content-Length")),
    Mutant("no WARC-Target-URI", drop("response", "WARC-Target-URI")),
    Mutant("no Content-Type", drop("response", "Content-Type")),
    Mutant("no WARC-Warcinfo-ID on a record of ours", drop("response", "WARC-Warcinfo-ID")),
    Mutant("no block digest on a record of ours", drop("response", "WARC-Block-Digest")),
    Mutant("no payload digest on a response of ours", drop("response", "WARC-Payload-Digest")),
    Mutant("two dates", add("response", b"WARC-Date: 2001-01-01T00:00:00Z")),
    Mutant("two record ids", add("response", b"WARC-Record-ID: " + NOBODY)),
    Mutant("WARC-Refers-To on a response", add("response", b"WARC-Refers-To: " + NOBODY)),
    Mutant("a payload digest on a metadata record", add("metadata", b"WARC-Payload-Digest: " + labelled(b""))),
    # values that cannot be
    Mutant("a date in month 13", put("response", "WARC-Date", b"2026-13-22T13:45:00Z")),
    Mutant("a date that is not UTC", put("response", "WARC-Date", b"2026-11-22T21:45:00+08:00")),
    Mutant("a date with a blank for its T", put("request", "WARC-Date", b"2026-11-22 13:45:00Z")),
    Mutant("a record id without brackets", put("request", "WARC-Record-ID", NOBODY[1:-1])),
    Mutant("a record id that is no URI", put("request", "WARC-Record-ID", _BARE_UUID)),
    Mutant("a target URI with a blank", put("response", "WARC-Target-URI", b"http://www.example.cn/a b")),
    Mutant("a relative target URI", put("response", "WARC-Target-URI", b"/0.html")),
    Mutant("a target URI in brackets", put("response", "WARC-Target-URI", b"<http://www.example.cn/0.html>")),
    Mutant("an IP address that is none", put("response", "WARC-IP-Address", b"192.0.2.777")),
    Mutant("a hexadecimal Content-Length", put("response", "Content-Length", b"0x100")),
    Mutant("a response of an unknown type, so that it is passed over", put("response", "WARC-Type", b"respons")),
    Mutant("a response block that says it is text/html", put("response", "Content-Type", b"text/html")),
    Mutant("a request block that says it is a response", put("request", "Content-Type", _AS_RESPONSE)),
    Mutant("an unknown reason for truncation", put("response", "WARC-Truncated", b"because", TRUNCATED)),
    # digests
    Mutant("one byte of a page altered", swap("response", b"<!-- 0 -->", b"<!-- 8 -->")),
    Mutant("one byte of a response's head altered", swap("response", b"200 OK", b"203 OK")),
    Mutant("one byte of a request altered", swap("request", b"Host: www", b"Host: wwx")),
    Mutant("the payload digest of something else", put("response", "WARC-Payload-Digest", labelled(b"else"))),
    Mutant("a right SHA-1 for the SHA-256 of a record of ours", put_digest(in_base32)),
    Mutant("a right digest of ours in capitals", put_digest(in_capitals)),
    Mutant("a digest of an unknown algorithm", put_digest(lambda block: b"sha999:" + b"0" * 64)),
    Mutant("a digest without its algorithm", put_digest(lambda block: labelled(block)[7:])),
    # HTTP, with digests put right
    Mutant("a body without its chunks, Transfer-Encoding kept", forge("response", dechunked, CHUNKED)),
    Mutant("a body shorter than its HTTP Content-Length", forge("response", lambda block: block[:-9])),
    Mutant("a body longer than its HTTP Content-Length", forge("response", lambda block: block + b"more")),
    Mutant("a chunked body without its last chunk", forge("response", lambda block: block[:-5], CHUNKED)),
    Mutant("a truncated response that no longer says so", drop("response", "WARC-Truncated", number=TRUNCATED)),
    Mutant("a 103 before the response in its block", forge("response", lambda block: _EARLY + block)),
    # what records say of each other
    Mutant("two records with one id", put_id("request", "WARC-Record-ID", "response", LAST, number=1)),
    Mutant("a record twice", lambda plain: packed([*plain, plain[find(plain, "response")]])),
    Mutant("WARC-Concurrent-To that dangles", put("request", "WARC-Concurrent-To", NOBODY)),
    Mutant("WARC-Refers-To that dangles", put("revisit", "WARC-Refers-To", NOBODY)),
    Mutant("WARC-Warcinfo-ID that dangles", put("response", "WARC-Warcinfo-ID", NOBODY)),
    Mutant("WARC-Warcinfo-ID that names a response", put_id("response", "WARC-Warcinfo-ID", "response", LAST)),
    Mutant("the response of an exchange taken out", lose("response", LAST)),
    Mutant("the request of an exchange taken out", lose("request")),
    Mutant("the metadata of an exchange taken out", lose("metadata")),
    Mutant("the warcinfo record taken out", lose("warcinfo")),
    Mutant("the warcinfo record in the second place", lambda plain: packed([plain[1], plain[0], *plain[2:]])),
    Mutant("the warcinfo record of another file", put("warcinfo", "WARC-Filename", b"other.warc.gz")),
    Mutant("a response of another second than its request", put("response", "WARC-Date", b"2026-11-22T13:45:09Z")),
    Mutant("a response under another address", put("response", "WARC-Target-URI", b"http://www.example.cn/6.html")),
    # revisits
    Mutant("a revisit that refers to nothing", drop("revisit", *_REFERENCES)),
    Mutant("a revisit without payload digest", drop("revisit", "WARC-Payload-Digest")),
    Mutant("a revisit without profile", drop("revisit", "WARC-Profile")),
    Mutant("a revisit of an unknown profile", put("revisit", "WARC-Profile", _SIMILAR)),
    Mutant("a revisit without payload and without WARC-Truncated", drop("revisit", "WARC-Truncated")),
    Mutant("a revisit of a revisit", put_id("revisit", "WARC-Refers-To", "revisit", number=1)),
    Mutant("a revisit of a truncated response", put_id("revisit", "WARC-Refers-To", "response", TRUNCATED)),
    Mutant("a revisit of a request", put_id("revisit", "WARC-Refers-To", "request")),
    Mutant("a revisit of another payload", put("revisit", "WARC-Payload-Digest", labelled(b"else"))),
    Mutant("a revisit of another date", put("revisit", "WARC-Refers-To-Date", b"2026-11-22T13:45:01Z")),
    Mutant(
        "a revisit of another address", put("revisit", "WARC-Refers-To-Target-URI", b"http://www.example.cn/6.html")
    ),
    # our own words, with digests put right
    Mutant("metadata that cannot be read", forge("metadata", lambda block: block.replace(b"hops: 0", b"hops: x"))),
    Mutant("a source that is none", forge("resource", lambda block: _NO_SOURCE)),
]

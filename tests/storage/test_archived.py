from __future__ import annotations

from dataclasses import replace

import pytest

from storage.archived import Place, capture_of
from storage.model import Tls
from tests.storage.exchanges import AT, ATTEMPT, CRAWL, EXCHANGE


def test_a_capture_says_what_the_exchange_said() -> None:
    exchange = replace(EXCHANGE, tls=Tls("TLSv1.3", "c", False), truncated="time")
    capture = capture_of(exchange, ATTEMPT, "f.warc.gz", Place("r", 5, 7, "b", "p"), Place("q", 12, 3, "qb"))
    assert (capture.id, capture.warc_file, capture.warc_offset, capture.warc_length) == ("r", "f.warc.gz", 5, 7)
    assert (capture.status, capture.mime, capture.kind, capture.refers_to) == (200, "text/html", "response", None)
    assert (capture.payload_digest, capture.request_digest) == ("p", "qb")
    assert (capture.captured, capture.crawl_id, capture.source) == (AT, CRAWL, "demo")
    assert (capture.tls_verified, capture.truncated, capture.ip) == (False, "time", "192.0.2.7")
    garbage = capture_of(replace(exchange, response=b"<html>"), ATTEMPT, "f", Place("r", 5, 7, "b", "p"), None)
    assert (garbage.status, garbage.mime, garbage.request_digest) == (None, None, None)


@pytest.mark.parametrize(
    ("headers", "validators"),
    [
        (
            b'ETag: W/"a b"\r\nLast-Modified: Sun, 22 Nov 2026 01:02:03 GMT',
            ('W/"a b"', "Sun, 22 Nov 2026 01:02:03 GMT"),
        ),
        (b"eTAG: \xc4\xe3\r\nlast-modified: gestern", ("\xc4\xe3", "gestern")),
        (b'ETag: "a"\r\nETag: "b"', (None, None)),
        (b"ETag:\r\nLast-Modified: \0", (None, None)),
        (b"ETag: " + b"x" * 1025, (None, None)),
    ],
)
def test_validators_are_kept_as_they_can_be_sent_back(
    headers: bytes, validators: tuple[str | None, str | None]
) -> None:
    exchange = replace(EXCHANGE, response=b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\n")
    place = Place("r", 5, 7, "b", "p")
    capture = capture_of(exchange, ATTEMPT, "f", place, None, payload_bytes=9)
    assert (capture.etag, capture.last_modified) == validators
    again = capture_of(exchange, ATTEMPT, "f", place, None, kind="revisit", refers_to="q")
    assert (again.etag, again.last_modified) == validators


@pytest.mark.parametrize("status", [b"304 Not Modified", b"404 Not Found", b"206 Partial Content"])
def test_only_a_whole_200_has_validators(status: bytes) -> None:
    place = Place("r", 5, 7, "b", "p")
    exchange = replace(EXCHANGE, response=b"HTTP/1.1 " + status + b'\r\nETag: "a"\r\n\r\n')
    for kind in ("response", "revisit"):
        assert capture_of(exchange, ATTEMPT, "f", place, None, kind=kind, payload_bytes=9).etag is None
    cut = replace(EXCHANGE, response=b'HTTP/1.1 200 OK\r\nETag: "a"\r\n\r\n', truncated="length")
    assert capture_of(cut, ATTEMPT, "f", place, None).etag is None

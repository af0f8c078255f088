from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given

from storage.archived import Opening, Place
from storage.model import Attempt, CrawlEnd, Exchange, Thresholds
from storage.payload import Abridged
from storage.warc_fields import Described, FieldError
from storage.warc_metadata import (
    attempt_block,
    crawl_end_block,
    is_attempt,
    is_crawl_end,
    read_abridged,
    read_attempt,
    read_crawl_end,
    read_opening,
    warcinfo_block,
)
from tests.storage.exchanges import AT, ATTEMPT, CRAWL, EXCHANGE, attempts_made, exchanges, texts

END = CrawlEnd(CRAWL, "demo", AT, datetime(2026, 11, 22, 14, 0, tzinfo=UTC), "stopped", 17)


@given(exchanges(), attempts_made())
def test_what_is_written_is_read(exchange: Exchange, attempt: Attempt) -> None:
    said = Described(attempt_block(exchange, attempt))
    assert is_attempt(said)
    assert not is_crawl_end(said)
    read = read_attempt(said, started=exchange.started, request=exchange.request, response=exchange.response)
    assert read == (exchange, attempt)


def test_the_block_is_as_documented() -> None:
    exchange = replace(
        EXCHANGE, interim=b"HTTP/1.1 100 Continue\r\n\r\n", surplus=b"\x00\xff", notes=("a", "b\r\nrole: x")
    )
    attempt = replace(ATTEMPT, via="http://www.example.cn/", rules_digest="sha256:00")
    assert attempt_block(exchange, attempt) == (
        b"source: demo\r\nrules: sha256:00\r\ncrawl: 0f0e0d0c-1111-4222-8333-444444444444\r\nrole: article:0\r\n"
        b"relation: seed\r\nhops: 0\r\nnumber: 1\r\nvia: http://www.example.cn/\r\n"
        b"url: http://www.example.cn/2026/11/22/c_1.html\r\nmethod: GET\r\nduration-s: 0.125\r\nip: 192.0.2.7\r\n"
        b"note: a\r\nnote: b\\r\\nrole: x\r\ninterim-length: 25\r\nsurplus-length: 2\r\n"
        b"\r\nHTTP/1.1 100 Continue\r\n\r\n\x00\xff"
    )
    assert b"interim" not in attempt_block(EXCHANGE, ATTEMPT)


ABRIDGED = Abridged(b"HTTP/1.1 200 OK\r\n\r\n", b"2\r\n\r\n0\r\n\r\n", 45)


@given(exchanges(), attempts_made())
def test_what_a_revisit_leaves_out_is_described_beside_it(exchange: Exchange, attempt: Attempt) -> None:
    said = Described(attempt_block(exchange, attempt, ABRIDGED))
    read = read_attempt(said, started=exchange.started, request=exchange.request, response=exchange.response)
    assert read == (exchange, attempt)
    assert read_abridged(said, ABRIDGED.head) == ABRIDGED
    assert read_abridged(Described(attempt_block(exchange, attempt)), ABRIDGED.head) is None


def test_the_description_is_as_documented() -> None:
    exchange = replace(EXCHANGE, interim=b"HTTP/1.1 103 Early\r\n\r\n", surplus=b"xx")
    block = attempt_block(exchange, ATTEMPT, ABRIDGED)
    assert block.endswith(
        b"response-length: 45\r\ninterim-length: 22\r\n"
        b"surplus-length: 2\r\nframing-length: 10\r\n\r\nHTTP/1.1 103 Early\r\n\r\nxx2\r\n\r\n0\r\n\r\n"
    )
    plain = attempt_block(EXCHANGE, ATTEMPT, replace(ABRIDGED, framing=b""))
    assert plain.endswith(b"\r\nresponse-length: 45\r\n")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (b"framing-length: 10", b"framing-length: 11", "10 bytes follow, not 11"),
        (b"framing-length: 10", b"framing-length: 9", "interim-length: missing"),
        (b"response-length: 45", b"response-length: x", "response-length: no count"),
    ],
)
def test_a_malformed_description_is_refused_by_field(old: bytes, new: bytes, complaint: str) -> None:
    block = attempt_block(EXCHANGE, ATTEMPT, ABRIDGED)
    assert old in block
    with pytest.raises(FieldError, match=complaint):
        read_abridged(Described(block.replace(old, new)), ABRIDGED.head)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (b"role: article:0\r\n", b"", "role: missing"),
        (b"hops: 0", b"hops: -1", "hops: no count"),
        (b"hops: 0", b"hops: " + b"9" * 5000, "hops: no count"),
        (b"duration-s: 0.125", b"duration-s: nan", "duration-s: no finite"),
        (b"duration-s: 0.125", b"duration-s: soon", "duration-s: could not"),
        (b"ip: 192.0.2.7", b"tls-version: TLSv1.3\r\ntls-cipher: x\r\ntls-verified: maybe", "tls-verified: neither"),
        (b"ip: 192.0.2.7", b"failure-stage: dns", "failure-reason: missing"),
        (b"ip: 192.0.2.7\r\n", b"ip: 192.0.2.7\r\n\r\nmore", "interim-length: missing"),
        (b"ip: 192.0.2.7\r\n", b"interim-length: 3\r\nsurplus-length: 3\r\n\r\nmore", "4 bytes follow, not 6"),
    ],
)
def test_a_malformed_block_is_refused_by_field(old: bytes, new: bytes, complaint: str) -> None:
    block = attempt_block(EXCHANGE, ATTEMPT)
    assert old in block
    with pytest.raises(FieldError, match=complaint):
        read_attempt(Described(block.replace(old, new)), started=AT, request=b"", response=b"")


def test_the_end_of_a_crawl() -> None:
    said = Described(crawl_end_block(END))
    assert is_crawl_end(said)
    assert not is_attempt(said)
    assert read_crawl_end(said) == END
    with pytest.raises(FieldError, match="finished: no UTC time"):
        read_crawl_end(Described(crawl_end_block(END).replace(b"finished: 2026", b"finished: x")))


@given(texts())
def test_the_opening_of_a_file(text: str) -> None:
    opening = Opening(
        Place("x", 0, 9, "y"),
        "n.warc.gz",
        AT,
        CRAWL,
        "demo",
        AT,
        Thresholds(2, 7),
        text,
        text,
        text,
        text,
        (("max-response-bytes", "7"), ("proxy", text)),
    )
    block = warcinfo_block(opening)
    assert read_opening(block, place=opening.place, name="n.warc.gz", opened=AT) == opening
    assert b"setting-max-response-bytes: 7\r\n" in block
    assert read_opening(block[: block.index(b"setting-")], place=opening.place, name="n", opened=AT).settings == ()

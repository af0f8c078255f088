from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage.digest import EMPTY, sha256_of
from storage.model import Exchange, Original, Revisit, Tls
from storage.payload import payload_seen
from storage.warc_records import NewRecord, cipher_suite, exchange_records, protocols, target_uri
from tests.storage.exchanges import ATTEMPT, BODY, EXCHANGE, counted_ids, exchange


def records_of(made: Exchange) -> dict[str, NewRecord]:
    return {record.type: record for record in exchange_records(made, ATTEMPT, counted_ids(), "urn:uuid:file")}


def values(record: NewRecord, name: str) -> list[str]:
    return [value for key, value in record.fields if key == name]


def test_the_three_records_of_an_attempt() -> None:
    found = records_of(EXCHANGE)
    assert list(found) == ["response", "request", "metadata"]
    response, request, metadata = found.values()
    assert (response.block, request.block) == (EXCHANGE.response, EXCHANGE.request)
    assert values(request, "WARC-Concurrent-To") == [f"<{response.record_id}>"]
    assert values(metadata, "WARC-Concurrent-To") == [f"<{response.record_id}>", f"<{request.record_id}>"]
    for record, content_type in (
        (response, "application/http; msgtype=response"),
        (request, "application/http; msgtype=request"),
        (metadata, "application/warc-fields"),
    ):
        assert values(record, "WARC-Date") == ["2026-11-22T13:45:00.123456Z"]
        assert values(record, "WARC-Target-URI") == [EXCHANGE.url]
        assert values(record, "WARC-IP-Address") == ["192.0.2.7"]
        assert values(record, "WARC-Warcinfo-ID") == ["<urn:uuid:file>"]
        assert values(record, "Content-Type") == [content_type]
        assert values(record, "WARC-Block-Digest") == [sha256_of(record.block)]
    assert values(response, "WARC-Payload-Digest") == [sha256_of(BODY)]
    assert values(response, "WARC-Protocol") == ["http/1.1"]
    assert values(response, "WARC-Truncated") == []


def test_an_attempt_without_a_byte_is_a_metadata_record_alone() -> None:
    found = records_of(exchange(request=b"", response=b""))
    assert list(found) == ["metadata"]
    assert values(found["metadata"], "WARC-Concurrent-To") == []


def test_a_request_without_an_answer() -> None:
    found = records_of(exchange(response=b"", interim=b"HTTP/1.1 100 Continue\r\n\r\n"))
    assert list(found) == ["request", "metadata"]
    assert values(found["request"], "WARC-Concurrent-To") == []
    assert values(found["metadata"], "WARC-Concurrent-To") == [f"<{found['request'].record_id}>"]


def test_tls_and_truncation_are_named_fields() -> None:
    tls = Tls("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", True)
    response = records_of(exchange(tls=tls, truncated="length"))["response"]
    assert values(response, "WARC-Protocol") == ["http/1.1", "tls/1.2"]
    assert values(response, "WARC-Cipher-Suite") == ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    assert values(response, "WARC-Truncated") == ["length"]


def test_the_payload_digest_is_of_the_payload() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    one = records_of(exchange(response=head + b"5\r\nhello\r\n0\r\n\r\n"))["response"]
    other = records_of(exchange(response=head + b"2;x\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n"))["response"]
    assert one.payload_digest == other.payload_digest == sha256_of(b"hello")
    assert one.block_digest != other.block_digest
    assert records_of(exchange(method="HEAD", response=head))["response"].payload_digest == EMPTY


ORIGINAL = Original(
    "urn:uuid:first",
    "http://www.example.cn/首.html",
    datetime(2026, 11, 20, 1, 2, 3, 40, tzinfo=UTC),
    sha256_of(BODY),
    "one.warc.gz",
    500,
    900,
)


def revisited(made: Exchange, by: str) -> dict[str, NewRecord]:
    found = exchange_records(made, ATTEMPT, counted_ids(), "urn:uuid:file", payload_seen(made), Revisit(ORIGINAL, by))
    return {record.type: record for record in found}


def test_an_equal_payload_is_left_out_and_its_head_kept() -> None:
    tls = Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256", True)
    found = revisited(exchange(response=EXCHANGE.response, tls=tls), "bytes")
    assert list(found) == ["revisit", "request", "metadata"]
    record = found["revisit"]
    assert record.block == EXCHANGE.response.removesuffix(BODY)
    for name, value in (
        ("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"),
        ("WARC-Refers-To", "<urn:uuid:first>"),
        ("WARC-Refers-To-Target-URI", "http://www.example.cn/%E9%A6%96.html"),
        ("WARC-Refers-To-Date", "2026-11-20T01:02:03.000040Z"),
        ("WARC-Truncated", "length"),
        ("WARC-Payload-Digest", sha256_of(BODY)),
        ("WARC-Block-Digest", sha256_of(record.block)),
        ("Content-Type", "application/http; msgtype=response"),
        ("WARC-Cipher-Suite", "TLS_AES_128_GCM_SHA256"),
    ):
        assert values(record, name) == [value]
    assert values(record, "WARC-Protocol") == ["http/1.1", "tls/1.3"]
    assert values(found["request"], "WARC-Concurrent-To") == [f"<{record.record_id}>"]
    assert b"response-length: %d\r\n" % len(EXCHANGE.response) in found["metadata"].block


def test_a_304_is_kept_as_it_came() -> None:
    answer = b'HTTP/1.1 304 Not Modified\r\neTag: "x"\r\n\r\n'
    found = revisited(exchange(response=answer), "server")
    record = found["revisit"]
    assert record.block == answer
    assert values(record, "WARC-Profile") == ["http://netpreserve.org/warc/1.1/revisit/server-not-modified"]
    assert values(record, "WARC-Refers-To") == ["<urn:uuid:first>"]
    assert values(record, "WARC-Payload-Digest") == [sha256_of(BODY)]
    assert values(record, "WARC-Truncated") == []
    assert b"response-length" not in found["metadata"].block


def test_what_could_not_be_put_together_again_is_kept_whole() -> None:
    coded = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc"
    found = revisited(exchange(response=coded), "bytes")
    assert list(found) == ["response", "request", "metadata"]
    assert found["response"].block == coded
    assert b"response-length" not in found["metadata"].block


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("http://www.example.cn/a%20b?q=%E4%B8%AD#x[1]'{}|", "http://www.example.cn/a%20b?q=%E4%B8%AD#x[1]'{}|"),
        ("http://www.example.cn/a b\r\nWARC-Type: warcinfo", "http://www.example.cn/a%20b%0D%0AWARC-Type:%20warcinfo"),
        ("http://www.example.cn/新\udcff<>", "http://www.example.cn/%E6%96%B0%ED%B3%BF%3C%3E"),
    ],
)
def test_nothing_in_a_url_can_forge_a_header(url: str, header: str) -> None:
    assert target_uri(url) == header


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.", b"<html>no head</html>"])
def test_no_protocol_is_stated_that_the_server_did_not_state(said: bytes) -> None:
    assert values(records_of(exchange(response=said))["response"], "WARC-Protocol") == []


def test_nothing_in_any_value_can_forge_a_header() -> None:
    evil = "x\r\nWARC-Type: warcinfo"
    made = exchange(url=evil, ip=evil, truncated=evil, tls=Tls(evil, evil, True, evil, evil))
    for record in records_of(made).values():
        assert not any("\r" in value or "\n" in value for _, value in record.fields)


@pytest.mark.parametrize(
    ("version", "tls", "expected"),
    [
        ("1.0", None, ["http/1.0"]),
        ("1.1", "TLSv1.3", ["http/1.1", "tls/1.3"]),
        ("1.1", "TLSv1", ["http/1.1", "tls/1.0"]),
        ("0.9", "SSLv3", ["http/0.9", "ssl/3"]),
        ("1.1", "QUIC", ["http/1.1"]),
        (None, "TLSv1.2", ["tls/1.2"]),
    ],
)
def test_protocols(version: str | None, tls: str | None, expected: list[str]) -> None:
    assert protocols(version, Tls(tls, "c", True) if tls else None) == expected


@pytest.mark.parametrize(
    ("openssl", "iana"),
    [
        ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        ("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("ECDHE-RSA-AES256-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
        ("DHE-RSA-AES128-SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
        ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
        ("ECDHE-ECDSA-AES128-CCM8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
        ("ADH-AES128-SHA", None),
        ("AES128", None),
        ("TLS_x\r\n", None),
        ("", None),
    ],
)
def test_cipher_suites_bear_their_registered_names_or_none(openssl: str, iana: str | None) -> None:
    assert cipher_suite(openssl) == iana

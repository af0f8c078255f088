from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from storage.archived import Archived, ArchivedSource, Opening
from storage.digest import sha256_of
from storage.errors import TornRecord, WarcError
from storage.http_message import payload_of
from storage.model import Attempt, Capture
from storage.payload import put_together
from storage.reader import read_exchange, read_record, records, walk
from storage.warc_members import WarcRecord
from tests.storage.exchanges import ATTEMPT, BODY, CRAWL, EXCHANGE, attempts, exchange, files, revisit, writer


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A finished WARC file: warcinfo, resource, then three attempts of three records each."""
    made = writer(tmp_path)
    for number in range(3):
        made.append(exchange(number), ATTEMPT)
    made.close()
    return files(tmp_path)[0]


def lying(path: Path) -> list[WarcRecord]:
    return list(records(path))


def without(path: Path, *left_out: int) -> Path:
    content = path.read_bytes()
    kept = [record for at, record in enumerate(records(path)) if at not in left_out]
    other = path.with_name("other.warc.gz")
    other.write_bytes(b"".join(content[record.offset : record.offset + record.length] for record in kept))
    return other


def replaced(path: Path, at: int, old: bytes, new: bytes) -> Path:
    """Rewrite one record's plain bytes, with its Content-Length made to fit."""
    content = path.read_bytes()
    record = lying(path)[at]
    member = content[record.offset : record.offset + record.length]
    plain = gzip.decompress(member)
    assert old in plain
    head, blank, rest = plain.replace(old, new).partition(b"\r\n\r\n")
    declared = b"\r\nContent-Length: %d" % len(record.block)
    assert head.endswith(declared)
    changed = head.removesuffix(declared) + b"\r\nContent-Length: %d" % (len(rest) - 4) + blank + rest
    other = path.with_name("other.warc.gz")
    other.write_bytes(content.replace(member, gzip.compress(changed)))
    return other


def test_records_are_given_as_they_lie(archive: Path) -> None:
    kinds = [record.type for record in lying(archive)]
    assert kinds == ["warcinfo", "resource", *["response", "request", "metadata"] * 3]
    for record in lying(archive):
        assert read_record(archive, record.offset, record.length) == record


def test_an_exchange_is_read_by_its_response_alone(archive: Path) -> None:
    for number, found in enumerate(attempts(archive)):
        assert found.capture is not None
        one = read_exchange(archive, found.capture.warc_offset, found.capture.warc_length)
        assert one == found
        assert one.exchange == exchange(number)
    request = lying(archive)[3]
    with pytest.raises(WarcError, match="is a request record, not a response"):
        read_exchange(archive, request.offset, request.length)


@pytest.mark.parametrize(
    ("left_out", "gap"),
    [
        ((6,), "missing beside the metadata record: urn:uuid:"),
        ((7,), "metadata missing"),
        ((6, 7), "request and metadata missing"),
        ((5,), "missing beside the metadata record: urn:uuid:"),
    ],
)
def test_a_missing_record_is_a_stated_gap(archive: Path, left_out: tuple[int, ...], gap: str) -> None:
    path = without(archive, *left_out)
    whole, gapped, last = attempts(path)
    assert (whole.gap, last.gap) == (None, None)
    assert gap in (gapped.gap or "")
    assert gapped.exchange.url == exchange(1).url
    assert gapped.exchange.response == (b"" if 5 in left_out else exchange(1).response)
    assert (gapped.attempt.source, gapped.attempt.crawl_id) == ("demo", CRAWL)
    if gapped.capture is not None:
        assert gapped.capture.captured == exchange(1).started
        assert (gapped.capture.request_digest is None) == (6 in left_out)
        assert gapped.capture.ip == "192.0.2.7"
        assert read_exchange(path, gapped.capture.warc_offset, gapped.capture.warc_length) == gapped


def test_a_lone_request_or_two_requests_are_attempts_of_their_own(archive: Path) -> None:
    gaps = [one.gap for one in attempts(without(archive, 2, 4, 5, 7))]
    assert len(gaps) == 3
    assert [gap is None for gap in gaps] == [False, False, True]


def test_a_metadata_record_belongs_to_those_it_names_only(archive: Path) -> None:
    """The response of one attempt, then the metadata of the next: two attempts, not one."""
    _, response, metadata = attempts(without(archive, 6, 7, 8, 9))
    assert (response.exchange.url, response.metadata) == (exchange(1).url, None)
    assert (metadata.exchange.url, metadata.response, metadata.capture) == (exchange(2).url, None, None)
    assert metadata.gap is not None
    assert metadata.gap.count("urn:uuid:") == 2


def test_what_is_unknown_is_assumed_and_said(archive: Path) -> None:
    (_, gapped, _) = attempts(without(archive, 6, 7))
    assert gapped.attempt == Attempt("demo", CRAWL, "page", relation="given", rules_digest=ATTEMPT.rules_digest)


def test_a_torn_file_gives_all_that_is_whole_first(archive: Path) -> None:
    content = archive.read_bytes()
    torn = archive.with_name("torn.warc.gz")
    last = lying(archive)[-1]
    torn.write_bytes(content[: last.offset + 5])
    found: list[object] = []
    with pytest.raises(TornRecord, match=f"torn.warc.gz: record at {last.offset}: the file ends within it"):
        for entry in walk(torn):
            found.append(entry)
    assert [type(one) for one in found] == [Opening, ArchivedSource, Archived, Archived, Archived]
    gapped = found[-1]
    assert isinstance(gapped, Archived)
    assert gapped.gap is not None
    assert isinstance(gapped.capture, Capture)
    assert read_exchange(torn, gapped.capture.warc_offset, gapped.capture.warc_length) == gapped


@pytest.mark.parametrize(
    ("at", "old", "new", "complaint"),
    [
        (0, b"started: 2026", b"started: then", "started: no UTC time"),
        (0, b"crawl: ", b"crowl: ", "crawl: missing"),
        (1, b'"schema":1', b'"schema":9', "schema: must be 1"),
        (4, b"hops: 0", b"hops: x", "hops: no count"),
        (4, b"url: ", b"url; ", "no field"),
    ],
)
def test_a_malformed_record_names_file_offset_and_field(
    archive: Path, at: int, old: bytes, new: bytes, complaint: str
) -> None:
    path = replaced(archive, at, old, new)
    with pytest.raises(WarcError, match=rf"other.warc.gz: record at {lying(archive)[at].offset}: .*{complaint}"):
        list(walk(path))


def test_a_malformed_date_is_an_error_too(archive: Path) -> None:
    with pytest.raises(WarcError, match="WARC-Date: no UTC time"):
        list(walk(replaced(archive, 4, b"WARC-Date: 2026", b"WARC-Date: once")))


def test_what_is_not_ours_is_passed_over(archive: Path) -> None:
    path = replaced(archive, 4, b"WARC-Type: metadata", b"WARC-Type: conversion")
    assert [one.gap is None for one in attempts(path)] == [False, True, True]
    path = replaced(archive, 4, b"role: ", b"rule: ")
    assert len(attempts(path)) == 3
    path = replaced(archive, 1, b"urn:shilu:source:", b"urn:other:source:")
    assert not any(isinstance(entry, ArchivedSource) for entry in walk(path))


def test_a_revisit_has_its_place(archive: Path) -> None:
    """As the issue on evidence will write them: the kept head, and what it refers to."""
    path = replaced(
        archive,
        5,
        b"WARC-Type: response\r\n",
        b"WARC-Type: revisit\r\nWARC-Refers-To: <urn:uuid:first>\r\nWARC-Truncated: length\r\n",
    )
    found = attempts(path)[1]
    assert found.gap is None
    assert found.capture is not None
    assert (found.capture.kind, found.capture.refers_to) == ("revisit", "urn:uuid:first")
    assert found.capture.status == 200
    first = attempts(path)[0]
    assert first.capture is not None
    assert (first.capture.kind, first.capture.refers_to) == ("response", None)


def test_capture_names_the_finished_file_also_while_it_is_open(tmp_path: Path) -> None:
    made = writer(tmp_path)
    capture = made.append(EXCHANGE, ATTEMPT)
    (path,) = files(tmp_path)
    assert path.name.endswith(".open")
    assert attempts(path)[0].capture == capture
    made.close()


def test_digests_are_those_declared_and_true(archive: Path) -> None:
    for found in attempts(archive):
        assert found.response is not None
        assert found.response.block_digest == sha256_of(found.exchange.response)
        assert found.request is not None
        assert found.request.block_digest == sha256_of(found.exchange.request)
    source = next(entry for entry in walk(archive) if isinstance(entry, ArchivedSource))
    assert json.loads(lying(archive)[1].block)["name"] == source.source.name


# --- revisits ----------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nETag: %b\r\n"
CHUNKED = HEAD % b'"b"' + b"Transfer-Encoding: chunked\r\n\r\n9;x=1\r\n%b\r\n%x\r\n%b\r\n0\r\nX-Sum: 1\r\n\r\n"


def test_a_revisit_is_read_as_it_was_written_and_its_response_can_be_put_together(tmp_path: Path) -> None:
    response = CHUNKED % (BODY[:9], len(BODY) - 9, BODY[9:])
    archive = writer(tmp_path)
    first = archive.append(EXCHANGE, ATTEMPT)
    assert first is not None
    received = exchange(2, response=response, interim=b"HTTP/1.1 103 Early Hints\r\n\r\n", surplus=b"x")
    second = archive.append(received, ATTEMPT, revisit=revisit(first))
    archive.close()
    found = attempts(files(tmp_path)[0])
    assert [one.capture for one in found] == [first, second]
    assert second is not None and second.warc_length > 0
    assert (second.kind, second.refers_to, second.payload_digest) == ("revisit", first.id, first.payload_digest)
    assert (second.status, second.truncated, second.payload_bytes) == (200, None, None)
    assert (second.etag, second.url) == ('"b"', received.url)
    again, rest = found[1].exchange, found[1].abridged
    assert (again.interim, again.surplus, again.truncated) == (received.interim, received.surplus, None)
    assert rest is not None and rest.head == again.response
    payload = payload_of(found[0].exchange.response, "GET")
    assert put_together(rest.head, rest.framing, payload) == response
    assert rest.response_bytes == len(response)
    assert read_exchange(files(tmp_path)[0], second.warc_offset, second.warc_length) == found[1]


def test_a_304_is_read_as_it_was_written(tmp_path: Path) -> None:
    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'
    archive = writer(tmp_path)
    first = archive.append(EXCHANGE, ATTEMPT)
    assert first is not None
    second = archive.append(exchange(2, response=answer), ATTEMPT, revisit=revisit(first, "server"))
    archive.close()
    found = attempts(files(tmp_path)[0])[1]
    assert found.capture == second and found.exchange.response == answer and found.abridged is None
    assert second is not None
    assert (second.status, second.kind, second.payload_digest) == (304, "revisit", first.payload_digest)
    assert (second.etag, second.last_modified) == (None, None)


def test_a_revisit_without_its_metadata_is_not_taken_for_a_cut_response(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    first = archive.append(EXCHANGE, ATTEMPT)
    assert first is not None
    archive.append(exchange(2, response=EXCHANGE.response), ATTEMPT, revisit=revisit(first))
    archive.close()
    found = attempts(without(files(tmp_path)[0], 7))[1]
    assert found.gap is not None and found.exchange.truncated is None and found.abridged is None
    assert found.capture is not None and found.capture.truncated is None
    assert (found.capture.kind, found.capture.refers_to) == ("revisit", first.id)

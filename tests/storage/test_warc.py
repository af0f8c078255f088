from __future__ import annotations

import errno
import gzip
import io
import json
import os
import re
import threading
import tracemalloc
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage import warc as warc_module
from storage.archived import Archived, ArchivedEnd, ArchivedSource, Opening
from storage.digest import sha256_of
from storage.errors import StorageError
from storage.model import Attempt, Capture, CrawlEnd, Exchange
from storage.reader import read_exchange, walk
from storage.seals import read_seals
from storage.spool import Spool
from storage.verify import verify
from storage.warc_members import MAX_WHOLE_BYTES
from tests.storage.exchanges import (
    AT,
    ATTEMPT,
    CRAWL,
    EXCHANGE,
    SOURCE,
    attempts,
    attempts_made,
    counted_ids,
    exchange,
    exchanges,
    files,
    writer,
)
from tests.warc_by_hand import read_member, read_records


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(exchanges(), attempts_made()), min_size=1, max_size=3))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[Exchange, Attempt]]
) -> None:
    directory = tmp_path_factory.mktemp("archive")
    archive = writer(directory)
    captures = [archive.append(exchange, attempt) for exchange, attempt in made]
    archive.close()
    (path,) = files(directory)
    found = attempts(path)
    assert [(one.exchange, one.attempt) for one in found] == made
    assert [one.capture for one in found] == captures
    assert [one.gap for one in found] == [None] * len(made)
    for one, capture in zip(found, captures, strict=True):
        if capture is not None:
            assert read_exchange(path, capture.warc_offset, capture.warc_length) == one


def test_a_capture_is_one_gzip_member_for_the_standard_library(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    captures = [archive.append(exchange(number), ATTEMPT) for number in range(3)]
    archive.close()
    (path,) = files(tmp_path)
    for number, capture in enumerate(captures):
        assert capture is not None
        record = read_member(path, capture.warc_offset, capture.warc_length)
        assert (record.type, record.id, record.target) == ("response", capture.id, capture.url)
        assert record.block == exchange(number).response
        assert record.fields["warc-payload-digest"] == capture.payload_digest
    assert len(read_records(path)) == 2 + 3 * 3


def test_others_read_what_we_wrote(tmp_path: Path) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nX: \xc4\xe3\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n"
    archive = writer(tmp_path)
    archive.append(EXCHANGE, ATTEMPT)
    archive.append(exchange(response=chunked, interim=b"HTTP/1.1 103 Early Hints\r\n\r\n", surplus=b"more"), ATTEMPT)
    archive.close()
    (path,) = files(tmp_path)
    with path.open("rb") as file:
        blocks = [record.raw_stream.read() for record in ArchiveIterator(file, no_record_parse=True)]
    assert EXCHANGE.response in blocks
    assert EXCHANGE.request in blocks
    assert chunked in blocks
    with path.open("rb") as file:
        fast = [(record.verify_block_digest(), record.reader.read()) for record in FastIterator(file, parse_http=False)]
    assert [block for _, block in fast] == blocks
    assert all(valid for valid, _ in fast)


def test_warcio_verifies_our_digests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = writer(tmp_path)
    archive.append(EXCHANGE, ATTEMPT)
    archive.close()

    class Command:
        inputs = (str(files(tmp_path)[0]),)
        verbose = False

    checker = Checker(Command)
    checker.process_all()
    assert checker.exit_value == 0
    assert "fail" not in capsys.readouterr().out


def test_a_file_opens_with_itself_and_the_source(tmp_path: Path) -> None:
    archive = writer(tmp_path, now=lambda: AT + timedelta(milliseconds=7))
    end = CrawlEnd(CRAWL, "demo", AT, AT + timedelta(hours=1), "finished", 3)
    archive.append_end(end)
    archive.close()
    (path,) = files(tmp_path)
    assert path.name == "shilu-demo-20261122134500130-00000-0f0e0d0c.warc.gz"
    opening, source, ended = walk(path)
    assert isinstance(opening, Opening)
    assert (opening.name, opening.crawl_id, opening.source, opening.started) == (path.name, CRAWL, "demo", AT)
    assert (opening.operator, opening.user_agent, opening.software) == (
        "示例 <archive@example.org>",
        "shilu",
        "shilu/0",
    )
    assert (opening.thresholds.removal_observations, opening.thresholds.removal_span_s) == (2, 3600)
    assert isinstance(source, ArchivedSource)
    assert (source.source, source.digest) == (SOURCE, ATTEMPT.rules_digest)
    assert isinstance(ended, ArchivedEnd)
    assert ended.end == end
    warcinfo, resource, *_ = read_records(path)
    assert warcinfo.fields["warc-filename"] == path.name
    assert b"robots: obey\r\n" in warcinfo.block
    assert json.loads(resource.block)["name"] == "demo"
    assert resource.fields["warc-payload-digest"] == sha256_of(resource.block)


def test_record_ids_ascend_with_the_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_764_000_000_000_000_000, 1_764_000_001_000_000_000, 1_000_000))
    monkeypatch.setattr(warc_module.time, "time_ns", lambda: next(clock))
    ids = [warc_module._new_id() for _ in range(300)]
    assert ids == sorted(ids) and len({each[-20:] for each in ids}) == 300
    assert ids[0].startswith("urn:uuid:019ab697-e800-7"), "1,764,000,000,000 ms"
    version_7 = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(map(version_7.fullmatch, ids))


def test_record_ids_can_be_given(tmp_path: Path) -> None:
    archive = writer(tmp_path, new_id=counted_ids())
    capture = archive.append(EXCHANGE, ATTEMPT)
    assert capture is not None
    assert capture.id == "urn:uuid:00000000-0000-0000-0000-000000000003"
    archive.close()


def test_every_attempt_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = writer(tmp_path)
    sizes = []
    write = os.write

    def counted(descriptor: int, content: bytes) -> int:
        sizes.append(len(content))
        return write(descriptor, content)

    monkeypatch.setattr(os, "write", counted)
    archive.append(exchange(response=os.urandom(900_000)), ATTEMPT)
    archive.append(exchange(response=b"", request=b""), ATTEMPT)
    assert len(sizes) == 2
    (path,) = files(tmp_path)
    assert path.read_bytes()[-sizes[1] :].startswith(b"\x1f\x8b\x08")
    archive.close()


def test_rotation_by_size(tmp_path: Path) -> None:
    archive = writer(tmp_path, max_bytes=6000)
    captures = [archive.append(exchange(number), ATTEMPT) for number in range(12)]
    names = {capture.warc_file for capture in captures if capture}
    assert len(names) > 2
    finished = [path for path in files(tmp_path) if path.name.endswith(".gz")]
    assert len(finished) == len(names) - 1
    assert all(path.stat().st_size <= 6000 for path in finished)
    archive.close()
    assert [seal.name for seal in read_seals(tmp_path)] == [path.name for path in files(tmp_path)]
    for capture in captures:
        assert capture is not None
        found = read_exchange(tmp_path / "warc" / capture.warc_file, capture.warc_offset, capture.warc_length)
        assert found.capture == capture


def test_an_exchange_larger_than_a_file_is_kept_whole(tmp_path: Path) -> None:
    archive = writer(tmp_path, max_bytes=100)
    assert archive.append(EXCHANGE, ATTEMPT) is not None
    assert archive.append(EXCHANGE, ATTEMPT) is not None
    archive.close()
    assert [len(attempts(path)) for path in files(tmp_path)] == [0, 1, 1]


def test_rotation_by_age(tmp_path: Path) -> None:
    clock = [AT]
    archive = writer(tmp_path, max_age_s=60, now=lambda: clock[0])
    first = archive.append(exchange(1), ATTEMPT)
    clock[0] += timedelta(seconds=59)
    second = archive.append(exchange(2), ATTEMPT)
    clock[0] += timedelta(seconds=1)
    third = archive.append(exchange(3), ATTEMPT)
    archive.close()
    assert first and second and third
    assert first.warc_file == second.warc_file != third.warc_file
    assert [seal.sealed for seal in read_seals(tmp_path)] == [clock[0], clock[0]]


def test_a_sync_covers_what_was_appended_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From another thread, through rotations: what was appended when a sync begins is fsynced when it ends."""
    durable: dict[int, int] = {}
    fsync = os.fsync

    def seen(descriptor: int) -> None:
        size = os.fstat(descriptor).st_size
        fsync(descriptor)
        inode = os.fstat(descriptor).st_ino
        durable[inode] = max(durable.get(inode, 0), size)

    monkeypatch.setattr(os, "fsync", seen)
    archive = writer(tmp_path, max_bytes=8000)
    appended: list[tuple[int, int]] = []
    lost: list[tuple[int, int]] = []
    done = threading.Event()

    def sync_on() -> None:
        while not done.is_set():
            before = list(appended)
            archive.sync()
            lost.extend((inode, end) for inode, end in before if durable.get(inode, 0) < end)

    thread = threading.Thread(target=sync_on)
    thread.start()
    try:
        for number in range(200):
            capture = archive.append(exchange(number), ATTEMPT)
            assert capture is not None
            inode = (tmp_path / "warc" / f"{capture.warc_file}.open").stat().st_ino
            appended.append((inode, capture.warc_offset + capture.warc_length))
    finally:
        done.set()
        thread.join()
    archive.close()
    assert lost == []
    assert len(files(tmp_path)) > 5


def test_two_writers_share_an_archive(tmp_path: Path) -> None:
    writers = [writer(tmp_path, now=lambda: AT) for _ in range(3)]
    for number, archive in enumerate(writers):
        archive.append(exchange(number), ATTEMPT)
    for archive in writers:
        archive.close()
        archive.close()
    assert [len(attempts(path)) for path in files(tmp_path)] == [1, 1, 1]
    assert len(read_seals(tmp_path)) == 3


def test_an_unwritable_archive_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "warc").write_bytes(b"")
    with pytest.raises(StorageError, match="warc: cannot be made"):
        writer(tmp_path)


def test_a_failed_opening_is_not_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = writer(tmp_path, max_bytes=6000)
    archive.append(exchange(1), ATTEMPT)

    def fail(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(warc_module, "fsync_directory", fail)
    with pytest.raises(StorageError, match="the disk is full"):
        archive.append(exchange(2, response=os.urandom(5000)), ATTEMPT)
    monkeypatch.undo()
    capture = archive.append(exchange(3), ATTEMPT)
    archive.close()
    assert capture is not None
    assert capture.warc_file == read_seals(tmp_path)[-1].name


def test_a_block_that_could_not_be_read_back_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_module, "MAX_BLOCK_BYTES", 999)
    archive = writer(tmp_path)
    with pytest.raises(StorageError, match="more than one record may hold"):
        archive.append(exchange(response=b"x" * 1000), ATTEMPT)
    with pytest.raises(StorageError, match="more than one record may hold"):
        archive.append(exchange(surplus=bytes(MAX_WHOLE_BYTES)), ATTEMPT)
    archive.close()


def long_exchange(content: bytes, **changes: Any) -> Exchange:
    """Return an exchange whose response waits in a file."""
    spool = Spool(held_bytes=1000)
    response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for piece in (b"HTTP/1.1 103 Early Hints\r\n\r\n", response, b"%x\r\n" % len(content), content, b"\r\n0\r\n\r\n"):
        spool.append(piece)
    return exchange(response=spool.cut(28, len(spool)), **changes)


@pytest.mark.parametrize("content", [bytes(3_000_000), os.urandom(3_000_000)], ids=["zeros", "noise"])
def test_a_long_response_is_archived_as_a_short_one_is(tmp_path: Path, content: bytes) -> None:
    archive = writer(tmp_path)
    archive.append(exchange(1), ATTEMPT)
    long = long_exchange(content, truncated="time", surplus=b"more")
    capture = archive.append(long, ATTEMPT)
    archive.append(exchange(3), ATTEMPT)
    archive.close()
    (path,) = files(tmp_path)
    assert capture is not None
    record = read_member(path, capture.warc_offset, capture.warc_length)
    assert not isinstance(long.response, bytes)
    assert record.block == long.response[:]
    assert capture.payload_digest == sha256_of(content) == record.fields["warc-payload-digest"]
    assert record.fields["warc-block-digest"] == sha256_of(record.block)
    assert (capture.status, record.fields["warc-truncated"]) == (200, "time")
    found = attempts(path)
    assert found[1].capture == capture == read_exchange(path, capture.warc_offset, capture.warc_length).capture
    assert found[1].exchange.response[:] == record.block
    assert [one.exchange.surplus for one in found] == [b"", b"more", b""]
    assert list(verify(tmp_path, rows(one.capture for one in found))) == []


def rows(captures: Iterable[Capture | None]) -> list[Capture]:
    return [one for one in captures if one is not None]


def test_a_long_response_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = writer(tmp_path)
    archive.append(exchange(1), ATTEMPT)
    (path,) = files(tmp_path)
    before, write, room = path.read_bytes(), os.write, [2_000_000]

    def full(descriptor: int, content: bytes) -> int:
        if len(content) > room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= len(content)
        return write(descriptor, content)

    long = long_exchange(os.urandom(5_000_000))
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageError, match="the disk is full"):
        archive.append(long, ATTEMPT)
    monkeypatch.undo()
    assert room[0] < 1_000_000, "some of it was written"
    assert path.read_bytes() == before
    archive.append(exchange(3), ATTEMPT)
    archive.close()
    assert len(attempts(files(tmp_path)[0])) == 2
    assert list(verify(tmp_path, rows(one.capture for one in attempts(files(tmp_path)[0])))) == []


def test_a_long_response_opens_a_file_of_its_own_when_it_may_not_fit(tmp_path: Path) -> None:
    archive = writer(tmp_path, max_bytes=4_000_000)
    for number in range(3):
        archive.append(long_exchange(os.urandom(2_500_000)) if number else exchange(1), ATTEMPT)
    archive.close()
    assert [len(attempts(path)) for path in files(tmp_path)] == [2, 1]


def test_a_run_that_ends_at_once_does_not_wait_for_a_long_response(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    archive.append(exchange(1), ATTEMPT)
    (path,) = files(tmp_path)
    before = path.read_bytes()
    raised: list[StorageError] = []

    def append() -> None:
        try:
            archive.append(long_exchange(b"".join(os.urandom(7).hex().encode() for _ in range(3_000_000))), ATTEMPT)
        except StorageError as error:
            raised.append(error)

    thread = threading.Thread(target=append)
    thread.start()
    while path.stat().st_size < len(before) + (1 << 20):
        assert thread.is_alive()
    archive.release()
    thread.join(0.5)
    assert not thread.is_alive()
    assert "the run ended" in str(raised[0])
    assert path.read_bytes() == before


def test_memory_does_not_grow_with_a_response(tmp_path: Path) -> None:
    long = long_exchange(os.urandom(1 << 20) * 40)
    archive = writer(tmp_path)
    tracemalloc.start()
    try:
        capture = archive.append(long, ATTEMPT)
        archive.close()
        (path,) = files(tmp_path)
        assert list(verify(tmp_path, rows([capture]))) == []
        assert [len(one.exchange.response) for one in attempts(path)] == [len(long.response)]
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()


def test_a_block_is_never_rendered_anew() -> None:
    block = b"HTTP/1.1 200 Fine \r\ncaf\xe9 : 1\r\n\tfold\nX:y\n\n\r\n\x00"
    record = next(
        record
        for record in warc_module.exchange_records(exchange(response=block), ATTEMPT, counted_ids(), "urn:uuid:file")
        if record.type == "response"
    )
    plain = gzip.decompress(warc_module.member_of(record))
    head, _, rest = plain.partition(b"\r\n\r\n")
    assert rest == block + b"\r\n\r\n"
    assert b"Content-Length: %d" % len(block) in head
    assert b"sha1" not in head
    assert len(list(ArchiveIterator(io.BytesIO(warc_module.member_of(record)), no_record_parse=True))) == 1


class PlainWriter(WARCWriter):  # type: ignore[misc]
    """warcio's own writer, without the payload digests in SHA-1 that it would add to our records."""

    NO_PAYLOAD_DIGEST_TYPES = ("warcinfo", "response", "request", "metadata")


@settings(max_examples=100, deadline=None)
@given(exchanges(), attempts_made())
def test_a_record_is_what_the_writer_of_warcio_makes_of_it(exchange: Exchange, attempt: Attempt) -> None:
    for record in warc_module.exchange_records(exchange, attempt, counted_ids(), "urn:uuid:file"):
        content = record.block[:]
        fields = StatusAndHeaders("", list(record.fields), protocol="WARC/1.1")
        stream = io.BytesIO(content)
        made = io.BytesIO()
        writer = PlainWriter(made, gzip=False, warc_version="1.1")
        writer.write_record(ArcWarcRecord("warc", record.type, fields, stream, None, None, len(content)))
        assert gzip.decompress(warc_module.member_of(record)) == made.getvalue()


def test_attempts_of_all_kinds_are_archived(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    assert archive.append(exchange(response=b"", request=b""), ATTEMPT) is None
    assert archive.append(exchange(response=b""), ATTEMPT) is None
    assert archive.append(exchange(request=b""), ATTEMPT) is not None
    archive.close()
    found = attempts(files(tmp_path)[0])
    assert all(isinstance(one, Archived) and one.gap is None for one in found)
    shape = [(bool(one.response), bool(one.request), bool(one.metadata)) for one in found]
    assert shape == [(False, False, True), (False, True, True), (True, False, True)]

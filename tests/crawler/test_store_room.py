"""crawler.store_room: all or nothing is acquired, the WARC file is on disk before the rows that point into it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.options import Options
from crawler.store_room import StoreRoom
from pipelines.outcome import outcome_of
from storage.errors import CatalogueError, LockedError, StorageError, UsageError
from storage.locks import archive_lock
from storage.model import Attempt, Exchange, Outcome, PageRead, Source, Thresholds
from storage.source_json import source_digest
from tests.in_process import options_of, room_of, source_of
from tests.run import Archive

ORIGIN = "http://127.0.0.1:9"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """A source that nothing is fetched of."""
    return source_of(tmp_path, ORIGIN)


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """The options of its archive."""
    return options_of(tmp_path)


def outcome(room: StoreRoom, source: Source, path: str = "/a/1.html") -> Outcome:
    """Append one exchange and return what it leaves in the catalogue."""
    attempt = Attempt(source.name, room.crawl_id, "article:0", rules_digest=source_digest(source))
    exchange = Exchange(
        ORIGIN + path, "GET", b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 204 Nothing\r\n\r\n", datetime.now(UTC)
    )
    capture = room.writer.append(exchange, attempt)
    return outcome_of(attempt, exchange, capture, PageRead(), thresholds=Thresholds())


def test_a_run_is_in_the_catalogue_and_its_source_leased(tmp_path: Path, source: Source) -> None:
    room = room_of(tmp_path, source)
    try:
        entries, more, retry_at = asyncio.run(room.call(room.lease, 10, timedelta(minutes=1)))
        assert [entry.url for entry in entries] == [f"{ORIGIN}/"] and more == 0 and retry_at is None
        report = asyncio.run(room.call(room.end, "finished"))
    finally:
        room.close()
    assert report.row["id"] == room.crawl_id and report.row["outcome"] == "finished" and report.row["not_reached"] == 1
    ((name, sealed),) = Archive(tmp_path).rows("SELECT name, sealed FROM warc")
    assert sealed is not None and (tmp_path / "archive" / "warc" / name).exists()


def test_what_a_run_asks_for_by_hand_is_judged_first(options: Options, source: Source) -> None:
    for revisit, url, says in (
        ("some", None, "must be `all`"),
        (None, "mailto:a@b.cn", "http or https"),
        (None, "http://elsewhere.cn/a/1.html", "out of the scope of mine; its host must be one of 127.0.0.1:9"),
    ):
        with pytest.raises(UsageError, match=says):
            StoreRoom.open(options, source, revisit=revisit, url=url)
    assert not options.archive_dir.exists(), "nothing is made for what cannot be done"


def test_one_address_is_leased_alone(options: Options, source: Source) -> None:
    room = StoreRoom.open(options, source, revisit=None, url=f"{ORIGIN}/a/%7eeins.html")
    try:
        entries, _, _ = asyncio.run(room.call(room.lease, 10, timedelta(minutes=1)))
    finally:
        room.close()
    assert [(entry.role, entry.relation) for entry in entries] == [("article:0", "given")]


def test_a_source_is_crawled_once_at_a_time_and_two_sources_together(tmp_path: Path, source: Source) -> None:
    first = room_of(tmp_path, source)
    try:
        with pytest.raises(LockedError, match="mine: another crawl of this source is running"):
            room_of(tmp_path, source)
        room_of(tmp_path, source_of(tmp_path, "http://127.0.0.1:10", name="other")).close()
    finally:
        first.close()
    room_of(tmp_path, source).close()


def test_no_crawl_beside_a_rebuild_and_no_rebuild_beside_a_crawl(tmp_path: Path, source: Source) -> None:
    with archive_lock(tmp_path / "archive").acquire(), pytest.raises(LockedError, match="a crawl or a rebuild"):
        room_of(tmp_path, source)
    room = room_of(tmp_path, source)
    try:
        with pytest.raises(LockedError):
            archive_lock(tmp_path / "archive").acquire()
    finally:
        room.close()


def test_what_could_not_be_opened_holds_nothing(tmp_path: Path, options: Options, source: Source) -> None:
    options.archive_dir.mkdir()
    options.catalogue_path.write_bytes(b"no database " * 100)
    for _ in range(2):
        with pytest.raises(CatalogueError, match="is no SQLite file"):
            room_of(tmp_path, source)
    options.catalogue_path.unlink()
    room_of(tmp_path, source).close()


def test_a_dead_run_holds_neither_rows_nor_slots(tmp_path: Path, source: Source) -> None:
    async def hold(room: StoreRoom) -> None:
        assert (await room.call(room.lease, 10, timedelta(hours=1)))[0]
        assert (await room.call(room.grant, "127.0.0.1:9", 2, 0.0, 3600.0)).count == 2

    dead = room_of(tmp_path, source)
    asyncio.run(hold(dead))
    dead.close()
    room = room_of(tmp_path, source)
    try:
        asyncio.run(hold(room))
    finally:
        room.close()
    assert Archive(tmp_path).rows("SELECT outcome FROM crawl ORDER BY started") == [("interrupted",), ("running",)]


def test_the_archive_is_synced_before_the_catalogue_is_written(
    tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = room_of(tmp_path, source)
    done: list[str] = []
    noted(monkeypatch, room.writer, "sync", done)
    noted(monkeypatch, room.catalogue, "commit", done)
    try:
        asyncio.run(room.call(room.commit, [outcome(room, source)]))
    finally:
        room.close()
    assert done == ["sync", "commit"]
    assert Archive(tmp_path).rows("SELECT status FROM capture") == [(204,)]


def noted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, done: list[str]) -> None:
    """Have each call of a method noted."""
    method = getattr(owner, name)

    def call(*arguments: Any, **named: Any) -> Any:
        done.append(name)
        return method(*arguments, **named)

    monkeypatch.setattr(owner, name, call)


def test_a_failed_sync_lets_no_row_in(tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise StorageError("fsync failed")

    room = room_of(tmp_path, source)
    monkeypatch.setattr(room.writer, "sync", fail)
    try:
        with pytest.raises(StorageError, match="fsync failed"):
            asyncio.run(room.call(room.commit, [outcome(room, source)]))
    finally:
        room.close()
    assert Archive(tmp_path).rows("SELECT count(*) FROM capture") == [(0,)]


def test_a_room_is_closed_once(tmp_path: Path, source: Source) -> None:
    room = room_of(tmp_path, source)
    room.close()
    room.close()

"""A new catalogue from the archive alone: the same rows, or the old catalogue untouched, and no damage unsaid."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pipelines import rebuild as rebuild_module
from pipelines.rebuild import Rebuilt, rebuild
from pipelines.recover import catch_up
from storage.errors import CatalogueError, LockedError, StorageError
from storage.locks import archive_lock
from storage.verify import verify
from tests.pipelines.crawled import BODY_BYTES, Crawl, open_catalogue, rows, story
from tests.run import TRUE_VIEWS
from tests.storage.exchanges import files


def rebuilt(archive_dir: Path) -> Rebuilt:
    return rebuild(archive_dir, max_body_bytes=BODY_BYTES, tell=lambda line: None)


def truth(archive_dir: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows that come from the archive alone."""
    with open_catalogue(archive_dir) as catalogue:
        return {view: rows(catalogue, view) for view in TRUE_VIEWS}


@pytest.fixture
def archive_dir(tmp_path: Path) -> Path:
    """Three crawls of two sources: one edited a page, one died; in files small enough to be several."""
    first = Crawl(tmp_path, 1, max_bytes=4000)
    first.list(1, 2, 3)
    for number in range(4):
        first.article(number)
    first.refused("/a/9.html")
    first.end()
    second = Crawl(tmp_path, 2)
    second.made("/a/1.html", story(1, "闸口村的水渠又塌了一段，村民说秧苗要等水。"))
    second.made("/a/2.html", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    second.die()
    other = Crawl(tmp_path, 3, "other")
    other.article(1)
    other.end("stopped")
    with open_catalogue(tmp_path) as catalogue:
        catch_up(tmp_path, catalogue, max_body_bytes=BODY_BYTES, source="paper", tell=lambda line: None)
    return tmp_path


def test_the_same_rows_come_again_from_the_archive_alone(archive_dir: Path) -> None:
    before = truth(archive_dir)
    assert {len(before[view]) for view in ("article", "version", "crawl")} == {5, 6, 3}
    assert {row[2] for row in before["event"]} == {"edited", "suspected"}
    for path in archive_dir.glob("catalogue.sqlite*"):
        path.unlink()
    done = rebuilt(archive_dir)
    assert truth(archive_dir) == before
    assert (done.files, done.captures, done.findings) == (len(before["warc"]), len(before["capture"]), ())
    assert done.files > 4


def test_a_second_rebuild_changes_nothing(archive_dir: Path) -> None:
    rebuilt(archive_dir)
    before = truth(archive_dir)
    assert rebuilt(archive_dir).findings == ()
    assert truth(archive_dir) == before


def test_a_wrong_row_does_not_outlive_a_rebuild(archive_dir: Path) -> None:
    before = truth(archive_dir)
    with sqlite3.connect(archive_dir / "catalogue.sqlite") as connection:
        connection.execute("UPDATE t_version SET title = '改过的'")
        connection.execute("DELETE FROM t_event")
    connection.close()
    assert truth(archive_dir) != before
    rebuilt(archive_dir)
    assert truth(archive_dir) == before


def test_what_a_rebuild_that_died_left_is_no_hindrance(archive_dir: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (archive_dir / f"catalogue.sqlite.rebuilding{suffix}").write_bytes(b"half a catalogue")
    before = truth(archive_dir)
    assert rebuilt(archive_dir).findings == ()
    assert truth(archive_dir) == before
    assert not list(archive_dir.glob("*rebuilding*"))


def test_the_old_catalogue_stays_when_the_new_one_cannot_be_made(
    archive_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise StorageError("the disk is full")

    before = truth(archive_dir)
    monkeypatch.setattr(rebuild_module, "index_file", full)
    with pytest.raises(StorageError, match="the disk is full"):
        rebuilt(archive_dir)
    assert truth(archive_dir) == before


def test_a_catalogue_that_is_no_sqlite_file_is_replaced(archive_dir: Path) -> None:
    before = truth(archive_dir)
    (archive_dir / "catalogue.sqlite").write_bytes(b"this is no catalogue" * 100)
    with pytest.raises(CatalogueError):
        open_catalogue(archive_dir)
    rebuilt(archive_dir)
    assert truth(archive_dir) == before


def test_while_a_crawl_runs_it_is_refused(archive_dir: Path) -> None:
    with archive_lock(archive_dir).acquire(shared=True), pytest.raises(LockedError, match="is using this archive"):
        rebuilt(archive_dir)


def test_one_altered_byte_anywhere_is_reported_and_what_is_whole_is_catalogued(archive_dir: Path) -> None:
    path = max(files(archive_dir), key=lambda path: path.stat().st_size)
    content = path.read_bytes()
    with open_catalogue(archive_dir) as catalogue:
        response = next(iter(catalogue.captures(path.name)))
    start, end = response.warc_offset, response.warc_offset + response.warc_length
    time_of_gzip, flags, head, body = start + 4, start + 8, start + 40, (start + end) // 2
    checksum, size = end - 7, end - 2
    for place in (20, time_of_gzip, flags, head, body, checksum, size, len(content) - 1):
        altered = bytearray(content)
        altered[place] ^= 1
        path.write_bytes(altered)
        done = rebuilt(archive_dir)
        assert any(path.name in finding for finding in done.findings), place
        with open_catalogue(archive_dir) as catalogue:
            assert any(finding.file == path.name for finding in verify(archive_dir, catalogue.captures())), place
    path.write_bytes(content)
    assert rebuilt(archive_dir).findings == ()


@pytest.mark.parametrize("which", [0, 2, -1])
def test_a_line_taken_out_of_the_seals_is_reported(archive_dir: Path, which: int) -> None:
    seals = archive_dir / "seals.jsonl"
    lines = seals.read_bytes().splitlines(keepends=True)
    seals.write_bytes(b"".join(line for line in lines if line is not lines[which]))
    with open_catalogue(archive_dir) as catalogue:
        found = [str(finding) for finding in verify(archive_dir, catalogue.captures())]
    assert any("seal" in line for line in found), found
    done = rebuilt(archive_dir)
    assert any("seal" in finding for finding in done.findings)
    assert done.captures == len(truth(archive_dir)["capture"])


def test_a_file_put_in_without_a_seal_is_reported(archive_dir: Path) -> None:
    stranger = archive_dir / "warc" / "stranger.warc.gz"
    os.link(files(archive_dir)[0], stranger)
    assert any("stranger.warc.gz" in finding for finding in rebuilt(archive_dir).findings)

"""Reading archived captures again changes what an older extractor read, once, and nothing else."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.extract import EXTRACTOR
from pipelines.rebuild import rebuild
from pipelines.recover import catch_up
from pipelines.reextract import Reextracted, reextract
from storage.errors import LockedError
from storage.locks import archive_lock
from tests.pipelines.crawled import BODY_BYTES, START, Crawl, open_catalogue, story
from tests.storage.exchanges import files

TABLES = ("t_capture", "t_version", "t_version_capture", "t_page", "t_event", "t_failure", "t_crawl")


def again(archive_dir: Path, **options: Any) -> Reextracted:
    given = {"source": None, "since": None, "processes": 1, "max_body_bytes": BODY_BYTES, "tell": lambda line: None}
    return reextract(archive_dir, **(given | options))


def truth(archive_dir: Path) -> dict[str, list[Any]]:
    connection = sqlite3.connect(archive_dir / "catalogue.sqlite")
    rows = {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}
    connection.close()
    return rows


def noted_texts(archive_dir: Path) -> int:
    connection = sqlite3.connect(archive_dir / "catalogue.sqlite")
    ((count,),) = connection.execute("SELECT count(*) FROM t_text JOIN t_version USING (version_id)")
    connection.close()
    return int(count)


def as_older(archive_dir: Path) -> None:
    """Let the catalogue look as if an older extractor, which read more into pages, had filled it."""
    connection = sqlite3.connect(archive_dir / "catalogue.sqlite")
    connection.execute("UPDATE t_version SET extractor = 'shilu/0', body = body || '\n分享到微信', details = '{}'")
    connection.execute(
        "UPDATE t_page SET read_by = 'shilu/0 ' || substr(read_by, instr(read_by, ' ') + 1), "
        "texts = (SELECT json_group_array('of old') FROM json_each(texts))"
    )
    connection.commit()
    connection.close()


@pytest.fixture
def archive_dir(tmp_path: Path) -> Path:
    """Two crawls of one source, of which the second found a page edited, and one of another."""
    first = Crawl(tmp_path, 1)
    for number in range(3):
        first.article(number)
    first.end()
    second = Crawl(tmp_path, 2)
    second.made("/a/1.html", story(1, "闸口村的水渠又塌了一段，村民说秧苗要等水。"))
    second.end()
    other = Crawl(tmp_path, 3, "other")
    other.article(7)
    other.end()
    with open_catalogue(tmp_path) as catalogue:
        catch_up(tmp_path, catalogue, max_body_bytes=BODY_BYTES, source="paper", tell=lambda line: None)
    return tmp_path


def test_what_an_older_extractor_read_is_read_anew_and_a_second_run_changes_nothing(archive_dir: Path) -> None:
    warcs = {path.name: path.read_bytes() for path in files(archive_dir)}
    before = truth(archive_dir)
    as_older(archive_dir)
    done = again(archive_dir)
    assert (done.read, len(done.changed), done.kept) == (5, 5, ())
    assert {(one.before, one.after) for one in done.changed} == {("shilu/0", EXTRACTOR)}
    assert all({"extractor", "body"} <= set(one.fields) for one in done.changed)
    assert truth(archive_dir) == before
    assert noted_texts(archive_dir) == 2 * 5
    assert again(archive_dir).changed == ()
    assert noted_texts(archive_dir) == 2 * 5
    assert truth(archive_dir) == before
    assert {path.name: path.read_bytes() for path in files(archive_dir)} == warcs


def test_a_rebuild_gives_the_same_versions(archive_dir: Path) -> None:
    as_older(archive_dir)
    again(archive_dir)
    now = truth(archive_dir)
    rebuild(archive_dir, max_body_bytes=BODY_BYTES, tell=lambda line: None)
    anew = truth(archive_dir)
    assert anew["t_version"] == now["t_version"]
    assert [row[1:] for row in anew["t_event"]] == [row[1:] for row in now["t_event"]]


def test_source_and_since_narrow_it_down(archive_dir: Path) -> None:
    as_older(archive_dir)
    assert {one.url for one in again(archive_dir, source="other").changed} == {"http://paper.test/a/7.html"}
    assert len(again(archive_dir, since=START + timedelta(hours=2)).changed) == 1


def test_a_record_that_is_gone_keeps_its_reading(archive_dir: Path) -> None:
    before = truth(archive_dir)["t_version"]
    for path in files(archive_dir):
        path.unlink()
    done = again(archive_dir)
    assert (done.changed, len(done.kept)) == ((), 5)
    assert truth(archive_dir)["t_version"] == before


def test_not_beside_a_crawl(archive_dir: Path) -> None:
    with archive_lock(archive_dir).acquire(shared=True), pytest.raises(LockedError):
        again(archive_dir)

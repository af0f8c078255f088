from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.catalogue_views import VIEW_COLUMNS
from storage.model import Thresholds
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_article, make_outcome, redirect

PUBLIC = {
    "article": "page_id url source title published published_precision published_utc origin authors editors keywords "
    "section language script body body_sha256 state versions first_captured last_captured last_checked extractor "
    "capture_id",
    "version": "version_id page_id url number captured title authors editors origin published body body_sha256 "
    "extractor",
    "version_capture": "version_id part capture_id",
    "address": "page_id url relation",
    "capture": "id url source captured method request_digest status mime kind payload_digest refers_to warc_file "
    "warc_offset warc_length ip tls_verified truncated crawl_id",
    "failure": "url attempted source crawl_id stage reason",
    "event": "page_id url kind grade after observed capture_before capture_after detail",
    "reprint": "url earliest_url similarity basis",
    "crawl": "id source started finished outcome fetched new changed unchanged failed not_reached outage",
    "warc": "name location size_bytes sha256 sealed",
}
"""The public interface, written out once more: a change here is a change for everyone who scripts against it."""


@pytest.fixture
def database(tmp_path: Path) -> sqlite3.Connection:
    path = tmp_path / "catalogue.sqlite"
    with Catalogue.open(path, settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        article = make_article("正文", authors=("张三",), editors=("李四", "王五"), keywords=("粮食",), origin="新报")
        catalogue.commit(
            [
                redirect(f"{HOME}old", f"{HOME}older"),
                redirect(f"{HOME}older", f"{HOME}a/1.html"),
                make_outcome(f"{HOME}a/1.html", article=article),
                make_outcome(f"{HOME}a/1.html", after(60), article=article),
                make_outcome(f"{HOME}a/2.html", status=404),
                redirect(f"{HOME}a/1.html", f"{HOME}old", after(70)),
            ],
            now=after(80),
        )
    return sqlite3.connect(path)


def test_names_and_columns_are_the_public_ones(database: sqlite3.Connection) -> None:
    assert {name: " ".join(columns) for name, columns in VIEW_COLUMNS.items()} == PUBLIC
    for name, columns in PUBLIC.items():
        assert [row[1] for row in database.execute(f"PRAGMA table_info({name})")] == columns.split()
    views = database.execute("SELECT count(*) FROM sqlite_master WHERE type = 'view'").fetchone()[0]
    database.close()
    assert views == len(PUBLIC)


def test_an_article_reads_with_plain_sql(database: sqlite3.Connection) -> None:
    row = database.execute("SELECT url, authors, editors, keywords, first_captured, state FROM article").fetchone()
    database.close()
    assert row == (f"{HOME}a/1.html", '["张三"]', '["李四","王五"]', '["粮食"]', "2026-11-22T08:00:00.000000Z", "live")


def test_addresses_follow_redirects_back_and_end_in_rings(database: sqlite3.Connection) -> None:
    rows = database.execute("SELECT url, relation FROM address ORDER BY url").fetchall()
    database.close()
    assert rows == [(f"{HOME}a/1.html", "first"), (f"{HOME}old", "redirect"), (f"{HOME}older", "redirect")]


def test_a_run_counts_what_its_captures_found(database: sqlite3.Connection) -> None:
    row = database.execute(
        "SELECT outcome, fetched, new, changed, unchanged, failed, not_reached FROM crawl"
    ).fetchone()
    detail = json.loads(database.execute("SELECT detail FROM event WHERE kind = 'moved'").fetchone()[0])
    database.close()
    assert row == ("running", 6, 1, 0, 1, 1, None)
    assert detail == {"to": f"{HOME}old"}

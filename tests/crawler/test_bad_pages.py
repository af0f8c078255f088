"""Whatever a site sends: an article, or a row with its reason; the bytes kept, nothing lost, the run goes on."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.crawling import article, asked, links, source_toml
from tests.forked import ForkedArchive
from tests.press import page
from tests.server import End, Server, Step, response
from tests.tls_certificates import Authority
from tests.warc_by_hand import read_member

MB = 1 << 20
HTML = "text/html; charset=utf-8"
LONG = "/a/" + "很" * 445 + ".html"
"""Over 4,000 characters when percent-encoded."""
NOISE = random.Random(20261122).randbytes(200_000)
FIFTY_MB = article("五十兆", *(["灌区放水的日程逐日公布在渠首的木牌上，" * 20] * 1000)).encode() * 46
TABLES = r"""
[[lists]]
url = "{origin}/"

[[lists]]
url = "http://nowhere.invalid/list.html"

[[lists]]
url = "{secure}/"

[[articles]]
match = ['/a/']
"""


def raw(head: str, *steps: Step) -> list[Step]:
    return [head.replace("\n", "\r\n").encode() + b"\r\n\r\n", *steps]


PAGES: Mapping[str, Iterable[Step]] = {
    "zero": page(b""),
    "fifty": page(FIFTY_MB),
    "noise": page(NOISE),
    "octets": page(NOISE, "application/octet-stream"),
    "nul": page(bytes(100_000)),
    "nul-inside": page(article("夹零").replace("水文站", "水文\0站")),
    "header-lies": page(article("水位公告").encode(), "text/html; charset=gb2312"),
    "both-lie": page(article("水位公告").encode("gb18030"), HTML),
    "bomb": [response(gzip.compress(bytes(64 * MB), 1), ("Content-Encoding", "gzip"), ("Content-Type", HTML))],
    "no-gzip": [response(article("不是压缩").encode(), ("Content-Encoding", "gzip"), ("Content-Type", HTML))],
    "no-http": [b"SSH-2.0-OpenSSH_9.2\r\n", End.CLOSE],
    "endless-head": [b"HTTP/1.1 200 OK\r\n" + b"X-Pad: " + b"a" * (2 * MB), End.CLOSE],
    "bad-chunks": raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"zz\r\n" + article("坏块").encode(), End.CLOSE),
    "cut": raw("HTTP/1.1 200 OK\nContent-Length: 90000", article("截断").encode()[:400], End.CLOSE),
    "closed": [End.CLOSE],
    "%E6%B0%B4%E4%BD%8D%20%E5%85%AC%E5%91%8A.html": page(article("汉字与空格")),
    "deep": page("<div>" * 50_000 + article("深") + "</div>" * 50_000),
}
REASONS = {
    "zero": ("extract", "empty (0 bytes)"),
    "fifty": ("http", "cut at the size limit"),
    "noise": ("extract", "is no text"),
    "octets": ("extract", "is no page but application/octet-stream"),
    "nul": ("extract", "is no text"),
    "bomb": ("extract", ""),
    "no-http": ("http", "not HTTP"),
    "endless-head": ("http", "head"),
    "cut": ("http", "the connection ended before the response did"),
    "closed": ("connect", "closed before the first byte"),
}


@dataclass
class Trial:
    """One crawl of all of it."""

    archive: ForkedArchive
    origin: str
    secure: str
    asked: Mapping[str, int]

    def failures(self, name: str) -> list[tuple[Any, ...]]:
        """Return stage and reason of the rows of one page."""
        return self.archive.rows("SELECT stage, reason FROM failure WHERE url = ?", f"{self.origin}/a/{name}")

    def capture(self, name: str, columns: str) -> tuple[Any, ...]:
        """Return columns of the one capture of a page."""
        (row,) = self.archive.rows(f"SELECT {columns} FROM capture WHERE url = ?", f"{self.origin}/a/{name}")
        return row


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    archive = ForkedArchive(tmp_path_factory.mktemp("pages"), {"ARCHIVE_RETRIES": "0"})
    announced = [f"/a/{name}" for name in PAGES if "%" not in name] + ["/a/水位 公告.html", LONG]
    routes = {f"/a/{name}": script for name, script in PAGES.items()} | {"/": page(links(*announced))}
    secured = {"/": page(links("/a/1.html")), "/a/1.html": page(article("证书过期"))}
    tls = Authority(archive.folder).server(expired=True)
    with Server(secured, tls=tls) as secure, Server(routes) as server:
        tables = TABLES.replace("{secure}", secure.origin)
        archive.add_source("bad", source_toml(server.origin, tables))
        run = archive.scrapy("crawl", "bad")
        assert run.returncode == 5 and "Traceback" not in run.stderr, run.stderr
        return Trial(archive, server.origin, secure.origin, asked(server))


@pytest.mark.parametrize("name", REASONS)
def test_what_is_no_article_is_a_row_with_its_reason(trial: Trial, name: str) -> None:
    stage, words = REASONS[name]
    found = trial.failures(name)
    assert [reason for at, reason in found if at == stage and words in reason], found


def test_every_page_has_an_article_or_a_reason(trial: Trial) -> None:
    read = {url for (url,) in trial.archive.rows("SELECT url FROM article UNION SELECT url FROM failure")}
    assert {f"{trial.origin}/a/{name}" for name in PAGES} <= read


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("header-lies", "水位公告"),
        ("both-lie", "水位公告"),
        ("nul-inside", "夹零"),
        ("no-gzip", "不是压缩"),
        (quote("水位 公告.html"), "汉字与空格"),
    ],
)
def test_what_is_an_article_is_read_in_spite_of_what_it_says_of_itself(trial: Trial, name: str, title: str) -> None:
    rows = trial.archive.rows("SELECT title, editors FROM article WHERE url = ?", f"{trial.origin}/a/{name}")
    assert rows == [(title, '["甘棠"]')], trial.failures(name)


@pytest.mark.parametrize("name", ["zero", "noise", "nul", "both-lie", "bomb", "deep"])
def test_the_bytes_are_kept_as_they_came(trial: Trial, name: str) -> None:
    file, offset, length = trial.capture(name, "warc_file, warc_offset, warc_length")
    (sent,) = PAGES[name]
    assert read_member(trial.archive.path / "warc" / file, offset, length).block == sent


def test_a_page_of_fifty_megabytes_is_cut_at_the_limit_and_marked(trial: Trial) -> None:
    assert len(FIFTY_MB) > 50 * MB
    file, offset, length, truncated = trial.capture("fifty", "warc_file, warc_offset, warc_length, truncated")
    record = read_member(trial.archive.path / "warc" / file, offset, length)
    assert truncated == "length" and record.fields["warc-truncated"] == "length"
    assert record.block.partition(b"\r\n\r\n")[2] == FIFTY_MB[: 32 * MB]


def test_an_address_of_4000_characters_is_a_trap(trial: Trial) -> None:
    assert not [path for path in trial.asked if len(path) > 1000]
    ((url, reason),) = trial.archive.rows("SELECT url, reason FROM failure WHERE stage = 'trap'")
    assert len(url) > 4000 and "characters" in reason


def test_an_address_of_4000_characters_that_is_asked_for_by_hand_is_fetched(trial: Trial, tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path)
    with Server(lambda asked: page(article("长"))) as server:
        archive.add_source("bad", source_toml(server.origin))
        run = archive.scrapy("crawl", "bad", "-a", f"url={server.url(LONG)}")
    assert run.returncode == 0, run.stderr
    assert archive.rows("SELECT title, length(url) > 4000 FROM article") == [("长", 1)]


def test_a_host_without_address_is_a_row(trial: Trial) -> None:
    rows = trial.archive.rows("SELECT url, stage FROM failure WHERE url LIKE 'http://nowhere.invalid/%' ORDER BY url")
    assert rows == [("http://nowhere.invalid/list.html", "robots"), ("http://nowhere.invalid/robots.txt", "dns")]


def test_tls_that_does_not_verify_is_archived_and_marked(trial: Trial) -> None:
    marked = trial.archive.rows("SELECT DISTINCT tls_verified FROM capture WHERE url LIKE ?", f"{trial.secure}/%")
    assert marked == [(0,)]
    titles = trial.archive.rows("SELECT title FROM article WHERE url LIKE ?", f"{trial.secure}/%")
    assert titles == [("证书过期",)]
    assert trial.archive.rows("SELECT DISTINCT tls_verified FROM capture WHERE url LIKE ?", f"{trial.origin}/%") == [
        (None,)
    ]


def test_nothing_is_lost_or_altered(trial: Trial) -> None:
    before = trial.archive.truth()
    rebuilt = trial.archive.scrapy("rebuild")  # which also verifies every byte
    assert rebuilt.returncode == 0, rebuilt.stdout
    assert trial.archive.truth() == before

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.site import DemoSite, demo_toml
from storage.finding import KINDS
from tests.forked import ForkedArchive
from tests.run import ROOT, Archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    made = ForkedArchive(tmp_path_factory.mktemp("verify"))
    with DemoSite() as site:
        made.add_source("demo", demo_toml(site.base_url))
        assert made.scrapy("crawl", "demo").returncode == 5
    yield made


@pytest.fixture
def spoilt(archive: Archive) -> Iterator[Path]:
    """The archive with one byte altered in its middle."""
    (path,) = (archive.path / "warc").iterdir()
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    yield path
    path.write_bytes(content)


def test_a_good_archive_gives_no_finding(archive: Archive) -> None:
    ran = archive.scrapy("verify")
    assert (ran.returncode, ran.stderr) == (0, "")
    ((captures,),) = archive.rows("SELECT count(*) FROM capture")
    assert ran.stdout.startswith(f"{captures} captures, ")
    assert ran.stdout.endswith("every byte is as it was sealed\n")
    ran = archive.scrapy("verify", "--json")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_findings_are_lines_or_objects_and_exit_1(archive: Archive, spoilt: Path) -> None:
    ran = archive.scrapy("verify", "--json")
    assert (ran.returncode, ran.stderr) == (1, "")
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert all(row.keys() == {"kind", "file", "offset", "detail"} and row["kind"] in KINDS for row in rows)
    assert {row["file"] for row in rows} == {spoilt.name}
    assert {"altered-file", "not-archived"} <= {row["kind"] for row in rows}
    ran = archive.scrapy("verify")
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[:-1] == [
        f"{row['kind']}: {row['file']}{'' if row['offset'] is None else ' at ' + str(row['offset'])}: {row['detail']}"
        for row in rows
    ]
    assert ran.stdout.splitlines()[-1].endswith(f"{len(rows)} findings")


@pytest.fixture
def tampered(archive: Archive) -> Iterator[str]:
    """Two versions of which the catalogue does not say what was read, one of them as if an older extractor had."""
    with sqlite3.connect(archive.path / "catalogue.sqlite") as connection:
        before = connection.execute("SELECT * FROM t_version ORDER BY version_id").fetchall()
        one, other = before[0][0], before[1][0]
        connection.execute("UPDATE t_version SET body = body || '。' WHERE version_id IN (?, ?)", (one, other))
        connection.execute("UPDATE t_version SET extractor = 'shilu/0' WHERE version_id = ?", (other,))
    yield one
    with sqlite3.connect(archive.path / "catalogue.sqlite") as connection:
        connection.executemany(f"REPLACE INTO t_version VALUES ({', '.join('?' * len(before[0]))})", before)


def test_texts_are_held_against_their_captures(archive: Archive) -> None:
    ((versions,),) = archive.rows("SELECT count(*) FROM version")
    ran = archive.scrapy("verify", "--texts")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith(f", {versions} versions read again: every byte is as it was sealed\n")
    ran = archive.scrapy("verify", "--texts", "--json")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_tampered_version_is_found_and_an_older_one_is_counted(archive: Archive, tampered: str) -> None:
    assert archive.scrapy("verify").returncode == 0
    rest = "1 versions were read by another extractor and not compared: run `scrapy reextract` first\n"
    ran = archive.scrapy("verify", "--texts", "--json")
    assert (ran.returncode, ran.stderr) == (1, f"scrapy: {rest}")
    (row,) = map(json.loads, ran.stdout.splitlines())
    assert row["kind"] == "text"
    assert row["detail"].startswith(f"the capture of version {tampered} (http://127.0.0.1:")
    assert row["detail"].endswith("reads otherwise in body")
    ran = archive.scrapy("verify", "--texts")
    assert ran.returncode == 1
    assert ran.stdout.startswith("text: ") and ran.stdout.endswith(f": 1 findings\n{rest}")


def test_files_are_scanned_by_themselves(archive: Archive, spoilt: Path, tmp_path: Path) -> None:
    content = spoilt.read_bytes()
    path = tmp_path / spoilt.name
    path.write_bytes(content)
    ran = archive.scrapy("verify", "--json", str(path))
    assert ran.returncode == 1
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert rows and all(row["kind"] in KINDS and row["file"] == path.name for row in rows)
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    ran = ForkedArchive(tmp_path).scrapy("verify", str(path))
    said = f"1 files, {len(content) / 1e6:.1f} MB of WARC read: nothing in them is against the standard\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, said, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("absent.warc.gz",), "absent.warc.gz: is no file; without a name the archive in ARCHIVE_DIR is audited"),
        (("--texts", "x"), "--texts: needs the archive and its catalogue; it cannot be asked of single files"),
    ],
)
def test_what_cannot_be_scanned_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = ForkedArchive(tmp_path).scrapy("verify", *arguments)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", f"scrapy: verify: {said}\n")


def test_what_is_no_archive_is_one_line(tmp_path: Path) -> None:
    ran = ForkedArchive(tmp_path).scrapy("verify")
    assert ran.returncode == 2
    assert ran.stderr == f"scrapy: ARCHIVE_DIR: {tmp_path / 'archive'} holds no folder `warc`; it must be an archive\n"


def on_a_terminal(archive: Archive, *arguments: str) -> tuple[str, str]:
    """Run `scrapy` with standard error on a terminal; return what it shows there, and its output."""
    ours, theirs = pty.openpty()
    shown = bytearray()

    def read() -> None:
        try:
            while piece := os.read(ours, 4096):
                shown.extend(piece)
        except OSError:
            pass  # Linux says so when the last writer has gone

    reader = threading.Thread(target=read)
    reader.start()
    ran = subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=ROOT,
        env=archive.environment(TERM="xterm"),
        stdout=subprocess.PIPE,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
    )
    os.close(theirs)
    reader.join(10)
    os.close(ours)
    return shown.decode(), ran.stdout


def test_a_terminal_shows_a_bar_that_output_knows_nothing_of(archive: Archive) -> None:
    shown, output = on_a_terminal(archive, "verify")
    size_bytes = sum(path.stat().st_size for path in (archive.path / "warc").iterdir())
    assert "verify" in shown and "━" in shown
    assert f"{size_bytes / 1000:.1f}/{size_bytes / 1000:.1f} kB" in shown
    assert "━" not in output and "\x1b" not in output
    shown, output = on_a_terminal(archive, "verify", "--texts")
    ((versions,),) = archive.rows("SELECT count(*) FROM version")
    assert "texts" in shown and f"{versions}/{versions}" in shown
    assert "━" not in output

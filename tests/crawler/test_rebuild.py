"""`scrapy rebuild` after a mixed life: two sources, an edit, a removal, lowered thresholds, a kill; then damage."""

from __future__ import annotations

import gzip
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.demo.site import DemoSite, demo_toml
from tests.forked import ForkedArchive
from tests.newspaper import Gated, Newspaper
from tests.run import Archive
from tests.server import Server, Site
from tests.waiting import until


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive with all of it."""
    archive = ForkedArchive(tmp_path_factory.mktemp("lived"))
    paper = Gated(80, "/a/c_70.html")
    with DemoSite() as site, Server(paper) as server:
        archive.add_source("demo", demo_toml(site.base_url))
        archive.add_source("mine", paper.toml(server.origin))
        with archive.start("crawl", "mine") as killed:
            try:
                assert archive.scrapy("crawl", "demo").returncode == 5
                assert until(lambda: paper.asked["/a/c_70.html"] > 0)
            finally:
                killed.kill()
        assert killed.returncode == -signal.SIGKILL
        paper.gate.set()
        site.edit()
        removed = site.remove()
        assert archive.scrapy("crawl", "demo", "-a", "revisit=all").returncode == 5
        lowered = ["-s", "ARCHIVE_REMOVAL_OBSERVATIONS=2", "-s", "ARCHIVE_REMOVAL_SPAN_S=0"]
        assert archive.scrapy("crawl", "demo", "-a", f"url={removed}", *lowered).returncode == 5
        assert archive.scrapy("crawl", "mine").returncode == 0
    return archive


@pytest.fixture
def copied(lived: Archive, tmp_path: Path) -> Archive:
    """A copy to damage."""
    shutil.copytree(lived.path, tmp_path / "archive")
    return ForkedArchive(tmp_path)


def test_the_catalogue_comes_again_from_the_archive_alone_and_a_second_time_is_the_same(copied: Archive) -> None:
    before = copied.truth()
    assert all(before[view] for view in before)
    assert {row[2] for row in before["event"]} >= {"edited", "suspected", "removed"}
    assert {row[4] for row in before["crawl"]} == {"finished", "interrupted"}
    for path in copied.path.glob("catalogue.sqlite*"):
        path.unlink()
    for _ in range(2):
        run = copied.scrapy("rebuild")
        assert run.returncode == 0, run.stdout
        after = copied.truth()
        for view, rows in before.items():
            assert after[view] == rows, view
    assert copied.scrapy("verify").returncode == 0


def test_a_killed_rebuild_leaves_the_old_catalogue(copied: Archive) -> None:
    before = copied.truth()
    run = copied.start("rebuild")
    assert until(lambda: (copied.path / "catalogue.sqlite.rebuilding").exists() or run.poll() is not None)
    run.kill()
    assert run.wait() == -signal.SIGKILL
    assert copied.truth() == before
    assert copied.scrapy("rebuild").returncode == 0
    assert copied.truth() == before


def reported(archive: Archive, name: str) -> None:
    """Check that both commands name the damaged file and fail."""
    for command in ("verify", "rebuild"):
        run = archive.scrapy(command)
        assert run.returncode == 1, (command, run.stdout, run.stderr)
        assert any(name in line for line in run.stdout.splitlines()), (command, run.stdout)


def capture_place(archive: Archive) -> tuple[Path, int, int]:
    """Return file, offset and length of one article's response record."""
    (name, offset, length), *_ = archive.rows(
        "SELECT warc_file, warc_offset, warc_length FROM capture c JOIN article a ON a.capture_id = c.id "
        "WHERE c.source = 'demo' ORDER BY warc_file, warc_offset LIMIT 1 OFFSET 3"
    )
    return archive.path / "warc" / name, offset, length


def altered_body(record: bytes) -> bytes:
    """Change the last letter of a page."""
    at = record.rindex(b"</html>")
    return record[: at + 5] + b"L" + record[at + 6 :]


def altered_header(record: bytes) -> bytes:
    """Change a header that the server sent."""
    at = record.index(b"\r\n", record.index(b"HTTP/1.1 200")) + 2
    return record[:at] + bytes([record[at] ^ 0x20]) + record[at + 1 :]


def altered_date(record: bytes) -> bytes:
    """Change the WARC-Date, which no digest covers."""
    at = record.index(b"WARC-Date: ") + len(b"WARC-Date: ")
    return record[:at] + b"1" + record[at + 1 :]


@pytest.mark.parametrize("alter", [altered_body, altered_header, altered_date])
def test_one_byte_of_a_record_altered_with_a_fitting_checksum_is_reported(
    copied: Archive, alter: Callable[[bytes], bytes]
) -> None:
    path, offset, length = capture_place(copied)
    content = path.read_bytes()
    record = gzip.decompress(content[offset : offset + length])
    forged = alter(record)
    assert sum(one != other for one, other in zip(record, forged, strict=True)) == 1
    path.write_bytes(content[:offset] + gzip.compress(forged) + content[offset + length :])
    reported(copied, path.name)


@pytest.mark.parametrize("place", [4, -6], ids=["the time in the gzip header", "the checksum in the gzip trailer"])
def test_one_byte_of_the_file_altered_is_reported(copied: Archive, place: int) -> None:
    path, offset, length = capture_place(copied)
    content = bytearray(path.read_bytes())
    content[offset + place % length] ^= 1
    path.write_bytes(content)
    reported(copied, path.name)


@pytest.mark.parametrize("which", [0, 2, -1], ids=["first", "middle", "last"])
def test_a_line_taken_out_of_the_seals_is_reported(copied: Archive, which: int) -> None:
    seals = copied.path / "seals.jsonl"
    lines = seals.read_bytes().splitlines(keepends=True)
    assert len(lines) == 5
    seals.write_bytes(b"".join(line for line in lines if line is not lines[which]))
    reported(copied, "seals.jsonl" if which != -1 else ".warc.gz")


def test_a_trap_that_a_rebuilt_page_names_is_not_followed(tmp_path: Path) -> None:
    trap = "/a/b/a/b/a/b/c_2.html"
    site = Site()
    site.put("/list.html", f'<a href="/a/c_1.html">粮库入仓</a><a href="{trap}">粮库又入仓</a>')
    site.put("/a/c_1.html", Newspaper(2)._article(1))
    archive = ForkedArchive(tmp_path)
    with Server(site) as server:
        archive.add_source(
            "mine",
            f'schema = 1\ntitle = "试刊"\nhome = "{server.origin}/"\nkind = "news"\n[crawl]\ndelay_s = 0\n'
            f"[[lists]]\nurl = \"{server.origin}/list.html\"\n[[articles]]\nmatch = ['/c_\\d+\\.html$']\n",
        )
        assert archive.scrapy("crawl", "mine").returncode == 5
        assert archive.scrapy("rebuild").returncode == 0
        assert archive.scrapy("crawl", "mine").returncode == 5
    assert trap not in site.requests
    assert {
        (url.removeprefix(server.origin), stage) for url, stage in archive.rows("SELECT url, stage FROM failure")
    } == {(trap, "trap")}

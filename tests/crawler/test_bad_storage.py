"""Disks that are full, files that are damaged: exit 4 and one line, and nothing that was acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.crawling import article, complaint, links, source_toml, tried_at_once
from tests.forked import ForkedArchive
from tests.newspaper import Newspaper
from tests.run import ROOT
from tests.server import Script, Server, response


@contextmanager
def small_disk(at: Path, size: str) -> Iterator[Callable[[], None]]:
    """Mount a file system of `size` at a new folder; call what is yielded to make it large."""
    at.mkdir()
    mount = shutil.which("mount")
    command: list[str | Path] = [mount or "true", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        yield lambda: enlarge(at)
    finally:
        subprocess.run(["umount", "-l", at], check=True)


def enlarge(at: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", at], check=True)


@dataclass
class Full:
    """A crawl that ran out of disk, and what came after room was made."""

    archive: ForkedArchive
    acknowledged: set[str]
    asked: Counter[str]


def crawl_until_full(archive: ForkedArchive, make_room: Callable[[], None]) -> Full:
    paper = Newspaper(400, paragraphs=20)
    with Server(paper) as server:
        archive.add_source("mine", paper.toml(server.origin))
        full = archive.scrapy("crawl", "mine")
        assert full.returncode == 4, full.stderr
        assert "disk is full" in complaint(full)
        acknowledged = {row[0] for row in archive.rows("SELECT id FROM capture")}
        assert 0 < len(acknowledged) < 400
        make_room()
        after = archive.scrapy("crawl", "mine")
        assert after.returncode in (0, 5), after.stderr
    return Full(archive, acknowledged, paper.asked)


def full_warc(folder: Path) -> None:
    fill(folder, "WARC")


def full_catalogue(folder: Path) -> None:
    fill(folder, "catalogue")


def fill(folder: Path, what: str) -> None:
    archive = ForkedArchive(folder)
    with small_disk(folder / "small", "500k" if what == "WARC" else "1200k") as make_room:
        if what == "WARC":
            archive.path.mkdir()
            (archive.path / "warc").symlink_to(folder / "small")
        else:
            (folder / "large").mkdir()
            (folder / "small" / "warc").symlink_to(folder / "large")
            archive.path.symlink_to(folder / "small")
        full = crawl_until_full(archive, make_room)
        assert archive.rows("SELECT count(*) FROM article") == [(400,)]
        assert full.acknowledged <= {row[0] for row in archive.rows("SELECT id FROM capture")}
        verified = archive.scrapy("verify")
    assert verified.returncode == 0, verified.stdout
    again = [path for path, times in full.asked.items() if times > 1]
    assert len(again) <= 64 + 16, "refetched: no more than a group commit and what was under way"


def full_for_a_film_that_waits(folder: Path) -> None:
    film_on_a_small_disk(folder, "12m", "(temporary file of a long response)")


def full_for_a_film_in_the_warc(folder: Path) -> None:
    film_on_a_small_disk(folder, "24m", ".warc.gz.open")


def film_on_a_small_disk(folder: Path, size: str, file: str) -> None:
    """16 MB that do not fit, on their way from the wire or while they are appended, and fit once there is room."""
    archive = ForkedArchive(folder)
    film = os.urandom(16 << 20)
    pages: dict[str, Script] = {
        "/": [response(links("/a/1.html", "/a/film.mp4").encode(), ("Content-Type", "text/html"))]
    }
    pages["/a/1.html"] = [response(article("短讯").encode(), ("Content-Type", "text/html"))]
    pages["/a/film.mp4"] = [0.5, response(film, ("Content-Type", "video/mp4"))]  # after the article was acknowledged
    with small_disk(folder / "archive", size) as make_room, Server(pages) as server:
        archive.add_source("mine", source_toml(server.origin, match="/a/"))
        full = archive.scrapy("crawl", "mine")
        assert full.returncode == 4, full.stderr
        assert f"{file}: cannot be written: the disk is full" in complaint(full)
        assert archive.rows("SELECT title FROM article") == [("短讯",)]
        make_room()
        assert archive.scrapy("crawl", "mine").returncode == 5
        row = "SELECT payload_bytes, truncated FROM t_capture WHERE url LIKE '%/film.mp4'"
        assert archive.rows(row) == [(len(film), None)]
        verified = archive.scrapy("verify")
    assert verified.returncode == 0, verified.stdout


def half_written(folder: Path) -> None:
    """The limit of a file's size, which anybody may lower: the write is cut short, then fails."""
    archive = ForkedArchive(folder)
    paper = Newspaper(300, paragraphs=20)
    with Server(paper) as server:
        archive.add_source("mine", paper.toml(server.origin))
        run = within_file_size(archive, 500_000, "crawl", "mine")
        assert run.returncode == 4, run.stderr
        assert str(archive.path) in complaint(run)
        acknowledged = {row[0] for row in archive.rows("SELECT id FROM capture")}
        assert 0 < len(acknowledged) < 300
        assert archive.scrapy("crawl", "mine").returncode in (0, 5)
    assert archive.rows("SELECT count(*) FROM article") == [(300,)]
    assert acknowledged <= {row[0] for row in archive.rows("SELECT id FROM capture")}
    verified = archive.scrapy("verify")
    assert verified.returncode == 0, verified.stdout


def within_file_size(archive: ForkedArchive, size_bytes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `scrapy` with files that cannot grow beyond `size_bytes`."""
    limit = (
        "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); "
        "os.execv(sys.executable, [sys.executable, '-m', 'scrapy', *sys.argv[2:]])"
    )
    return subprocess.run(
        [sys.executable, "-c", limit, str(size_bytes), *arguments],
        cwd=ROOT,
        env=archive.environment(),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


# --- damaged files -----------------------------------------------------------------------------


def warcs(archive: ForkedArchive) -> list[Path]:
    return sorted((archive.path / "warc").iterdir())


def truncated_file(copied: ForkedArchive) -> None:
    whole = {row[0] for row in copied.rows("SELECT id FROM capture")}
    cut = warcs(copied)[1]
    os.truncate(cut, cut.stat().st_size // 2)
    verified = copied.scrapy("verify")
    assert verified.returncode == 1 and cut.name in verified.stdout
    rebuilt = copied.scrapy("rebuild")
    assert rebuilt.returncode == 1 and cut.name in rebuilt.stdout
    kept = {row[0] for row in copied.rows("SELECT id FROM capture")}
    assert kept < whole and len(kept) > len(whole) // 2
    readable = copied.rows("SELECT count(*) FROM capture WHERE warc_file = ?", cut.name)
    assert readable[0][0] > 5, "what stands before the cut is catalogued"
    crawled = copied.scrapy("crawl", "mine")
    assert crawled.returncode in (0, 5), crawled.stderr
    assert copied.rows("SELECT count(*) FROM article") == [(50,)]


def torn_end(copied: ForkedArchive) -> None:
    *_, last = warcs(copied)
    left_open = last.rename(last.with_name(last.name + ".open"))
    os.truncate(left_open, left_open.stat().st_size - 300)
    seals = copied.path / "seals.jsonl"
    lines = seals.read_bytes().splitlines(keepends=True)
    seals.write_bytes(b"".join(lines[:-1]))
    (copied.path / "catalogue.sqlite").unlink()
    crawled = copied.scrapy("crawl", "mine")
    assert crawled.returncode in (0, 5), crawled.stderr
    assert "mended" in crawled.stderr
    assert list((copied.path / "quarantine").iterdir())
    assert copied.rows("SELECT count(*) FROM article") == [(50,)]
    assert copied.scrapy("verify").returncode == 0


def no_catalogue(copied: ForkedArchive) -> None:
    before = copied.truth()
    path = copied.path / "catalogue.sqlite"
    path.write_bytes(b"\xe6\xb0\xb4" * 5000)
    refused = copied.scrapy("crawl", "mine")
    assert refused.returncode == 4 and "`scrapy rebuild`" in complaint(refused)
    assert copied.scrapy("rebuild").returncode == 0
    assert copied.truth() == before


def damaged_catalogue(copied: ForkedArchive) -> None:
    path = copied.path / "catalogue.sqlite"
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
    for arguments in (("crawl", "mine"), ("search", "稻谷")):
        run = copied.scrapy(*arguments)
        assert run.returncode == 4, run.stderr
        assert "catalogue.sqlite" in complaint(run)


def unreadable_seals(copied: ForkedArchive) -> None:
    seals = copied.path / "seals.jsonl"
    seals.write_bytes(seals.read_bytes().replace(b'"sha256"', b'"sha257"', 1))
    verified = copied.scrapy("verify")
    assert verified.returncode == 1 and "seals.jsonl" in verified.stdout
    crawled = copied.scrapy("crawl", "mine")
    assert crawled.returncode == 0, crawled.stderr


# --- all of them, several at a time ------------------------------------------------------------

FAILING = (full_warc, full_catalogue, full_for_a_film_that_waits, full_for_a_film_in_the_warc, half_written)
DAMAGED = (truncated_file, torn_end, no_catalogue, damaged_catalogue, unreadable_seals)


@pytest.fixture(scope="module")
def raised(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BaseException | None]:
    """What each trial raised; those with damage each spoil a copy of one archive of three WARC files."""
    archive = ForkedArchive(tmp_path_factory.mktemp("whole"), {"ARCHIVE_WARC_BYTES": "40000"})
    trials = {trial.__name__: partial(trial, tmp_path_factory.mktemp(trial.__name__)) for trial in FAILING}
    with Server(paper := Newspaper(50)) as server:
        archive.add_source("mine", paper.toml(server.origin))
        assert archive.scrapy("crawl", "mine").returncode in (0, 5)
        for damage in DAMAGED:
            folder = tmp_path_factory.mktemp(damage.__name__) / "copy"
            shutil.copytree(archive.folder, folder)
            trials[damage.__name__] = partial(damage, ForkedArchive(folder, archive.settings))
        return tried_at_once(trials)


@pytest.mark.parametrize("trial", [trial.__name__ for trial in (*FAILING, *DAMAGED)])
def test_storage_that_fails_is_told_and_costs_nothing(raised: dict[str, BaseException | None], trial: str) -> None:
    if (error := raised[trial]) is not None:
        raise error

"""A body of 300 MB costs disk and time, and no memory: while it is archived, audited, and read for a new catalogue."""

from __future__ import annotations

import gzip
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from tests.crawling import at_once, links, source_toml
from tests.fetching import CHUNKED, ok, sized
from tests.run import Archive
from tests.server import Server

MB = 1 << 20
PIECE = os.urandom(MB)
HEAD = ok(CHUNKED, b"Content-Type: video/mp4")
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def film(size_mb: int) -> Iterable[bytes]:
    """Yield a response of so many chunks of 1 MiB."""
    yield HEAD
    for _ in range(size_mb):
        yield b"%x\r\n%b\r\n" % (MB, PIECE)
    yield b"0\r\n\r\n"


def peak_mb(archive: Archive, *arguments: str, **settings: str) -> tuple[float, int]:
    """Run `scrapy` and return the most memory that its own process held, in MB, and its exit code."""
    process = archive.start(*arguments, **settings)
    peak = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = max(peak, *(int(found) for found in PEAK.findall(status)), 0)
        time.sleep(0.01)
    return peak / 1000, process.returncode


def crawl(folder: Path, size_mb: int, limit_mb: int) -> tuple[Archive, float]:
    """Archive a list page and a film of `size_mb`; return the archive and the peak of the crawl."""

    pages = {"/": [sized(links("/a/film.mp4").encode(), b"Content-Type: text/html")], "/a/film.mp4": film(size_mb)}
    folder.mkdir()
    archive = Archive(folder, {"ARCHIVE_MAX_RESPONSE_BYTES": str(limit_mb * MB)})
    with Server(pages, keep_sent=False) as server:
        archive.add_source("film", source_toml(server.origin, match=r"/a/film\.mp4$"))
        peak, code = peak_mb(archive, "crawl", "film")
    assert code == 5, (folder / "run.log").read_text()
    return archive, peak


def block_digest(archive: Archive) -> tuple[str, str]:
    """Return the SHA-256 of the film's block as the standard library reads it, and as its record states it."""
    name, offset = archive.rows("SELECT warc_file, warc_offset FROM capture WHERE url LIKE '%film.mp4'")[0]
    digest, fields = sha256(), {}
    with (archive.path / "warc" / name).open("rb") as file:
        file.seek(offset)
        with gzip.open(file) as plain:
            while (line := plain.readline()) != b"\r\n":
                field, _, value = line.decode().partition(": ")
                fields[field.lower()] = value.strip()
            left = int(fields["content-length"])
            while left:
                left -= len(piece := plain.read(min(left, MB)))
                digest.update(piece)
    return f"sha256:{digest.hexdigest()}", fields["warc-block-digest"]


@dataclass(frozen=True)
class Trial:
    """One archive, and the most memory that each command held, in MB."""

    archive: Archive
    peaks: dict[str, float]


def trial(folder: Path, size_mb: int, limit_mb: int, *commands: str) -> Trial:
    archive, crawled = crawl(folder, size_mb, limit_mb)
    peaks = {command: peak_mb(archive, command) for command in commands}
    assert {code for _, code in peaks.values()} <= {0}, (folder / "run.log").read_text()
    return Trial(archive, {"crawl": crawled, **{command: peak for command, (peak, _) in peaks.items()}})


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    folder = tmp_path_factory.mktemp("memory")
    works = {
        "without": partial(trial, folder / "without", 0, 400, "verify", "rebuild"),
        "with 300 MiB": partial(trial, folder / "with", 300, 400, "verify", "rebuild"),
        "cut at 150 MiB": partial(trial, folder / "cut", 300, 150),
    }
    return dict(zip(works, at_once(works.values()), strict=True))


@pytest.mark.parametrize("command", ["crawl", "verify", "rebuild"])
def test_memory_is_flat(trials: dict[str, Trial], command: str) -> None:
    peaks = {name: trial.peaks[command] for name, trial in trials.items() if command in trial.peaks}
    print(f"{command}: {', '.join(f'{peak:.1f} MB {name}' for name, peak in peaks.items())}")
    assert max(peaks.values()) - min(peaks.values()) < 20


@pytest.mark.parametrize(
    ("name", "kept_mb", "truncated"), [("with 300 MiB", 300, None), ("cut at 150 MiB", 150, "length")]
)
def test_the_film_is_there_to_the_byte(
    trials: dict[str, Trial], name: str, kept_mb: int, truncated: str | None
) -> None:
    archive = trials[name].archive
    sent, left = sha256(), len(HEAD) + kept_mb * MB if truncated else 1 << 40
    for piece in film(300):
        sent.update(piece[:left])
        left = max(0, left - len(piece))
    assert block_digest(archive) == (f"sha256:{sent.hexdigest()}",) * 2
    assert archive.rows("SELECT truncated FROM capture WHERE url LIKE '%film.mp4'") == [(truncated,)]
    reasons = {("extract", "is no page but video/mp4"), ("http", "the response was cut at the size limit")}
    assert set(archive.rows("SELECT stage, reason FROM failure")) <= reasons

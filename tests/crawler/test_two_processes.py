"""Several processes on one archive: one crawl a source, any number of sources, and one politeness for all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from storage.locks import recovery_lock, source_lock
from tests.forked import ForkedArchive
from tests.newspaper import Gated, Newspaper
from tests.run import Archive
from tests.server import Asked, Server, Step
from tests.trial import Trial
from tests.waiting import until


class Counting(Newspaper):
    """A newspaper that takes its time, and knows how many requests it was answering at once."""

    def __init__(self, articles: int, answer_s: float) -> None:
        super().__init__(articles)
        self._answer_s = answer_s
        self._active = 0
        self._lock = threading.Lock()
        self.most = 0

    def __call__(self, asked: Asked) -> Iterable[Step]:
        answer = [*super().__call__(asked)]
        with self._lock:
            self._active += 1
            self.most = max(self.most, self._active)
        time.sleep(self._answer_s)
        with self._lock:
            self._active -= 1
        return answer


def chain_is_whole(archive: Path) -> bool:
    """Follow `seals.jsonl` with the standard library alone."""
    previous = None
    for line in (archive / "seals.jsonl").read_bytes().splitlines():
        seal = json.loads(line)
        content = (archive / "warc" / seal["name"]).read_bytes()
        if (seal["previous"], seal["sha256"]) != (previous, sha256(content).hexdigest()):
            return False
        previous = sha256(line).hexdigest()
    return previous is not None


def test_a_second_crawl_of_a_source_says_so_and_leaves_the_first_alone(tmp_path: Path) -> None:
    paper = Gated(60, "/a/c_50.html")
    with Trial(tmp_path, {"mine": paper}) as trial:
        first = trial.start("mine")
        assert until(lambda: paper.asked["/a/c_50.html"] > 0)
        second = trial.archive.scrapy("crawl", "mine")
        assert (second.returncode, second.stdout) == (3, "")
        assert second.stderr == (
            f"scrapy: mine: another crawl of this source is running (process {first.pid}); "
            "wait for it to end, or stop it\n"
        )
        assert trial.archive.scrapy("rebuild").returncode == 3
        assert trial.archive.scrapy("verify").returncode == 0
        assert first.poll() is None
        paper.gate.set()
        trial.finish()
        assert not trial.kinds()
        assert trial["mine"].refetched == 0


def test_a_crawl_waits_for_who_recovers_its_source_instead_of_calling_that_a_crawl(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(3)}) as trial:
        with recovery_lock(trial.archive.path).acquire(), source_lock(trial.archive.path, "mine").acquire():
            run = trial.start("mine")
            assert not until(lambda: run.poll() is not None, 2.5)
            assert not trial["mine"].paper.asked
        trial.finish()
        assert not trial.kinds()


def test_two_sources_at_once_share_an_archive(tmp_path: Path) -> None:
    first = "/list/index.html"
    papers = {"mine": Gated(150, first), "yours": Gated(150, first)}
    with Trial(tmp_path, papers, ARCHIVE_WARC_BYTES="20000") as trial:
        for name in papers:
            trial.start(name)
        assert until(lambda: all(paper.asked[first] for paper in papers.values()))
        for paper in papers.values():
            paper.gate.set()
        trial.finish()
        assert not trial.kinds()
        assert [one.refetched for one in trial.publications.values()] == [0, 0]
        files = [name for (name,) in trial.archive.rows("SELECT name FROM warc ORDER BY sealed")]
        switches = sum(("-mine-" in one) != ("-mine-" in other) for one, other in pairwise(files))
        assert len(files) > 10 and switches > 2, "they did not seal side by side"
        assert chain_is_whole(trial.archive.path)


def shared_host(folder: Path, paper: Newspaper, **crawl: float) -> tuple[Archive, list[float]]:
    """Crawl `paper` as two sources at once; return the archive and when each request came."""
    archive = ForkedArchive(folder)
    with Server(paper) as server:
        for name in ("mine", "yours"):
            toml = paper.toml(server.origin)
            for key, value in crawl.items():
                old = next(line for line in toml.splitlines() if line.startswith(key))
                toml = toml.replace(old, f"{key} = {value}")
            archive.add_source(name, toml)
        runs = [archive.start("crawl", name) for name in ("mine", "yours")]
        try:
            codes = [run.wait(120) for run in runs]
        finally:
            for run in runs:
                run.kill()
                run.wait()
        assert codes == [5, 5], (folder / "run.log").read_text()
        return archive, [served.asked.at for served in server.served]


def both_go_on(archive: Archive) -> bool:
    """Say whether neither source had to wait for the other to end."""
    spans = archive.rows("SELECT min(captured), max(captured) FROM capture GROUP BY source")
    return bool(max(first for first, _ in spans) < min(last for _, last in spans))


def test_two_sources_keep_the_concurrency_of_the_host_they_share(tmp_path: Path) -> None:
    paper = Counting(40, 0.05)
    archive, _ = shared_host(tmp_path, paper, concurrency=3)
    assert paper.most == 3
    assert archive.rows("SELECT count(*) FROM article") == [(80,)]
    assert archive.scrapy("verify").returncode == 0


@pytest.mark.parametrize("delay_s", [0.2])
def test_two_sources_keep_the_delay_of_the_host_they_share(tmp_path: Path, delay_s: float) -> None:
    archive, times = shared_host(tmp_path, Newspaper(10), delay_s=delay_s)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    print(f"{len(times)} requests in {times[-1] - times[0]:.2f} s, gaps from {min(gaps):.3f} s")
    assert times[-1] - times[0] > (len(times) - 1) * delay_s * 0.99
    assert min(gaps) > delay_s / 10  # what lies between the grant and the arrival differs, on a busy machine by a lot
    assert both_go_on(archive)

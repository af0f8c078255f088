"""The long form of tests/crawler/test_kill.py: twenty kills at random moments, alone, in company and on a poor disk."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.demo.site import DemoSite, demo_toml
from tests.crawling import source_toml
from tests.forked import ForkedArchive
from tests.newspaper import Newspaper
from tests.press import TABLES, Press
from tests.run import ROOT
from tests.server import Server
from tests.trial import Trial
from tests.waiting import STEP_S

pytestmark = pytest.mark.soak

KILLS = 20
BROKEN = {"unreadable", "verify", "rebuild"}
SAME = {
    "article": "url, title, published, body_sha256, state, versions",
    "failure": "url, stage, reason",
    "address": "url, relation",
    "event": "url, kind, grade",
    "t_frontier": "url, method, role, relation, number, hops, via, state, attempts",
}
"""View or table -> what does not depend on when it happened."""


def test_twenty_kills_lose_nothing(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(2000)}) as trial:
        trial.kill(KILLS)
        trial.finish()
        assert not trial.kinds()
        assert trial["mine"].kills == KILLS


def test_twenty_kills_beside_another_source_lose_nothing_and_do_not_disturb_it(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(2000), "yours": Newspaper(2000)}) as trial:
        trial.kill(KILLS, victim="mine")
        trial.finish()
        assert not trial.kinds()
        assert (trial["mine"].kills, trial["yours"].refetched) == (KILLS, 0)


def test_twenty_kills_of_either_of_two_sources_lose_nothing(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(5000), "yours": Newspaper(5000)}) as trial:
        trial.kill(KILLS)
        trial.finish()
        assert not trial.kinds()
        assert trial["mine"].kills + trial["yours"].kills == KILLS


def test_twenty_kills_with_small_files_lose_nothing(tmp_path: Path) -> None:
    """Rotation, rename and seal are moments like any other."""
    with Trial(tmp_path, {"mine": Newspaper(2000)}, ARCHIVE_WARC_BYTES="40000") as trial:
        trial.kill(KILLS)
        trial.finish()
        assert not trial.kinds()
        assert len(list((trial.archive.path / "warc").glob("*.warc.gz"))) > 50


def test_twenty_power_cuts_lose_nothing(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(2000)}, sabotage="cache") as trial:
        trial.kill(KILLS)
        trial.finish()
        assert not trial.kinds()


def test_power_cuts_with_the_order_reversed_are_found_out(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(1000)}, sabotage="cache,pause,reversed") as trial:
        trial.kill(KILLS)
        trial.finish()
        assert trial.kinds() >= BROKEN


def test_kills_without_recovery_are_found_out(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(2000)}, sabotage="unrecovered") as trial:
        trial.kill(KILLS)
        trial.finish()
        assert trial.kinds() >= BROKEN


@pytest.mark.parametrize("kind", ["press", "demo"])
def test_a_crawl_that_dies_in_one_commit_after_another_ends_like_one_left_alone(tmp_path: Path, kind: str) -> None:
    """With every kind of list and redirect, to the last row of what is still to be done, on a disk that forgets."""
    alone = ForkedArchive(tmp_path / "alone")
    killed = ForkedArchive(tmp_path / "killed", {"ARCHIVE_COMMIT_CAPTURES": "4"})
    with DemoSite() if kind == "demo" else Server(Press()) as site:
        toml = demo_toml(site.base_url) if isinstance(site, DemoSite) else source_toml(site.origin, TABLES)
        for archive in (alone, killed):
            archive.add_source("mine", toml)
        alone.scrapy("crawl", "mine")
        deaths = 0
        while _dies(killed):
            deaths += 1
            assert deaths < 40
        assert killed.scrapy("crawl", "mine").returncode == 0
    print(f"{deaths} deaths")
    assert deaths > 3
    for name, columns in SAME.items():
        one, other = (sorted(map(repr, one.rows(f"SELECT {columns} FROM {name}"))) for one in (alone, killed))
        assert one == other, name
    assert killed.scrapy("verify").returncode == 0


def _dies(archive: ForkedArchive) -> bool:
    """Crawl until it dies within a commit, or comes to its end."""
    command = [sys.executable, "-m", "tests.sabotage", "cache,worst", "crawl", "mine"]
    ended = subprocess.run(command, cwd=ROOT, env=archive.environment(), capture_output=True, text=True, timeout=STEP_S)
    assert ended.returncode in (-signal.SIGKILL, 0, 5), ended.stderr
    return ended.returncode == -signal.SIGKILL

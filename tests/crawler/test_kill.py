"""kill -9 and Ctrl-C: nothing acknowledged is lost, little is fetched again, and the trial that says so can fail."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from storage.locks import recovery_lock
from tests.newspaper import Gated, Newspaper
from tests.trial import Trial
from tests.waiting import MARK, survivors, until


def test_three_kills_beside_another_source_lose_nothing(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(900), "yours": Newspaper(150)}) as trial:
        trial.kill(3, victim="mine")
        trial.finish()
        assert not trial.kinds()
        assert (trial["mine"].kills, trial["yours"].refetched) == (3, 0)


@pytest.mark.parametrize(
    ("sabotage", "complaints"),
    [
        ("cache", set()),
        ("cache,reversed", {"unreadable", "verify", "rebuild"}),
        ("unrecovered", {"unreadable", "verify", "rebuild"}),
    ],
)
def test_the_trial_fails_without_the_durable_order_or_without_recovery(
    tmp_path: Path, sabotage: str, complaints: set[str]
) -> None:
    """On a disk that forgets what was not synced (`cache`) the order saves us: the first case is the control."""
    with Trial(tmp_path, {"mine": Newspaper(300)}, sabotage=sabotage) as trial:
        trial.fall("mine", 2)
        trial.finish()
        assert trial.kinds() == complaints


def test_a_walk_over_list_pages_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    paper = Gated(120, "/list/index_6.html", per_list=10)
    with Trial(tmp_path, {"mine": paper}) as trial:
        run = trial.start("mine")
        assert until(lambda: paper.asked["/list/index_6.html"] > 0)
        assert until(lambda: len(trial.archive.rows("SELECT 1 FROM article")) == 60)
        run.kill()
        assert run.wait() == -signal.SIGKILL
        trial["mine"].kills, trial["mine"].run = 1, None
        paper.gate.set()
        trial.finish()
        assert not trial.kinds()
        asked = {page: count for page, count in paper.asked.items() if "/list/" in page}
        assert len(asked) == paper.lists + 1
        assert {page for page, count in asked.items() if count > 1} == {"/list/index_6.html"}


def test_ctrl_c_once_commits_and_seals_what_was_fetched(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(300)}) as trial:
        trial.start("mine")
        assert until(lambda: len(trial["mine"].paper.asked) > 60)
        assert trial.interrupt("mine", 1) == 0
        assert "Traceback" not in trial.log()
        assert not list((trial.archive.path / "warc").glob("*.open"))
        assert trial.archive.rows("SELECT outcome FROM crawl WHERE finished IS NOT NULL") == [("stopped",)]
        captured = {url for (url,) in trial.archive.rows("SELECT url FROM capture")}
        assert len(captured) == len(trial["mine"].paper.asked) < 300
        trial.finish()
        assert not trial.kinds()
        assert trial["mine"].refetched == 0


def test_ctrl_c_while_the_workers_start_is_no_harm_to_them(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(60)}) as trial:
        trial.start("mine")
        assert until(lambda: any("pipelines.worker" in line for line in survivors(trial["mine"].mark)))
        assert trial.interrupt("mine", 1) == 0
        assert "Traceback" not in trial.log()
        trial.finish()
        assert not trial.kinds()


def test_ctrl_c_twice_ends_at_once(tmp_path: Path) -> None:
    paper = Gated(120, "/a/c_30.html")
    with Trial(tmp_path, {"mine": paper}) as trial:
        trial.start("mine")
        assert until(lambda: len(paper.asked) > 100)
        assert trial.interrupt("mine", 2) == 4  # once is not enough: the gated page is waited for
        trial["mine"].kills = 1
        paper.gate.set()
        trial.finish()
        assert not trial.kinds()


def test_ctrl_c_ends_a_recovery_at_once(tmp_path: Path) -> None:
    with Trial(tmp_path, {"mine": Newspaper(3)}) as trial:
        with recovery_lock(trial.archive.path).acquire():  # as long as any recovery
            trial.start("mine")
            assert until((trial.archive.path / "locks" / "archive").exists)
            time.sleep(0.2)
            assert trial.interrupt("mine", 1) == 4
        assert trial.log() == "scrapy: stopped before the first fetch; the next crawl goes on\n"
        trial.finish()
        assert not trial.kinds()


def test_what_still_runs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a process that outlived its crawl is seen.

    Another process stands in for a worker, which cannot be held back: the kill orphans its process group, and to a
    stopped member of such a group goes SIGHUP (POSIX.1-2017, _exit, "Consequences of Process Termination").
    """
    monkeypatch.setattr("tests.trial.END_S", 0.5)
    with Trial(tmp_path, {"mine": Newspaper(60)}) as trial:
        trial.start("mine")
        mark = trial["mine"].mark
        assert until(lambda: any("pipelines.worker" in line for line in survivors(mark)))
        with subprocess.Popen(["sleep", "60"], env={**os.environ, MARK: mark}) as stray:
            assert until(lambda: f"{stray.pid} sleep 60" in survivors(mark))
            trial.interrupt("mine", 2)
            stray.kill()
        trial["mine"].kills = 1
        trial.finish()
        assert trial.kinds() == {"stray"}

"""The long form of tests/crawler/test_kill.py: twenty kills at random moments, alone, in company and on a poor disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.newspaper import Newspaper
from tests.trial import Trial

pytestmark = pytest.mark.soak

KILLS = 20
BROKEN = {"unreadable", "verify", "rebuild"}


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
    with Trial(tmp_path, {"mine": Newspaper(2000), "yours": Newspaper(2000)}) as trial:
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

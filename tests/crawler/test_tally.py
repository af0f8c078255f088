"""crawler.tally: the counts that the live line shows."""

from __future__ import annotations

import time

from crawler.tally import Tally
from storage.catalogue import Committed


def test_it_adds_up_what_commits_did() -> None:
    tally = Tally("mine")
    tally.add(Committed(fetched=5, new=2, changed=1, unchanged=1, failed=3, discovered=40))
    tally.add(Committed(fetched=1, new=1, changed=0, unchanged=0, failed=0, discovered=2))
    counts = (tally.fetched, tally.new, tally.changed, tally.unchanged, tally.failed, tally.discovered)
    assert counts == (6, 3, 1, 1, 3, 42)


def test_the_line_says_all_that_is_wanted() -> None:
    tally = Tally("mine", began=time.monotonic() - 125)
    tally.add(Committed(fetched=250, new=7, changed=2, unchanged=0, failed=4, discovered=0))
    assert tally.line(31) == "mine: 250 pages, 2.0/s, 7 new and 2 changed articles, queue 31, failures 4, 2:05"


def test_a_run_that_has_just_begun_has_a_rate() -> None:
    assert Tally("mine").line(0).startswith("mine: 0 pages, 0.0/s")

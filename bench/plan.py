"""Owns carrying out a bench: which sites of which size, who takes part, how long it may take."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.contestants import CONTESTANTS, OURS, Contestant
from bench.rounds import Ring, Run, Stage
from bench.server import running
from bench.table import plain

__all__ = ["WORK", "Plan", "carry_out"]

WORK = Path(__file__).resolve().parent.parent / "build" / "bench"
_SMALL_ARTICLES = 40
_TIMEOUT_S = 600
"""Of one crawl."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run."""

    sites: Mapping[str, int]
    """Articles by the site's name, a key of SITES."""
    large: int
    """Articles of a light site that Shilu alone crawls once, for its memory; 0: none."""
    contestants: Sequence[str]
    rounds: int
    minutes: float
    """No round is begun that would end later."""
    cores: int
    """Of the server and every contestant."""
    work: Path
    """Emptied; on a disk like the archive's."""


def carry_out(plan: Plan, tell: Callable[[str], None]) -> dict[str, Any]:
    """Run all rounds; return what `table.plain` makes of them."""
    shutil.rmtree(plan.work, ignore_errors=True)
    plan.work.mkdir(parents=True)
    allowed = os.sched_getaffinity(0)
    cores = sorted(allowed)[: plan.cores]
    os.sched_setaffinity(0, cores)  # the servers inherit it
    wanted = [one for one in CONTESTANTS if one.name in plan.contestants]
    present = [one for one in wanted if one.missing is None]
    ring = Ring(plan.work, cores, _TIMEOUT_S, time.monotonic() + 60 * plan.minutes, tell)
    try:
        runs = _runs(ring, present, plan)
    finally:
        os.sched_setaffinity(0, allowed)
        shutil.rmtree(plan.work)
    return plain(runs, [one for one in wanted if one.missing is not None])


def _runs(ring: Ring, present: Sequence[Contestant], plan: Plan) -> list[Run]:
    starting = [one for one in present if not one.one_core]
    with running(_SMALL_ARTICLES) as site:
        small = Stage("small", site, _SMALL_ARTICLES)
        ring.rounds(starting, [small], 1)  # compiles
        runs = ring.rounds(starting, [small], plan.rounds)
    if OURS in present and plan.large:
        with running(plan.large) as site:
            runs += ring.rounds([OURS], [Stage("large", site, plan.large)], 1)
    with ExitStack() as served:
        stages = [
            Stage(name, served.enter_context(running(articles, name)), articles)
            for name, articles in plan.sites.items()
        ]
        return runs + ring.rounds(present, stages, plan.rounds)

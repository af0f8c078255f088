"""Owns the rounds: contestants one after the other, each round begun by another, figures compared within a round."""

from __future__ import annotations

import os
import shutil
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.contestants import Contestant, Task, environment
from bench.measure import Cost, Process, measure
from bench.server import Counts, Running
from bench.warc_sizes import WarcSizes, sizes_of

__all__ = ["Ring", "Run", "Spread", "Stage", "ratios", "spread"]

_ROLES = {"coordinator": "-m scrapy crawl", "worker": "-m pipelines.worker", "search": "-m scrapy search"}
"""Shilu's processes by what their command lines begin with."""
_AGAIN = 2
"""Pages that may be asked for twice, say robots.txt and the front page. Costs are divided by all requests, so whoever
fetches more pages twice would look cheaper."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A site being served."""

    name: str
    """A key of SITES, with what sets it apart: `light`, `heavy`, `small`, `large`."""
    site: Running
    articles: int


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl by one contestant."""

    stage: str
    contestant: str
    round: int
    articles: int
    """On the site."""
    cost: Cost
    counts: Counts
    warc: WarcSizes
    kept_bytes: int
    """All that it left on disk."""
    problem: str | None
    """Why its figures count for nothing."""

    @property
    def cpu_ms_a_page(self) -> float:
        """Return CPU milliseconds a page answered, which are CPU seconds a thousand pages."""
        return 1000 * self.cost.cpu_s / max(1, self.counts.requests)

    @property
    def pages_a_second(self) -> float:
        """Return pages a second of wall time, from start to exit."""
        return self.counts.requests / self.cost.wall_s

    def peak_bytes(self, role: str) -> int:
        """Return the peak resident memory of the biggest process of a role: coordinator, worker or search."""
        return max((process.peak_bytes for process in self._of(role)), default=0)

    def role_ms_a_page(self, role: str) -> float:
        """Return CPU milliseconds a page of all processes of a role, up to a sample's interval too little for each."""
        return 1000 * sum(process.cpu_s for process in self._of(role)) / max(1, self.counts.requests)

    def _of(self, role: str) -> list[Process]:
        return [process for process in self.cost.processes if process.command.startswith(_ROLES[role])]


@dataclass(frozen=True, slots=True)
class Spread:
    """What a figure was over the rounds."""

    median: float
    least: float
    most: float


def spread(figures: Sequence[float]) -> Spread:
    """Return median, least and most of at least one figure."""
    return Spread(median(figures), min(figures), max(figures))


def ratios(runs: Sequence[Run], peers: Sequence[Run], figure: Callable[[Run], float]) -> Spread | None:
    """Return a figure of `runs` over that of `peers`, each with the peer of its own round."""
    by_round = {peer.round: figure(peer) for peer in peers if peer.problem is None}
    found = [figure(run) / by_round[run.round] for run in runs if run.problem is None and run.round in by_round]
    return spread(found) if found else None


@dataclass(frozen=True, slots=True)
class Ring:
    """Where contestants meet."""

    work: Path
    """Folder for all that they write."""
    cores: Sequence[int]
    """Of the server and every contestant; one that is kept on one core gets the first, the server then the second."""
    timeout_s: float
    """Of one crawl."""
    ends_s: float
    """By the monotonic clock: no round is begun that would end later if it took as long as the one before."""
    tell: Callable[[str], None]

    def rounds(self, contestants: Sequence[Contestant], stages: Sequence[Stage], count: int) -> list[Run]:
        """Run `count` rounds over all stages; each is begun by the next contestant, so that nobody is always first."""
        runs: list[Run] = []
        for number in range(count):
            began_s = time.monotonic()
            first = number % max(1, len(contestants))
            for stage in stages:
                for contestant in (*contestants[first:], *contestants[:first]):
                    runs.append(self.run(contestant, stage, number))
            now_s = time.monotonic()
            if number + 1 < count and now_s + (now_s - began_s) > self.ends_s:
                self.tell(f"no time for more than {number + 1} of {count} rounds")
                break
        return runs

    def run(self, contestant: Contestant, stage: Stage, number: int) -> Run:
        """Have one contestant crawl the site, check that it did, and remove what it kept."""
        folder = self.work / contestant.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        own = self.cores[:1] if contestant.one_core else self.cores
        launch = contestant.launch(Task(stage.site.url, stage.articles, folder))
        stage.site.hold(self.cores[1:2] or self.cores if contestant.one_core else self.cores)
        stage.site.reset()
        cost = measure(
            launch.command,
            cwd=launch.cwd,
            environment={**environment(self.work), **launch.environment},
            log=self.work / f"{contestant.name}.log",
            timeout_s=self.timeout_s,
            cores=own,
        )
        run = self._judged(contestant, stage, number, folder, cost)
        said = run.problem or f"{run.cpu_ms_a_page:.2f} CPU ms a page, {run.pages_a_second:.0f} pages/s"
        self.tell(f"{stage.name}, {stage.articles} articles, round {number + 1}, {contestant.title}: {said}")
        shutil.rmtree(folder)
        os.sync()  # nobody waits for what another left in the page cache
        return run

    def _judged(self, contestant: Contestant, stage: Stage, number: int, folder: Path, cost: Cost) -> Run:
        counts = stage.site.counts()
        warc, problem = WarcSizes(0, 0, None), _problem(cost, counts, stage.articles)
        if problem is None:
            try:
                warc = sizes_of(folder, against_best=number == 0)  # the same bytes each round: gzip 9 is asked once
            except zlib.error as error:
                problem = f"left WARC files that cannot be read: {error}"
        if problem is None and contestant.archives and warc.captures < counts.requests:
            problem = f"has {warc.captures} of {counts.requests} answers in WARC"
        problem = problem or contestant.lacks(folder, stage.articles)
        kept_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        return Run(stage.name, contestant.name, number, stage.articles, cost, counts, warc, kept_bytes, problem)


def _problem(cost: Cost, counts: Counts, articles: int) -> str | None:
    if cost.exit_code != 0:
        return f"ended with exit code {cost.exit_code}"
    if counts.articles != articles:
        return f"fetched {counts.articles} of {articles} articles"
    if counts.requests > counts.pages + _AGAIN:
        return f"asked {counts.requests} times for {counts.pages} pages"
    return None

"""Owns the rounds: contestants one after the other, each round begun by another, figures compared within a round."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.contestants import Contestant, Task, environment
from bench.measure import Cost, measure
from bench.server import Counts, Running

__all__ = ["Ring", "Run", "Spread", "ratios", "spread"]


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl by one contestant."""

    contestant: str
    round: int
    articles: int
    """On the site."""
    cost: Cost
    counts: Counts
    warc_bytes: int
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


@dataclass(frozen=True, slots=True)
class Spread:
    """What a figure was over the rounds."""

    median: float
    least: float
    most: float


def spread(figures: Sequence[float]) -> Spread:
    """Return median, least and most of at least one figure."""
    return Spread(median(figures), min(figures), max(figures))


def ratios(runs: Sequence[Run], peers: Sequence[Run]) -> Spread | None:
    """Return CPU a page of `runs` over that of `peers`, each with the peer of its own round."""
    by_round = {peer.round: peer.cpu_ms_a_page for peer in peers if peer.problem is None}
    found = [run.cpu_ms_a_page / by_round[run.round] for run in runs if run.problem is None and run.round in by_round]
    return spread(found) if found else None


@dataclass(frozen=True, slots=True)
class Ring:
    """Where contestants meet."""

    work: Path
    """Folder for all that they write."""
    cores: int
    timeout_s: float
    tell: Callable[[str], None]

    def rounds(self, contestants: Sequence[Contestant], site: Running, articles: int, count: int) -> list[Run]:
        """Run `count` rounds; each is begun by the next contestant, so that nobody is always first."""
        runs = []
        for number in range(count):
            first = number % len(contestants)
            for contestant in (*contestants[first:], *contestants[:first]):
                runs.append(self.run(contestant, site, articles, number))
        return runs

    def run(self, contestant: Contestant, site: Running, articles: int, number: int) -> Run:
        """Have one contestant crawl the site, check that it did, and remove what it kept."""
        folder = self.work / contestant.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        launch = contestant.launch(Task(site.url, articles, folder, self.cores))
        site.reset()
        cost = measure(
            launch.command,
            cwd=launch.cwd,
            environment={**environment(self.work), **launch.environment},
            log=self.work / f"{contestant.name}.log",
            timeout_s=self.timeout_s,
        )
        counts = site.counts()
        problem = _problem(cost, counts, articles, contestant.kept(folder))
        warc_bytes = _size(folder, "*.warc.gz*")
        run = Run(contestant.name, number, articles, cost, counts, warc_bytes, _size(folder, "*"), problem)
        said = problem or f"{run.cpu_ms_a_page:.2f} CPU ms a page, {run.pages_a_second:.0f} pages/s"
        self.tell(f"{articles} articles, round {number + 1}, {contestant.title}: {said}")
        shutil.rmtree(folder)
        return run


def _problem(cost: Cost, counts: Counts, articles: int, kept: int | None) -> str | None:
    if cost.exit_code != 0:
        return f"ended with exit code {cost.exit_code}"
    if counts.articles != articles:
        return f"fetched {counts.articles} of {articles} articles"
    if kept is not None and kept != articles:
        return f"has {kept} of {articles} articles with title, date, origin and body"
    return None


def _size(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file())

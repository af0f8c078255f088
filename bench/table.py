"""Owns what the rounds come to: one table for the reader, and the same as JSON for a gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from rich.table import Table

from bench.contestants import CONTESTANTS, OURS, Contestant
from bench.measure import Process
from bench.rounds import Run, Spread, ratios, spread

__all__ = ["Results", "plain", "table"]

_MB = 1_000_000
_ROLES = {"-m pipelines.worker": "workers", "-m scrapy crawl": "coordinator"}


@dataclass(frozen=True, slots=True)
class Results:
    """All runs of one bench."""

    small: Sequence[Run]
    """A site of a few pages: what it costs to start."""
    rounds: Sequence[Run]
    growth: Sequence[Run]
    """Ours alone, on a larger site."""
    absent: Sequence[Contestant]


def table(results: Results) -> Table:
    """Return the table: medians, least and most in brackets; ratios within a round."""
    shown = Table(title=_title(results), title_justify="left")
    shown.add_column("", no_wrap=True)
    for heading in ("requests", "CPU s / 1,000 pages", "x wget", "x bare Scrapy", "pages/s", "start CPU s"):
        shown.add_column(heading, justify="right")
    for heading in ("biggest MB", "all MB", "WARC MB"):
        shown.add_column(heading, justify="right")
    for contestant in CONTESTANTS:
        runs = _of(contestant, results.rounds)
        if runs:
            shown.add_row(contestant.title, *_cells(runs, results, contestant))
    for role, cells in _by_role(_of(OURS, results.rounds)):
        shown.add_row(f"  its {role}", *cells)
    if results.growth:
        shown.add_row(f"{OURS.title}, {results.growth[0].articles:,} articles", *_cells(results.growth, results, None))
    for contestant in results.absent:
        shown.add_row(contestant.title, str(contestant.missing))
    return shown


def plain(results: Results) -> dict[str, Any]:
    """Return every run and what they come to, as plain JSON values."""
    return {
        "summary": [_summary(contestant, results) for contestant in CONTESTANTS if _of(contestant, results.rounds)],
        "absent": {contestant.name: contestant.missing for contestant in results.absent},
        "small": [asdict(run) for run in results.small],
        "rounds": [asdict(run) for run in results.rounds],
        "growth": [asdict(run) for run in results.growth],
    }


def _title(results: Results) -> str:
    articles, rounds = results.rounds[0].articles, len({run.round for run in results.rounds})
    return f"{articles:,} articles, {rounds} interleaved rounds: median (least-most)"


def _of(contestant: Contestant, runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if run.contestant == contestant.name]


def _peers(name: str, results: Results) -> list[Run]:
    return [run for run in results.rounds if run.contestant == name]


def _cells(runs: Sequence[Run], results: Results, contestant: Contestant | None) -> list[str]:
    problem = next((run.problem for run in runs if run.problem), None)
    if problem is not None:
        return [f"{median(run.counts.requests for run in runs):.0f}", problem]
    start = [] if contestant is None else _of(contestant, results.small)
    return [
        f"{median(run.counts.requests for run in runs):.0f}",
        _said(spread([run.cpu_ms_a_page for run in runs]), 2),
        _said(ratios(runs, _peers("wget", results)) if contestant else None, 2),
        _said(ratios(runs, _peers("bare", results)) if contestant else None, 2),
        _said(spread([run.pages_a_second for run in runs]), 0),
        f"{median(run.cost.cpu_s for run in start):.2f}" if start else "",
        f"{max(run.cost.biggest_bytes for run in runs) / _MB:.0f}",
        f"{max(run.cost.sum_bytes for run in runs) / _MB:.0f}",
        f"{median(run.warc_bytes for run in runs) / _MB:.1f}",
    ]


def _said(figure: Spread | None, digits: int) -> str:
    if figure is None:
        return ""
    if figure.least == figure.most:
        return f"{figure.median:.{digits}f}"
    return f"{figure.median:.{digits}f} ({figure.least:.{digits}f}-{figure.most:.{digits}f})"


def _by_role(runs: Sequence[Run]) -> Iterable[tuple[str, list[str]]]:
    for command, role in _ROLES.items():
        shares, peaks = [], []
        for run in runs:
            own = [process for process in run.cost.processes if process.command.startswith(command)]
            shares.append(1000 * sum(process.cpu_s for process in own) / max(1, run.counts.requests))
            peaks.append(_peak(own))
        if any(shares):
            yield role, ["", _said(spread(shares), 2), "", "", "", "", f"{max(peaks) / _MB:.0f}"]


def _peak(processes: Iterable[Process]) -> int:
    return max((process.peak_bytes for process in processes), default=0)


def _summary(contestant: Contestant, results: Results) -> dict[str, Any]:
    runs, small = _of(contestant, results.rounds), _of(contestant, results.small)
    against = {name: ratios(runs, _peers(name, results)) for name in ("wget", "bare")}
    return {
        "contestant": contestant.name,
        "requests": median(run.counts.requests for run in runs),
        "cpu_s_a_thousand_pages": asdict(spread([run.cpu_ms_a_page for run in runs])),
        "cpu_over": {name: None if ratio is None else asdict(ratio) for name, ratio in against.items()},
        "pages_a_second": asdict(spread([run.pages_a_second for run in runs])),
        "start_cpu_s": median(run.cost.cpu_s for run in small) if small else None,
        "biggest_bytes": max(run.cost.biggest_bytes for run in runs),
        "sum_bytes": max(run.cost.sum_bytes for run in runs),
        "warc_bytes": median(run.warc_bytes for run in runs),
        "problems": [run.problem for run in runs if run.problem],
    }

"""Owns the figures that are asked for: what is compared with whom, what must hold and what is aimed at.

Ratios are taken within a round. `bench.gate` holds each to its recorded value, `bench.table` to what must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.rounds import Run, Spread, ratios, spread

__all__ = ["FIGURES", "Figure", "expected", "holds", "measured"]

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a contestant, over a peer's or alone."""

    name: str
    title: str
    stages: tuple[str, ...]
    contestant: str
    of: Callable[[Run], float | None]
    """None for a run that does not say."""
    peer: str | None = None
    higher_is_better: bool = False
    must: float | None = None
    """At most that, or at least where higher is better."""
    aim: float | None = None
    by_most: bool = False
    """One value a round, the most of its stages; the most of all is held to `must` and the record, not the median."""


def measured(runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Return every figure that the runs give, by name, as plain JSON values."""
    found = {figure.name: (figure, _spread(figure, runs)) for figure in FIGURES}
    return {
        name: {
            "title": figure.title,
            **asdict(value),
            "higher_is_better": figure.higher_is_better,
            "by_most": figure.by_most,
            "must": figure.must,
            "aim": figure.aim,
            "holds": holds(figure, value),
        }
        for name, (figure, value) in found.items()
        if value is not None
    }


def expected(contestants: Collection[str], stages: Collection[str]) -> list[str]:
    """Return the names of the figures that a bench of these contestants on these stages gives."""
    return [
        figure.name
        for figure in FIGURES
        if {figure.contestant, figure.peer or figure.contestant} <= {*contestants} and {*figure.stages} & {*stages}
    ]


def holds(figure: Figure, value: Spread) -> bool | None:
    """Say whether what must hold does; None if nothing must."""
    if figure.must is None:
        return None
    if figure.higher_is_better:
        return value.median >= figure.must
    return (value.most if figure.by_most else value.median) <= figure.must


def _spread(figure: Figure, runs: Sequence[Run]) -> Spread | None:
    here = [run for run in runs if run.stage in figure.stages and run.problem is None and figure.of(run) is not None]
    own = [run for run in here if run.contestant == figure.contestant]
    if figure.peer is not None:
        return ratios(own, [run for run in here if run.contestant == figure.peer], lambda run: figure.of(run) or 0.0)
    found = [(run.round, value) for run in own if (value := figure.of(run)) is not None]
    values = list(_most(found) if figure.by_most else (value for _, value in found))
    return spread(values) if values else None


def _most(found: Sequence[tuple[int, float]]) -> Iterator[float]:
    """Yield one value a round: a stage whose processes are small must not hide what another's grew by."""
    for number in sorted({of for of, _ in found}):
        yield max(value for of, value in found if of == number)


def _cpu(run: Run) -> float:
    return run.cpu_ms_a_page


def _pace(run: Run) -> float:
    return run.pages_a_second


def _start(run: Run) -> float:
    return run.cost.cpu_s


def _over_gzip(run: Run) -> float | None:
    return run.warc.over_best


def _peak_mb(role: str) -> Callable[[Run], float | None]:
    return lambda run: run.peak_bytes(role) / _MB or None


def _of_site(site: str) -> tuple[Figure, ...]:
    at = (site,)
    return (
        Figure(f"{site}: CPU / wget", f"{site}: CPU a page over wget's", at, "ours", _cpu, "wget", must=2.0, aim=1.0),
        Figure(f"{site}: CPU / bare", f"{site}: CPU a page over bare Scrapy's", at, "ours", _cpu, "bare", must=1.0),
        Figure(f"{site}: CPU / bare-tuned", f"{site}: ... with CONCURRENT_ITEMS=1", at, "ours", _cpu, "bare-tuned"),
        Figure(
            f"{site}: rules CPU / wget",
            f"{site}: CPU a page over wget's, CSS rules given, the index apart",
            at, "ours-rules", _cpu, "wget", must=1.2,
        ),
        Figure(
            f"{site}: pace / bare-one",
            f"{site}: pages/s on two cores over bare Scrapy's on one",
            at, "ours", _pace, "bare-one", higher_is_better=True, must=1.0,
        ),
        Figure(
            f"{site}: pace / naive",
            f"{site}: pages/s over the naive pipeline's on the same cores",
            at, "ours", _pace, "naive", higher_is_better=True, must=5.0,
        ),
        Figure(
            f"{site}: pace / naive-one",
            f"{site}: pages/s on two cores over the naive pipeline's on one",
            at, "ours", _pace, "naive-one", higher_is_better=True, must=5.0,
        ),
        Figure(f"{site}: WARC / gzip 9", f"{site}: WARC bytes over gzip 9's", at, "ours", _over_gzip, must=1.08),
    )  # fmt: skip


_SMALL = ("small",)
_ALL = ("small", "light", "heavy", "large")

FIGURES = (
    *_of_site("light"),
    *_of_site("heavy"),
    Figure("start: crawl / bare", "40 articles: CPU over bare Scrapy's", _SMALL, "ours-rules", _start, "bare"),
    Figure("start: both / bare", "... with a search that indexes them", _SMALL, "ours", _start, "bare"),
    Figure("MB: coordinator", "coordinator's peak, MB", _ALL, "ours", _peak_mb("coordinator"), must=200, by_most=True),
    Figure("MB: worker", "a worker's peak, MB", _ALL, "ours", _peak_mb("worker"), must=200, by_most=True),
    Figure("MB: search", "peak of the search that fills the index, MB", _ALL, "ours", _peak_mb("search"), by_most=True),
)  # fmt: skip

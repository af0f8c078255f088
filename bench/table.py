"""Owns what the rounds come to: the JSON that a gate compares, and tables of it for the terminal and for the README.

python -m bench.table bench/results.json       # prints the tables as Markdown
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from bench.compared import measured
from bench.contestants import CONTESTANTS, OURS, Contestant
from bench.rounds import Run, Spread, ratios, spread

__all__ = ["Section", "markdown", "plain", "sections", "shown"]

_MB = 1_000_000
_ROLES = ("coordinator", "worker", "search")
_PEERS = ("wget", "bare")
_RUNS_HEADINGS = (
    "requests", "CPU s / 1,000 pages", "× wget", "× bare Scrapy", "pages/s", "start CPU s", "biggest MB", "all MB",
    "WARC MB", "× gzip 9",
)  # fmt: skip
_STAGES = ("light", "heavy", "large")


@dataclass(frozen=True, slots=True)
class Section:
    """One table."""

    title: str
    headings: Sequence[str]
    """The first is that of the row's name."""
    rows: Sequence[Sequence[str]]


# --- runs to JSON --------------------------------------------------------------------------------


def plain(runs: Sequence[Run], absent: Sequence[Contestant]) -> dict[str, Any]:
    """Return every run and what they come to, as plain JSON values."""
    return {
        "figures": measured(runs),
        "summary": [
            _summary(contestant, found, [run for run in runs if run.stage == stage], _of(contestant, runs, "small"))
            for stage in _STAGES
            for contestant in CONTESTANTS
            if (found := _of(contestant, runs, stage))
        ],
        "absent": {contestant.title: contestant.missing for contestant in absent},
        "runs": [asdict(run) for run in runs],
    }


def _of(contestant: Contestant, runs: Sequence[Run], stage: str) -> list[Run]:
    return [run for run in runs if run.contestant == contestant.name and run.stage == stage]


def _summary(contestant: Contestant, runs: Sequence[Run], stage: Sequence[Run], small: Sequence[Run]) -> dict[str, Any]:
    peers = {peer: [run for run in stage if run.contestant == peer] for peer in _PEERS}
    return {
        "stage": runs[0].stage,
        "contestant": contestant.name,
        "title": contestant.title,
        "articles": runs[0].articles,
        "rounds": len(runs),
        "requests": median(run.counts.requests for run in runs),
        "cpu_s_a_thousand_pages": asdict(spread([run.cpu_ms_a_page for run in runs])),
        "cpu_over": {peer: _plain(ratios(runs, found, lambda run: run.cpu_ms_a_page)) for peer, found in peers.items()},
        "pages_a_second": asdict(spread([run.pages_a_second for run in runs])),
        "start_cpu_s": asdict(spread([run.cost.cpu_s for run in small])) if small else None,
        "biggest_bytes": max(run.cost.biggest_bytes for run in runs),
        "sum_bytes": max(run.cost.sum_bytes for run in runs),
        "warc_bytes": median(run.warc.size_bytes for run in runs),
        "warc_over_best": next((run.warc.over_best for run in runs if run.warc.over_best), None),
        "roles": _roles(runs) if contestant.name.startswith(OURS.name) else {},
        "problems": sorted({run.problem for run in runs if run.problem}),
    }


def _roles(runs: Sequence[Run]) -> dict[str, Any]:
    return {
        role: {
            "cpu_s_a_thousand_pages": asdict(spread([run.role_ms_a_page(role) for run in runs])),
            "peak_bytes": max(run.peak_bytes(role) for run in runs),
        }
        for role in _ROLES
        if any(run.peak_bytes(role) for run in runs)
    }


def _plain(figure: Spread | None) -> dict[str, float] | None:
    return None if figure is None else asdict(figure)


# --- JSON to tables ------------------------------------------------------------------------------


def sections(results: Mapping[str, Any]) -> Iterator[Section]:
    """Yield a table for each site, and one of what was asked for."""
    for stage in _STAGES:
        found = [one for one in results["summary"] if one["stage"] == stage]
        if found:
            articles, rounds = found[0]["articles"], found[0]["rounds"]
            title = f"{stage}: {articles:,} articles, {rounds} interleaved rounds: median (least-most)"
            yield Section(title, ("", *_RUNS_HEADINGS), [row for one in found for row in _rows(one)])
    rows = [_asked(figure) for figure in results["figures"].values()]
    rows += [(title, str(why), "", "", "") for title, why in results["absent"].items()]
    yield Section("what was asked for, ratios within a round", ("", "median (least-most)", "must", "aim", ""), rows)


def _rows(one: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    if one["problems"]:
        yield (one["title"], f"{one['requests']:.0f}", "; ".join(one["problems"]), *[""] * (len(_RUNS_HEADINGS) - 2))
        return
    yield (
        one["title"],
        f"{one['requests']:.0f}",
        _said(one["cpu_s_a_thousand_pages"], 2),
        *(_said(one["cpu_over"][peer], 2) for peer in _PEERS),
        _said(one["pages_a_second"], 0),
        _said(one["start_cpu_s"], 2),
        f"{one['biggest_bytes'] / _MB:.0f}",
        f"{one['sum_bytes'] / _MB:.0f}",
        f"{one['warc_bytes'] / _MB:.1f}" if one["warc_bytes"] else "–",
        f"{one['warc_over_best']:.3f}" if one["warc_over_best"] else "",
    )
    for role, own in one["roles"].items():
        yield (
            f"  its {role}", "", _said(own["cpu_s_a_thousand_pages"], 2), "", "", "", "",
            f"{own['peak_bytes'] / _MB:.0f}", "", "", "",
        )  # fmt: skip


def _asked(figure: Mapping[str, Any]) -> Sequence[str]:
    sign = "≥" if figure["higher_is_better"] else "≤"
    limits = ("" if figure[one] is None else f"{sign} {figure[one]:g}" for one in ("must", "aim"))
    held = {True: "holds", False: "DOES NOT HOLD", None: ""}[figure["holds"]]
    digits = 0 if figure["median"] >= 20 else 2 if figure["median"] > 1.2 else 3
    return (figure["title"], _said(figure, digits), *limits, held)


def _said(figure: Mapping[str, float] | None, digits: int) -> str:
    if figure is None:
        return ""
    if figure["least"] == figure["most"]:
        return f"{figure['median']:.{digits}f}"
    return f"{figure['median']:.{digits}f} ({figure['least']:.{digits}f}-{figure['most']:.{digits}f})"


def shown(section: Section) -> Table:
    """Return a section for the terminal."""
    table = Table(title=section.title, title_justify="left")
    for place, heading in enumerate(section.headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=not place)
    for row in section.rows:
        table.add_row(*row)
    return table


def markdown(results: Mapping[str, Any]) -> str:
    """Return all sections in Markdown."""
    return "\n\n".join(map(_markdown, sections(results))) + "\n"


def _markdown(section: Section) -> str:
    rule = ["---", *["--:"] * (len(section.headings) - 1)]
    lines = ("| " + " | ".join(cell.strip() for cell in row) + " |" for row in (section.headings, rule, *section.rows))
    return "\n".join([f"{section.title[0].upper()}{section.title[1:]}:", "", *lines])


if __name__ == "__main__":
    print(markdown(json.loads(Path(sys.argv[1]).read_text("utf-8"))), end="")

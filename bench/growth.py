"""Owns the figures of growth: what the program's operations cost at ten and a hundred times the size, by what power.

    python -m bench.growth [--scale 0.01] [--out build/growth]

Known URLs go to a million and articles to 200,000; `--scale` makes all of it smaller. Tables are printed; JSON and,
where matplotlib is installed, plots are written to `--out`. Costs are CPU of this process, files in the page cache.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import growth_articles, growth_frontier
from bench.growth_fit import Operation

__all__ = ["main"]

_URLS = (10_000, 100_000, 1_000_000)
_ARTICLES = (2_000, 20_000, 200_000)
_LEAST = 64
"""Of anything, however small the scale."""
_WIDTH = 150
_SHOWN_STYLES = {"flat": "green", "logarithmic": "green"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes (1)")
    parser.add_argument("--repetitions", type=int, default=5, help="of each measurement (5)")
    parser.add_argument("--out", type=Path, default=Path("build/growth"), help="folder for JSON and plots")
    parser.add_argument("--work", type=Path, help="folder for what is measured, 4 GB; a temporary one by default")
    chosen = parser.parse_args(arguments)
    operations = (
        *_measured(growth_frontier.measure, _scaled(_URLS, chosen.scale), chosen),
        *_measured(growth_articles.measure, _scaled(_ARTICLES, chosen.scale), chosen),
    )
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    for family in dict.fromkeys(operation.family for operation in operations):
        console.print(_table(family, [one for one in operations if one.family == family]))
    chosen.out.mkdir(parents=True, exist_ok=True)
    written = json.dumps([*map(_plain, operations)], indent=1, ensure_ascii=False)
    (chosen.out / "growth.json").write_text(written + "\n", "utf-8")
    if find_spec("matplotlib") is None:
        _tell("no plots: matplotlib is not installed")
    else:
        from bench.growth_plot import draw

        draw(operations, chosen.out / "growth.svg")
        draw(operations, chosen.out / "growth.png")
    _tell(f"written to {chosen.out}")
    return 0


def _measured(
    measure: Callable[[Path, Sequence[int], int], tuple[Operation, ...]],
    sizes: Sequence[int],
    chosen: argparse.Namespace,
) -> tuple[Operation, ...]:
    _tell(f"{measure.__module__.rpartition('_')[2]}: {', '.join(f'{size:,}' for size in sizes)}")
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
        operations = measure(Path(folder), sizes, chosen.repetitions)
    _tell(f"in {time.monotonic() - began_s:.0f} s")
    return operations


def _scaled(sizes: Sequence[int], scale: float) -> list[int]:
    return [max(round(size * scale), _LEAST * 2**place) for place, size in enumerate(sizes)]


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _table(family: str, operations: Sequence[Operation]) -> Table:
    table = Table(title=f"CPU µs by number of {family}, least (median)")
    table.add_column("operation")
    table.add_column("of a")
    for size in operations[0].samples_us:
        table.add_column(f"{size:,}", justify="right")
    table.add_column("exponent", justify="right")
    table.add_column("growth")
    for one in operations:
        medians = one.median_us()
        costs = (f"{cost:,.1f} ({medians[size]:,.1f})" for size, cost in one.least_us().items())
        least, typical = one.exponents()
        verdict = one.verdict()
        shown = f"[{_SHOWN_STYLES.get(verdict, 'yellow')}]{verdict}[/]"
        table.add_row(one.name, one.unit, *costs, f"{least:.2f} ({typical:.2f})", shown)
    return table


def _plain(operation: Operation) -> dict[str, Any]:
    least, typical = operation.exponents()
    return {
        "family": operation.family,
        "operation": operation.name,
        "unit": operation.unit,
        "least_us": operation.least_us(),
        "median_us": operation.median_us(),
        "exponent_of_least": round(least, 3),
        "exponent_of_median": round(typical, 3),
        "growth": operation.verdict(),
    }


if __name__ == "__main__":
    sys.exit(main())

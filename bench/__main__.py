"""Owns the command: `python -m bench` runs the rounds, prints one table and writes bench/results.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.contestants import CONTESTANTS, OURS, Contestant
from bench.corpus import time_extraction
from bench.extraction_peers import compared
from bench.rounds import Ring, Run
from bench.server import running
from bench.table import Results, plain, table

_HERE = Path(__file__).resolve().parent
_SMALL_ARTICLES = 40
_TIMEOUT_S = 900
"""Of one crawl."""
_WIDTH = 168
_QUIET_LOAD = 0.5


def main() -> int:
    """Run what the arguments say; 1 if a contestant did not do its work."""
    arguments, load = _arguments(), os.getloadavg()[0]
    ring = Ring(arguments.work, arguments.cores, _TIMEOUT_S, tell=lambda line: print(line, file=sys.stderr, flush=True))
    shutil.rmtree(ring.work, ignore_errors=True)
    ring.work.mkdir(parents=True)
    _hold_cores(arguments.cores)
    wanted = [one for one in CONTESTANTS if one.name in arguments.contestants.split(",")]
    present = [one for one in wanted if one.missing is None]
    results = _results(ring, present, arguments)
    results = replace(results, absent=[one for one in wanted if one.missing is not None])
    corpus = None if arguments.corpus is None else time_extraction(arguments.corpus)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(table(results))
    if load > _QUIET_LOAD:
        console.print(f"the machine was busy before the rounds (load average {load:.1f}): trust ratios, not paces")
    _print_corpus(console, corpus)
    if arguments.corpus is not None:
        for line in compared(arguments.corpus.resolve()):
            console.print(line, highlight=False, soft_wrap=True)
    written = {**_circumstances(arguments, load), **plain(results), "corpus": corpus}
    arguments.output.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", "utf-8")
    shutil.rmtree(ring.work)
    return int(any(run.problem for run in (*results.small, *results.rounds, *results.growth)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="CPU, memory and pace beside wget and Scrapy.")
    parser.add_argument("--articles", type=int, default=3000, help="size of the site (3000)")
    parser.add_argument("--growth", type=int, default=12000, help="size of the site for memory alone (12000); 0: none")
    parser.add_argument("--rounds", type=int, default=3, help="how often each runs (3)")
    names = ",".join(one.name for one in CONTESTANTS)
    parser.add_argument("--contestants", default="wget,bare,ours", help=f"any of {names}")
    parser.add_argument("--cores", type=int, default=min(2, len(os.sched_getaffinity(0))), help="cores for all (2)")
    parser.add_argument("--corpus", type=Path, help="folder of real pages to hold the extraction to")
    parser.add_argument("--output", type=Path, default=_HERE / "results.json", help="where the JSON goes")
    work = _HERE.parent / "build" / "bench"
    parser.add_argument("--work", type=Path, default=work, help="emptied; on a disk like the archive's")
    return parser.parse_args()


def _hold_cores(cores: int) -> None:
    """Keep this process and all that it starts, the server too, on the first `cores` cores."""
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:cores]))


def _results(ring: Ring, present: Sequence[Contestant], arguments: argparse.Namespace) -> Results:
    with running(_SMALL_ARTICLES) as site:
        ring.rounds(present, site, _SMALL_ARTICLES, 1)  # compiles
        small = ring.rounds(present, site, _SMALL_ARTICLES, 1)
    with running(arguments.articles) as site:
        rounds = ring.rounds(present, site, arguments.articles, arguments.rounds)
    growth: list[Run] = []
    if arguments.growth and OURS in present:
        with running(arguments.growth) as site:
            growth = ring.rounds([OURS], site, arguments.growth, 1)
    return Results(small, rounds, growth, [])


def _circumstances(arguments: argparse.Namespace, load: float) -> dict[str, Any]:
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "cores": arguments.cores,
        "machine": platform.machine(),
        "processor": _processor(),
        "python": platform.python_version(),
        "scrapy": version("scrapy"),
        "load_average": load,
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _print_corpus(console: Console, corpus: dict[str, Any] | None) -> None:
    if corpus is not None:
        console.print(
            f"extraction of {corpus['pages']} real pages (median {corpus['median_page_bytes'] / 1000:.0f} KB): median "
            f"{corpus['median_ms']:.1f}, mean {corpus['mean_ms']:.1f}, 95th percentile {corpus['p95_ms']:.1f} CPU ms; "
            f"{corpus['with_body']} with a body"
        )


if __name__ == "__main__":
    sys.exit(main())

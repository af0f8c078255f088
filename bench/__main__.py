"""Owns the command: `python -m bench` runs the rounds, prints the tables and writes bench/results.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.contestants import CONTESTANTS, OURS, Contestant
from bench.corpus import time_extraction
from bench.extraction_peers import compared
from bench.rounds import Ring, Run, Stage
from bench.server import running
from bench.table import markdown, plain, sections, shown

_HERE = Path(__file__).resolve().parent
_SMALL_ARTICLES = 40
_TIMEOUT_S = 600
"""Of one crawl."""
_DEFAULT = "wget,bare,bare-tuned,bare-one,naive,naive-one,ours,ours-rules"
_ARTICLES = {"light": 3000, "heavy": 1000}
_WIDTH = 168
_QUIET_LOAD = 0.5


def main(given: Sequence[str] | None = None) -> int:
    """Run what the arguments say; 1 if a contestant did not do its work."""
    arguments, load = _arguments(given), os.getloadavg()[0]
    results = run(arguments, lambda line: print(line, file=sys.stderr, flush=True))
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    for section in sections(results):
        console.print(shown(section))
    if load > _QUIET_LOAD:
        console.print(f"the machine was busy before the rounds (load average {load:.1f}): trust ratios, not paces")
    results = {**_circumstances(arguments, load), **results, "corpus": _corpus(console, arguments.corpus)}
    arguments.output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if arguments.markdown is not None:
        arguments.markdown.write_text(markdown(results), "utf-8")
    return int(any(one["problem"] for one in results["runs"]))


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="CPU, memory and pace beside wget and Scrapy.")
    parser.add_argument(
        "--site", choices=("light", "heavy", "both"), default="both", help="36 KB pages, 140 KB, or both"
    )
    parser.add_argument("--articles", type=int, help="size of each site (3000 light, 1000 heavy)")
    parser.add_argument("--growth", type=int, default=12000, help="size of the site for memory alone (12000); 0: none")
    parser.add_argument("--rounds", type=int, default=3, help="how often each runs, at most (3)")
    parser.add_argument("--minutes", type=float, default=14, help="begin no round that would end later (14)")
    names = ",".join(one.name for one in CONTESTANTS)
    parser.add_argument("--contestants", default=_DEFAULT, help=f"any of {names}")
    parser.add_argument("--cores", type=int, default=min(2, len(os.sched_getaffinity(0))), help="cores for all (2)")
    parser.add_argument("--corpus", type=Path, help="folder of real pages to hold the extraction to")
    parser.add_argument("--output", type=Path, default=_HERE / "results.json", help="where the JSON goes")
    parser.add_argument("--markdown", type=Path, help="where the tables go as Markdown")
    work = _HERE.parent / "build" / "bench"
    parser.add_argument("--work", type=Path, default=work, help="emptied; on a disk like the archive's")
    return parser.parse_args(given)


def run(arguments: argparse.Namespace, tell: Callable[[str], None]) -> dict[str, Any]:
    """Run the rounds that the arguments say; return what `table.plain` makes of them."""
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    allowed = os.sched_getaffinity(0)
    cores = sorted(allowed)[: arguments.cores]
    os.sched_setaffinity(0, cores)  # the servers inherit it
    wanted = [one for one in CONTESTANTS if one.name in arguments.contestants.split(",")]
    present = [one for one in wanted if one.missing is None]
    ring = Ring(arguments.work, cores, _TIMEOUT_S, time.monotonic() + 60 * arguments.minutes, tell)
    try:
        runs = _runs(ring, present, arguments)
    finally:
        os.sched_setaffinity(0, allowed)
        shutil.rmtree(arguments.work)
    return plain(runs, [one for one in wanted if one.missing is not None])


def _runs(ring: Ring, present: Sequence[Contestant], arguments: argparse.Namespace) -> list[Run]:
    starting = [one for one in present if not one.one_core]
    with running(_SMALL_ARTICLES) as site:
        small = Stage("small", site, _SMALL_ARTICLES)
        ring.rounds(starting, [small], 1)  # compiles
        runs = ring.rounds(starting, [small], arguments.rounds)
    large = _grown(ring, arguments) if OURS in present and arguments.growth else []
    with ExitStack() as served:
        stages = [
            Stage(site, served.enter_context(running(articles, site)), articles)
            for site, default in _ARTICLES.items()
            if arguments.site in (site, "both") and (articles := arguments.articles or default)
        ]
        runs += ring.rounds(present, stages, arguments.rounds)
    return [*runs, *large]


def _grown(ring: Ring, arguments: argparse.Namespace) -> list[Run]:
    with running(arguments.growth) as site:
        return ring.rounds([OURS], [Stage("large", site, arguments.growth)], 1)


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


def _corpus(console: Console, folder: Path | None) -> dict[str, Any] | None:
    if folder is None:
        return None
    corpus = time_extraction(folder)
    console.print(
        f"extraction of {corpus['pages']} real pages (median {corpus['median_page_bytes'] / 1000:.0f} KB): median "
        f"{corpus['median_ms']:.1f}, mean {corpus['mean_ms']:.1f}, 95th percentile {corpus['p95_ms']:.1f} CPU ms; "
        f"{corpus['with_body']} with a body"
    )
    for line in compared(folder.resolve()):
        console.print(line, highlight=False, soft_wrap=True)
    return corpus


if __name__ == "__main__":
    sys.exit(main())

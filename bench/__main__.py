"""Owns the command: `python -m bench` runs the rounds, prints the tables and writes bench/results.json."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.circumstances import circumstances
from bench.contestants import CONTESTANTS
from bench.corpus import time_extraction
from bench.extraction_peers import compared
from bench.plan import WORK, Plan, carry_out
from bench.table import markdown, sections, shown

_HERE = Path(__file__).resolve().parent
_DEFAULT = "wget,bare,bare-tuned,bare-one,naive,naive-one,ours,ours-rules"
_ARTICLES = {"light": 3000, "heavy": 1000}
_WIDTH = 168
_QUIET_LOAD = 0.5


def main(given: Sequence[str] | None = None) -> int:
    """Run what the arguments say; 1 if a contestant did not do its work."""
    arguments, load = _arguments(given), os.getloadavg()[0]
    results = carry_out(_plan(arguments), lambda line: print(line, file=sys.stderr, flush=True))
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    for section in sections(results):
        console.print(shown(section))
    if load > _QUIET_LOAD:
        console.print(f"the machine was busy before the rounds (load average {load:.1f}): trust ratios, not paces")
    results = {**circumstances(arguments.cores, load), **results, "corpus": _corpus(console, arguments.corpus)}
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
    parser.add_argument("--work", type=Path, default=WORK, help="emptied; on a disk like the archive's")
    return parser.parse_args(given)


def _plan(arguments: argparse.Namespace) -> Plan:
    return Plan(
        {
            site: arguments.articles or articles
            for site, articles in _ARTICLES.items()
            if arguments.site in (site, "both")
        },
        arguments.growth,
        arguments.contestants.split(","),
        arguments.rounds,
        arguments.minutes,
        arguments.cores,
        arguments.work,
    )


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

"""Owns how long commands take to begin: CPU and wall time of those that have next to nothing to do.

    python -m bench.latency                      # median of 9 runs of each, as a table
    python -m bench.latency --json               # the same, one JSON object a line

`list` reads the source files of this project; `search` and `history` ask an archive of the bench site; the crawl finds
nothing due in it; the last is what an extraction process imports before its first page. All run once before they are
timed, so that bytecode and index are there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.contestants import environment
from bench.server import running
from bench.site import ARTICLE, build, source_toml

__all__ = ["Latency", "latencies"]

_ROOT = Path(__file__).resolve().parent.parent
_ARTICLES = 40
_SEARCHED = "已经"


@dataclass(frozen=True, slots=True)
class Latency:
    """What one command takes from its start to its end; medians."""

    command: str
    cpu_s: float
    """Of all its processes."""
    wall_s: float
    runs: int


def latencies(runs: int, folder: Path) -> list[Latency]:
    """Time every command `runs` times, in turns; `folder` is empty and keeps the archive.

    Raises:
        SystemExit: a command failed; says what it printed.
    """
    with running(_ARTICLES) as site:
        (folder / "sources").mkdir()
        (folder / "sources" / "bench.toml").write_text(source_toml(site.url, _ARTICLES), "utf-8")
        plain = environment(folder)
        ours = {
            **plain,
            "ARCHIVE_DIR": str(folder / "archive"),
            "ARCHIVE_SOURCES": str(folder / "sources"),
            "ARCHIVE_ALLOW_NETWORKS": "127.0.0.0/8",
        }
        article = next(page.path for page in build(_ARTICLES) if re.search(ARTICLE, page.path))
        scrapy = [sys.executable, "-m", "scrapy"]
        _timed([*scrapy, "crawl", "bench"], ours)
        commands: dict[str, tuple[list[str], Mapping[str, str]]] = {
            "list": ([*scrapy, "list"], plain),
            "search": ([*scrapy, "search", _SEARCHED], ours),
            "history": ([*scrapy, "history", site.url + article], ours),
            "crawl": ([*scrapy, "crawl", "bench"], ours),
            "worker": ([sys.executable, "-c", "import pipelines.worker, pipelines.page"], plain),
        }
        for command, surroundings in commands.values():
            _timed(command, surroundings)
        # In turns, so that a busy moment of the machine falls on all of them.
        rounds = [{name: _timed(*how) for name, how in commands.items()} for _ in range(runs)]
    return [
        Latency(name, *(round(median(times[name][which] for times in rounds), 4) for which in (0, 1)), runs)
        for name in commands
    ]


def _timed(command: Sequence[str], surroundings: Mapping[str, str]) -> tuple[float, float]:
    """Run a command and return its CPU and its wall time, seconds."""
    with tempfile.TemporaryFile() as said:
        began_s = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=_ROOT, env=dict(surroundings), stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began_s
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            output = said.read().decode("utf-8", "replace")
            raise SystemExit(f"{' '.join(command)}: exit {process.returncode}\n{output}")
    return usage.ru_utime + usage.ru_stime, wall_s


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description="How long commands take to begin.")
    parser.add_argument("--runs", type=int, default=9, help="how often each runs (9)")
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object a line")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = latencies(arguments.runs, Path(folder))
    if arguments.as_json:
        for one in found:
            print(json.dumps(asdict(one)))
        return
    shown = Table(title=f"seconds, median of {arguments.runs} runs")
    for heading in ("command", "CPU", "wall"):
        shown.add_column(heading, justify="left" if heading == "command" else "right")
    for one in found:
        shown.add_row(one.command, f"{one.cpu_s:.2f}", f"{one.wall_s:.2f}")
    Console().print(shown)


if __name__ == "__main__":
    main()

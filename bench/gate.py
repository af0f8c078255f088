"""Owns the gate: a short bench, and a complaint for each figure that is worse than recorded by more than the spread.

    python -m bench.gate               # exit 1 and a line for each complaint
    python -m bench.gate --record      # writes bench/recorded.json anew, or exit 2 and a line that says what is missing

Only ratios within a round and memory are compared, so that a record holds on another machine: ratios by their median,
memory by its greatest peak, which a median hides. The spread is the greater of the record's and this run's, from least
to most. It is taken for no less than a fiftieth of the recorded figure, for three rounds may agree by chance, and for
no more than a quarter, for a run in which figures scatter must not pass because of it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.circumstances import circumstances
from bench.compared import expected
from bench.plan import WORK, Plan, carry_out

__all__ = ["RECORDED", "complaints", "main"]

RECORDED = Path(__file__).resolve().parent / "recorded.json"
_SITES = {"light": 600, "heavy": 200}
_CONTESTANTS = ("wget", "bare", "bare-one", "naive-one", "ours", "ours-rules")
_ROUNDS = 3
_MINUTES = 15
_NOT_KEPT = ("runs", "summary", "absent", "expected")
_LEAST_SPREAD, _MOST_SPREAD = 1 / 50, 1 / 4
"""Of the recorded figure."""


def complaints(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each crawl that failed and each figure that is missing, unrecorded or worse than recorded.

    Both are as `table.plain` gives them, with `sites` and `rounds`.
    """
    yield from _failures(recorded, now)
    for title, why in now["absent"].items():
        yield f"{title}: {why}"
    for name, before in recorded["figures"].items():
        figure = now["figures"].get(name)
        if figure is None:
            yield f"{before['title']}: recorded as {before['median']:.3g}, not measured"
        elif (worse := _worse_by(before, figure)) > (allowed := _spread(before, figure)):
            yield (
                f"{figure['title']}: {_said(figure)}, recorded {_said(before)}: "
                f"worse by {worse:.2g}, the spread is {allowed:.2g}"
            )
    for name, figure in now["figures"].items():
        if name not in recorded["figures"]:
            yield f"{figure['title']}: {_said(figure)}, not recorded: record anew"


def _failures(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if recorded.get("sites") != now.get("sites"):
        yield f"recorded on sites of {recorded.get('sites')} articles, run on {now.get('sites')}: record anew"
    if now["rounds"] < recorded["rounds"]:
        yield f"only {now['rounds']} of {recorded['rounds']} rounds in {_MINUTES} minutes: too busy a machine to tell"
    for run in now["runs"]:
        if run["problem"]:
            yield f"{run['stage']}, {run['contestant']}, round {run['round'] + 1}: {run['problem']}"


def _worse_by(before: Mapping[str, Any], now: Mapping[str, Any]) -> float:
    more = _held(now) - _held(before)
    return -more if before["higher_is_better"] else more


def _held(figure: Mapping[str, Any]) -> float:
    return float(figure["most" if figure["by_most"] else "median"])


def _spread(*figures: Mapping[str, Any]) -> float:
    recorded = _held(figures[0])
    widest = max(float(figure["most"]) - float(figure["least"]) for figure in figures)
    return min(max(widest, _LEAST_SPREAD * recorded), _MOST_SPREAD * recorded)


def _said(figure: Mapping[str, Any]) -> str:
    return f"{figure['median']:.3g} ({figure['least']:.3g}-{figure['most']:.3g})"


# --- the command ---------------------------------------------------------------------------------


def main(given: Sequence[str] | None = None, measure: Callable[[], dict[str, Any]] | None = None) -> int:
    """Compare or record; 1 if there is a complaint, 2 without a record or without all that belongs into one.

    `measure` stands in for the bench.
    """
    parser = argparse.ArgumentParser(
        prog="python -m bench.gate", description="Fail when a ratio is worse than recorded."
    )
    parser.add_argument("--record", action="store_true", help="write the record anew instead")
    parser.add_argument("--recorded", type=Path, default=RECORDED, help="the record (bench/recorded.json)")
    arguments = parser.parse_args(given)
    if not arguments.record and not arguments.recorded.is_file():
        print(f"bench-gate: {arguments.recorded}: nothing is recorded yet; run it with --record", file=sys.stderr)
        return 2
    now = (measure or _measured)()
    if arguments.record:
        return _record(now, arguments.recorded)
    found = list(complaints(json.loads(arguments.recorded.read_text("utf-8")), now))
    for line in found:
        print(f"bench-gate: {line}")
    if not found:
        print(f"bench-gate: none of {len(now['figures'])} figures is worse than recorded by more than the spread")
    return int(bool(found))


def _measured() -> dict[str, Any]:
    load, cores = os.getloadavg()[0], min(2, len(os.sched_getaffinity(0)))
    plan = Plan(_SITES, 0, _CONTESTANTS, _ROUNDS, _MINUTES, cores, WORK)
    results = carry_out(plan, lambda line: print(line, file=sys.stderr, flush=True))
    rounds = min((one["rounds"] for one in results["summary"]), default=0)
    wanted = {"expected": expected(_CONTESTANTS, ("small", *_SITES))}
    return {**circumstances(cores, load), "sites": _SITES, "rounds": rounds, **wanted, **results}


def _record(now: Mapping[str, Any], path: Path) -> int:
    problems = list(_failures({**now, "rounds": _ROUNDS}, now))
    for line in problems:
        print(f"bench-gate: not recorded: {line}")
    if problems:
        return 1
    missing = [f"{title} ({why})" for title, why in now["absent"].items()]
    missing += [name for name in now["expected"] if name not in now["figures"]]
    if missing:  # what is not recorded could never be worse
        print(f"bench-gate: not recorded, missing: {'; '.join(missing)}", file=sys.stderr)
        return 2
    kept = {key: value for key, value in now.items() if key not in _NOT_KEPT}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

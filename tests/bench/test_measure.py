"""That a contestant is charged with all that it does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.measure import Cost, measure

BURN = "import time\nwhile time.process_time() < {s}: pass\n"
CHILD = "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {code!r}])\n{then}\n"


def cost_of(code: str, tmp_path: Path, *, timeout_s: float = 20) -> Cost:
    """Measure a Python program."""
    return measure(
        [sys.executable, "-c", code], cwd=tmp_path, environment={}, log=tmp_path / "log", timeout_s=timeout_s
    )


def test_own_time_is_counted(tmp_path: Path) -> None:
    """The CPU time of one process."""
    cost = cost_of(BURN.format(s=0.4), tmp_path)
    assert cost.exit_code == 0
    assert 0.4 <= cost.cpu_s < 0.8
    assert cost.wall_s >= 0.4


@pytest.mark.parametrize("then", ["child.wait()", "pass"], ids=["child", "orphan"])
def test_time_of_children_is_counted(tmp_path: Path, then: str) -> None:
    """Also of one that outlives its parent."""
    cost = cost_of(CHILD.format(code=BURN.format(s=0.5), then=then), tmp_path)
    assert cost.cpu_s >= 0.5


def test_a_group_of_its_own_hides_nobody(tmp_path: Path) -> None:
    """Workers leave the group, so that Ctrl-C does not reach them; their time and memory count, also as orphans."""
    worker = "kept = b'x' * 50_000_000\n" + BURN.format(s=1.2)
    apart = f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {worker!r}], process_group=0)\n"
    cost = cost_of(apart + "time.sleep(0.8)", tmp_path)
    assert cost.cpu_s >= 1.2
    assert cost.biggest_bytes > 50_000_000 and len(cost.processes) == 2


def test_kept_on_its_cores(tmp_path: Path) -> None:
    """A contestant that is given one core has no more."""
    core = min(os.sched_getaffinity(0))
    log = tmp_path / "log"
    asked = [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"]
    measure(asked, cwd=tmp_path, environment={}, log=log, timeout_s=20, cores=[core])
    assert log.read_text() == f"{{{core}}}\n"


def test_memory_of_all_is_added(tmp_path: Path) -> None:
    """A parent of 60 MB with a child of 40 MB."""
    hold = "kept = b'x' * {size}\nimport time\ntime.sleep(0.8)\n"
    child = CHILD.format(code=hold.format(size=40_000_000), then=hold.format(size=60_000_000))
    cost = cost_of(child, tmp_path)
    assert 60_000_000 < cost.biggest_bytes < 90_000_000
    assert 100_000_000 < cost.sum_bytes < 160_000_000
    assert len(cost.processes) == 2


def test_parents_memory_is_not_the_childs(tmp_path: Path) -> None:
    """`ru_maxrss` of a child begins at its parent's size; the figure must not."""
    ballast = b"x" * 150_000_000
    cost = cost_of("import time; time.sleep(0.4)", tmp_path)
    assert len(ballast) == 150_000_000
    assert 0 < cost.biggest_bytes < 60_000_000


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    """With its exit code."""
    assert cost_of("import time; time.sleep(30)", tmp_path, timeout_s=0.3).exit_code == -9

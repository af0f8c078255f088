"""Ten thousand damaged pages and every very large one, in a process that may hold 1 GiB."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.soak

_TRIAL = """
import resource, time
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from pipelines.extract import extract
from tests.pipelines.damaged import LARGE, damaged
slowest = 0.0
for name, page in [*((name, make()) for name, make in LARGE.items())]:
    started = time.process_time()
    extract(page, {}, "http://news.test/a.html")
    spent = time.process_time() - started
    print(f"{name}: {spent:.2f} s", flush=True)
    slowest = max(slowest, spent)
for page in damaged(10_000, seed=3):
    started = time.process_time()
    extract(page, {"Content-Type": "text/html"}, "http://news.test/a.html")
    slowest = max(slowest, time.process_time() - started)
print(f"slowest {slowest:.2f}")
assert slowest < 2.0, slowest
"""


def test_ten_thousand_damaged_pages() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", _TRIAL], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]

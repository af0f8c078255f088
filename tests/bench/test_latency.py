from __future__ import annotations

from pathlib import Path

from bench.latency import latencies


def test_every_command_is_timed(tmp_path: Path) -> None:
    found = latencies(1, tmp_path)
    assert [one.command for one in found] == ["list", "search", "history", "crawl", "worker"]
    assert all(0.02 < one.cpu_s < 60 and 0.02 < one.wall_s < 60 and one.runs == 1 for one in found)

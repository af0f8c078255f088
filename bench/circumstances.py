"""Owns the circumstances of a bench: when, on what machine, beside how much else."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["circumstances"]


def circumstances(cores: int, load: float) -> dict[str, Any]:
    """Return them as plain JSON values; `load` is the load average before the rounds."""
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "cores": cores,
        "machine": platform.machine(),
        "processor": _processor(),
        "python": platform.python_version(),
        "scrapy": version("scrapy"),
        "load_average": load,
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")

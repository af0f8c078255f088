"""Owns waiting for what other processes do, and finding those that were started under a mark, also when orphaned."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

__all__ = ["MARK", "STEP_S", "survivors", "until"]

MARK: Final = "SHILU_TRIAL"
"""Environment variable by which the processes of one run are found, also those that outlive it."""
STEP_S: Final = 180.0
"""Every wait ends after this at the latest."""


def until(holds: Callable[[], bool], at_most_s: float = STEP_S) -> bool:
    """Wait until something holds, and return whether it does."""
    end = time.monotonic() + at_most_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


def survivors(mark: str) -> list[str]:
    """Return the processes, by id and command line, that were started under `mark` and still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                found.append(f"{folder.name} {command.strip()}")
        except OSError:
            continue  # it ended while we looked, or is not ours to look at
    return found

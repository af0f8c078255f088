"""Owns what a command costs: CPU time of all its processes, peak memory of the biggest and of all together, wall time.

CPU time comes from wait4, which adds up every process that was waited for; orphans come to us (PR_SET_CHILD_SUBREAPER)
and are waited for as well. Memory is sampled from /proc: `ru_maxrss` of a child begins at the size of its parent. Linux
only.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cost", "Process", "measure"]

_SAMPLE_S = 0.1
_PR_SET_CHILD_SUBREAPER = 36
_RSS_UNIT_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_SESSION, _UTIME, _STIME, _RSS = 3, 11, 12, 21
"""Fields of /proc/PID/stat, counted from the one after the command's name (proc(5))."""
_HIGH_WATER = re.compile(r"^VmHWM:\s+(\d+) kB$", re.M)


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a command, as last or most seen in the samples."""

    command: str
    """Its program and first arguments."""
    cpu_s: float
    peak_bytes: int
    """Resident memory."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took."""

    exit_code: int
    """Negative: the signal that ended it."""
    wall_s: float
    user_s: float
    system_s: float
    sum_bytes: int
    """Peak of the resident memory of all its processes at one time; pages that they share count for each."""
    processes: tuple[Process, ...]

    @property
    def cpu_s(self) -> float:
        """Return the CPU time of all its processes, in and for it."""
        return self.user_s + self.system_s

    @property
    def biggest_bytes(self) -> int:
        """Return the peak resident memory of its biggest process."""
        return max((process.peak_bytes for process in self.processes), default=0)


def measure(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    log: Path,
    timeout_s: float,
    cores: Iterable[int] | None = None,
) -> Cost:
    """Run `command` to its end, or to `timeout_s`, when its processes are killed; its output goes to `log`.

    It is kept on `cores`, or where this process may run.
    """
    held = frozenset(os.sched_getaffinity(0) if cores is None else cores)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began_s = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, held),
        )  # fmt: skip
    samples = _Samples(process.pid)
    while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
        if time.perf_counter() - began_s > timeout_s:
            _kill([process.pid, *map(int, samples.processes)])
        samples.take()
        time.sleep(_SAMPLE_S)
    # Up to one interval too long, the same for all.
    wall_s = time.perf_counter() - began_s
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    usages = [ended[2], *_orphans(process.pid, map(int, samples.processes))]
    return Cost(
        process.returncode,
        wall_s,
        sum(usage.ru_utime for usage in usages),
        sum(usage.ru_stime for usage in usages),
        samples.sum_bytes,
        tuple(samples.processes.values()),
    )


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _orphans(group: int, pids: Iterable[int]) -> list[resource.struct_rusage]:
    """Wait for whatever outlived the command: its group, and those of `pids` that have a group of their own."""
    usages = []
    for target in (-group, *pids):
        with suppress(ChildProcessError):
            while True:
                usages.append(os.wait4(target, 0)[2])
    return usages


class _Samples:
    """The memory of one session over time; a process may leave its group, not its session."""

    def __init__(self, session: int) -> None:
        self._session = str(session)
        self._others: set[str] = set()
        self.sum_bytes = 0
        self.processes: dict[str, Process] = {}

    def take(self) -> None:
        now_bytes = 0
        running = {name for name in os.listdir("/proc") if name.isdigit()}
        self._others &= running
        for pid in running - self._others:
            now_bytes += self._look(pid)
        self.sum_bytes = max(self.sum_bytes, now_bytes)

    def _look(self, pid: str) -> int:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            if fields[_SESSION] != self._session:
                self._others.add(pid)
                return 0
            high_water = _HIGH_WATER.search(Path(f"/proc/{pid}/status").read_text())
            command = " ".join(Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").split("\0")[1:4]).strip()
        except (FileNotFoundError, ProcessLookupError):
            return 0
        if high_water is None:  # it is ending
            return 0
        cpu_s = (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS_A_SECOND
        self.processes[pid] = Process(command, cpu_s, int(high_water[1]) * 1024)
        return int(fields[_RSS]) * _RSS_UNIT_BYTES

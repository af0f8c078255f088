"""Owns the extraction processes: one socket pair each, tasks handed to whichever has least to do, crashes and overruns
contained.

One process and socket pair a worker cost 21 + 15 µs a 40 KB page against 185 + 80 for `ProcessPoolExecutor`, which also
refused all further work after one crash (traps.md).
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipelines.worker import FRAME, page_read_from_bytes
from storage.model import Failure, PageRead, Source
from storage.source_json import source_to_json

__all__ = ["Task", "Workers"]

_ROOT = Path(__file__).resolve().parent.parent
_IN_HAND: Final = 2
"""Tasks that a worker holds at most: the one it reads, and the next, so that it need not wait for us in between."""


@dataclass(frozen=True, slots=True)
class Task:
    """One response to read; `response` is the block as received."""

    response: bytes
    method: str
    url: str
    role: str
    number: int


@dataclass(slots=True)
class _Job:
    """A task and who waits for it."""

    task: Task
    read: asyncio.Future[PageRead]
    has_killed: bool = False
    """Whether a process died of it, or while it was at it."""


class Workers:
    """A few extraction processes for one source, started when first needed."""

    def __init__(self, source: Source, *, count: int, timeout_s: float, memory_bytes: int, max_body_bytes: int) -> None:
        """Prepare `count` workers; none starts before the first task."""
        self._source = source_to_json(source)
        self._count = count
        self._timeout_s = timeout_s
        # We end a worker in time; its own limit is for the one whose crawl was killed while a page kept it busy.
        longest_s = str(math.ceil(timeout_s) + 1)
        self._limits = (str(memory_bytes), str(max_body_bytes), longest_s)
        self._waiting: deque[_Job] = deque()
        self._running: list[_Worker] = []
        self._starting: set[asyncio.Task[None]] = set()

    async def read(self, task: Task) -> PageRead:
        """Return what the page says; a crash, an overrun or a lack of memory is a failure of stage extract."""
        job = _Job(task, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._share()
        return await job.read

    def pids(self) -> tuple[int, ...]:
        """Return the process ids of the workers that run."""
        return tuple(worker.process.pid for worker in self._running)

    def close(self) -> None:
        """End every worker and wait for it; whoever still waits for a page is cancelled."""
        for starting in self._starting:
            starting.cancel()
        running, self._running = self._running, []
        jobs = [*self._waiting, *(job for worker in running for job in worker.jobs)]
        self._waiting.clear()
        for worker in running:
            worker.end()
        for job in jobs:
            job.read.cancel()

    def _share(self) -> None:
        """Hand out what waits, one more process started where all have something to do; a second task only when none is
        being started that might take it sooner.
        """
        while self._waiting:
            worker = min(self._running, key=lambda one: len(one.jobs), default=None)
            if (worker is None or worker.jobs) and len(self._running) + len(self._starting) < self._count:
                self._begin()
            if worker is None or len(worker.jobs) >= (1 if self._starting else _IN_HAND):
                return
            worker.take(self._waiting.popleft())

    def _begin(self) -> None:
        starting = asyncio.ensure_future(self._start())
        self._starting.add(starting)
        starting.add_done_callback(self._begun)

    def _begun(self, starting: asyncio.Task[None]) -> None:
        self._starting.discard(starting)
        error = None if starting.cancelled() else starting.exception()
        if error is None:
            self._share()
        elif not self._running and not self._starting:  # else those take what waits, and try again to start one
            failure = Failure("extract", f"no extraction process could be started ({error})")
            for job in self._waiting:
                if not job.read.done():
                    job.read.set_result(PageRead(failure=failure))
            self._waiting.clear()

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with ExitStack() as undone:
            undone.callback(ours.close)
            with theirs:
                process = self._popen(theirs.fileno())
            worker = _Worker(process, self._timeout_s, self._share, self._ended)
            undone.callback(worker.end)
            await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=ours)
            undone.pop_all()
        worker.greet(self._source)
        self._running.append(worker)

    def _popen(self, descriptor: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "pipelines.worker", str(descriptor), *self._limits],
            pass_fds=(descriptor,),
            cwd=_ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")},
            stdin=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is for the crawl, which still needs its workers
        )

    def _ended(self, worker: _Worker, jobs: list[_Job], why: str | None) -> None:
        """Take leave of a worker that ended on its own or, with `why`, was ended at the first of `jobs`."""
        if worker not in self._running:
            return
        self._running.remove(worker)
        code = worker.end()
        if jobs:
            first, *others = jobs
            if why is None and not first.has_killed:
                # The crash may be a neighbour's doing (memory), and the links of a list are worth a second try.
                first.has_killed = True
                others.insert(0, first)
            elif not first.read.done():
                first.read.set_result(PageRead(failure=Failure("extract", why or _how_it_ended(code))))
            self._waiting.extendleft(reversed(others))
        self._share()


def _page_read_of(answer: bytes | bytearray) -> PageRead | None:
    """Return what a worker answered; None when it is nothing that one writes: it reads strangers' pages."""
    try:
        return page_read_from_bytes(answer)
    except (ValueError, LookupError, TypeError, RecursionError, struct.error):
        return None


def _how_it_ended(code: int) -> str:
    how = f"by signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"with exit code {code}"
    return f"the extraction process ended {how}"


class _Worker(asyncio.Protocol):
    """One process, as the other end of its socket."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        timeout_s: float,
        freed: Callable[[], None],
        ended: Callable[[_Worker, list[_Job], str | None], None],
    ) -> None:
        self.process = process
        self.jobs: deque[_Job] = deque()
        """In the order in which they are answered."""
        self._timeout_s = timeout_s
        self._freed = freed
        self._on_end = ended
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._overrun_at = 0.0
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def greet(self, source: bytes) -> None:
        """Say whose pages it will read."""
        self._send(b"{}", source)

    def take(self, job: _Job) -> None:
        """Send a task; the clock runs from when it is the worker's turn."""
        task = job.task
        head = {"method": task.method, "url": task.url, "role": task.role, "number": task.number}
        self.jobs.append(job)
        self._send(json.dumps(head).encode(), task.response)
        if len(self.jobs) == 1:
            self._arm()

    def end(self) -> int:
        """Kill the process, reap it and return its exit code (negative: the signal it died of)."""
        has_hung_up = self._transport is None or self._transport.is_closing()
        self._disarm()
        if self._transport is not None:
            self._transport.abort()
        if has_hung_up:
            with suppress(subprocess.TimeoutExpired):
                return self.process.wait(0.5)  # it is dying by itself: learn of what
        self.process.kill()
        return self.process.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take the next bytes, and give each whole answer to who waits for it."""
        received = self._received
        received += data
        while len(received) >= FRAME.size:
            end = FRAME.size + FRAME.unpack_from(received)[0]
            if len(received) < end:
                return
            answer = received[FRAME.size : end]
            del received[:end]
            read = _page_read_of(answer)
            if read is None or not self.jobs:
                self._on_end(self, [*self.jobs], "the extraction process answered what is no page read")
                return
            self._answered(read)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the process."""
        self._disarm()
        self._on_end(self, [*self.jobs], None)

    def _answered(self, read: PageRead) -> None:
        job = self.jobs.popleft()
        self._arm()
        if not job.read.done():
            job.read.set_result(read)
        self._freed()

    def _send(self, head: bytes, blob: bytes) -> None:
        assert self._transport is not None
        # One write: each is a system call of some 15 µs, copying a page takes 2.
        self._transport.write(b"".join((FRAME.pack(len(head), len(blob)), head, blob)))

    def _arm(self) -> None:
        """Begin the time of the first job; the timer that runs already looks at it when it ends."""
        self._overrun_at = self._loop.time() + self._timeout_s
        if self.jobs and self._timer is None:
            self._timer = self._loop.call_at(self._overrun_at, self._look)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if not self.jobs:
            return
        if self._loop.time() < self._overrun_at:
            self._timer = self._loop.call_at(self._overrun_at, self._look)
        else:
            self._on_end(self, [*self.jobs], f"extraction took longer than {self._timeout_s:g} s")

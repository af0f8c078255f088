"""Owns the extraction processes: one socket pair each, tasks handed to whichever is free, crashes and overruns
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
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipelines.worker import FRAME, page_read_from_json
from storage.model import Failure, PageRead, Source
from storage.source_json import source_to_json

__all__ = ["Task", "Workers"]

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Task:
    """One response to read; `response` is the block as received."""

    response: bytes
    method: str
    url: str
    role: str
    number: int


class Workers:
    """A few extraction processes for one source, started when first needed."""

    def __init__(self, source: Source, *, count: int, timeout_s: float, memory_bytes: int, max_body_bytes: int) -> None:
        """Prepare `count` workers; none starts before the first task."""
        self._source = source_to_json(source)
        self._timeout_s = timeout_s
        # We end a worker in time; its own limit is for the one whose crawl was killed while a page kept it busy.
        longest_s = str(math.ceil(timeout_s) + 1)
        self._limits = (str(memory_bytes), str(max_body_bytes), longest_s)
        self._idle: asyncio.Queue[_Worker | None] = asyncio.Queue()
        for _ in range(count):
            self._idle.put_nowait(None)
        self._running: set[_Worker] = set()

    async def read(self, task: Task) -> PageRead:
        """Return what the page says; a crash, an overrun or a lack of memory is a failure of stage extract."""
        read = await self._try(task)
        if isinstance(read, str):
            # The crash may be a neighbour's doing (memory), and the links of a list are worth a second try.
            read = await self._try(task)
        return PageRead(failure=Failure("extract", read)) if isinstance(read, str) else read

    async def _try(self, task: Task) -> PageRead | str:
        """Return what the page says, or how the process ended that was to read it."""
        worker = await self._idle.get()
        try:
            if worker is None:
                worker = await _Worker.start(self._source, self._limits)
                self._running.add(worker)
            async with asyncio.timeout(self._timeout_s):
                return await worker.read(task)
        except TimeoutError:
            self._end(worker)
            return PageRead(failure=Failure("extract", f"extraction took longer than {self._timeout_s:g} s"))
        except (asyncio.IncompleteReadError, ConnectionError):
            code = self._end(worker)
            how = f"by signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"with exit code {code}"
            return f"the extraction process ended {how}"
        finally:
            self._idle.put_nowait(worker if worker in self._running else None)

    def _end(self, worker: _Worker | None) -> int:
        if worker is None:
            return 0
        self._running.discard(worker)
        return worker.end()

    def pids(self) -> tuple[int, ...]:
        """Return the process ids of the workers that run."""
        return tuple(worker.process.pid for worker in self._running)

    def close(self) -> None:
        """End every worker and wait for it."""
        for worker in self._running:
            worker.end()
        self._running.clear()


class _Worker:
    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, source: bytes, limits: tuple[str, ...]) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.worker", str(theirs.fileno()), *limits],
                pass_fds=(theirs.fileno(),),
                cwd=_ROOT,
                env={name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")},
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is for the crawl, which still needs its workers
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=1 << 26)
        writer.write(FRAME.pack(2, len(source)) + b"{}" + source)
        return cls(process, reader, writer)

    async def read(self, task: Task) -> PageRead:
        head = json.dumps({"method": task.method, "url": task.url, "role": task.role, "number": task.number}).encode()
        self._writer.write(FRAME.pack(len(head), len(task.response)))
        self._writer.write(head)
        self._writer.write(task.response)
        await self._writer.drain()
        answer_bytes, _ = FRAME.unpack(await self._reader.readexactly(FRAME.size))
        return page_read_from_json(json.loads(await self._reader.readexactly(answer_bytes)))

    def end(self) -> int:
        """Kill the process, reap it and return its exit code (negative: the signal it died of)."""
        self._writer.transport.abort()  # `close()` is deferred, and a blocking wait after it would hang (traps.md)
        if self._reader.at_eof():
            with suppress(subprocess.TimeoutExpired):
                return self.process.wait(0.5)  # it is dying by itself: learn of what
        self.process.kill()
        return self.process.wait()

"""Extraction processes: what they answer, and what becomes of a page whose process dies, hangs or needs too much."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from crawler.workers import Task, Workers
from pipelines.page import read_page
from pipelines.worker import FRAME, page_read_to_bytes
from storage.model import ArticleKind, Failure, ListPage, PageRead, Source, SourceCrawl

SOURCE = Source(
    name="demo",
    title="示范",
    home="http://a.example/",
    crawl=SourceCrawl(hosts=("a.example",)),
    lists=(ListPage(url="http://a.example/list.html"),),
    articles=(ArticleKind(match=(r"/c_\d+\.html$",)),),
)
BODY = (
    "<html><head><meta charset=utf-8><title>河道清淤完工</title></head><body><ul>"
    '<li><a href="/c_1.html">一</a></li><li><a href="/c_2.html">二</a></li></ul></body></html>'
).encode()
LIST = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
TASK = Task(LIST, "GET", "http://a.example/list.html", "list:0", 1)


def with_workers(
    work: Callable[[Workers], Coroutine[Any, Any, Any]], *, timeout_s: float = 20.0, count: int = 1
) -> Any:
    async def run() -> Any:
        workers = Workers(SOURCE, count=count, timeout_s=timeout_s, memory_bytes=2 << 30, max_body_bytes=1 << 20)
        try:
            return await work(workers)
        finally:
            pids = workers.pids()
            workers.close()
            for pid in pids:
                with pytest.raises(ProcessLookupError):
                    os.kill(pid, 0)

    return asyncio.run(run())


def test_a_worker_answers_what_the_function_would() -> None:
    read = with_workers(lambda workers: workers.read(TASK))
    assert read == read_page(LIST, "GET", TASK.url, SOURCE, "list:0", 1, max_body_bytes=1 << 20)
    assert [link.url for link in read.links] == ["http://a.example/c_1.html", "http://a.example/c_2.html"]


def test_tasks_beyond_the_workers_wait_and_all_are_answered() -> None:
    async def work(workers: Workers) -> list[int]:
        reads = await asyncio.gather(*(workers.read(TASK) for _ in range(20)))
        return [len(read.links) for read in reads]

    assert with_workers(work, count=2) == [2] * 20


async def kill_at_work(workers: Workers, number: signal.Signals) -> int:
    """Wait for a worker, stop it so that it has a task at hand, then kill it."""
    while not workers.pids():
        await asyncio.sleep(0.01)
    (pid,) = workers.pids()
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(0.1)
    os.kill(pid, number)
    if number != signal.SIGKILL:
        os.kill(pid, signal.SIGCONT)
    while pid in workers.pids():
        await asyncio.sleep(0.01)
    return pid


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_page_whose_process_dies_is_read_by_the_next_one(number: signal.Signals) -> None:
    async def work(workers: Workers) -> Any:
        killing = asyncio.ensure_future(kill_at_work(workers, number))
        read = await workers.read(TASK)
        await killing
        return read

    assert len(with_workers(work).links) == 2


def test_a_page_whose_process_dies_twice_is_a_failure_and_the_next_page_is_read() -> None:
    async def work(workers: Workers) -> tuple[Any, Any]:
        async def twice() -> None:
            await kill_at_work(workers, signal.SIGSEGV)
            await kill_at_work(workers, signal.SIGSEGV)

        killing = asyncio.ensure_future(twice())
        died = await workers.read(TASK)
        await killing
        return died, await workers.read(TASK)

    died, lived = with_workers(work)
    assert died.failure == Failure("extract", "the extraction process ended by signal 11 (SIGSEGV)")
    assert len(lived.links) == 2


def test_the_page_behind_one_that_kills_its_process_twice_is_read() -> None:
    async def work(workers: Workers) -> tuple[Any, Any]:
        async def twice() -> None:
            await kill_at_work(workers, signal.SIGSEGV)
            await kill_at_work(workers, signal.SIGSEGV)

        killing = asyncio.ensure_future(twice())
        reads = await asyncio.gather(workers.read(TASK), workers.read(TASK))
        await killing
        return reads[0], reads[1]

    died, behind = with_workers(work)
    assert died.failure == Failure("extract", "the extraction process ended by signal 11 (SIGSEGV)")
    assert len(behind.links) == 2


def test_the_time_of_a_page_begins_when_the_one_before_it_is_read() -> None:
    async def work(workers: Workers) -> tuple[Any, bool, Any]:
        await workers.read(TASK)
        (worker,) = workers._running
        os.kill(worker.process.pid, signal.SIGSTOP)  # what it answers is said for it
        first, behind = asyncio.ensure_future(workers.read(TASK)), asyncio.ensure_future(workers.read(TASK))
        await asyncio.sleep(1.5)
        answer = page_read_to_bytes(PageRead(dropped=7))
        worker.data_received(FRAME.pack(len(answer), 0) + answer)
        await asyncio.sleep(1.0)
        return await first, behind.done(), await behind

    first, was_over, behind = with_workers(work, timeout_s=2.0)
    assert (first.dropped, was_over) == (7, False)
    assert behind.failure == Failure("extract", "extraction took longer than 2 s")


def test_whoever_waits_when_the_workers_are_closed_is_cancelled() -> None:
    async def work(workers: Workers) -> list[bool]:
        await workers.read(TASK)
        (pid,) = workers.pids()
        os.kill(pid, signal.SIGSTOP)
        reads = [asyncio.ensure_future(workers.read(TASK)) for _ in range(4)]
        await asyncio.sleep(0)
        workers.close()
        await asyncio.wait(reads, timeout=5)
        return [read.cancelled() for read in reads]

    assert with_workers(work) == [True] * 4


def test_a_process_that_cannot_be_started_fails_only_what_no_other_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[bool] = []

    def popen(*arguments: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(True)
        if len(started) > 1:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real(*arguments, **named)

    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", popen)

    async def work(workers: Workers) -> list[int]:
        reads = await asyncio.gather(*(workers.read(TASK) for _ in range(12)))
        return [len(read.links) for read in reads]

    assert with_workers(work, count=2) == [2] * 12
    assert len(started) > 1


def test_where_no_process_can_be_started_each_page_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def popen(*arguments: Any, **named: Any) -> subprocess.Popen[bytes]:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", popen)

    async def work(workers: Workers) -> list[Any]:
        return await asyncio.gather(*(workers.read(TASK) for _ in range(3)))

    for read in with_workers(work):
        assert read.failure.stage == "extract" and "could be started" in read.failure.reason


@pytest.mark.parametrize("answer", [b"{", b"\0\0\0\x02[]", b'\0\0\0\x0d{"article": 1}', b""])
def test_an_answer_that_is_no_page_read_is_said_to_be_none(answer: bytes) -> None:
    async def work(workers: Workers) -> tuple[Any, Any]:
        await workers.read(TASK)
        (worker,) = workers._running
        os.kill(worker.process.pid, signal.SIGSTOP)
        reading = asyncio.ensure_future(workers.read(TASK))
        await asyncio.sleep(0)
        worker.data_received(FRAME.pack(len(answer), 0) + answer)
        return await reading, await workers.read(TASK)

    wrong, right = with_workers(work)
    assert wrong.failure == Failure("extract", "the extraction process answered what is no page read")
    assert len(right.links) == 2


def test_a_page_that_takes_too_long_is_a_failure_and_its_process_is_ended() -> None:
    async def work(workers: Workers) -> tuple[Any, Any]:
        await workers.read(TASK)
        (pid,) = workers.pids()
        os.kill(pid, signal.SIGSTOP)
        return await workers.read(TASK), pid

    read, pid = with_workers(work, timeout_s=3.0)
    assert read.failure.reason == "extraction took longer than 3 s"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)

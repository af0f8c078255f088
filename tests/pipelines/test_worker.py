"""The extraction process: answers what it is asked, ends with who asked, and does not outlive its limit."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from pipelines.page import read_page
from pipelines.worker import FRAME, page_read_from_json
from storage.model import ListPage
from storage.source_json import source_to_json
from tests.pipelines.crawled import BODY_BYTES, HOME, list_page, message, source, story
from tests.run import ROOT


class Worker:
    """A worker with our end of its socket."""

    def __init__(self, rules: bytes, longest_s: int = 20) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            limits = (str(2 << 30), str(BODY_BYTES), str(longest_s))
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.worker", str(theirs.fileno()), *limits],
                cwd=ROOT,
                pass_fds=(theirs.fileno(),),
            )
        self.socket.settimeout(30)
        self.socket.sendall(FRAME.pack(2, len(rules)) + b"{}" + rules)

    def ask(self, path: str, response: bytes, role: str) -> None:
        head = json.dumps({"method": "GET", "url": HOME + path, "role": role, "number": 1}).encode()
        self.socket.sendall(FRAME.pack(len(head), len(response)) + head + response)

    def answer(self) -> bytes:
        with self.socket.makefile("rb") as incoming:
            length, _ = FRAME.unpack(incoming.read(FRAME.size))
            return incoming.read(length)

    def end(self) -> int:
        """Close our end, as the death of a crawl does, and return the exit code."""
        self.socket.close()
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.mark.parametrize(
    ("path", "response", "role"),
    [
        ("/a/1.html", story(1), "article:0"),
        ("/list.html", list_page(1, 2, 3), "list:0"),
        ("/a/2.html", message("", "302 Found", "Location: /a/3.html"), "article:0"),
        ("/a/4.html", b"\x00" * 1000, "article:0"),
    ],
)
def test_a_worker_reads_as_recovery_and_rebuild_do(path: str, response: bytes, role: str) -> None:
    worker = Worker(source_to_json(source()))
    try:
        worker.ask(path, response, role)
        answered = page_read_from_json(json.loads(worker.answer()))
    finally:
        assert worker.end() == 0
    assert answered == read_page(response, "GET", HOME + path, source(), role, 1, max_body_bytes=BODY_BYTES)


def test_a_worker_ends_with_who_asked() -> None:
    worker = Worker(source_to_json(source()))
    worker.ask("/a/1.html", story(1), "article:0")
    worker.answer()
    assert worker.end() == 0


def test_a_worker_that_a_page_keeps_busy_ends_though_nobody_is_left_to_end_it() -> None:
    endless = ListPage(f"{HOME}/list.html", format="text", links=r"(a+)+b")
    worker = Worker(source_to_json(replace(source(), lists=(endless,))), longest_s=1)
    worker.ask("/list.html", message("a" * 5000), "list:0")
    begun = time.monotonic()
    assert worker.end() == -signal.SIGALRM
    assert time.monotonic() - begun < 20

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
from hypothesis import given
from hypothesis import strategies as st

from pipelines.page import read_page
from pipelines.worker import FRAME, page_read_from_bytes, page_read_to_bytes
from storage.model import Failure, Image, InjectedLink, Link, ListPage, PageRead
from storage.source_json import source_to_json
from tests.pipelines.crawled import BODY_BYTES, HOME, list_page, message, source, story
from tests.run import ROOT
from tests.storage.outcomes import make_article


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
        answered = page_read_from_bytes(worker.answer())
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


TEXTS = st.text(alphabet='甲\ud800\udc00\U00020000a\n\x00"\\', max_size=8)
ARTICLES = st.builds(
    make_article,
    TEXTS,
    title=st.none() | TEXTS,
    origin=st.none() | TEXTS,
    charset_used=TEXTS,
    views=st.none() | st.integers(0, 3),
    authors=st.lists(TEXTS, max_size=2).map(tuple),
    images=st.lists(st.builds(Image, TEXTS, st.none() | TEXTS), max_size=2).map(tuple),
    injected=st.lists(st.builds(InjectedLink, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
    reasons=st.dictionaries(TEXTS, TEXTS, max_size=2),
    confidence=st.dictionaries(TEXTS, st.floats(0, 1), max_size=2),
)
LINKS = st.builds(Link, TEXTS, TEXTS, headers=st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple))
READS = st.builds(
    PageRead,
    links=st.lists(LINKS, max_size=2).map(tuple),
    article=st.none() | ARTICLES,
    failure=st.none() | st.builds(Failure, TEXTS, TEXTS),
    next=st.none() | LINKS,
    dropped=st.integers(0, 3),
    canonical=st.none() | TEXTS,
)


@given(READS)
def test_a_page_read_comes_back_as_it_was(read: PageRead) -> None:
    assert page_read_from_bytes(page_read_to_bytes(read)) == read


def test_two_halves_of_a_character_stay_two() -> None:
    article = make_article("甲\ud83d\ude00乙", authors=("张\ud83d\ude00",))
    read = page_read_from_bytes(page_read_to_bytes(PageRead(article=article)))
    assert read.article is not None
    assert (len(read.article.body), read.article.authors) == (4, article.authors)
    assert read.article == article

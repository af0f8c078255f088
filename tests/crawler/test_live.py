"""crawler.live: one line on a terminal, log lines elsewhere."""

from __future__ import annotations

import contextlib
import logging
import os
import pty
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.signalmanager import SignalManager

from crawler.live import LiveLine
from crawler.tally import Tally
from tests.newspaper import Newspaper
from tests.run import ROOT, Archive
from tests.server import Server


def test_elsewhere_it_is_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    archivist = SimpleNamespace(tally=Tally("mine"), dispatch=SimpleNamespace(queue=12))
    live = LiveLine(cast(Any, SimpleNamespace(archivist=archivist, signals=SignalManager())))
    with caplog.at_level(logging.INFO, "crawler.live"):
        live._show()
    assert caplog.messages == [archivist.tally.line(12)] and "queue 12" in caplog.messages[0]


def test_on_a_terminal_it_is_one_line_and_the_log_stands_above_it(tmp_path: Path) -> None:
    archive = Archive(tmp_path, {"TERM": "xterm", "LANG": "C.UTF-8"})
    paper = Newspaper(60)
    with Server(paper) as server:
        archive.add_source("mine", paper.toml(server.origin).replace("delay_s = 0", "delay_s = 0.02"))
        code, said = on_a_terminal(archive, "crawl", "mine")
    assert code in (0, 5), said
    live = [line for line in said.replace("\r", "\n").split("\n") if "mine: " in line and " pages, " in line]
    assert len(live) > 3 and any("queue " in line and "queue 0" not in line for line in live), said
    assert not [line for line in live if " INFO " in line], "the log is not written into the line"
    assert said.count("INFO mine: ") == 0 and "INFO Spider closed" in said
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l"), "the cursor is there again"
    assert "mine: finished" in said


def on_a_terminal(archive: Archive, *arguments: str) -> tuple[int, str]:
    """Run `scrapy` on a terminal and return its exit code and all that it wrote."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=ROOT,
        env=archive.environment(),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = bytearray()
    with contextlib.suppress(OSError):  # the other end of a terminal that is closed reads as an error
        while piece := os.read(ours, 65536):
            written += piece
    os.close(ours)
    return process.wait(60), written.decode()

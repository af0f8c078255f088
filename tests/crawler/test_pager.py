"""The pager: on a terminal alone, with colours and widths of it, and nobody minds if its reader leaves."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from crawler.pager import paged
from crawler.terminal import console


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def terminal_of(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Give the test a terminal for standard output."""
    made = Terminal()
    monkeypatch.setattr(sys, "stdout", made)
    return made


def test_what_is_printed_on_a_terminal_goes_through_the_pager(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = terminal_of(monkeypatch)
    monkeypatch.setenv("PAGER", f"""sh -c '(echo "$LESS"; cat) > "$0"' {tmp_path / "seen"}""")
    monkeypatch.delenv("LESS", raising=False)
    with paged():
        assert console().is_terminal
        print("粮食入库\ud800")
    assert (tmp_path / "seen").read_text("utf-8") == "FRX\n粮食入库\\ud800\n"
    assert terminal.getvalue() == "" and sys.stdout is terminal


@pytest.mark.parametrize("pager", ["", "cat", "no-such-program -R", "unclosed '"])
def test_without_a_pager_it_is_the_terminal(monkeypatch: pytest.MonkeyPatch, pager: str) -> None:
    terminal = terminal_of(monkeypatch)
    monkeypatch.setenv("PAGER", pager)
    with paged():
        print("粮食入库")
    assert terminal.getvalue() == "粮食入库\n"


def test_in_a_pipe_there_is_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PAGER", "false")
    with paged():
        print("粮食入库")
    assert capsys.readouterr().out == "粮食入库\n"


def test_the_reader_may_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    monkeypatch.setenv("PAGER", "true")
    with pytest.raises(BrokenPipeError), paged():
        for _ in range(100_000):
            print("粮食入库")
    with paged():
        print("short")
    assert sys.stdout is terminal

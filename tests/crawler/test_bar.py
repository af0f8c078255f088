from __future__ import annotations

import io

import pytest

from crawler.bar import Bar


@pytest.mark.parametrize("in_bytes", [True, False])
def test_what_is_done_is_counted_and_nothing_drawn_where_there_is_no_terminal(
    in_bytes: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with Bar("verify", 7, in_bytes=in_bytes, printing=False) as bar:
        bar.advance(3)
        bar.advance(4)
    assert bar.done == 7
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    """Something that calls itself a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("printing", [True, False])
def test_no_bar_is_drawn_over_rows_on_the_same_terminal(printing: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    out, shown = Terminal(), Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", shown)
    with Bar("texts", 2, in_bytes=False, printing=printing) as bar:
        bar.advance(2)
    assert ("texts" in shown.getvalue()) != printing
    assert out.getvalue() == ""

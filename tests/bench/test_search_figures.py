"""That the figures of search compare what they say, on a catalogue of a few articles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import search_figures


def run(monkeypatch: pytest.MonkeyPatch, work: Path) -> int:
    arguments = ["search_figures", "--articles", "40", "--queries", "2", "--work", str(work)]
    monkeypatch.setattr("sys.argv", arguments)
    monkeypatch.setattr(search_figures, "_ADDED", 4)
    monkeypatch.setattr(search_figures, "_ADDED_AT_ONCE", 2)
    return search_figures.main()


def test_our_answers_are_the_scan_s_and_others_miss_hits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path / "work") == 0
    said = capsys.readouterr().out
    rows = {row[1]: row[4:7] for row in (re.split(r" *\| *", line) for line in said.splitlines()) if len(row) == 10}
    assert rows["pairs (ours)"] == ["0", "0", "0"]
    assert int(rows["trigram"][1]) > 0 and int(rows["unicode61"][1]) > 0
    assert not (tmp_path / "work").exists()


def test_a_hit_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("storage.search_tokens._pairs", lambda run: iter(()))
    assert run(monkeypatch, tmp_path / "work") == 1

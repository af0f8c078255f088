"""crawler.report: what a run did, its failures by reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.report import print_report
from storage.catalogue import CrawlReport
from tests.in_process import options_of

ROW = {
    "source": "mine", "outcome": "finished", "started": "2026-03-09T00:00:00.000000Z", "finished": None,
    "fetched": 11, "new": 22, "changed": 33, "unchanged": 44, "failed": 55, "not_reached": 66,
}  # fmt: skip


def printed(capsys: pytest.CaptureFixture[str], folder: Path, *failures: tuple[str, str, int]) -> str:
    print_report(CrawlReport(ROW, failures), options_of(folder))
    return capsys.readouterr().out


def test_it_shows_every_count_and_where_the_archive_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "a folder whose name is longer than most terminals are wide, so that it would be broken"
    said = printed(capsys, folder)
    assert "mine: finished (2026-03-09T00:00:00.000000Z to not finished)" in said
    for count in ("11", "22", "33", "44", "55", "66", "not reached"):
        assert count in said
    assert f"Archive: {folder / 'archive'}" in said.splitlines()
    assert "Failures" not in said


def test_it_shows_the_most_frequent_reasons_and_how_many_more(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = printed(capsys, tmp_path, *(("http", f"{500 + n} [red]Oh\x1b[31m", 100 - n) for n in range(15)))
    assert "500 [red]Oh" in said and "511" in said and "512" not in said
    assert "\x1b[31m" not in said, "what a server says is no command to the terminal"
    assert "and 3 further reasons" in said

"""That the gate closes when a ratio has become worse by more than the spread, and only then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.gate import complaints, main


def figure(median: float, least: float, most: float, *, higher: bool = False, by_most: bool = False) -> dict[str, Any]:
    """A made-up figure, as the bench writes it."""
    spread = {"median": median, "least": least, "most": most}
    return {"title": "made up", **spread, "higher_is_better": higher, "by_most": by_most}


def results(*problems: str, **figures: dict[str, Any]) -> dict[str, Any]:
    """A made-up bench with the usual two figures, or others."""
    runs = [{"stage": "light", "contestant": "ours", "round": 0, "problem": problem} for problem in problems]
    usual = {"cpu": figure(2.0, 1.95, 2.05), "pace": figure(1.5, 1.45, 1.55, higher=True)}
    found = {**usual, **figures}
    return {
        "figures": found, "expected": list(found), "absent": {}, "runs": runs, "rounds": 3, "sites": {"light": 600},
    }  # fmt: skip


def without(*names: str, **absent: str) -> dict[str, Any]:
    """A made-up bench that lacks figures, and contestants with why."""
    found = results()
    return {
        **found,
        "figures": {key: one for key, one in found["figures"].items() if key not in names},
        "absent": absent,
    }


def test_equal_figures_pass() -> None:
    """Nothing changed."""
    assert not list(complaints(results(), results()))


@pytest.mark.parametrize(
    "worse",
    [{"cpu": figure(2.3, 2.25, 2.35)}, {"pace": figure(1.3, 1.25, 1.35, higher=True)}],
    ids=["dearer", "slower"],
)
def test_worse_by_more_than_the_spread_fails(worse: dict[str, Any]) -> None:
    """One line, with both figures."""
    (line,) = complaints(results(), results(**worse))
    assert "made up" in line and "recorded" in line and "worse by 0." in line


@pytest.mark.parametrize(
    "change",
    [
        {"cpu": figure(2.09, 2.08, 2.1)},
        {"cpu": figure(2.3, 2.0, 2.35)},
        {"cpu": figure(1.0, 0.9, 1.1)},
        {"pace": figure(3.0, 2.9, 3.1, higher=True)},
    ],
    ids=["within the record's spread", "within this run's spread", "cheaper", "faster"],
)
def test_anything_else_passes(change: dict[str, Any]) -> None:
    """Noise, and what became better."""
    assert not list(complaints(results(), results(**change)))


def test_a_lucky_record_does_not_fail_noise() -> None:
    """Three rounds that agreed to the third digit."""
    lucky = results(cpu=figure(2.0, 2.0, 2.0))
    assert not list(complaints(lucky, results(cpu=figure(2.03, 2.03, 2.03))))
    assert list(complaints(lucky, results(cpu=figure(2.05, 2.05, 2.05))))


def test_scatter_is_no_excuse() -> None:
    """A run from 1.5 to 4.0 has a spread of 2.5; worse by more than a quarter is worse."""
    assert list(complaints(results(), results(cpu=figure(2.6, 1.5, 4.0))))


def test_memory_is_held_by_its_greatest_peak() -> None:
    """One crawl that takes ten times as much among many that do not, which no median shows."""
    recorded = results(MB=figure(90, 60, 170, by_most=True))
    assert not list(complaints(recorded, results(MB=figure(90, 60, 171, by_most=True))))
    (line,) = complaints(recorded, results(MB=figure(90, 60, 1700, by_most=True)))
    assert "worse by 1.5e+03" in line


def test_failed_contestant_and_missing_figure_fail() -> None:
    """Figures of a crawl that left out half would be fine ones."""
    broken = results("fetched 3 of 600 articles")
    del broken["figures"]["cpu"]
    lines = list(complaints(results(), broken))
    assert len(lines) == 2
    assert "fetched 3 of 600 articles" in lines[0] and "not measured" in lines[1]


def test_unrecorded_figure_and_missing_contestant_fail() -> None:
    """What a record lacks could be as bad as it likes."""
    (line,) = complaints(without("cpu"), results())
    assert "made up" in line and "2 (1.95-2.05), not recorded" in line
    (line,) = complaints(without("cpu"), without("cpu", wget="wget is not installed"))
    assert line == "wget: wget is not installed"


def test_other_sizes_and_too_few_rounds_fail() -> None:
    """A round says nothing of a spread, a smaller site has more of its cost in the start."""
    (line,) = complaints(results(), {**results(), "rounds": 1})
    assert "only 1 of 3 rounds" in line
    (line,) = complaints(results(), {**results(), "sites": {"light": 60}})
    assert "record anew" in line


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """2 without a record, 0 after recording, 1 with a line when it is worse."""
    record = tmp_path / "recorded.json"
    at = ["--recorded", str(record)]
    assert main(at, results) == 2
    assert main([*at, "--record"], results) == 0
    assert set(json.loads(record.read_text())["figures"]) == {"cpu", "pace"}
    assert main(at, results) == 0
    capsys.readouterr()
    assert main(at, lambda: results(cpu=figure(2.3, 2.25, 2.35))) == 1
    assert capsys.readouterr().out.count("\n") == 1


def test_a_failed_bench_is_not_recorded(tmp_path: Path) -> None:
    """The record stays what it was."""
    record = tmp_path / "recorded.json"
    assert main(["--recorded", str(record), "--record"], lambda: results("ended with exit code 1")) == 1
    assert main(["--recorded", str(record), "--record"], lambda: {**results(), "rounds": 1}) == 1
    assert not record.exists()


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        (without(wget="wget is not installed"), "wget (wget is not installed)"),
        (without("cpu", "pace"), "cpu; pace"),
        (without("cpu", wget="wget is not installed"), "wget (wget is not installed); cpu"),
    ],
    ids=["contestant", "figures", "both"],
)
def test_what_is_missing_is_not_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lacking: dict[str, Any], said: str
) -> None:
    """One line that names it, exit code 2; the record stays what it was."""
    record = tmp_path / "recorded.json"
    record.write_text("as it was")
    assert main(["--recorded", str(record), "--record"], lambda: lacking) == 2
    assert capsys.readouterr().err == f"bench-gate: not recorded, missing: {said}\n"
    assert record.read_text() == "as it was"

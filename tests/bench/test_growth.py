"""That growth is measured, and that a power is found in what grows with one."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from bench import growth
from bench.growth_fit import Clock, Operation, exponent_of, verdict_of

SIZES = (10_000, 100_000, 1_000_000)


@pytest.mark.parametrize("power", [-0.2, 0.0, 0.5, 1.0, 2.0])
def test_the_exponent_is_the_power_that_the_cost_follows(power: float) -> None:
    assert exponent_of({size: 7.5 * size**power for size in SIZES}) == pytest.approx(power)


def test_the_exponent_is_the_least_squares_line_s() -> None:
    assert exponent_of({1: 1.0, 10: 10.0, 100: 10.0}) == pytest.approx(0.5)
    assert exponent_of({64: 3.0}) == 0.0


@pytest.mark.parametrize(
    ("cost", "verdict"),
    [
        (lambda size: 30.0, "flat"),
        (lambda size: 5 * math.log(size), "logarithmic"),
        (lambda size: size**0.5, "n^0.50"),
        (lambda size: 0.01 * size, "linear"),
    ],
)
def test_what_grows_is_named(cost: object, verdict: str) -> None:
    assert callable(cost)
    assert verdict_of(exponent_of({size: cost(size) for size in SIZES}), SIZES) == verdict


def test_the_least_and_the_median_are_fitted_apart() -> None:
    operation = Operation("f", "o", "page", {10: [1.0, 1.0, 9.0], 100: [1.0, 10.0, 90.0]})
    assert operation.least_us() == {10: 1.0, 100: 1.0}
    assert operation.median_us() == {10: 1.0, 100: 10.0}
    assert operation.exponents() == pytest.approx((0.0, 1.0))
    assert operation.verdict() == "flat"


def test_each_repetition_is_one_sample_and_the_first_time_none() -> None:
    done: list[int] = []
    clock = Clock("f", 3)
    clock.measure("o", "page", 10, 2, lambda: done.append(1))
    (operation,) = clock.operations()
    assert len(done) == 4 and len(operation.samples_us[10]) == 3


def test_everything_is_measured_at_every_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--scale", "0.0001", "--repetitions", "1", "--out", str(tmp_path), "--work", str(tmp_path)]
    assert growth.main(arguments) == 0
    said = capsys.readouterr().out
    written = json.loads((tmp_path / "growth.json").read_text("utf-8"))
    assert {row["family"]: len(row["least_us"]) for row in written} == {
        "known URLs": 3,
        "articles, searched": 3,
        "articles, looked up": 3,
    }
    assert all(row["operation"] in said for row in written)
    assert all(cost > 0 for row in written for cost in row["least_us"].values())
    assert len(written) > 18

"""Owns the arithmetic of growth: what an operation costs at several sizes, and the power of the size it follows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

__all__ = ["Clock", "Operation", "exponent_of", "verdict_of"]

_SLACK = 0.05
"""Of an exponent: what memory and caches add to the same work among more rows."""
_LINEAR = 0.8


@dataclass(slots=True)
class Operation:
    """One thing that the program does, measured at several sizes."""

    family: str
    name: str
    unit: str
    """What the cost is of: `link`, `page`."""
    samples_us: dict[int, list[float]] = field(default_factory=dict)
    """Size -> CPU µs a unit, of each repetition."""

    def least_us(self) -> dict[int, float]:
        """Return the least of each size: what the work takes when nothing disturbs it."""
        return {size: min(samples) for size, samples in sorted(self.samples_us.items())}

    def median_us(self) -> dict[int, float]:
        """Return the median of each size."""
        return {size: median(samples) for size, samples in sorted(self.samples_us.items())}

    def exponents(self) -> tuple[float, float]:
        """Return the exponents by the least costs and by the medians."""
        return exponent_of(self.least_us()), exponent_of(self.median_us())

    def verdict(self) -> str:
        """Return `flat`, `logarithmic`, `linear`, or the power that it grows with."""
        return verdict_of(self.exponents()[0], [*self.samples_us])


def exponent_of(costs: dict[int, float]) -> float:
    """Return b of cost ~ size ** b, by least squares on the logarithms; 0 of a single size."""
    points = [(math.log(size), math.log(max(cost, 1e-3))) for size, cost in costs.items()]
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def verdict_of(exponent: float, sizes: Sequence[int]) -> str:
    """Say what an exponent means over `sizes`: a cost like their logarithm has one too, of .09 from 10,000 on."""
    logarithm = exponent_of({size: math.log(size) for size in sizes})
    if exponent < _SLACK:
        return "flat"
    if exponent < logarithm + _SLACK:
        return "logarithmic"
    return "linear" if exponent > _LINEAR else f"n^{exponent:.2f}"


class Clock:
    """Measures operations of one family at one size after the other, and keeps them in the order in which they came."""

    def __init__(self, family: str, repetitions: int) -> None:
        """Do everything `repetitions` times at each size."""
        self._family = family
        self._repetitions = repetitions
        self._operations: dict[str, Operation] = {}

    def operations(self) -> tuple[Operation, ...]:
        """Return what was measured."""
        return tuple(self._operations.values())

    def measure(self, name: str, unit: str, size: int, units: int, work: Callable[[], object]) -> None:
        """Do `work`, which is about `units` units, again and again; once before, uncounted."""
        work()
        for _ in range(self._repetitions):
            self.once(name, unit, size, units, work)

    def once(self, name: str, unit: str, size: int, units: int, work: Callable[[], object]) -> None:
        """Do `work` once: what cannot be repeated, or prepares itself between repetitions."""
        began_s = time.process_time()
        work()
        spent_us = 1e6 * (time.process_time() - began_s)
        operation = self._operations.setdefault(name, Operation(self._family, name, unit))
        operation.samples_us.setdefault(size, []).append(spent_us / units)

"""Owns the plots of growth: a panel for each family, both axes logarithmic, so that a power of the size is a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.growth_fit import Operation

__all__ = ["draw"]

_MARKS = "osD^vP*X<>hd"


def draw(operations: Sequence[Operation], path: Path) -> None:
    """Write the plots to `path`, as its ending says: PNG, SVG."""
    families = dict.fromkeys(operation.family for operation in operations)
    figure = Figure(figsize=(11 * len(families), 8), layout="tight")
    panels = figure.subplots(1, len(families), squeeze=False)
    for panel, family in zip(panels[0], families, strict=True):
        _panel(panel, family, [operation for operation in operations if operation.family == family])
    figure.savefig(path, dpi=90)


def _panel(panel: Axes, family: str, operations: Sequence[Operation]) -> None:
    colours = colormaps["tab20"]
    for place, operation in enumerate(operations):
        costs = operation.least_us()
        exponent, _ = operation.exponents()
        label = f"{operation.name}, of a {operation.unit}: {exponent:+.2f}, {operation.verdict()}"
        mark, colour = _MARKS[place % len(_MARKS)], colours(place % 20)
        panel.loglog([*costs], [*costs.values()], marker=mark, color=colour, label=label)
    panel.set_xlabel(f"number of {family}")
    panel.set_ylabel("CPU µs, least of several")
    panel.set_title(f"Cost by number of {family}")
    panel.grid(visible=True, which="major", alpha=0.3)
    panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, fontsize="small", frameon=False)

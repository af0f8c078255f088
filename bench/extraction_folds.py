"""Owns the folds by site for each number of the extractor that was fitted: what others than its pages say of it.

`python -m bench.extraction_folds CORPUS` needs the ruler beside the corpus. The sites fall into five folds. For each
number the value that is best on four folds is held against the fifth; a number is sound where the folds choose alike
and their choice loses nothing on pages that had no say.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, pstdev

from bench.extraction_figures import CHINESE, page_f1, ruler

__all__ = ["main"]

_FOLDS = 5
_SETS = (*CHINESE, "zyte", "fundus")
_NUMBERS: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("pipelines.body", "_SAME_PROSE", (0.65, 0.75, 0.85, 0.95)),
    ("pipelines.body", "_MOST_PROSE", (0.4, 0.5, 0.6, 0.7)),
    ("pipelines.body", "_LEAST", (20, 40, 80)),
    ("pipelines.cleaner", "_ENOUGH_BEFORE", (10, 20, 40, 80)),
    ("pipelines.cleaner", "_ENOUGH_ALIKE", (50, 100, 200)),
    ("pipelines.cleaner", "_ENOUGH_SECTIONS", (3, 4, 6)),
    ("pipelines.column", "_SHARE", (0.6, 0.7, 0.8)),
    ("pipelines.column", "_BOX", (0.1, 0.15, 0.2, 0.3)),
)
_Scores = dict[tuple[str, str], float]


def _fold_of(site: str) -> int:
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % _FOLDS


def _mean(scores: _Scores, folds: Sequence[int]) -> float:
    return fmean(f1 for (site, _), f1 in scores.items() if _fold_of(site) in folds)


def _measured(corpus: Path, module_name: str, name: str, values: tuple[float, ...]) -> Iterator[tuple[float, _Scores]]:
    module, metrics = importlib.import_module(module_name), ruler(corpus)
    kept = getattr(module, name)
    try:
        for value in values:
            setattr(module, name, value)
            yield value, page_f1(corpus, metrics, _SETS)
    finally:
        setattr(module, name, kept)


def _folds(corpus: Path) -> Iterator[str]:
    every = range(_FOLDS)
    for module, name, values in _NUMBERS:
        scores = dict(_measured(corpus, module, name, values))
        now = getattr(importlib.import_module(module), name)
        chosen, lost = [], []
        for held in every:
            others = [fold for fold in every if fold != held]
            best = max(values, key=lambda value: (_mean(scores[value], others), value == now))
            chosen.append(best)
            lost.append(_mean(scores[best], [held]) - _mean(scores[now], [held]))
        pooled = ", ".join(f"{value:g}: {_mean(scores[value], every):.4f}" for value in values)
        folds = [_mean(scores[now], [fold]) for fold in every]
        yield (
            f"{module.rpartition('.')[2]}.{name} = {now:g}   mean page F1 {pooled}\n"
            f"    the folds choose {', '.join(f'{value:g}' for value in chosen)}: on the pages held out "
            f"{fmean(lost):+.4f} [{min(lost):+.4f}, {max(lost):+.4f}] against {now:g}; "
            f"its folds {fmean(folds):.4f} ± {pstdev(folds):.4f}"
        )


def main() -> None:
    """Print the folds of each fitted number on the corpus named by the first argument."""
    for line in _folds(Path(sys.argv[1]).resolve()):
        print(line, flush=True)


if __name__ == "__main__":
    main()

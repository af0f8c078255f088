"""Owns the figures of other extractors beside ours: the same pages, the same ruler, each in a process of its own.

`PEERS=.venv-peers python -m bench.extraction_peers CORPUS [NAME ...]` needs what lies beside the corpus:
`../eval/extractors.py`, which knows how each is called, and `../eval/metrics.py`. Packages of the environment named by
`PEERS` are looked for behind our own. CPU seconds are of the calls alone, after one page that is not counted.
"""

from __future__ import annotations

import importlib.util
import logging
import multiprocessing
import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.extraction_figures import CHINESE, fields_of, interval, pages_of, ruler

__all__ = ["PEERS", "compared"]

OURS = "shilu"
PEERS = ("magic_html", "readability", "trafilatura_precision", "newspaper4k", "gne", "htmldate", "regex_meta")
_SETS = (("Chinese, four sets", CHINESE), ("zyte", ("zyte",)), ("fundus", ("fundus",)))
_COLUMNS = {
    "title": "title",
    "day": "day",
    "minute": "minute",
    "source": "source",
    "editor": "editor",
    "authors found": "authors",
    "authors equal": "equal",
}


@dataclass(slots=True)
class Row:
    """What one extractor made of some sets."""

    name: str
    bodies: list[tuple[int, int, int]] = field(default_factory=list)
    fields: dict[str, list[float]] = field(default_factory=dict)
    pages: int = 0
    cpu_s: float = 0.0
    errors: int = 0
    problem: str = ""


def _extractors(corpus: Path) -> ModuleType:
    path = corpus.parent / "eval" / "extractors.py"
    spec = importlib.util.spec_from_file_location("corpus_extractors", path)
    if spec is None or spec.loader is None or not path.exists():
        raise FileNotFoundError(f"{path}: the peers must be described beside the corpus")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _measure(corpus: Path, sets: tuple[str, ...], name: str) -> Row:
    """Run one extractor over some sets; in a process of its own, for its imports and its memory."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    sys.path += [str(path) for path in Path(os.environ.get("PEERS", ".venv-peers")).glob("lib/python*/site-packages")]
    extractors, metrics, row = _extractors(corpus), ruler(corpus), Row(name)
    extractors.LANG = "zh" if sets == CHINESE else "en"
    spec = f"{Path(__file__).parent / 'eval_adapter.py'}:extract" if name == OURS else name
    extract = extractors.load(spec)
    pages = list(pages_of(corpus, sets))
    try:
        extract(pages[0].html, pages[0].url)
    except ImportError as error:
        return Row(name, problem=f"not installed ({error.name})")
    except Exception:
        pass  # counted when its turn comes
    for page in pages:
        began_s = time.process_time()
        try:
            said = extract(page.html, page.url) or {}
        except Exception:
            said, row.errors = {}, row.errors + 1
        row.cpu_s += time.process_time() - began_s
        row.pages += 1
        said = {key: said.get(key) for key in ("body", "title", "author", "date", "source", "editor")}
        if page.gold.get("body"):
            row.bodies.append(metrics.body_counts(page.gold["body"], said["body"], page.cjk))
        for key, value in fields_of(metrics, page, said).items():
            row.fields.setdefault(key, []).append(value)
    return row


def _line(metrics: Any, row: Row) -> str:
    if row.problem:
        return f"  {row.name:<22} {row.problem}"
    said = [f"{sum(v) / len(v):>7.3f}" if (v := row.fields.get(column)) else "      –" for column in _COLUMNS]
    body = "                       –"
    bad = "–"
    if any(tp + fp for tp, fp, _ in row.bodies):
        body = interval(row.bodies, lambda drawn: float(metrics.summarize_body(drawn)["f1"])).split(" n=")[0]
        bad = str(sum(metrics.page_prf(*counts)[2] < 0.5 for counts in row.bodies))
    errors = f"  {row.errors} errors" if row.errors else ""
    return f"  {row.name:<22} {body:<22} {bad:>4} {' '.join(said)} {row.pages / row.cpu_s:>8.0f}{errors}"


def compared(corpus: Path, names: Sequence[str] = (OURS, *PEERS)) -> Iterator[str]:
    """Yield the lines of the tables: body F1 with its interval, pages under .5, each field, pages a CPU second.

    Raises:
        FileNotFoundError: the ruler or the peers are not described beside the corpus.
    """
    metrics = ruler(corpus)
    _extractors(corpus)
    context = multiprocessing.get_context("spawn")
    for title, sets in _SETS:
        yield f"{title}"
        yield f"  {'':<22} {'body F1':<22} {'bad':>4} {' '.join(f'{c:>7}' for c in _COLUMNS.values())} pages/CPU s"
        for name in names:
            with context.Pool(1) as pool:
                yield _line(metrics, pool.apply(_measure, (corpus, sets, name)))


def main() -> None:
    """Print the tables for the corpus named by the first argument; further ones name the extractors."""
    for line in compared(Path(sys.argv[1]).resolve(), sys.argv[2:] or (OURS, *PEERS)):
        print(line, flush=True)


if __name__ == "__main__":
    main()

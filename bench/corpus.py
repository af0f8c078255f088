"""Owns timing the extraction on a corpus of real pages, through the coat that the evaluation uses.

A corpus is a folder of sets; each set has `items.jsonl`, a page a line: `file` (may end in .gz) and `url`. It stays
outside the project.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

__all__ = ["time_extraction"]


def pages_of(corpus: Path) -> Iterator[tuple[bytes, str]]:
    """Yield bytes and address of each page."""
    for items in sorted(corpus.rglob("items.jsonl")):
        for line in items.read_text("utf-8").splitlines():
            item = json.loads(line)
            file = items.parent / item["file"]
            page = file.read_bytes()
            yield gzip.decompress(page) if file.suffix == ".gz" else page, item.get("url") or ""


def time_extraction(corpus: Path) -> dict[str, Any]:
    """Extract every page once, in this process; return CPU milliseconds a page and how many gave a body.

    Raises:
        FileNotFoundError: there is no page.
    """
    from bench.eval_adapter import extract

    pages = list(pages_of(corpus))
    if len(pages) < 2:
        raise FileNotFoundError(f"{corpus}: no items.jsonl with pages in it")
    extract(*pages[0])  # what is imported or compiled at the first call is no page's cost
    taken_ms, bodies = [], 0
    for html, url in pages:
        began_s = time.process_time()
        article = extract(html, url)
        taken_ms.append(1000 * (time.process_time() - began_s))
        bodies += bool(article["body"])
    return {
        "pages": len(pages),
        "with_body": bodies,
        "median_page_bytes": median(len(html) for html, _ in pages),
        "median_ms": median(taken_ms),
        "mean_ms": sum(taken_ms) / len(taken_ms),
        "p95_ms": quantiles(taken_ms, n=20)[-1],
    }

"""Owns what the extractor measures on a corpus: each figure with its interval, each candidate alone, each rule's gain.

`python -m bench.extraction_figures CORPUS` needs the ruler beside the corpus (`../eval/metrics.py`). Intervals
are 95 % bootstrap intervals over pages; a rule's gain is what is lost when it alone is taken out.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from bench.eval_adapter import extract
from bench.extraction_parts import ALONE, RULES, Part
from pipelines.extract import extract as article_of

__all__ = ["CHINESE", "Page", "fields_of", "figures", "golden_lost", "interval", "main", "page_f1", "pages_of", "ruler"]

CHINESE = ("zh_gne", "zh_magic", "zh_163", "zh_cwced")
_RESAMPLES = 1000
_MOVED = 0.005
_GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a corpus with what a careful reader wrote down."""

    name: str
    corpus: str
    html: bytes
    url: str
    gold: dict[str, Any]
    cjk: bool


def ruler(corpus: Path) -> ModuleType:
    """Load the ruler beside the corpus.

    Raises:
        FileNotFoundError: there is none.
    """
    path = corpus.parent / "eval" / "metrics.py"
    spec = importlib.util.spec_from_file_location("corpus_metrics", path)
    if spec is None or spec.loader is None or not path.exists():
        raise FileNotFoundError(f"{path}: the ruler must lie beside the corpus")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages_of(corpus: Path, sets: tuple[str, ...]) -> Iterator[Page]:
    """Yield the pages of some sets."""
    for name in sets:
        for line in (corpus / name / "items.jsonl").read_text("utf-8").splitlines():
            item = json.loads(line)
            html = gzip.decompress((corpus / name / item["file"]).read_bytes())
            yield Page(item["id"], name, html, item.get("url") or "", item["gold"], item.get("lang") in ("zh", "ja"))


def fields_of(metrics: ModuleType, page: Page, said: dict[str, Any]) -> dict[str, float]:
    """Return figure -> 1 or 0 for each field that the reader of the page wrote down."""
    gold, row = page.gold, {}
    if gold.get("title"):
        row["title"] = float(metrics.title_score(gold["title"], said["title"])[1])
    if gold.get("authors"):
        hit, equal = metrics.names_score(gold["authors"], said["author"])
        row |= {"authors found": float(hit), "authors equal": float(equal)}
    for name, key in (("source", "source"), ("editor", "editors")):
        if gold.get(key):
            row[name] = float(metrics.names_score(gold[key], said[name])[0])
    if gold.get("date") and (score := metrics.date_score(gold["date"], said["date"])):
        row["day"] = float(score[0])
        if score[1] is not None:
            row["minute"] = float(score[1])
    return row


def _body_f1(metrics: ModuleType, counts: list[tuple[int, int, int]]) -> float:
    return float(metrics.summarize_body(counts)["f1"])


def interval(values: list[Any], of: Callable[[list[Any]], float]) -> str:
    """Return a figure with its 95 % bootstrap interval over pages and their number."""
    rng = random.Random(1)
    drawn = sorted(of(rng.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    low, high = drawn[_RESAMPLES // 40], drawn[-_RESAMPLES // 40]
    return f"{of(values):.3f} [{low:.3f}, {high:.3f}] n={len(values)}"


def figures(corpus: Path, sets: tuple[str, ...]) -> dict[str, str]:
    """Return every figure of the sets, pooled, with its interval."""
    metrics = ruler(corpus)
    bodies: list[tuple[int, int, int]] = []
    fields: dict[str, list[float]] = {}
    for page in pages_of(corpus, sets):
        said = extract(page.html, page.url)
        if page.gold.get("body"):
            bodies.append(metrics.body_counts(page.gold["body"], said["body"], page.cjk))
        for name, value in fields_of(metrics, page, said).items():
            fields.setdefault(name, []).append(value)
    mean = {name: interval(values, lambda drawn: sum(drawn) / len(drawn)) for name, values in sorted(fields.items())}
    bad = sum(metrics.page_prf(*counts)[2] < 0.5 for counts in bodies)
    return {"body F1": interval(bodies, lambda drawn: _body_f1(metrics, drawn)), "pages under .5": str(bad), **mean}


_HOST = re.compile(rb"https?://([A-Za-z0-9.-]+)")
_PUBLIC = frozenset({"com", "net", "org", "gov", "edu", "co", "ac"})


def site_of(page: Page) -> str:
    """Return the registered domain that a page is from; where its address is not known, that of most of its links."""
    host = urlsplit(page.url).hostname
    if not host:
        hosts = Counter(found.decode("ascii") for found in _HOST.findall(page.html))
        host = hosts.most_common(1)[0][0] if hosts else page.name
    labels = host.lower().split(".")
    return ".".join(labels[-3 if len(labels) > 2 and labels[-2] in _PUBLIC else -2 :])


def page_f1(corpus: Path, metrics: ModuleType, sets: tuple[str, ...]) -> dict[tuple[str, str], float]:
    """Return the body F1 of each page, by its site and its name."""
    return {
        (site_of(page), f"{page.corpus}/{page.name}"): metrics.page_prf(
            *metrics.body_counts(page.gold["body"], extract(page.html, page.url)["body"], page.cjk)
        )[2]
        for page in pages_of(corpus, sets)
        if page.gold.get("body")
    }


@contextmanager
def _taken_out(part: Part) -> Iterator[None]:
    module = importlib.import_module(part.module)
    kept = getattr(module, part.name)
    setattr(module, part.name, part.instead)
    furniture = importlib.import_module("pipelines.furniture")
    caches = (furniture.is_furniture, furniture._closes)
    try:
        for cache in caches:
            cache.cache_clear()
        yield
    finally:
        setattr(module, part.name, kept)
        for cache in caches:
            cache.cache_clear()


def _compared(corpus: Path, sets: tuple[str, ...], parts: tuple[Part, ...], *, alone: bool) -> Iterator[str]:
    metrics = ruler(corpus)
    whole = page_f1(corpus, metrics, sets)
    for part in parts:
        with _taken_out(part):
            without = page_f1(corpus, metrics, sets)
        mean = sum(without.values()) / len(without)
        if alone:
            yield f"  {part.title:<38} {mean:.4f}"
            continue
        helped = [name for name in whole if whole[name] > without[name] + _MOVED]
        hurt = [name for name in whole if whole[name] < without[name] - _MOVED]
        gain = sum(whole.values()) / len(whole) - mean
        yield f"  {part.title:<38} {gain:+.4f}  helps {_pages(helped)}, hurts {_pages(hurt)}"


def golden_lost(part: Part) -> list[str]:
    """Return the golden pages whose text comes out wrong without `part`."""
    lost = []
    for stated in sorted(_GOLDEN.glob("*/article.json")):
        wanted = json.loads(stated.read_text("utf-8"))
        page = (stated.with_name("page.html").read_bytes(), wanted["headers"], wanted["url"])
        if "body" in wanted and article_of(*page).body == wanted["body"]:
            with _taken_out(part):
                if article_of(*page).body != wanted["body"]:
                    lost.append(stated.parent.name)
    return lost


def _pages(names: list[tuple[str, str]]) -> str:
    sites = {site for site, _ in names}
    return f"{len(names):>3} pages of {len(sites):>2} sites"


def main() -> None:
    """Print figures, candidates and rules of the corpus named by the first argument."""
    corpus = Path(sys.argv[1]).resolve()
    for title, sets in (("Chinese, pooled", CHINESE), *((name, (name,)) for name in (*CHINESE, "zyte", "fundus"))):
        print(f"\n{title}")
        for name, value in figures(corpus, sets).items():
            print(f"  {name:<16} {value}")
    for title, sets in (("Chinese", CHINESE), ("zyte and fundus", ("zyte", "fundus"))):
        print(f"\nMean page F1 of each candidate alone, cleaned alike: {title}")
        for line in _compared(corpus, sets, ALONE, alone=True):
            print(line)
        print(f"\nGain of each rule in mean page F1: {title}")
        for line in _compared(corpus, sets, RULES, alone=False):
            print(line)
    print("\nGolden pages that come out wrong without the rule")
    for part in RULES:
        print(f"  {part.title:<38} {', '.join(golden_lost(part)) or '-'}")


if __name__ == "__main__":
    main()

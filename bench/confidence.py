"""Owns counting how often each rule of the extractor is right on a corpus: the table of `pipelines/confidence.py`.

`python -m bench.confidence CORPUS` needs the ruler beside the corpus (`../eval/metrics.py`).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from bench.extraction_figures import Page, pages_of, ruler
from pipelines.confidence import MEASURED, rule_of
from pipelines.extract import extract
from storage.model import Article

__all__ = ["count_rules", "main"]

_GOOD_BODY = 0.9
_SAME_BODY = 0.5


def count_rules(corpus: Path) -> dict[str, dict[str, tuple[int, int]]]:
    """Return field -> rule -> how often it was right, and how often it was seen, over every set of the corpus."""
    metrics = ruler(corpus)
    counts: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for page in pages_of(corpus, tuple(sorted(path.parent.name for path in corpus.glob("*/items.jsonl")))):
        article = extract(page.html, {}, page.url or "http://example.invalid/")
        for field, right in _judged(metrics, page, article):
            rule = rule_of(field, article.reasons[field])
            before = counts[field].get(rule, (0, 0))
            counts[field][rule] = before[0] + right, before[1] + 1
    return {
        field: dict(sorted(rules.items(), key=lambda rule: (-rule[1][1], rule[0]))) for field, rules in counts.items()
    }


def _judged(metrics: ModuleType, page: Page, article: Article) -> Iterator[tuple[str, bool]]:
    """Yield the fields that both the reader and the extractor have, and whether they are the same."""
    gold = page.gold
    if gold.get("title") and article.title:
        yield "title", bool(metrics.title_score(gold["title"], article.title)[1])
    if gold.get("body") and article.body:
        f1 = metrics.page_prf(*metrics.body_counts(gold["body"], article.body, page.cjk))[2]
        yield "body", f1 >= _GOOD_BODY
        yield "charset", f1 >= _SAME_BODY
    if gold.get("date") and article.published and (score := metrics.date_score(gold["date"], article.published)):
        yield "published", bool(score[0]) and score[1] in (None, True)
    for field, key, index in (("origin", "source", 0), ("editors", "editors", 0), ("authors", "authors", 1)):
        said = getattr(article, field)
        if gold.get(key) and said:
            yield field, bool(metrics.names_score(gold[key], said if isinstance(said, str) else list(said))[index])


def main() -> None:
    """Print the table of the corpus named by the first argument, as Python; known rules that did not occur stay in."""
    print("MEASURED: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {")
    for field, counted in sorted(count_rules(Path(sys.argv[1]).resolve()).items()):
        rules = counted | {rule: (0, 0) for rule in MEASURED.get(field, ()) if rule not in counted}
        print(f'    "{field}": {{')
        for rule, (right, seen) in rules.items():
            print(f'        "{rule}": ({right}, {seen}),')
        print("    },")
    print("}")


if __name__ == "__main__":
    main()

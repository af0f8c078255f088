"""Owns how like real pages the generated ones are: size, elements, text, links, script, nesting, gzip, cost of reading.

    python -m bench.site_figures CORPUS          # means of each set of a corpus, of both sites below them

A corpus is a folder as `corpus.py` reads it; it stays outside the project. Means, for they are what a thousand pages
cost. Times are the process's CPU, the least of five runs, in the Python that runs the rounds.
"""

from __future__ import annotations

import argparse
import gzip
import re
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import lxml.html
from lxml import etree
from readability import Document
from rich.console import Console
from rich.table import Table

from bench.corpus import pages_of
from bench.site import ARTICLE, SITES, build
from pipelines.charset import decode
from pipelines.extract import extract

__all__ = ["PageFigures", "figures_of", "means"]

_SETS = ("zh_gne", "zh_magic", "zh_163", "zh_cwced")
"""Pages of news portals as they are served; the other sets of the corpus are stripped or not Chinese."""

_GZIP_LEVEL = 9
_RUNS = 5
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_BLOCK_TAGS = frozenset(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr html legend li main nav ol option p pre section table tbody td tfoot th thead tr ul".split()
)
_UNREAD_TAGS = frozenset("head iframe noscript object script select style svg template textarea title".split())


@dataclass(frozen=True, slots=True)
class PageFigures:
    """What decides how long a page takes to read and to keep."""

    size_bytes: float
    elements: float
    blocks: float
    """Runs of text between two borders of block-level elements."""
    text_chars: float
    """In those, white space left out."""
    links: float
    script_style_share: float
    """Bytes of script and style elements, of all."""
    depth: float
    """Of the most nested element."""
    gzip_ratio: float
    parse_ms: float
    """By lxml."""
    readability_ms: float
    """`Document(text).summary()`."""
    extract_ms: float
    """Ours, from the bytes."""


def figures_of(page: bytes) -> PageFigures:
    """Measure one page."""
    text = decode(page).text
    text = _XML_DECLARATION.sub("", text)  # lxml refuses text that states an encoding
    root = lxml.html.document_fromstring(text)
    blocks = _blocks(root)
    scripts = sum(len(etree.tostring(one, encoding="utf-8", with_tail=False)) for one in root.iter("script", "style"))
    return PageFigures(
        size_bytes=len(page),
        elements=sum(1 for _ in root.iter(etree.Element)),
        blocks=len(blocks),
        text_chars=sum(blocks),
        links=sum(1 for one in root.iter("a") if one.get("href")),
        script_style_share=scripts / len(text.encode()),
        depth=_depth(root),
        gzip_ratio=len(gzip.compress(page, _GZIP_LEVEL)) / len(page),
        parse_ms=_taken_ms(lambda: lxml.html.document_fromstring(text)),
        readability_ms=_taken_ms(lambda: Document(text).summary()),
        extract_ms=_taken_ms(lambda: extract(page, {}, "http://bench.invalid/")),
    )


def means(figures: Sequence[PageFigures]) -> PageFigures:
    """Return the mean of each figure."""
    return PageFigures(*map(statistics.fmean, zip(*map(astuple, figures), strict=True)))


def _blocks(root: etree._Element) -> list[int]:
    """Return the characters of each run of text."""
    lengths = [0]
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        tag = element.tag
        if event == "start":
            if tag in _BLOCK_TAGS:
                lengths.append(0)
            if not _is_unread(element):
                lengths[-1] += _length(element.text)
            continue
        if event == "end" and tag in _BLOCK_TAGS:
            lengths.append(0)
        parent = element.getparent()
        if parent is not None and not _is_unread(parent):
            lengths[-1] += _length(element.tail)
    return [length for length in lengths if length]


def _is_unread(element: etree._Element) -> bool:
    return element.tag in _UNREAD_TAGS or any(True for _ in element.iterancestors(*_UNREAD_TAGS))


def _length(text: str | None) -> int:
    return sum(map(len, text.split())) if text else 0


def _depth(root: etree._Element) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _taken_ms(work: Callable[[], object]) -> float:
    taken_s = []
    for _ in range(_RUNS):
        began_s = time.process_time()
        work()
        taken_s.append(time.process_time() - began_s)
    return 1000 * min(taken_s)


# --- the command ---------------------------------------------------------------------------------


def main() -> None:
    """Print the figures of a corpus and of both sites."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.site_figures", description="Generated pages beside real ones."
    )
    parser.add_argument("corpus", type=Path, nargs="?", help="folder of sets of real pages")
    parser.add_argument("--articles", type=int, default=60, help="pages of each site to measure (60)")
    arguments = parser.parse_args()
    shown = Table()
    for heading in ("", "pages", *(field.name for field in fields(PageFigures))):
        shown.add_column(heading, justify="left" if heading == "" else "right")
    real: list[PageFigures] = []
    for name in _SETS if arguments.corpus is not None else ():
        found = _measured(page for page, _ in pages_of(arguments.corpus / name))
        real += found
        shown.add_row(*_row(name, found))
    if real:
        shown.add_row(*_row("all of them", real), end_section=True)
    for site in SITES:
        found = _measured(_articles(site, arguments.articles))
        shown.add_row(*_row(site, found))
        if real:
            shown.add_row("  over real", "", *_over(means(found), means(real)))
    Console(width=170).print(shown)


def _over(ours: PageFigures, real: PageFigures) -> list[str]:
    return [f"{one / other:.2f}" for one, other in zip(astuple(ours), astuple(real), strict=True)]


def _articles(site: str, count: int) -> Iterable[bytes]:
    return (page.body for page in build(count, site) if re.search(ARTICLE, page.path))


def _measured(pages: Iterable[bytes]) -> list[PageFigures]:
    return [figures_of(page) for page in pages]


def _row(name: str, figures: Sequence[PageFigures]) -> list[str]:
    cells = (f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in astuple(means(figures)))
    return [name, str(len(figures)), *cells]


if __name__ == "__main__":
    main()

"""Owns inputs that no page should be: golden pages cut, flipped and spliced, random bytes, and very large pages."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

__all__ = ["LARGE", "damaged"]

_PAGES = [path.read_bytes() for path in sorted((Path(__file__).resolve().parents[1] / "golden").glob("*/page.html"))]
_LINE = "河堤上的六百人一夜没有合眼，沙袋从堤脚一直垒到堤顶。"

LARGE = {
    "nested": lambda: b"<div>" * 100_000 + _LINE.encode() + b"</div>" * 100_000,
    "20 MB of paragraphs": lambda: (f"<p>{_LINE}</p>" * 250_000).encode()[:20_000_000],
    "20 MB of links": lambda: b"<a href='http://x.test/1'>yi er san</a>" * 510_000,
    "20 MB of one line": lambda: (_LINE * 270_000).encode()[:20_000_000],
    "20 MB of dates": lambda: b"2020-02-05 10:00 " * 1_170_000,
    "20 MB of a state": lambda: b"<script>window.DATA = [" + b'{"a":"b"},' * 2_000_000,
    "2 MB of states": lambda: b"<script>window.DATA = [" + b'{"a":"b"},' * 190_000 + b"0]</script><p>1",
    "20 MB of spaces": lambda: b" \n" * 10_000_000,
    "brackets behind characters": lambda: f"<p>{'版(' * 50_000}</p>".encode(),
    "a wrapper that never ends": lambda: (
        b"<script type='application/ld+json'>CDATA[" + b" " * 100_000 + b"x</script><p>" + _LINE.encode()
    ),
    "a picture of a long name": lambda: f"<p>{_LINE}</p><img src='/{'a-logo' * 17_000}'><p>{_LINE}</p>".encode(),
}


def damaged(count: int, seed: int) -> Iterator[bytes]:
    """Yield `count` inputs: a third random bytes, cut pages, pages with flipped bits, in turn; the same for a seed."""
    rng = random.Random(seed)
    for number in range(count):
        page = rng.choice(_PAGES)
        if number % 4 == 0:
            yield rng.randbytes(rng.randrange(1, 20_000))
        elif number % 4 == 1:
            yield page[rng.randrange(len(page)) :][: rng.randrange(len(page))]
        elif number % 4 == 2:
            flipped = bytearray(page)
            for _ in range(rng.randrange(1, 200)):
                flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
            yield bytes(flipped)
        else:
            other = rng.choice(_PAGES)
            yield page[: rng.randrange(len(page))] + other[rng.randrange(len(other)) :]

"""Owns a small newspaper for trials of articles over several pages: pagers, edits, pages gone, ETags."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from tests.server import Asked, Step, response

__all__ = ["Serial"]

_NAMES = ("甲", "乙", "丙", "丁", "戊")


class Serial:
    """Answers `/list.html` and articles `/a/c_N.html` with later pages `/a/c_N_2.html`, `/a/c_N_3.html`."""

    def __init__(self, articles: int = 1, pages: int = 3) -> None:
        """Make `articles` articles of `pages` pages each."""
        self.articles = articles
        self.pages = pages
        self.lengths: dict[int, int] = {}
        """Article -> how many pages it has instead."""
        self.words: dict[tuple[int, int], str] = {}
        """(article, page) -> what is said there instead."""
        self.gone: set[str] = set()
        self.busy: set[str] = set()
        """Addresses that answer 503."""
        self.validated: set[int] = set()
        """Articles whose pages come with an ETag."""
        self.only_next: set[int] = set()
        """Articles whose pagers have nothing but 上一页 and 下一页."""
        self.slow_s = 0.0
        self.asked: Counter[str] = Counter()

    def toml(self, origin: str, revisit: str = '["1h"]') -> str:
        """Return the source file."""
        return f"""schema = 1
title = "连载报"
home = "{origin}/"
kind = "news"

[crawl]
delay_s = 0
concurrency = 4

[[lists]]
url = "{origin}/list.html"

[[articles]]
match = ['/a/c_\\d+\\.html$']
revisit = {revisit}
"""

    def path(self, article: int, page: int) -> str:
        """Return the address of a page, counted from 1."""
        return f"/a/c_{article}.html" if page == 1 else f"/a/c_{article}_{page}.html"

    def text(self, article: int, page: int) -> str:
        """Return what a page says, as one paragraph."""
        said = self.words.get((article, page))
        name = _NAMES[(page - 1) % len(_NAMES)] * 2
        return said or (
            f"{name}村的渠道修到第{article}段第{page}里，工匠们把石板一块一块地铺平，老人站在坡上看着，说这水盼了三十年。"
            f"到了傍晚，{name}村的孩子们沿着新渠跑，把纸船放进水里，一直追到桥头才停下，第{page}里的路灯也亮了。"
        )

    def body(self, article: int, *pages: int) -> str:
        """Return what the given pages say, as the catalogue is to hold it."""
        return "\n".join(self.text(article, page) for page in pages)

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Answer one request."""
        self.asked[asked.target] += 1
        if self.slow_s:
            time.sleep(self.slow_s)
        if asked.target in self.busy:
            return [response(b"", status="503 Service Unavailable")]
        number, page = (0, None) if asked.target in self.gone else self._page(asked.target)
        if page is None:
            return [response(b"nothing here", ("Content-Type", "text/plain"), status="404 Not Found")]
        body = page.encode()
        headers = [("Content-Type", "text/html; charset=utf-8")]
        if number in self.validated:
            etag = f'"{sha256(body).hexdigest()[:12]}"'
            headers.append(("ETag", etag))
            if asked.header("If-None-Match") == etag:
                return [response(b"", *headers, status="304 Not Modified")]
        return [response(body, *headers)]

    def length(self, article: int) -> int:
        """Return how many pages an article has."""
        return self.lengths.get(article, self.pages)

    def _page(self, target: str) -> tuple[int, str | None]:
        if target == "/list.html":
            items = "".join(f'<li><a href="/a/c_{n}.html">渠成记第{n}篇</a></li>' for n in range(self.articles))
            return -1, f"<html><head><title>目录</title></head><body><ul>{items}</ul></body></html>"
        for article in range(self.articles):
            for page in range(1, self.length(article) + 1):
                if target == self.path(article, page):
                    return article, self._article(article, page)
        return -1, None

    def _article(self, article: int, page: int) -> str:
        last = "<div class=edit>责任编辑：林书白</div>" if page == self.length(article) else ""
        return (
            f"<html><head><meta charset=utf-8><title>渠成记第{article}篇_连载报</title></head><body>"
            f"<h1>渠成记第{article}篇</h1><div class=info>2026-03-04 08:15 来源：连载报</div>"
            f"<div class=content><p>　　{self.text(article, page)}</p>{self._pager(article, page)}</div>{last}"
            "</body></html>"
        )

    def _pager(self, article: int, page: int) -> str:
        links, pages = [], self.length(article)
        if article not in self.only_next:
            links += [f'<a href="{self.path(article, n)}">【{n}】</a>' for n in range(1, pages + 1)]
        if page > 1:
            links.append(f'<a href="{self.path(article, page - 1)}">上一页</a>')
        if page < pages:
            links.append(f'<a href="{self.path(article, page + 1)}">下一页</a>')
        return f"<div class=pager>{' '.join(links)}</div>" if pages > 1 else ""

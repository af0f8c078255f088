"""Owns a generated newspaper of any size for trials: list pages, articles, all of it known beforehand."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator

from tests.server import Asked, Step, response

__all__ = ["Gated", "Newspaper"]

_SENTENCE = "第{n}号稿件记录城东粮库第{n}批稻谷入仓的经过，质检员逐车取样，水分和杂质均在标准以内，当日入仓{n}吨。"


class Newspaper:
    """Answers `/list/index.html`, `/list/index_K.html` and `/a/c_N.html`; counts what was asked for."""

    def __init__(self, articles: int, *, per_list: int = 50, paragraphs: int = 4) -> None:
        """Make `articles` articles, `per_list` on each list page."""
        self.articles = articles
        self.per_list = per_list
        self.paragraphs = paragraphs
        self.asked: Counter[str] = Counter()

    @property
    def lists(self) -> int:
        """Return how many list pages there are."""
        return -(-self.articles // self.per_list)

    def toml(self, base_url: str, title: str = "试刊") -> str:
        """Return a source file for the newspaper at `base_url`."""
        return f"""schema = 1
title = "{title}"
home = "{base_url}/"
kind = "news"

[crawl]
delay_s = 0
concurrency = 8

[[lists]]
url = "{base_url}/list/index.html"
next = "index_{{n}}.html"
pages = {self.lists + 1}

[[articles]]
match = ['/a/c_\\d+\\.html$']
"""

    def title(self, number: int) -> str:
        """Return the title of an article."""
        return f"城东粮库第{number}批稻谷入仓"

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Answer one request."""
        self.asked[asked.target] += 1
        body = self._body(asked.target)
        if body is None:
            return [response(b"nothing here", ("Content-Type", "text/plain"), status="404 Not Found")]
        return [response(body.encode(), ("Content-Type", "text/html; charset=utf-8"))]

    def _body(self, target: str) -> str | None:
        name = target.rpartition("/")[2].removesuffix(".html")
        _, _, number = name.partition("_")
        if target.startswith("/a/c_") and number.isdigit() and int(number) < self.articles:
            return self._article(int(number))
        if target.startswith("/list/index") and (number.isdigit() or name == "index"):
            return self._list(int(number or 0))
        return None

    def _list(self, page: int) -> str | None:
        first = page * self.per_list
        if not 0 <= first < self.articles:
            return None
        rows = range(first, min(first + self.per_list, self.articles))
        items = "".join(f'<li><a href="/a/c_{row}.html">{self.title(row)}</a></li>' for row in rows)
        return f"<html><head><title>目录</title></head><body><ul class=list>{items}</ul></body></html>"

    def _article(self, number: int) -> str:
        text = "".join(f"<p>　　{_SENTENCE.format(n=number + row)}</p>" for row in range(self.paragraphs))
        return (
            f"<html><head><meta charset=utf-8><title>{self.title(number)}_试刊</title></head><body>"
            f"<div class=nav><a href='/list/index.html'>首页</a></div><h1>{self.title(number)}</h1>"
            f"<div class=info>2026-01-{1 + number % 28:02d} 08:{number % 60:02d} 来源：试刊通讯社</div>"
            f"<div class=content>{text}</div><div>责任编辑：林书白</div></body></html>"
        )


class Gated(Newspaper):
    """A newspaper that answers for one page only once `gate` is set."""

    def __init__(self, articles: int, page: str, *, per_list: int = 50) -> None:
        """Keep whoever asks for `page` waiting."""
        super().__init__(articles, per_list=per_list)
        self.gate = threading.Event()
        self._page = page

    def __call__(self, asked: Asked) -> Iterator[Step]:
        """Answer one request."""
        answer = super().__call__(asked)
        while asked.target == self._page and not self.gate.is_set():
            yield 0.05
        yield from answer

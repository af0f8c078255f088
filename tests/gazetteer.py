"""Owns a site that follows a script, crawl by crawl: what it does to which article, and the events that must follow.

Twenty-four articles over thirty crawls: 12 edits, 5 changes of furniture, 3 reverts, 4 removals, 2 returns, one soft
404, one redirect to the front page, one outage of the whole site, one challenge page. All else stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from tests.server import Asked, Step, response

__all__ = ["ARTICLES", "CRAWLS", "EXPECTED", "OUTAGE", "Gazetteer", "Text"]

CRAWLS: Final = 30
ARTICLES: Final = 24
OUTAGE: Final = 17
"""The crawl that finds the whole site answering 404."""
CHALLENGED: Final = (21, 20)
"""Crawl and article that meet a script that tests the visitor."""


@dataclass(frozen=True)
class Text:
    """What one article says."""

    title: str
    paragraphs: tuple[str, ...]
    published: str = "2026-03-09 08:15"
    origin: str = "河口晨报"
    editor: str = "甘棠"
    author: str = "郑水生"


def original(number: int) -> Text:
    """Return the text of an article before anything happened to it."""
    return Text(
        f"城东粮库第{number}批稻谷入仓",
        (
            f"本报讯 第{number}批稻谷昨日在城东粮库入仓，质检员逐车取样，水分和杂质均在标准以内。",
            f"当日共入仓{number * 7 + 31}吨，较上一批多出两成，粮库主任说，仓容还够用到秋收结束。",
            "运粮车从北门进、南门出，沿途两处交叉路口由民警值守，早晚高峰没有出现拥堵。",
        ),
    )


def _body(at: int, old: str, new: str) -> Callable[[Text], Text]:
    def edit(text: Text) -> Text:
        paragraphs = list(text.paragraphs)
        assert old in paragraphs[at]
        paragraphs[at] = paragraphs[at].replace(old, new)
        return replace(text, paragraphs=tuple(paragraphs))

    return edit


def _fields(**changes: str) -> Callable[[Text], Text]:
    return lambda text: replace(text, **changes)


EDITS: Final[dict[tuple[int, int], tuple[str, Callable[[Text], Text]]]] = {
    (2, 1): ("title", _fields(title="城东粮库首批稻谷全部入仓")),
    (3, 2): ("body", _body(1, "两成", "三成")),
    (4, 3): ("editors", _fields(editor="何以宁")),
    (5, 4): ("authors", _fields(author="周砚")),
    (6, 5): ("origin", _fields(origin="泽川日报")),
    (8, 6): ("published", _fields(published="2026-03-10 21:40")),
    (9, 7): ("body", lambda text: replace(text, paragraphs=text.paragraphs[:2])),
    (10, 8): ("body", lambda text: replace(text, paragraphs=(*text.paragraphs, "夜班工人两百人次参加装卸。"))),
    (12, 2): ("body", _body(0, "均在标准以内", "略高于标准")),
    (13, 9): ("title+body", lambda text: _body(2, "没有", "一度")(replace(text, title="粮库门前一度拥堵"))),
    (15, 10): ("body", _body(1, "主任", "副主任")),
    (24, 1): ("body", _body(2, "两处", "三处")),
}  # fmt: skip
"""(crawl, article) -> the fields that differ, and how."""

REVERTS: Final = {(7, 3): ("editors", 1), (14, 2): ("body", 2), (26, 9): ("title+body", 1)}
"""(crawl, article) -> the fields that differ, and the version whose text it is again."""

FURNITURE: Final = {(3, 11), (6, 12), (11, 13), (16, 14), (23, 15)}
"""From this crawl on everything around this article is another."""

GONE: Final[dict[int, tuple[int, int, str]]] = {
    16: (5, 14, "404 Not Found"),
    17: (9, CRAWLS + 1, "410 Gone"),
    18: (11, 20, "soft"),
    19: (22, CRAWLS + 1, "/list.html"),
    21: (8, 9, "soft"),
    22: (12, 13, "/"),
}
"""Article -> absent from this crawl on, back at that one, and how the site says so; the last two are no removals."""


def _events() -> Iterator[tuple[int, int, str, str]]:
    """Yield (crawl, article, kind, grade) of every event that the script must give."""
    for (crawl, number), (grade, _) in EDITS.items():
        yield crawl, number, "edited", grade
    for (crawl, number), (grade, _) in REVERTS.items():
        yield crawl, number, "edited", grade
    grades = {"404 Not Found": "http-404", "410 Gone": "http-410", "soft": "soft-404"}
    for number, (gone, back, how) in GONE.items():
        grade = grades.get(how, "redirect-home" if how == "/" else "redirect-list")
        yield gone, number, "suspected", grade
        if back - gone >= 3:
            yield gone + 2, number, "removed", grade
        if back <= CRAWLS:
            yield back, number, "restored" if back - gone >= 3 else "cleared", "bytes"


EXPECTED: Final = sorted(_events())
"""Every event of the script; nothing else may be told."""


class Gazetteer:
    """Answers as the script says for the crawl that is set, numbered from 1."""

    def __init__(self) -> None:
        """Stand before the first crawl."""
        self.crawl = 1

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Answer one request."""
        number = int(asked.target.rpartition("_")[2].partition(".")[0]) if "/a/c_" in asked.target else 0
        if asked.target == "/robots.txt":
            return [response(b"User-agent: *\n", ("Content-Type", "text/plain"))]
        if self.crawl == OUTAGE:
            return _missing("404 Not Found")
        if asked.target in ("/", "/list.html"):
            items = "".join(f'<li><a href="/a/c_{n}.html">{original(n).title}</a></li>' for n in range(1, ARTICLES + 1))
            return _page(f"<html><body><ul>{items}</ul></body></html>")
        return self._article(number) if 1 <= number <= ARTICLES else _missing("404 Not Found")

    def _article(self, number: int) -> list[Step]:
        gone, back, how = GONE.get(number, (CRAWLS + 1, 0, ""))
        if gone <= self.crawl < back:
            if how == "soft":
                return _page(
                    "<html><head><title>提示</title></head><body><p>您访问的页面不存在或已被删除</p></body></html>"
                )
            return _missing(how) if how[0] != "/" else [response(b"", ("Location", how), status="302 Found")]
        if (self.crawl, number) == CHALLENGED:
            return _page(
                '<html><script>document.cookie="acw_sc__v2="+f();location.reload()</script><body></body></html>'
            )
        is_other = any(n == number and crawl <= self.crawl for crawl, n in FURNITURE)
        return _page(_html(self.text(number), self.crawl, is_other))

    def text(self, number: int) -> Text:
        """Return what an article says at this crawl."""
        texts = [original(number)]
        for crawl in range(1, self.crawl + 1):
            if (crawl, number) in EDITS:
                texts.append(EDITS[crawl, number][1](texts[-1]))
            if (crawl, number) in REVERTS:
                texts.append(texts[REVERTS[crawl, number][1] - 1])
        return texts[-1]


def _html(text: Text, crawl: int, is_other: bool) -> str:
    said = "".join(f"<p>　　{paragraph}</p>" for paragraph in text.paragraphs)
    nav = "<div class=nav><a href=/>首页</a> <a href=/list.html>要闻</a></div>"
    aside = "<div class=hot><h3>热点推荐</h3><ul><li><a href=/a/c_3.html>三号仓</a></li></ul></div>"
    if is_other:
        nav = f"<ul id=top><li><a href=/>网站首页</a></li><li>阅读 {crawl * 37}</li></ul>"
        aside = "<div class=rank><h3>点击排行</h3><ol><li><a href=/a/c_4.html>四号仓</a></li></ol></div><p>版权所有</p>"
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{text.title}</title></head><body>{nav}'
        f"<h1>{text.title}</h1><div class=info>{text.published} 来源：{text.origin} 作者：{text.author}</div>"
        f"<div class=text>{said}</div><div>责任编辑：{text.editor}</div>{aside}</body></html>"
    )


def _page(html: str) -> list[Step]:
    return [response(html.encode(), ("Content-Type", "text/html; charset=utf-8"))]


def _missing(status: str) -> list[Step]:
    return [response(b"<html><body>nothing here</body></html>", ("Content-Type", "text/html"), status=status)]

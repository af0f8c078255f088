"""Owns the pages of the light newspaper: 36 KB each, built as portals build theirs.

Inline style and script, a bar of channels, side boxes of thirty headlines and twelve pictures, related articles,
comments, a footer of partners. One in seven is GBK, three in ten say their charset in the page alone. Pictures and
styles lie on another host, so that nobody fetches more than pages.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from bench.prose import Prose, Subject

__all__ = ["CHANNELS", "PER_LIST", "Page", "Press", "Story", "row"]

CHANNELS = {
    "yaowen": "要闻",
    "guoji": "国际",
    "caijing": "财经",
    "keji": "科技",
    "wenhua": "文化",
    "difang": "地方",
}
PER_LIST = 40
_SEED = 20
_GBK_SHARE = 0.15
_CHUNKED_SHARE = 0.08
_HEADER_CHARSET_SHARE = 0.7
_FIRST_DAY = date(2024, 1, 1)
_DAYS = 900
_PARAGRAPHS = (8, 12, 16, 20, 26, 32, 44)
_COMMENTS = (0, 0, 4, 8, 20)


@dataclass(frozen=True, slots=True)
class Page:
    """What the server has for one path, not yet framed or compressed."""

    path: str
    content_type: str
    body: bytes
    chunked: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """What an article is about, and where it stands."""

    number: int
    channel: str
    day: date
    title: str
    subject: Subject

    @property
    def path(self) -> str:
        return f"/{self.channel}/{self.day:%Y%m/%d}/c_{100000 + self.number}.html"


class Press:
    """Prints the pages of one newspaper."""

    def __init__(self, articles: int) -> None:
        self.prose = Prose(_SEED)
        self.random = self.prose.random
        self.stories = [self._story(number, articles) for number in range(articles)]
        subject = self.prose.subject()
        self._style = _style(self.random)
        self._script = _script(self.random)
        self._bar = "".join(
            f'<li class="k{place}"><a href="/{channel}/index.html" title="{name}频道">{name}</a></li>'
            for place, (channel, name) in enumerate(CHANNELS.items())
        )
        self._partners = " | ".join(
            f'<a href="http://partner{place}.invalid/" target="_blank" rel="nofollow">{"".join(subject.words(2))}网</a>'
            for place in range(48)
        )

    def _story(self, number: int, articles: int) -> Story:
        subject = self.prose.subject()
        day = _FIRST_DAY + timedelta(days=number * _DAYS // articles)
        return Story(number, self.random.choice(list(CHANNELS)), day, subject.title(), subject)

    # --- kinds of page ---------------------------------------------------------------------------

    def front(self) -> Page:
        """Print the front page: the newest of all channels."""
        newest = "".join(row(story) for story in self.stories[-60:])
        main = f'<div class="front"><h2>最新</h2><ul class="news">{newest}</ul></div>'
        return Page("/", "text/html; charset=utf-8", self._page("首页", main, "utf-8"))

    def lists(self, channel: str) -> Iterator[Page]:
        """Print a channel's list pages, newest first: index.html, index_1.html, ..."""
        stories = [story for story in reversed(self.stories) if story.channel == channel]
        last = max(0, (len(stories) - 1) // PER_LIST)
        for place in range(last + 1):
            rows = "".join(row(story) for story in stories[place * PER_LIST : (place + 1) * PER_LIST])
            others = sorted({0, last, *range(max(0, place - 3), min(last, place + 3) + 1)})
            pager = " ".join(f'<a href="{_list_name(other)}">{other + 1}</a>' for other in others)
            if place < last:
                pager += f' <a class="next" href="{_list_name(place + 1)}">下一页</a>'
            main = f'<div class="main"><ul class="list">{rows}</ul><div class="pages">{pager}</div></div>'
            body = self._page(f"{CHANNELS[channel]}频道", main, "utf-8")
            yield Page(f"/{channel}/{_list_name(place)}", "text/html; charset=utf-8", body)

    def article(self, story: Story) -> Page:
        """Print an article, in GBK or UTF-8."""
        chance = self.random
        charset = "gbk" if chance.random() < _GBK_SHARE else "utf-8"
        stated = chance.random() < _HEADER_CHARSET_SHARE
        paragraphs = [story.subject.paragraph() for _ in range(chance.choice(_PARAGRAPHS))]
        head = (
            f'<meta name="keywords" content="{",".join(story.subject.words(5))}">'
            f'<meta name="description" content="{paragraphs[0][:80]}">\n'
        )
        body = self._page(story.title, self._story_column(story, paragraphs), charset, head)
        content_type = f"text/html; charset={charset}" if stated else "text/html"
        return Page(story.path, content_type, body, chunked=chance.random() < _CHUNKED_SHARE)

    # --- parts of a page -------------------------------------------------------------------------

    def _story_column(self, story: Story, paragraphs: Sequence[str]) -> str:
        chance, number = self.random, story.number
        text = "\n".join(map(self._paragraph, paragraphs))
        picture = f'<p class="pic"><img src="http://img.bench.invalid/{number % 50}.jpg" alt="{story.title}"></p>\n'
        related = "".join(row(other) for other in self._some(16))
        comments = "".join(
            f'<div class="reply" id="r{chance.getrandbits(32)}"><b>读者{chance.randint(1000, 9999)}</b>'
            f'<p>{story.subject.sentence()}</p><a href="javascript:void(0)">赞同({chance.randint(0, 999)})</a></div>'
            for _ in range(chance.choice(_COMMENTS))
        )
        before, after = self.stories[number - 1], self.stories[(number + 1) % len(self.stories)]
        return (
            f'<div class="trail"><a href="/">首页</a> &gt; <a href="/{story.channel}/index.html">'
            f"{CHANNELS[story.channel]}</a> &gt; 正文</div>\n"
            f'<div class="article"><h1>{story.title}</h1>\n<div class="about"><span class="when">'
            f"{story.day:%Y-%m-%d} {number % 24:02d}:{number % 60:02d}</span>"
            f'<span class="from">来源：<a href="/">城东通讯社</a></span></div>\n'
            f'<div class="text" id="text">\n{picture}{text}\n</div>\n'
            f'<div class="desk">责任编辑：{story.title[:2]}</div>'
            f'<div class="turn"><a href="{before.path}">上一篇</a><a href="{after.path}">下一篇</a></div></div>\n'
            f'<div class="related"><h3>相关报道</h3><ul>{related}</ul></div>\n<div class="replies">{comments}</div>'
        )

    def _paragraph(self, text: str) -> str:
        return f'<p style="text-indent:2em">　　{text}</p>'

    def _page(self, title: str, main: str, charset: str, head: str = "") -> bytes:
        hot = "".join(row(story) for story in self._some(30))
        shown = "".join(
            f'<div class="shot"><a href="{story.path}"><img src="http://img.bench.invalid/s{story.number % 50}.jpg" '
            f'width="160" height="90" alt="{story.title}"></a><p><a href="{story.path}">{story.title}</a></p></div>\n'
            for story in self._some(12)
        )
        return (
            f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="{charset}">\n'
            f'<title>{title}_城东新闻网</title>\n{head}<meta name="viewport" content="width=device-width">\n'
            f"<style>{self._style}</style>\n<script>{self._script}</script>\n</head>\n<body>\n"
            f'<div class="top"><ul class="bar">{self._bar}</ul></div>\n<div class="wrap">\n{main}\n'
            f'<div class="side"><div class="box"><h3>热点排行</h3><ul>\n{hot}</ul></div>\n'
            f'<div class="box"><h3>图片</h3>\n{shown}</div></div>\n</div>\n'
            f'<div class="foot"><p>{self._partners}</p><p>城东新闻网 版权所有 京ICP备00000000号</p></div>\n'
            f'<script>var visit="{self.random.getrandbits(128):032x}";</script>\n</body>\n</html>\n'
        ).encode(charset, "xmlcharrefreplace")

    def _some(self, count: int) -> list[Story]:
        return self.random.choices(self.stories, k=count)


def _list_name(place: int) -> str:
    return f"index_{place}.html" if place else "index.html"


def row(story: Story) -> str:
    """Return a headline of a list: link, title, day."""
    title = escape(story.title)
    return f'<li><a href="{story.path}" title="{title}">{title}</a><i>{story.day:%m-%d}</i></li>\n'


def _style(chance: random.Random) -> str:
    return "".join(
        f".k{place}{{margin:{chance.randint(0, 30)}px {chance.randint(0, 30)}px;color:#{chance.getrandbits(24):06x};"
        f'font:{chance.randint(11, 20)}px/1.{chance.randint(2, 8)} "Microsoft YaHei",SimSun;float:left}}\n'
        for place in range(42)
    )


def _script(chance: random.Random) -> str:
    return "".join(
        f"window.q{place}=window.q{place}||[];(function(d,t){{var s=d.createElement(t);s.async=true;"
        f's.src="//static.bench.invalid/{chance.getrandbits(40):x}.js";d.head.appendChild(s)}})(document,"script");\n'
        for place in range(14)
    )

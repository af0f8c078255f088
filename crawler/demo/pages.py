"""Owns how each of the five sites writes a page: template, characters, habits, and what the page truly says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import count
from string import Template

from crawler.demo.stories import Story

__all__ = ["CHARSETS", "Expected", "article_page", "expectation", "feed", "list_page"]

CHARSETS = {"party": "gbk"}
"""Site -> the encoding of its bytes, UTF-8 if not named. The party site says gb2312 of its own."""

PINYIN = {
    **{"發": "fā", "網": "wǎng", "現": "xiàn", "經": "jīng", "產": "chǎn"},
    **{"統": "tǒng", "業": "yè", "農": "nóng", "協": "xié", "濟": "jì"},
}

SPAM = ("蓝鲸灯笼批发", "月光鞋带免邮", "星河雨伞秒杀", "云朵枕头代购", "彩虹纽扣直销", "风车书签大全")

FURNITURE = {
    "portal": (
        "责任编辑",
        "来源:",
        "来源：",
        "纠错",
        "分享到",
        "字体:",
        "相关阅读",
        "阅读下一篇",
        "热点排行",
        "ICP备",
        "站内搜索",
    ),
    "party": (
        "网站首页",
        "发布时间",
        "阅读量",
        "2026年11月22日",
        "文章搜索",
        "ICP备",
        "All Rights Reserved",
        "0000-0000000",
    ),
    "mirror": ("發(fā)布時間", "瀏覽量", "來源:", "來源：", "當前位置", "打印本頁", "ICP備", "標識碼"),
    "hijacked": ("來源:", "來源：", "責任編輯", "關鍵詞", "為你推薦", "新聞評論", "閱讀正文", "020020030100", *SPAM),
    "company": ("来源:", "来源：", "浏览量", "上一篇", "下一篇", "ICP备", "XML地图", "技术支持", "您现在的位置"),
}
"""Site -> what its pages show beside the article, and no article may hold."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a careful reader takes from one article page."""

    url: str
    title: str
    published: str
    """As `storage.model.Article.published` writes it."""
    origin: str | None
    editors: tuple[str, ...]
    paragraphs: tuple[str, ...]
    """Each stands in the body word for word, in this order."""
    lacks: tuple[str, ...]
    """None of these stands in the body."""


def expectation(url: str, story: Story) -> Expected:
    """Say what the page of `story` at `url` says."""
    published = story.published.replace(" ", "T")
    if story.clock:
        published += (":00" if len(story.clock) == 5 else "") + "+08:00"
    return Expected(
        url=url,
        title=story.title,
        published=published,
        origin=story.origin,
        editors=(story.editor,) if story.editor else (),
        paragraphs=_habit(story.site)(story.paragraphs),
        lacks=FURNITURE[story.site],
    )


# --- pages -------------------------------------------------------------------------------------


def article_page(story: Story, neighbours: Sequence[Story]) -> bytes:
    """Render the page of `story` with links to `neighbours`, its whole site in order."""
    place = neighbours.index(story)
    previous, following = neighbours[place - 1], neighbours[(place + 1) % len(neighbours)]
    others = [other for other in neighbours if other is not story]
    return _fill(
        story.site,
        id=str(story.id),
        title=escape(story.title),
        section=story.section,
        published=story.published,
        date=story.day,
        year=story.day[:4],
        month=story.day[5:7],
        day=story.day[8:],
        time=story.clock,
        origin=story.origin or "",
        editor=story.editor or "",
        views=str(story.views),
        paragraphs=_paragraphs(story),
        related=_links(others[:3]),
        hot=_links(others[3:]),
        links="".join(f"<tr><td>&middot;{link}</td></tr>" for link in map(_link, others)),
        previous=escape(previous.title),
        previous_url=previous.path,
        following=escape(following.title),
        following_url=following.path,
        spam=" | ".join(f'<a href="http://lantern{n}.invalid/">{word}</a>' for n, word in enumerate(SPAM)),
    ).encode(CHARSETS.get(story.site, "utf-8"))


def list_page(title: str, entries: Iterable[tuple[str, str, str]], *, pager: str = "", charset: str = "utf-8") -> bytes:
    """Render a list of (address, title, day); `charset` is what the page declares."""
    items = "\n".join(
        f'<li><a href="{escape(url)}">{escape(text)}</a> <span class="date">{day}</span></li>'
        for url, text, day in entries
    )
    page = _fill("list", title=title, items=items, pager=pager, charset=charset)
    return page.encode("gbk" if charset == "gb2312" else charset)


def feed(title: str, entries: Iterable[tuple[str, Story]]) -> bytes:
    """Render an RSS feed; its dates are Chinese, as such sites write them."""
    items = "".join(
        f"<item><title>{escape(story.title)}</title><link>{escape(url)}</link><pubDate>{_chinese_day(story.day)}</pubDate>"
        f"</item>\n"
        for url, story in entries
    )
    channel = f"<channel><title>{title}</title>\n{items}</channel>"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0">{channel}</rss>\n'.encode()


def _fill(template: str, **fields: str) -> str:
    return Template(files(__package__).joinpath(f"templates/{template}.html").read_text("utf-8")).substitute(fields)


def _chinese_day(day: str) -> str:
    year, month, number = day.split("-")
    return f"{year}年{int(month)}月{int(number)}日"


def _link(story: Story) -> str:
    return f'<a href="{escape(story.path)}">{escape(story.title)}</a>'


def _links(stories: Iterable[Story]) -> str:
    return "".join(f"<li>{_link(story)}</li>" for story in stories)


# --- habits ------------------------------------------------------------------------------------

MARKUP = {
    "portal": "<p>\u3000\u3000{}</p>",
    "party": '<p style="text-indent:2em">{}</p>',
    "mirror": "<p>{}</p>",
    "hijacked": "<p>\u3000\u3000{}</p>",
    "company": '<p><span style="font-size:16px">&nbsp;&nbsp;&nbsp;&nbsp;{}&nbsp;</span></p>',
}


def _paragraphs(story: Story) -> str:
    return "\n".join(MARKUP[story.site].format(escape(text)) for text in _habit(story.site)(story.paragraphs))


def _habit(site: str) -> Callable[[Sequence[str]], tuple[str, ...]]:
    return {"mirror": _machine_converted, "company": _spaced}.get(site, tuple)


def _machine_converted(paragraphs: Sequence[str]) -> tuple[str, ...]:
    """Gloss characters with their pinyin and double every other comma and enumeration mark."""
    turn = count()

    def double(mark: re.Match[str]) -> str:
        return "，" + mark.group() if next(turn) % 2 else mark.group()

    glossed = (re.sub(f"[{''.join(PINYIN)}]", lambda m: f"{m.group()}({PINYIN[m.group()]})", p) for p in paragraphs)
    return tuple(re.sub("[，、]", double, paragraph) for paragraph in glossed)


def _spaced(paragraphs: Sequence[str]) -> tuple[str, ...]:
    """Put a space before every other mark, as some editors' copy and paste does."""
    turn = count()
    return tuple(re.sub("[，。、]", lambda m: " " * (next(turn) % 2) + m.group(), p) for p in paragraphs)

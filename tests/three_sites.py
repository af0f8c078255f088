"""Owns three small sites that are built differently, as a first look must be able to tell: a ministry on TRS, a portal
with numbered pages in GBK, a weblog that lives from its feed.

Each has what surrounds articles on such sites: columns, pagers, contact pages, log-ins, videos, neighbours' links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.server import Page

__all__ = ["BuiltSite", "ministry", "portal", "weblog"]

_PLACES = ("柳湾", "石桥", "上塘", "青浦坪", "南渡", "竹溪", "白沙洲", "老街")
_DEEDS = ("开始修复沿河步道", "完成今年冬小麦播种", "办起乡村图书角", "为独居老人安装扶手", "清理三十年旧渠")
_SENTENCES = (
    "{place}的施工队清晨六点进场，先拆下松动的石板，再把编了号的旧料码在路边，准备原样铺回去。",
    "镇上的老木匠说，这样的活计他年轻时做过两回，最难的是让新旧木纹接得上，急不得。",
    "按照安排，整项工作分成四段，每一段完成之后都请住在附近的人来看过，再动下一段。",
    "截至昨天傍晚，第{number}段已经收尾，剩下的部分如果不遇连阴雨，可以赶在月底以前做完。",
)


@dataclass
class BuiltSite:
    """Pages by path, and which of them are articles."""

    pages: dict[str, Page] = field(default_factory=dict)
    articles: set[str] = field(default_factory=set)
    """Paths that some list, feed or sitemap announces."""
    charset: str = "utf-8"

    def put(self, path: str, html: str, content_type: str = "text/html") -> None:
        """Add a page."""
        self.pages[path] = Page(html.encode(self.charset, "xmlcharrefreplace"), content_type)


def title_of(number: int) -> str:
    """Return the title of an article."""
    return f"{_PLACES[number % len(_PLACES)]}{_DEEDS[number % len(_DEEDS)]}（之{number}）"


def text_of(number: int) -> str:
    """Return the paragraphs of an article as HTML."""
    place = _PLACES[number % len(_PLACES)]
    return "".join(f"<p>　　{sentence.format(place=place, number=number)}</p>" for sentence in _SENTENCES)


def anchors(targets: Sequence[tuple[str, str]], *, item: str = "li") -> str:
    """Return a list of links."""
    return "".join(f'<{item}><a href="{path}" target="_blank">{text}</a></{item}>' for path, text in targets)


def cut(numbers: Sequence[int], size: int) -> list[Sequence[int]]:
    """Return `numbers` in pages of `size`."""
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]


# --- a ministry on TRS ---------------------------------------------------------------------------

_COLUMNS = {"/xw/yw/": "要闻", "/xw/tzgg/": "通知公告", "/zc/zcjd/": "政策解读"}
_MINISTRY_NAV = anchors([("/", "首页"), *_COLUMNS.items(), ("/gywm/", "关于我们"), ("/login.jsp", "登录")])
_MINISTRY_FOOT = (
    '<div class="foot"><a href="/wzdt/index.html">网站地图</a><a href="http://www.gov.invalid/">中国政府网</a>'
    '<a href="https://beian.invalid/state?id=1101">备案</a>主办单位：云泽市农业农村局</div>'
)


def ministry() -> BuiltSite:
    """Return a government site: dated folders, relative links, a pager that a script makes."""
    site = BuiltSite()
    home = ""
    for place, (column, name) in enumerate(_COLUMNS.items()):
        numbers = range(1000 + 20 * place, 1000 + 20 * place + 14 - 4 * place)
        parts = cut(numbers, 6)
        for at, part in enumerate(parts):
            rows = anchors([(f".{_ministry_path(number)}", title_of(number)) for number in part])
            pager = f"<script>createPageHTML({len(parts)}, {at}, 'index', 'html');</script>"
            body = f"<ul class='list1'>{rows}</ul>{pager if len(parts) > 1 else ''}"
            page = _ministry_page(f"{name}_云泽市农业农村局", body)
            site.put(f"{column}index_{at}.html" if at else column, page)
        for number in numbers:
            path = f"{column.rstrip('/')}{_ministry_path(number)}"
            site.put(path, _ministry_article(number, name))
            site.articles.add(path)
        newest = anchors([(f"{column[:-1]}{_ministry_path(number)}", title_of(number)) for number in numbers[:4]])
        home += f"<h2>{name}</h2><ul>{newest}</ul>"
    home += '<ul><li><a href="/sp/202605/VIDE20260518.shtml">视频：秋收时节的云泽田野（短片）</a></li></ul>'
    site.put("/", _ministry_page("云泽市农业农村局", home))
    for path in ("/gywm/", "/login.jsp", "/wzdt/index.html"):
        site.put(path, _ministry_page("云泽市农业农村局", "<p>地址：云泽市文化路十二号</p>"))
    site.put("/robots.txt", "User-agent: *\nDisallow: /login.jsp\n", "text/plain")
    return site


def _ministry_path(number: int) -> str:
    return f"/2026{number % 4 + 5:02d}/t2026{number % 4 + 5:02d}{number % 27 + 1:02d}_{number * 7}.html"


def _ministry_page(title: str, body: str) -> str:
    head = f"<html><head><meta charset='utf-8'><title>{title}</title></head>"
    return f"{head}<body><div class='nav'><ul>{_MINISTRY_NAV}</ul></div>{body}{_MINISTRY_FOOT}</body></html>"


def _ministry_article(number: int, column: str) -> str:
    title, day = title_of(number), f"2026-0{number % 4 + 5}-{number % 27 + 1:02d}"
    meta = f'<meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="{day}">'
    return (
        f"<html><head><meta charset='utf-8'><title>{title}_{column}</title>{meta}</head><body>"
        f"<div class='nav'><ul>{_MINISTRY_NAV}</ul></div><h1>{title}</h1>"
        f"<div class='info'>{day} 来源：云泽市农业农村局</div>"
        f"<div class='TRS_Editor'>{text_of(number)}</div>{_MINISTRY_FOOT}</body></html>"
    )


# --- a portal with numbered pages ------------------------------------------------------------------

_CHANNELS = {"gn": "国内", "gj": "国际", "sh": "社会", "ty": "体育"}
_PORTAL_NAV = anchors(
    [("/", "首页"), *((f"/{c}/index.shtml", n) for c, n in _CHANNELS.items()), ("/passport/login", "登录")]
)


def portal() -> BuiltSite:
    """Return a news portal in GBK that says gb2312: date paths, lists of which each names its pages by number."""
    site = BuiltSite(charset="gbk")
    home = ""
    for place, (channel, name) in enumerate(_CHANNELS.items()):
        numbers = range(20000 + 100 * place, 20000 + 100 * place + 17 - 3 * place)
        parts = cut(numbers, 5)
        for at, part in enumerate(parts):
            rows = anchors([(_portal_path(channel, number), title_of(number)) for number in part])
            file = f"/{channel}/index{f'_{at + 1}' if at else ''}.shtml"
            site.put(
                file,
                _portal_page(name, f"<ul>{rows}</ul><div class=page>{_row_of_pages(channel, len(parts), at)}</div>"),
            )
        for number in numbers:
            path = _portal_path(channel, number)
            site.put(path, _portal_article(number, name, numbers))
            site.articles.add(path)
        newest = anchors([(_portal_path(channel, number), title_of(number)) for number in numbers[:3]])
        home += f"<h3><a href='/{channel}/index.shtml'>更多</a></h3><ul>{newest}</ul>"
    home += anchors([("/video/2026/05-18/77001.shtml", "视频")], item="p")
    site.put("/", _portal_page("云泽在线", home))
    site.put("/passport/login", _portal_page("登录", "<form><input name=user></form>"))
    return site


def _portal_path(channel: str, number: int) -> str:
    return f"/{channel}/2026/{number % 9 + 1:02d}-{number % 27 + 1:02d}/{number}.shtml"


def _row_of_pages(channel: str, count: int, current: int) -> str:
    files = [f"/{channel}/index{f'_{at + 1}' if at else ''}.shtml" for at in range(count)]
    return "".join(
        f"<b>{at + 1}</b>" if at == current else f'<a href="{file}">{at + 1}</a>' for at, file in enumerate(files)
    )


def _portal_page(title: str, body: str) -> str:
    return (
        "<html lang=zh-CN><head><meta http-equiv=Content-Type content='text/html; charset=gb2312'>"
        f"<title>{title}_云泽在线</title></head><body><ul>{_PORTAL_NAV}</ul>{body}"
        "<p>Copyright 云泽在线</p></body></html>"
    )


def _portal_article(number: int, name: str, others: Sequence[int]) -> str:
    channel = next(channel for channel, known in _CHANNELS.items() if known == name)
    hot = anchors([(_portal_path(channel, other), title_of(other)) for other in others[:3]])
    clock = f"2026年{number % 9 + 1:02d}月{number % 27 + 1:02d}日 10:{number % 60:02d}"
    return _portal_page(
        title_of(number),
        f"<div class=left><h1>{title_of(number)}</h1><div class=left-t>{clock}　来源：云泽在线</div>"
        f"<div class=left_zw>{text_of(number)}</div></div><div class=hot><h4>热点</h4><ul>{hot}</ul></div>",
    )


# --- a weblog -------------------------------------------------------------------------------------

_WORDS = ("river-path", "winter-wheat", "reading-corner", "old-canal", "handrails-for-all", "village-market")
_POSTS = range(1, 15)
_WEBLOG_HEAD = (
    '<link rel="alternate" type="application/rss+xml" title="訂閱" href="/feed/">'
    '<link rel="alternate" type="application/rss+xml" title="留言" href="/comments/feed/">'
)
_RECENT = 5


def weblog() -> BuiltSite:
    """Return a weblog in traditional characters: a feed of the newest posts, the older ones on further pages."""
    site = BuiltSite()
    for at, part in enumerate(cut(_POSTS, _RECENT)):
        following = f'<a class="next page-numbers" href="/page/{at + 2}/">下一頁</a>' if _POSTS[-1] not in part else ""
        posts = "".join(
            f"<article><h2><a href='{_post(n)}'>{title_of(n)}</a></h2><p>{n}：摘要</p></article>" for n in part
        )
        site.put(f"/page/{at + 1}/" if at else "/", _weblog_page("南渡筆記", f"{posts}<nav>{following}</nav>"))
    for number in _POSTS:
        more = (
            f"<p><a href='/category/life/'>生活</a> <a href='/tag/river/'>河流</a></p><p>2026-05-{number + 9:02d}</p>"
        )
        site.put(_post(number), _weblog_page(title_of(number), f"<h1>{title_of(number)}</h1>{text_of(number)}{more}"))
        site.articles.add(_post(number))
    site.put("/feed/", _rss(_POSTS[:_RECENT]), "application/rss+xml; charset=utf-8")
    site.put("/comments/feed/", _rss(()), "application/rss+xml; charset=utf-8")
    site.put("/about/", _weblog_page("關於", "<h1>關於</h1><p>這裡寫南渡。</p>"))
    for path in ("/category/life/", "/tag/river/", "/2026/05/"):
        posts = "".join(f"<h2><a href='{_post(n)}'>{title_of(n)}</a></h2>" for n in _POSTS[:3])
        site.put(path, _weblog_page("生活", posts))
    return site


def _post(number: int) -> str:
    return f"/2026/05/{number + 9:02d}/{_WORDS[number % len(_WORDS)]}-part-{number}/"


def _weblog_page(title: str, body: str) -> str:
    side = anchors([(_post(n), title_of(n)) for n in _POSTS[:3]])
    menu = anchors(
        [
            ("/", "首頁"),
            ("/about/", "關於"),
            ("/category/life/", "生活"),
            ("/2026/05/", "五月"),
            ("/wp-login.php", "登入"),
        ]
    )
    return (
        '<!doctype html><html lang="zh-TW"><head><meta charset="utf-8">'
        f"<title>{title} – 南渡筆記</title>{_WEBLOG_HEAD}</head>"
        f"<body><ul>{menu}</ul><main>{body}</main><aside><ul>{side}</ul></aside></body></html>"
    )


def _rss(numbers: Sequence[int]) -> str:
    items = "".join(
        f"<item><title>{title_of(n)}</title><link>{_post(n)}</link><guid>{_post(n)}#c</guid></item>" for n in numbers
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>南渡筆記</title>{items}</channel></rss>'

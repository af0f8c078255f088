"""Owns the pages of the heavy newspaper: 140 KB and nearly a thousand elements each, as Chinese portals serve them.

The article is the light newspaper's; around it stands what portals put there: a menu of channels and their columns,
tabs of headlines, pictures in three boxes each, a table of rates, advertisements with their scripts, forms, a footer of
links and certificates; attributes for the counting of clicks, indents, comments, several scripts. `site_figures.py`
holds the pages beside real ones.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from html import escape

from bench.minified import library, style
from bench.press import CHANNELS, Press, Story

__all__ = ["HeavyPress"]

_COLUMNS = 7
"""Of each channel in the menu."""
_TABS = (13, 13, 12)
_PICTURES = 10
_TAGS = 12
_RATES = 6
_ADVERTISEMENTS = 5
_SHARES = 6
_FEED = 8
_IMAGE_BYTES = 2700
_FONT = "font-family:宋体,SimSun;font-size:16px;line-height:28px"
_PARTNERS = 60
_LIBRARIES = (5, 7, 8, 6)
"""Functions in each script."""
_STATE_ENTRIES = 60


class HeavyPress(Press):
    """Prints the pages of a newspaper on a grown content system."""

    def __init__(self, articles: int) -> None:
        super().__init__(articles)
        self._names = self.prose.subject()
        self._styles = style(self.random)
        self._libraries = [library(self.random, functions) for functions in _LIBRARIES]
        self._head = "".join(self._metas())
        self._menu = "\n".join(self._menu_of(channel, name) for channel, name in CHANNELS.items())
        self._footer = self._foot()

    def _page(self, title: str, main: str, charset: str, head: str = "") -> bytes:
        first, second, third, fourth = self._libraries
        return (
            f'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
            f'"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml" '
            f'lang="zh-CN">\n<head>\n<meta charset="{charset}">\n<title>{title}_城东新闻网</title>\n{head}{self._head}'
            f'<style type="text/css">\n{self._styles}</style>\n<script type="text/javascript">\n{first}</script>\n'
            f'<script>{self._state()}</script>\n</head>\n<body class="page article-page">\n'
            f'<div class="app" id="app">\n{self._top()}\n'
            f'<div class="layout" id="layout">\n  <div class="layout-wrap">\n    <div class="layout-row clearfix">\n'
            f'      <div class="col col-main">\n        <div class="col-inner">\n{main}\n        </div>\n      </div>\n'
            f'      <div class="col col-side">\n        <div class="col-inner">\n{self._side()}\n        </div>\n'
            f"      </div>\n    </div>\n  </div>\n</div>\n"
            f'<script type="text/javascript">\n{second}</script>\n{self._footer}\n'
            f'<script type="text/javascript">\n{third}</script>\n</div>\n<!-- counting: begin -->\n<script>\n{fourth}'
            f'var visit="{self.random.getrandbits(128):032x}";\n</script>\n<!-- counting: end -->\n</body>\n</html>\n'
        ).encode(charset, "xmlcharrefreplace")

    # --- article ---------------------------------------------------------------------------------

    def _paragraph(self, text: str) -> str:
        """Mark up each sentence, as a word processor's clipboard does."""
        sentences = "".join(
            f'<span style="{_FONT}"><font color="#{self.random.getrandbits(12):06x}">{sentence}。</font></span>'
            if place % 3
            else f'<font face="宋体"><span lang="zh-CN" style="{_FONT}">{sentence}。</span></font>'
            for place, sentence in enumerate(text.removesuffix("。").split("。"))
        )
        return (
            f'<p class="MsoNormal" align="justify" style="text-indent:2em;{_FONT}">　　'
            f'<span lang="zh-CN">{sentences}</span></p>'
        )

    def _story_column(self, story: Story, paragraphs: Sequence[str]) -> str:
        shares = "".join(
            f'<a {self._outside("share", place)}><i class="icon" style="{self._icon()}"></i></a>'
            for place in range(_SHARES)
        )
        feed = "\n".join(map(self._feed_item, self._some(_FEED)))
        return (
            f'          <div class="main main-article" id="main{story.number}">\n            <div class="main-wrap">\n'
            f'<div class="tools clearfix">{shares}</div>\n{super()._story_column(story, paragraphs)}\n'
            f'<div class="feed">\n{feed}\n</div>\n            </div>\n          </div>'
        )

    def _feed_item(self, story: Story) -> str:
        return (
            f'  <div class="feed-item clearfix" data-id="{self._code()}">\n    <div class="feed-image">'
            f'<a {self._inside(story, "feed")}><img class="lazy" src="{self._picture()}" data-src="{self._picture()}"'
            f' alt="" style="width:120px"></a></div>\n'
            f'    <div class="feed-text"><h4><a {self._inside(story, "feed")}>{escape(story.title)}</a></h4>'
            f'<p class="feed-intro">{self._names.sentence()}</p><span class="feed-from"><em>{self._name()}</em>'
            f'<i class="dot"></i><b>{story.day:%Y-%m-%d}</b></span></div>\n  </div>'
        )

    # --- head ------------------------------------------------------------------------------------

    def _metas(self) -> Iterable[str]:
        for name in ("robots", "renderer", "applicable-device", "format-detection", "filetype", "pagetype", "catalogs"):
            yield f'<meta name="{name}" content="{"".join(self._names.words(2))}">\n'
        for place in range(6):
            address = f"//static.bench.invalid/css/{self.random.getrandbits(48):012x}.css"
            yield f'<link rel="stylesheet" type="text/css" href="{address}" media="screen" data-order="{place}">\n'
        for _ in range(5):
            yield f'<script src="//static.bench.invalid/js/{self.random.getrandbits(48):012x}.js"></script>\n'

    def _state(self) -> str:
        entries = (
            f'{{"id":{self.random.getrandbits(30)},"code":"{self._code()}","picture":"{self._picture()}","shown":true,'
            f'"title":"{story.title}","link":"http://m.bench.invalid{story.path}"}}'
            for story in self._some(_STATE_ENTRIES)
        )
        return f'window.__STATE__={{"list":[{",".join(entries)}]}};'

    # --- above and below -------------------------------------------------------------------------

    def _menu_of(self, channel: str, name: str) -> str:
        columns = "\n".join(
            f'            <dd class="menu-item"><a {self._outside(channel, place)}>{self._name()}</a></dd>'
            for place in range(_COLUMNS)
        )
        return (
            f'        <dl class="menu-group menu-{channel}" data-group="{channel}">\n          <dt class="menu-title">'
            f'<a href="/{channel}/index.html" target="_blank" title="{name}频道">{name}</a></dt>\n{columns}\n'
            f"        </dl>"
        )

    def _top(self) -> str:
        latest = "\n".join(
            f'          <li class="ticker-item" style="display:block"><a {self._inside(story, "ticker")}>'
            f"{story.title}</a></li>"
            for story in self._some(5)
        )
        return (
            f'<!-- head: begin -->\n<div class="header" id="header">\n  <div class="header-wrap">\n'
            f'    <div class="header-top clearfix">\n      <ul class="bar">{self._bar}</ul>\n'
            f'      <div class="code"><img alt="" src="data:image/png;base64,{self._inline_image()}"></div>\n'
            f'      <form class="search" action="http://search.bench.invalid/s" method="get">'
            f'<input type="hidden" name="ie" '
            f'value="utf-8"><input type="text" name="q" class="search-text" placeholder="请输入关键词">'
            f'<select name="range">'
            f'<option value="1">全文</option><option value="2">标题</option></select>'
            f'<input type="submit" value="搜索"></form>\n'
            f'      <div class="login"><a {self._outside("passport", 1)}>登录</a><i>|</i>'
            f"<a {self._outside('passport', 2)}>注册</a></div>\n"
            f'    </div>\n    <div class="header-menu">\n      <div class="menu clearfix">\n{self._menu}\n'
            f"      </div>\n    </div>\n"
            f'    <div class="header-ticker">\n        <ul class="ticker">\n{latest}\n        </ul>\n    </div>\n'
            f"  </div>\n</div>\n<!-- head: end -->"
        )

    def _foot(self) -> str:
        partners = "\n".join(
            f"        <a {self._outside('partner', place)}>{self._name()}网</a> | " for place in range(_PARTNERS)
        )
        certificates = "".join(
            f'<td class="certificate"><a {self._outside("beian", place)}>'
            f'<img src="http://img.bench.invalid/b{place}.png" '
            f'width="40" height="50" alt="{self._name()}"></a><br>'
            f"{self._name()}许可证{self.random.getrandbits(24)}号</td>"
            for place in range(6)
        )
        about = " | ".join(f"<a {self._outside('about', place)}>{self._name()}</a>" for place in range(10))
        return (
            f'<!-- foot: begin -->\n<div class="footer">\n  <div class="footer-wrap">\n    <div class="partners">\n'
            f'      <p class="clearfix">\n{partners}\n      </p>\n    </div>\n    <div class="about-us">{about}</div>\n'
            f'    <table class="certificates" cellpadding="0" cellspacing="0"><tbody><tr>{certificates}</tr></tbody>'
            f"</table>\n"
            f'    <p class="rights">城东新闻网 版权所有 未经书面授权不得转载</p>\n'
            f'    <p class="rights">京ICP备00000000号</p>\n'
            f"  </div>\n</div>\n<!-- foot: end -->"
        )

    # --- beside ----------------------------------------------------------------------------------

    def _side(self) -> str:
        boxes: list[Callable[[int], str]] = [self._tab, self._advertisement]
        tabs = [boxes[place % 2](place // 2) for place in range(2 * len(_TABS))]
        advertisements = [self._advertisement(place) for place in range(len(_TABS), _ADVERTISEMENTS)]
        return "\n".join([*tabs, self._pictures(), *advertisements, self._rates(), self._tags()])

    def _tab(self, place: int) -> str:
        rows = "\n".join(
            f'                <li class="rank-item rank-{rank}" style="{self._icon()}">\n'
            f'                  <em class="rank-number">{rank}</em>\n'
            f'                  <a {self._inside(story, "rank")}><span class="rank-title" style="color:#333">'
            f"{escape(story.title)}</span></a>\n"
            f'                  <span class="rank-day">{story.day:%m-%d}</span>\n                </li>'
            for rank, story in enumerate(self._some(_TABS[place]), 1)
        )
        return (
            f'          <div class="box box-rank" id="box{place}" data-box="{self.random.getrandbits(32):08x}">\n'
            f'            <div class="box-head"><h3 class="box-title"><span>{self._name()}排行</span></h3></div>\n'
            f'            <div class="box-body">\n              <ul class="rank">\n{rows}\n              </ul>\n'
            f"            </div>\n          </div>"
        )

    def _pictures(self) -> str:
        shots = "\n".join(
            f'              <div class="shot"><div class="shot-wrap"><div class="shot-image">'
            f"<a {self._inside(story, 'shot')}>"
            f'<img src="http://img.bench.invalid/blank.gif" data-src="{self._picture()}" '
            f'width="160" height="90" alt="{story.title}"></a></div><p class="shot-title">'
            f"<a {self._inside(story, 'shot')}>"
            f"{story.title}</a></p></div></div>"
            for story in self._some(_PICTURES)
        )
        return (
            f'          <div class="box box-pictures">\n'
            f'            <div class="box-head"><h3 class="box-title">图片</h3></div>\n'
            f'            <div class="box-body clearfix">\n{shots}\n            </div>\n          </div>'
        )

    def _advertisement(self, place: int) -> str:
        code = self.random.getrandbits(40)
        return (
            f"          <!-- slot {place}: begin -->\n"
            f'          <div class="slot" id="slot{place}" style="width:300px;height:250px">'
            f'<script type="text/javascript">'
            f'(function(w){{w.slots=w.slots||[];w.slots.push({{id:"u{code}",at:"slot{place}",'
            f'size:[300,250],path:"//ads.bench.invalid/{code:x}"}})}})(window);</script><noscript>'
            f"<a {self._outside('ads', place)}>"
            f'<img src="http://img.bench.invalid/a{place}.jpg" alt=""></a></noscript></div>\n'
            f"          <!-- slot {place}: end -->"
        )

    def _rates(self) -> str:
        rows = "\n".join(
            f'                <tr><td class="rate-name">{self._name()}</td><td>{self.random.uniform(1, 9):.4f}</td>'
            f'<td class="rate-change">{self.random.uniform(-2, 2):+.2f}%</td></tr>'
            for _ in range(_RATES)
        )
        return (
            f'          <div class="box box-rates">\n'
            f'            <table class="rates" width="100%" border="0"><tbody>\n{rows}\n'
            f"            </tbody></table>\n          </div>"
        )

    def _tags(self) -> str:
        tags = "\n".join(
            f'              <a {self._outside("tag", place)}><span class="tag">{self._name()}</span></a>'
            for place in range(_TAGS)
        )
        return (
            f'          <div class="box box-tags">\n            <div class="tags">\n{tags}\n            </div>\n'
            f"          </div>"
        )

    # --- attributes ------------------------------------------------------------------------------

    def _name(self) -> str:
        return "".join(self._names.words(2))

    def _code(self) -> str:
        return f"{self.random.getrandbits(96):024x}"

    def _picture(self) -> str:
        return f"http://img{self.random.randint(1, 9)}.bench.invalid/{self._code()}.jpg"

    def _inline_image(self) -> str:
        return b64encode(self.random.randbytes(_IMAGE_BYTES)).decode()

    def _icon(self) -> str:
        left_px = self.random.randint(0, 400)
        return f"background:url(http://static.bench.invalid/i/{self._code()}.png) no-repeat -{left_px}px 0"

    def _inside(self, story: Story, place: str) -> str:
        """Return the attributes of a link to an article."""
        return (
            f'href="{story.path}" class="link link-{place}" target="_blank" title="{escape(story.title)}" '
            f'data-track="{place}.{self._code()}" onclick="return track(this,\'{place}\')"'
        )

    def _outside(self, host: str, place: int) -> str:
        """Return the attributes of a link to another host."""
        return (
            f'href="http://{host}.bench.invalid/column{place}/{self._code()}.shtml" class="link" target="_blank" '
            f'rel="nofollow" data-track="{host}.{place}"'
        )

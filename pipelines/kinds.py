"""Owns the names of what a page is when it is no article: challenge, login wall, gone, video, gallery, list.

`gone` is a soft 404: the server says 200 and the page says that there is none.
"""

from __future__ import annotations

import re

from pipelines.blocks import Blocks
from pipelines.declared import Declared
from pipelines.labels import fold
from pipelines.tree import Node, attribute, names_of

__all__ = ["KINDS", "challenge_in", "name_kind"]

KINDS = ("challenge:", "gone:", "login wall:", "video:", "gallery:", "list:")
"""How the reasons begin that name what a page is."""

_CHALLENGE = re.compile(
    r"__jsl_clearance|_wzws|wzwschallenge|wzwsconfirm|acw_sc__v2|cf-chl|challenge-platform|_cf_chl_opt|jschl|"
    r"document\.cookie\s*=[^;]{0,200};[^<]{0,300}location|location[^<]{0,200}document\.cookie\s*=|"
    r"(?:请|請).{0,8}(?:输入|輸入|完成)验证码|安全验证|访问验证|人机验证|checking your browser|"
    r"(?:enable|turn on) javascript and cookies|当前访问疑似|请开启JavaScript",
    re.I,
)
_CHALLENGE_TEXT = 300
"""Characters that a challenge shows at most."""

_GONE = re.compile(
    r"(?:您|你)?(?:访问|查找|浏览|请求|要找|查看|所访问)?的?"
    r"(?:页面|网页|内容|文章|信息|新闻|稿件|帖子|文件)(?:已经?|可能)?"
    r"(?:不存在|被删除|已删除|未找到|找不到|无法找到|已下线|已失效|已过期|被移除|不见了|走丢了|无法显示)"
    r"|(?:找不到|没有找到|未找到|无法找到).{0,8}(?:页面|网页|内容|文章|资源)|^404\b|\b404\s?(?:错误|not found"
    r"|error)|(?:页面|出错)404"
    r"|(?:page|article) (?:not found|no longer|does not exist|cannot be found)|此内容(?:因违规|发送失败)无法查看"
    r"|该(?:内容|公众号)已被",
    re.I,
)
_LOGIN = re.compile(
    r"^(?!.*(?:评论|留言|发表|收藏|点赞|投稿|跟帖|評論|發表)).*(?:(?:请|您?需要?|須|须)先?(?:登录|登陆|登入|注册)(?:后|才能|查看|阅读|，|。|$)|登录后(?:才)?(?:可|能|查看|阅读"
    r"|继续)|"
    r"(?:付费|订阅|会员)(?:后|用户|专享).{0,10}(?:阅读|查看)|余下全文|"
    r"(?:log|sign) in to (?:continue|read|view)|subscribe to (?:continue|read)|you must be logged in)",
    re.I,
)
"""A line about who may comment says nothing of who may read."""
_SHORT = 200
_VIDEO = re.compile(r"(?:^|[\s_-])(?:video|player|vjs|prism-player|jwplayer|ckplayer|aliplayer)(?=$|[\s_-]|\d)")
_VIDEO_TAGS = ("video", "embed", "object", "iframe")
_VIDEO_SOURCE = re.compile(r"\.(?:mp4|m3u8|flv|swf)\b|player|video|v\.qq\.com|youku", re.I)
_GALLERY = re.compile(
    r"(?:^|[\s_-])(?:gallery|slide\w*|swiper|photo-?(?:list|set)|tuji|picture-?list|atlas)(?=$|[\s_-]|\d)"
)
_MANY_PICTURES = 4


def challenge_in(markup: str) -> bool:
    """Return whether a page, by its script or its few words, asks whether a browser or a person is there."""
    return _CHALLENGE.search(markup[:60_000]) is not None


def _plays(root: Node) -> bool:
    for tag in _VIDEO_TAGS:
        for element in root.iter(tag):
            if tag == "video" or _VIDEO_SOURCE.search(attribute(element, "src") + attribute(element, "data")):
                return True
    return any(_VIDEO.search(names_of(element)) for element in root.iter("div"))


def name_kind(root: Node, page: Blocks, declared: Declared, markup: str, body_chars: int) -> str | None:
    """Return `name: why` of a page that is no article, None when nothing speaks against its being one.

    `body_chars` is the length of the text found; a long text is an article whatever stands around it.
    """
    if body_chars >= _SHORT:
        return None
    seen = [block for block in page.blocks if not block.hidden]
    size = sum(block.length for block in seen)
    if size <= _CHALLENGE_TEXT and challenge_in(markup):
        return f"challenge: {size} characters and a script that tests the visitor"
    lines = [fold(block.text) for block in seen if block.length <= 120]
    if said := next((line for line in (fold(declared.title), *lines) if _GONE.search(line)), None):
        return f"gone: the page says {said[:40]}"
    if said := next((line for line in lines if _LOGIN.search(line)), None):
        return f"login wall: the page says {said[:40]}"
    if body_chars:
        return None
    if "video" in declared.first("og:type").lower() or _plays(root):
        return "video: a player and no text"
    linked = sum(block.linked for block in seen)
    if len(page.images) >= _MANY_PICTURES and any(_GALLERY.search(names_of(e)) for e in root.iter("div", "ul")):
        return f"gallery: {len(page.images)} pictures and no text"
    if size and linked * 2 > size:
        return f"list: mostly links ({linked} of {size} characters)"
    return None

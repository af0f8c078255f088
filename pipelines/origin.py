"""Owns 来源: the name of the medium that an article gives as its origin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pipelines.dates import find_dates
from pipelines.labels import fold, foldings, strip_glosses
from pipelines.text import HAN, collapse
from pipelines.tree import Node, names_of

__all__ = ["labelled_origin", "origin_by_name", "origin_in_date_line", "origin_line"]

_STOP = (
    r"(?=\s*(?:[|丨【】\[\]<>]|(?:责任|本文|网络|执行|值班|文字)?编辑\s?:|责编|(?:作者|记者|选稿|校对|审核|监制|"
    r"编审|摄影|通讯员|原标题|标签)\s?:|"
    r"(?:发布|发表|更新|上传|创建)(?:时间|日期|于|人|者)|(?:时间|日期|浏览|阅读|点击|人气|评论|关键[词字]|"
    r"字[号体])(?:次?数|量|率)?\s?[:(]|字[号体]|我要|网友|"
    r"(?:19|20)\d\d\s?[-年./]|$)"
    r"|\s(?:编辑|作者|记者|发布|发表|更新|时间|日期|浏览|阅读|点击|打印|分享|评论|跟贴|举报|来源|人气|供稿|投稿|"
    r"关注|收藏|标签|查看|扫|推荐|提示|全文|通讯员|原文))"
)
_ORIGIN = re.compile(
    r"(?:信息|文章|稿件|新闻|本文|文稿|图文|消息|内容|文字)?(?<!图片)(?<!视频)(?<!资料)(?<!数据)(?:(?:来源|稿源|"
    r"出处)(?:于|自)?\s?[:/|]|"
    r"本文来源于)\s?[\[【《(]?\s?"
    r"(?P<value>(?!于|:)\S.{0,60}?)" + _STOP
)
_BARRED = re.compile(r"[|丨]\s?来源(?P<value>[^|丨:\s。,]{2,16})\s?(?=[|丨]|$)")
_NO_NAME = re.compile(
    r"[\d\W]+|原创|转载(?:文章)?|本站(?:原创)?|网络(?:整理|转载)?|互联网|未知|admin|其他|综合|不详|(?:作者|编辑|"
    r"点击|发布|网友|责任).*",
    re.I,
)
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:\w*source\w*|laiyuan|ly|media-?name|from|origin|pub-?from|copyfrom|author-name-media)(?=$|[\s_-])"
)
_NOISE = re.compile(
    r"https?://\S+|\b[\w.-]+\.(?:com|cn|net|org)\S*|[\[【(][^\])】]{0,12}[\])】]|原创|转载|来自\S+|"
    r"\d[\d,]*\s*(?:人参与|人|次|条|评论|阅读|浏览)|(?<!\S)\d[\d,]*(?!\S)|"
    r"(?:发布|发表|更新|时间|日期|于|编辑|作者|字[号体]|举报|分享|收藏|打印|评论|微博|微信|缩小字体|放大字体|阅读|"
    r"浏览|点击|次|首发|已发布)(?:时间|日期)?\s?:?|"
    r"(?:星期|周)[一二三四五六日天]|(?:上午|下午)|·"
)
_MEDIUM_LINE = re.compile(
    rf"^《?[{HAN}A-Za-z0-9·]{{1,12}}(?:社|报|报社|电台|电视台|卫视|网|新闻|日报|晚报|周刊|杂志|财经|传媒|在线|"
    rf"客户端|时报|广播)》?(?:[-·][{HAN}]{{2,4}})?$"
)
_MAY_BE_LABELLED = re.compile(foldings("源处"))
"""Without one of these no pattern finds a label, and the line is not folded for them."""

_MEDIUM = re.compile(rf"^[{HAN}A-Za-z0-9][{HAN}A-Za-z0-9·]{{1,15}}$")


def _first_words(value: str) -> str:
    """Keep a name where further words stand behind it: `新京报 举报` gives 新京报, `Wind资讯 (wind)` stays whole."""
    words = value.split(" ")
    kept = [words[0]]
    for word in words[1:]:
        if not word or not (word[0] in "(（·" or (word.isascii() and kept[-1].isascii())):
            break
        kept.append(word)
    name = " ".join(kept).strip(" ·-—|:：,，。;；]】")
    return name if "《" in name else name.strip("》")


def labelled_origin(text: str) -> str | None:
    """Return the name behind 来源 in a line, None when there is none."""
    if not _MAY_BE_LABELLED.search(text):
        return None
    plain = strip_glosses(collapse(text))
    match = _ORIGIN.search(fold(plain)) or _BARRED.search(fold(plain))
    if not match:
        return None
    name = _first_words(plain[match.start("value") : match.end("value")].strip())
    return name if 2 <= len(name) <= 40 and not _NO_NAME.fullmatch(fold(name)) else None


@lru_cache(maxsize=1024)
def _says_source(names: str) -> bool:
    """Return whether class and id call an element the source; a site's pages have the same few."""
    return _NAMED.search(names) is not None


def origin_by_name(elements: Iterable[Node]) -> str | None:
    """Return the text of a short element that its class or id calls the source, None when there is none."""
    for element in elements:
        for inner in element.iter():
            if not isinstance(inner.tag, str) or not _says_source(names_of(inner)):
                continue
            text = strip_glosses(collapse("".join(inner.itertext())))
            name = labelled_origin(text) or (text if len(text) <= 20 and not find_dates(text) else "")
            if 2 <= len(name) <= 24 and not _NO_NAME.fullmatch(fold(name)) and re.search(rf"[{HAN}A-Za-z]", name):
                return name
    return None


def origin_in_date_line(line: str) -> str | None:
    """Return the name that stands alone beside a date: `2019年09月07日 04:04 北京日报`; None for any other line."""
    plain = strip_glosses(collapse(line))
    dates = find_dates(plain) if len(plain) <= 90 else []
    if len(dates) != 1:
        return None
    start = dates[0].start
    rest = plain[:start] + " " + plain[start + len(dates[0].raw) :]
    words = [word for word in _NOISE.sub(" ", fold(rest)).split() if len(word) > 1]
    # Behind a date without a clock a word may be anything, so it must sound like a medium.
    name = _MEDIUM if dates[0].hour is not None else _MEDIUM_LINE
    if len(words) != 1 or not name.match(words[0]) or _NO_NAME.fullmatch(words[0]):
        return None
    at = fold(rest).find(words[0])
    return rest[at : at + len(words[0])]


def origin_line(line: str) -> str | None:
    """Return a line that is nothing but the name of a medium, None when it is anything else."""
    name = strip_glosses(collapse(line))
    return name if len(name) <= 16 and _MEDIUM_LINE.match(fold(name)) else None

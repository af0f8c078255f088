"""Owns names in lines: 来源, 责任编辑, 记者, 作者, the bylines in brackets at an article's end, signatures such as （仲音）."""

from __future__ import annotations

import re

from pipelines.labels import fold, strip_glosses
from pipelines.text import HAN, collapse

__all__ = ["authors_in_text", "labelled_authors", "labelled_editors", "labelled_origin", "split_names"]

_STOP = (
    r"(?=\s*(?:[|｜丨【】\[\]〔〕()（）<>《]|(?:责任|本文|网络|执行|值班|文字)?编辑\s?[::]|责编|作者\s?[::]|记者\s?[::]|发布|发表|更新|时间|日期|浏览|阅读|点击|字[号体]|打印|分享|"
    r"评论|跟贴|举报|来源|选稿|校对|审核|监制|我要|人气|编审|摄影|通讯员|供稿|投稿|关注|收藏|关键|标签|原标题|原文|查看|扫|字号|推荐|(?:19|20)\d\d\s?[-年./]|$))"
)
_ORIGIN = re.compile(
    r"(?:信息|文章|稿件|新闻|本文|文稿|图文|消息|内容|资料|文字)?(?:来源|稿源|出处)(?:于|自)?\s?[::/|]\s?(?P<value>(?!于|[::])\S.{0,60}?)" + _STOP
)
_EDITOR = re.compile(
    r"(?:(?:责任|本文|网络|执行|本期|值班|新媒体|网站|实习|助理|版面)?编辑|责编|选稿|责任编审|编审|责任编校|小编)(?:员|人|者)?\s?(?:[::/|]\s?|\s)"
    r"(?P<value>(?![::])\S.{0,40}?)(?=\s*(?:[|丨【】\[\]()<>]|[^\s、,]{0,3}(?:编辑|责编|校对|审核|监制|来源|主编|编审|美编|终审|初审|复审|值班|统筹)|"
    r"作者|记者|发布|更新|时间|日期|浏览|点击|字[号体]|打印|分享|评论|查看|我要|关键|(?:19|20)\d\d|$))"
)
_AUTHOR = re.compile(
    r"(?:^|[\s(\[【|丨。；;,，」])(?:本报|本网|本台|本刊|新华社|[\u4e00-\u9fff]{0,6})?(?:文章|信息|本文|特约|原文|文字)?(?:作者|撰文|撰稿人?|采写|执笔|文字?|供稿人?|记者|通讯员|投稿人?)\s?[::/|]\s?"
    r"(?P<value>(?![::])\S.{0,60}?)(?=\s*(?:[|丨【】\[\]<>。;)]|(?:责任|本文)?编辑|责编|摄影|图片?\s?[::/]|视频\s?[::]|来源|校对|审核|监制|发布|发表|更新|时间|日期|浏览|点击|阅读|字[号体]|打印|分享|评论|查看|返回|我要|人气|加入|"
    r"(?:19|20)\d\d|$))"
)
_ROLE = r"(?:特约|实习|见习|全媒体|首席|驻\S{2,6}|融媒体?|全媒|本报|本网|本刊|本台|融媒)*"
_REPORTER_LINE = re.compile(rf"^(?:[{HAN}A-Za-z]{{0,12}}?){_ROLE}(?:记者|通讯员)[\s::]\s?(?P<value>[{HAN}·\s、,]{{2,60}})$")
_LEAD = re.compile(
    rf"[((][^()]{{0,24}}?(?:记者|通讯员|文/图|文并图)\s?[::]?\s?(?P<value>[{HAN}·\s、,;:]{{2,80}}?)\s?(?:报道|摄影报道|文/?图|图/?文|实习生\S*)?[))]"
)
_TAIL_BRACKET = re.compile(r"[((【\[](?P<value>[^()（）【】\[\]]{2,120})[))】\]]\s*$")
_ROLE_WORD = re.compile(
    rf"(?:[{HAN}]{{0,8}}?(?:特约|实习|见习|全媒体|首席)?(?:记者|通讯员|作者|撰文|撰稿|采写|执笔|文字|文)(?![章件化艺明])|参与采写(?:记者)?)\s?[::/]?\s?"
)
_OTHER_ROLE = re.compile(r"(?:视频|图片|摄影|制图|图|海报|编辑|责编|校对|审核|设计|剪辑|配音|策划|监制|统筹|摄)\s?[::/]")
_NOT_NAME = re.compile(
    r"系|为|是|单位|来源|原载|原题|完|转载|摘自|有删节|节选|图|摄|日电|供图|资料|版|年|月|日|号|第|记者|编辑|报道|综合|整理|点击|等$|本报|本网|网站|责任|大学|学院|公司|研究|教授|博士|主任|社|报$|网$|省|市|县|委员|局|中心"
)
_NAME_HAN = re.compile(rf"^[{HAN}][{HAN}·•]{{1,14}}$")
_SEPARATORS = re.compile(r"[、,，;；/|&\n\t]|\s{1,}|(?<=[\u4e00-\u9fff])和(?=[\u4e00-\u9fff]{2})")


def split_names(text: str) -> tuple[str, ...]:
    """Split a run of names; a two-character name spaced out (方 敏) becomes one again, repeats go."""
    parts = [part.strip(" .。::·-_()（）【】[]<>《》\"“”'") for part in _SEPARATORS.split(strip_glosses(text))]
    names: list[str] = []
    lone = ""
    for part in parts:
        if not part:
            continue
        single = len(part) == 1 and re.match(f"[{HAN}]", part) is not None
        if single and not lone:
            lone = part
            continue
        names.append(lone + part)
        lone = ""
    return tuple(dict.fromkeys(name for name in names if 2 <= len(name) <= 30))


def _cut(pattern: re.Pattern[str], text: str) -> str:
    """Return the value that a label pattern finds, cut from the text as written; empty when it finds none."""
    plain = strip_glosses(text)
    match = pattern.search(fold(plain))
    return plain[match.start("value") : match.end("value")].strip() if match else ""


def _first_words(value: str) -> str:
    """Keep a source's name where further words stand behind it: `新京报 举报` gives 新京报, `Wind资讯 (wind)` stays whole."""
    words = value.split(" ")
    kept = [words[0]]
    for word in words[1:]:
        if not word or not (word[0] in "(（·" or (word.isascii() and kept[-1].isascii())):
            break
        kept.append(word)
    return " ".join(kept).strip(" ·-—|:,，。;；")


def labelled_origin(text: str) -> str | None:
    """Return the name behind 来源 in a line, None when there is none."""
    name = _first_words(collapse(_cut(_ORIGIN, text)))
    return name if 2 <= len(name) <= 40 and not re.fullmatch(r"[\d\W]+|原创|转载|本站原创|网络|互联网|未知|admin", name) else None


def labelled_editors(text: str) -> tuple[str, ...]:
    """Return the names behind 责任编辑, 责编, 编辑, 选稿 in a line."""
    plain = strip_glosses(text)
    folded = fold(plain)
    names: list[str] = []
    for match in _EDITOR.finditer(folded):
        value = re.sub(r"[_\s]?[A-Z]{1,4}\d{2,6}\b", "", plain[match.start("value") : match.end("value")])
        names += [re.sub(r"[_-]?[A-Za-z]{0,3}\d{2,}$", "", name) or name for name in split_names(value)]
    return tuple(dict.fromkeys(name for name in names if 2 <= len(name) <= 20))


def labelled_authors(text: str) -> tuple[str, ...]:
    """Return the names behind 作者, 记者, 文 and the like in a short line."""
    value = _cut(_AUTHOR, text) or _cut(_REPORTER_LINE, text)
    value = re.sub(r"^.*?(?:记者|通讯员)[\s::]", "", value)
    return tuple(name for name in split_names(value) if not _OTHER_ROLE.search(fold(name)) and not name.isdigit())


def _bracketed(value: str) -> tuple[str, ...]:
    """Return the names in a closing bracket: `记者周玮、黄玥`, `文字：甲；视频：乙`, `仲音`."""
    folded = fold(value)
    roles = list(_ROLE_WORD.finditer(folded))
    if not roles:
        single = collapse(value)
        return (single,) if _NAME_HAN.match(single) and len(single) <= 4 and not _NOT_NAME.search(fold(single)) else ()
    names: list[str] = []
    for number, role in enumerate(roles):
        stop = roles[number + 1].start() if number + 1 < len(roles) else len(value)
        other = _OTHER_ROLE.search(folded, role.end())
        piece = value[role.end() : min(stop, other.start() if other else stop)]
        names += [name for name in split_names(piece) if _NAME_HAN.match(name) and len(name) <= 8]
    return tuple(names)


def authors_in_text(first: list[str], last: list[str]) -> tuple[str, ...]:
    """Return authors named inside the text: in the first paragraphs' brackets, else at the end of the last ones."""
    for line in first:
        head = strip_glosses(line[:160])
        names: list[str] = []
        for match in _LEAD.finditer(fold(head)):
            names += _bracketed(head[match.start() + 1 : match.end() - 1])
        if names:
            return tuple(dict.fromkeys(n for n in names if not _NOT_NAME.search(fold(n))))
    for line in reversed(last):
        tail = strip_glosses(line)
        found = _TAIL_BRACKET.search(tail)
        if found and (names_found := _bracketed(found["value"])):
            return tuple(dict.fromkeys(n for n in names_found if not _NOT_NAME.search(fold(n))))
        if len(tail) <= 60 and (labelled := labelled_authors(tail)):
            return labelled
    return ()

"""Owns the reading of persons in lines: 责任编辑, 记者, 作者, bylines in brackets, signatures such as （仲音）.

Values are cut from the text as written, by patterns that run on its folded form (`pipelines.labels.fold`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.labels import fold, strip_glosses
from pipelines.text import HAN, collapse

__all__ = ["authors_in_text", "bare_names", "labelled_authors", "labelled_editors", "posted_by", "split_names"]

_AFTER = (
    r"责编|校对|审核|审读|监制|来源|发布|发表|更新|时间|日期|浏览|阅读|点击|字[号体]|打印|分享|评论|跟贴|查看|返回|"
    r"我要|人气|加入|关键|标签|"
    r"访问|收藏|举报|选稿|摄影|编审|美编|终审|初审|复审|值班|统筹|排版|主编|纠错|通讯地址|邮箱|(?:19|20)\d\d"
)
_EDITOR = re.compile(
    r"(?:(?:责任|本文|网络|执行|本期|值班|新媒体|网站|实习|助理|版面)?编辑|责编|选稿|责任编审|编审|责任编校|"
    r"小编)(?:员|人|者)?\s?(?:[:/|丨]\s?|\s)"
    rf"(?P<value>(?!:)\S.{{0,40}}?)(?=\s*(?:[|丨【】\[\]()<>。]|(?:责任|网络|值班|执行|美术|图片|视频|栏目|"
    rf"本期)?编辑|{_AFTER}|作者|记者|$))"
)
_AUTHOR = re.compile(
    r"(?:^|[\s(\[【|丨。;,」])(?:(?:[\u4e00-\u9fff]{0,6}?(?:文章|信息|本文|特约|原文|文字)?"
    r"(?:作者|撰文|撰稿人?|采写|执笔人?|供稿人?|记者|通讯员|投稿人?))|文字?)\s?[:/|丨]\s?"
    rf"(?P<value>(?!:)\S.{{0,60}}?)(?=\s*(?:[|丨【】\[\]<>。;)]|(?:责任|本文)?编辑|图片?\s?[:/]|视频\s?:|译\s?:|"
    rf"{_AFTER}|$))"
)
_BARRED = re.compile(r"[|丨]\s?作者(?P<value>[^|丨:\s。,]{2,12})\s?(?=[|丨]|$)")
_POSTED = re.compile(
    r"(?:本[贴帖](?:子)?由|(?:发布|发表|发帖)(?:时间|于|日期)?.{0,10}(?:19|20)\d\d.{2,24}\d\d:\d\d\s?(?::\d\d)?\s?by)\s?"
    r"(?P<value>[^\s:,。]{2,16}?)(?=于|在|\s|$)"
)
_AUTHOR_SPACED = re.compile(rf"^(?:文|作者|撰文|采写|执笔|记者|通讯员)\s(?P<value>[{HAN}·\s、]{{2,30}})$")
_ROLES = r"(?:特约|实习|见习|全媒体|首席|驻[^\s]{2,6}|融媒体?|全媒|本报|本网|本刊|本台|新华社|观察员|评论员)*"
_ROLE_WORD = re.compile(
    rf"(?:参与采写(?:记者)?|{_ROLES}(?:记者|通讯员|实习生|评论员|撰稿人|作者|撰文|撰稿|采写|执笔|文字|"
    rf"文(?=\s?[:/])))\s?[:/]?\s?"
)
_REPORTER_LINE = re.compile(
    rf"^[{HAN}A-Za-z·\s]{{0,14}}?{_ROLES}(?:记者|通讯员|实习生|评论员)\s?:?\s?(?P<value>[{HAN}·\s、]{{2,60}}?)"
    r"(?:/文\S*|/?文/?图?|\s?发自\S{0,8}|\s\S{0,8}报道|\s?摄影报道)?$"
)
_LEAD = re.compile(r"(?P<wire>[电讯道])?\s?[(【\[](?P<value>[^()【】\[\]]{2,90})[)】\]]")
_BRACKET = re.compile(r"[(\[【](?P<value>[^()\[\]【】]{2,120})[)\]】]\s*[。]?$")
_OTHER_ROLE = re.compile(
    r"(?:视频|图片|摄影|制图|图|海报|编辑|责编|校对|审核|设计|剪辑|配音|策划|监制|统筹|摄|译|翻译)\s?[:/]"
)
_TRAILING = re.compile(r"(?:\s\S{0,8}报道|/\S{0,6}报[道导]|发自\S+|/文.*|文/图|摄影报道|返回.{0,8}|等)$|[:(].*$")
_NOT_NAME = re.compile(
    r"来源|原载|原题|转载|摘自|删节|节选|日电|供图|资料|记者|编辑|报道|综合|整理|点击|本报|本网|网站|责任|大学|"
    r"学院|公司|研究|教授|博士|主任|"
    r"委员|中心|单位|作者|受访|视频|图片|制图|^(?:整合|整理|编译|编写|撰写)$|未知|佚名|匿名|管理员|\d|"
    r"[完图摄网等社局报版]$|^(?:如|图|据|注|附|完|原|即|见|含|未|下|上|左|右)"
)
_NAME = re.compile(rf"^[{HAN}][{HAN}·•]{{1,14}}$")
_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾"
    "彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉"
    "阎閻余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯尹黎易常"
    "武乔喬贺賀赖賴龚龔文庞龐樊兰蘭殷施"
    "陶洪翟安颜顏倪严嚴牛温溫芦季俞章鲁魯葛伍韦韋申尤毕畢聂聶丛焦向柳邢路岳齐齊梅莫庄莊辛管祝左涂祁时時舒耿牟卜詹关"
    "關苗凌费費纪紀靳盛童欧歐甄项項"
    "曲成游阳陽裴席卫衛查屈鲍鮑位覃霍翁隋植甘景薄单單包司柏宁寧柯阮桂闵解强強柴华華车車冉房边邊辜吉饶刁瞿戚丘古米池"
    "滕晋晉苑邬鄔臧畅宫宮来嵺苟全褚廉简娄"
)
"""Surnames of some 95 % of Chinese people."""

_SEPARATORS = re.compile(r"[、,，;；/|\n\t丨]|\s&\s|\s{1,}|(?<=[\u4e00-\u9fff])和(?=[\u4e00-\u9fff]{2})")


def split_names(text: str) -> tuple[str, ...]:
    """Split a run of names; a two-character name spaced out (方 敏) becomes one again, repeats go."""
    parts = [part.strip(" .。:：·-_()（）【】[]<>《》\"“”'") for part in _SEPARATORS.split(strip_glosses(text))]
    names: list[str] = []
    lone = ""
    for part in parts:
        if not part:
            continue
        if not lone and len(part) == 1 and re.match(f"[{HAN}]", part):
            lone = part
            continue
        names.append(lone + part)
        lone = ""
    return tuple(dict.fromkeys(name for name in names if 2 <= len(name) <= 30))


def _persons(text: str) -> list[str]:
    """Return the Chinese names in a run that should hold nothing else."""
    return [n for n in split_names(text) if _NAME.match(n) and len(n) <= 12 and not _NOT_NAME.search(fold(n))]


def bare_names(line: str) -> tuple[str, ...]:
    """Return the names of a line that holds Chinese names with common surnames and nothing else."""
    names = _only_names(line, 5) if len(line) <= 30 else []
    return tuple(names) if all(name[0] in _SURNAMES for name in names) else ()


def labelled_editors(text: str) -> tuple[str, ...]:
    """Return the names behind 责任编辑, 责编, 编辑, 选稿 in a line."""
    plain = strip_glosses(text)
    names: list[str] = []
    for match in _EDITOR.finditer(fold(plain)):
        # Portals append the editor's number: `杨倩_NF4425`, `韩保林 PK155`.
        value = re.sub(r"[_\s]?[A-Z]{1,4}\d{2,6}\b", "", plain[match.start("value") : match.end("value")])
        names += [re.sub(r"[_-]?[A-Za-z]{0,3}\d{2,}$", "", name) or name for name in split_names(value)]
    return tuple(dict.fromkeys(name for name in names if 2 <= len(name) <= 20 and ":" not in fold(name)))


def labelled_authors(text: str) -> tuple[str, ...]:
    """Return the names behind 作者, 采写, 文, 记者 and the like in a short line."""
    plain = strip_glosses(collapse(text))
    folded = fold(plain)
    for pattern in (_AUTHOR, _BARRED, _AUTHOR_SPACED, _REPORTER_LINE):
        match = pattern.search(folded)
        if not match:
            continue
        value = plain[match.start("value") : match.end("value")]
        roles = list(_ROLE_WORD.finditer(fold(value)))
        value = value[roles[-1].end() :] if roles else value
        names = split_names(_cut_trailing(value))
        names = tuple(n for n in names if not n.isdigit() and not _NOT_NAME.search(fold(n)) and len(n) <= 24)
        if names and (pattern is not _REPORTER_LINE or all(_is_person(name) for name in names)):
            return names
    return ()


def posted_by(line: str) -> tuple[str, ...]:
    """Return who posted a text of a forum or blog, from the line below it: `本贴由甲于2005年8月12日发表`, `… by 甲`."""
    match = _POSTED.search(fold(line)) if len(line) <= 90 else None
    return (line[match.start("value") : match.end("value")],) if match else ()


def _is_person(name: str) -> bool:
    """Return whether a name is a Chinese one with a common surname, or one with a middle dot."""
    return "·" in name or (2 <= len(name) <= 4 and name[0] in _SURNAMES)


def _cut_trailing(text: str) -> str:
    """Take off what follows names in a byline: 台南報導, 发自北京, 文/图."""
    match = _TRAILING.search(fold(text))
    return text[: match.start()] if match else text


def _by_roles(value: str) -> list[str]:
    """Return the names behind the role words of a bracket: `通讯员 甲 记者 乙`, `文字：甲；视频：乙`."""
    folded = fold(value)
    roles = list(_ROLE_WORD.finditer(folded))
    names: list[str] = []
    for number, role in enumerate(roles):
        stop = roles[number + 1].start() if number + 1 < len(roles) else len(value)
        other = _OTHER_ROLE.search(folded, role.end(), stop)
        piece = value[role.end() : other.start() if other else stop]
        names += _persons(_cut_trailing(piece.rstrip(" ;；,，、")))
    return names


def _only_names(value: str, most: int) -> list[str]:
    """Return the names of a bracket that holds names of two to four characters and nothing else."""
    value = re.sub(r"\s\S{2,6}报道$", "", value.strip())
    pieces = split_names(value)
    names = _persons(value)
    whole = len(names) == len(pieces) and all(2 <= len(name) <= 4 for name in names)
    return names if whole and 0 < len(names) <= most else []


def _in_lead(line: str) -> list[str]:
    plain = strip_glosses(line[:160])
    folded = fold(plain)
    names: list[str] = []
    for match in _LEAD.finditer(folded):
        value = plain[match.start("value") : match.end("value")]
        # Behind 电 or 讯 a bracket of bare names is a byline too: 新华社北京5月19日电（甲、乙）.
        names += _by_roles(value) or (_only_names(value, 8) if match["wire"] else [])
    return names


def _at_end(line: str) -> list[str]:
    plain = strip_glosses(line)
    match = _BRACKET.search(fold(plain[-140:]))
    if not match:
        return []
    offset = max(0, len(plain) - 140)
    value = plain[offset + match.start("value") : offset + match.end("value")]
    return _by_roles(value) or _only_names(value, 6)


def authors_in_text(first: Iterable[str], last: Iterable[str]) -> tuple[str, ...]:
    """Return authors named inside the text: in brackets or byline lines of the first paragraphs, else of the last."""
    opening: list[str] = []
    for line in first:
        opening += _in_lead(line) if len(line) > 40 else labelled_authors(line) or _in_lead(line)
    if opening:
        return tuple(dict.fromkeys(opening))
    for line in reversed(list(last)):
        names = _at_end(line) or (list(labelled_authors(line)) if len(line) <= 60 else [])
        if names:
            return tuple(dict.fromkeys(names))
    return ()

"""Owns the reading of persons in lines: 责任编辑, 记者, 作者, bylines in brackets, signatures such as （仲音）.

Values are cut from the text as written, by patterns that run on its folded form (`pipelines.labels.fold`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.labels import fold, foldings, strip_glosses
from pipelines.names import chinese_names, is_person, no_name, only_names, split_names
from pipelines.text import HAN, collapse

__all__ = ["authors_in_text", "bare_names", "labelled_authors", "labelled_editors", "posted_by"]

_AFTER = (
    r"责编|校对|审核|审读|监制|来源|发布|发表|更新|时间|日期|浏览|阅读|点击|字[号体]|打印|分享|评论|跟贴|查看|返回|"
    r"我要|人气|加入|关键|标签|"
    r"访问|收藏|举报|选稿|摄影|译者|编审|美编|终审|初审|复审|值班|统筹|排版|主编|纠错|通讯地址|邮箱|(?:19|20)\d\d"
)
_EDITOR = re.compile(
    r"(?:(?:责任|本文|网络|执行|本期|值班|新媒体|网站|实习|助理|版面)?编辑|责编|选稿|责任编审|编审|责任编校|"
    r"小编)(?:员|人|者)?\s?(?:[:/|丨]\s?|\s)"
    rf"(?P<value>(?!:)\S.{{0,40}}?)(?=\s*(?:[|丨【】\[\]()<>。]|(?:责任|网络|值班|执行|美术|图片|视频|栏目|"
    rf"本期)?编辑|{_AFTER}|作者|记者|$))"
)
_AUTHOR = re.compile(
    r"(?:^|[\s(\[【〔|丨。;,」])(?:(?:[\u4e00-\u9fff]{0,6}?(?:文章|信息|本文|特约|原文|文字)?"
    r"(?:(?<!该)作者|撰文|撰稿人?|采写|执笔人?|供稿人?|记者|通讯员|信息员|投稿人?))|文字?/图片?|图/?文|文图|文字?)\s?[:/|丨]\s?"
    rf"(?P<value>(?!:)\S.{{0,60}}?)(?=\s*(?:[|丨【】\[\]<>。;)]|(?:责任|本文)?编辑|图片?\s?[:/]|视频\s?:|译\s?:|"
    rf"{_AFTER}|$))"
)
_BARRED = re.compile(r"[|丨]\s?作者(?P<value>[^|丨:\s。,]{2,12})\s?(?=[|丨]|$)")
_POSTED = re.compile(
    r"(?:本[贴帖](?:子)?由|^由|(?:发布|发表|发帖)(?:时间|于|日期)?.{0,10}(?:19|20)\d\d.{2,24}\d\d:\d\d\s?(?::\d\d)?\s?by)\s?"
    r"(?P<value>[^\s:,。]{2,16}?)(?=于|在|张贴|发[表布]|提交|\s|$)"
    r"|^(?P<before>[^\s:,。]{2,16})\s(?:发[表布]|张贴|写)于\s?(?=.{0,8}(?:19|20)\d\d)|^楼主\s?:\s?(?P<first>[^\s:,。]{2,16})"
)
_AUTHOR_SPACED = re.compile(
    rf"^(?:文|作者|撰文|采写|执笔|记者|通讯员|文/图|图/?文|文图)\s(?P<value>[{HAN}·\s、]{{2,30}})$"
)
_BEHIND = re.compile(
    rf"^(?P<value>[{HAN}·•\s、,]{{2,30}}?)\s?[/|丨\s]\s?(?:文|图/?文|文/?图|撰文|供稿|采写|(?:摄影)?报道)$"
)
"""`甲乙 文/图`: the role stands behind the name."""

_PREFIX = (
    r"(?:特约|实习|见习|全媒体|首席|驻[^\s]{2,6}|融媒体?|全媒|本报|本网|本刊|本台|新华社|中央社|中新社|央视|"
    r"观察员|评论员)*"
)
_ROLE_WORD = re.compile(
    rf"(?:参与采写(?:记者)?|{_PREFIX}(?:记者|通讯员|实习生|评论员|撰稿人|信息员|作者|撰文|撰稿|采写|执笔|文字|供稿(?=\s?[:/])|"
    rf"图文(?=\s?[:/])|文(?=\s?[:/]|\s本报)))\s?[:/]?\s?"
)
_REPORTER_LINE = re.compile(
    rf"^[{HAN}A-Za-z·\s]{{0,14}}?{_PREFIX}(?:记者|通讯员|实习生|评论员|撰稿人)\s?:?\s?(?P<value>[{HAN}·\s、]{{2,60}}?)"
    r"(?:/文\S*|/?文/?图?|\s?发自\S{0,8}|\s?/\s?\S{0,8}报[道导]|\s\S{0,8}报道|\s?摄影报道|报[道导])?$"
)
_CALLED = re.compile(
    rf"(?:^|[\s(【〔讯])[{HAN}]{{0,8}}?记者\s?(?P<value>[{HAN}·]{{2,4}}(?:、[{HAN}·]{{2,4}}){{0,5}}?)(?=报[道导]|\s)"
    rf"|\s(?:作者|记者)\s(?P<spaced>[{HAN}·]{{2,4}}(?:[、\s][{HAN}·]{{2,4}}){{0,5}}?)(?=\s|$)"
)
"""A reporter named before the first words of a report: `本报讯 记者甲乙报道：`, `… 题：… 新华社记者甲乙、丙丁 …`."""

_SLASHED = re.compile(rf"(?<![者名])记者\s?(?P<value>[{HAN}·、\s]{{2,20}}?)\s?/\s?[{HAN}]{{2,8}}报[道导]")
_PLACED = re.compile(rf"记者\s?(?P<value>[{HAN}]{{4,6}})(?:\d{{1,2}}日)?(?:专?[电電]|报[道导])[)】\]〕]?$")
"""`记者甲乙丙台北报导`: name and place run together."""

_LEAD = re.compile(r"(?P<wire>[电讯道])?\s?[(【\[〔](?P<value>[^()【】\[\]〔〕]{2,90})[)】\]〕]")
_BRACKET = re.compile(r"[(\[【〔](?P<value>[^()\[\]【】〔〕]{2,120})[)\]】〕]\s*[。]?$")
_OTHER_ROLE = re.compile(
    r"(?:视频|图片|摄影|制图|图|海报|编辑|责编|校对|审核|设计|剪辑|配音|策划|监制|统筹|摄|译|翻译)\s?[:/]"
    r"|\s(?:编辑|责编|校对|审核|摄影|图|图片|摄|视频|制图|值班\S{2,4}|编审|监制)\s|\s摄$"
)
_TRAILING = re.compile(
    r"(?:\s\S{0,8}报道|\s?/\s?\S{0,6}报[道导]|发自\S+|/文.*|文/图|摄影报道|\s报道|返回.{0,8}|等)$|(?<=.)[:(](?!\s?[A-Z][a-z]).*$"
)
_ORGANISATION = re.compile(r"[部局网社报台院会校委处站馆区县市镇乡司团所队厂办]$|中心|大学|街道|学院|政府|客户端")
_BRACKET_END = re.compile(r"\s(?:供稿|文/?图|图/?文|文|(?:\S{2,6})?报道)$")
_MARKS = " \u3000■□◎●○▲△▼★☆◆◇▶►※→·•—-"
"""What print puts before a byline."""


_MAY_NAME_AUTHORS = re.compile(foldings("者撰采执供员投文生报"))
_ROLE = re.compile(r"[作记]者|撰[文稿]|采写|执笔|[供投]稿|[讯息论]员|实习生|文[字图/:|丨\s]|文$|报道$")
_MAY_NAME_EDITORS = re.compile(foldings("编选"))
_MAY_BE_POSTED = re.compile(foldings("由于楼b"))
_MAY_LEAD = re.compile(foldings("([【〔者"))
_MAY_END = re.compile(foldings(")]】〕") + r"\s*。?\s*$")
"""What a line holds that one of the patterns takes: nine lines in ten hold nothing of it, and are read no further."""

_LONGEST = 14
"""Characters of a name, a pen name or an organisation's."""

_OPENING, _CLOSING = "（([【〔", "）)]】〕"


def bare_names(line: str) -> tuple[str, ...]:
    """Return the names of a line that holds Chinese names with common surnames and nothing else."""
    return tuple(only_names(line, 5, surnames=True)) if len(line) <= 30 else ()


def labelled_editors(text: str) -> tuple[str, ...]:
    """Return the names behind 责任编辑, 责编, 编辑, 选稿 in a line."""
    if not _MAY_NAME_EDITORS.search(text):
        return ()
    plain = strip_glosses(text)
    names: list[str] = []
    for match in _EDITOR.finditer(fold(plain)):
        # Portals append the editor's number: `杨倩_NF4425`, `韩保林 PK155`.
        value = re.sub(r"[_\s]?[A-Z]{1,4}\d{2,6}\b", "", plain[match.start("value") : match.end("value")])
        names += [re.sub(r"[_-]?[A-Za-z]{0,3}\d{2,}$", "", name) or name for name in split_names(value)]
    return tuple(dict.fromkeys(name for name in names if 2 <= len(name) <= 20 and ":" not in fold(name)))


def labelled_authors(text: str) -> tuple[str, ...]:
    """Return the names behind 作者, 采写, 文, 记者 and the like in a short line, or before 文 and 供稿 at its end."""
    if not _MAY_NAME_AUTHORS.search(text):
        return ()
    plain = strip_glosses(collapse(text)).lstrip(_MARKS)
    if plain[:1] in _OPENING and plain[-1:] in _CLOSING and not any(c in plain[1:-1] for c in _OPENING + _CLOSING):
        plain = plain[1:-1].strip()
    folded = fold(plain)
    if not _ROLE.search(folded):
        return ()
    for pattern in (_AUTHOR, _BARRED, _AUTHOR_SPACED, _REPORTER_LINE, _BEHIND, _SLASHED):
        if not (match := pattern.search(folded)):
            continue
        value = plain[match.start("value") : match.end("value")]
        names = _in_value(value)
        # Where no label with a colon says so, only surnames tell that these are names.
        if names and (pattern not in (_REPORTER_LINE, _BEHIND, _SLASHED) or all(is_person(name) for name in names)):
            return names
    placed = _PLACED.search(folded)
    return tuple(_without_place(plain[placed.start("value") : placed.end("value")])) if placed else ()


def _in_value(value: str) -> tuple[str, ...]:
    """Return the names in what stands behind a label: alone, or with further roles among them."""
    other = _OTHER_ROLE.search(fold(value))
    if other and other[0].endswith("摄"):
        return ()  # 本报记者 甲 摄: a picture's
    value = value[: other.start()] if other else value
    role = _ROLE_WORD.search(fold(value))
    before = split_names(_cut_trailing(_before_role(value, role)))
    names = tuple(n for n in before if not no_name(n) and len(n) <= (24 if n.isascii() or "(" in n else _LONGEST))
    return tuple(dict.fromkeys((*names, *(_by_roles(value) if role else ()))))


def _before_role(value: str, role: re.Match[str] | None) -> str:
    """Return what stands before a role word, without the organisation that is written together with it."""
    if role is None:
        return value
    before = value[: role.start()]
    return before if before[-1:].isspace() or before[-1:] in "、，,;；/" else re.sub(r"[^\s、，,;；/]+$", "", before)


def _without_place(run: str) -> list[str]:
    """Return the name at the head of a run of name and place: of five characters or more it has three."""
    name = run[: 3 if len(run) > 4 else 2]
    return [name] if is_person(name) and not no_name(name) else []


def posted_by(line: str) -> tuple[str, ...]:
    """Return who posted a text of a forum or blog, from the line above or below it: `本贴由甲于2005年8月12日发表`,
    `… by 甲`, `由甲张贴`, `甲 发表于 2005-8-12`.
    """
    match = _POSTED.search(fold(line)) if len(line) <= 90 and _MAY_BE_POSTED.search(line) else None
    group = match.lastgroup if match else None
    return (line[match.start(group) : match.end(group)],) if match and group else ()


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
        following = roles[number + 1] if number + 1 < len(roles) else None
        stop = following.start() if following else len(value)
        other = _OTHER_ROLE.search(folded, role.end(), stop)
        piece = value[role.end() : other.start() if other else stop]
        if following and not other and len(split_names(piece)) > 1:
            piece = _before_role(value[: following.end()], following)[role.end() :]
        names += chinese_names(_cut_trailing(piece.rstrip(" ;；,，、")))
    return names


def _in_bracket(value: str, most: int) -> list[str]:
    """Return the authors in a bracket: behind roles, or names alone, or an organisation and names."""
    value = value.strip()
    folded = fold(value)
    role = _ROLE_WORD.search(folded)
    if role is not None:
        return only_names(_before_role(value, role), most, surnames=True) + (_by_roles(value) or _placed_in(value))
    if _OTHER_ROLE.search(folded):
        return []
    end = _BRACKET_END.search(folded)
    value = value[: end.start()] if end else value
    organisation, _, rest = value.partition(" ")
    if rest and _ORGANISATION.search(fold(organisation)):
        return only_names(rest, most, surnames=True)
    return only_names(value, most)


def _placed_in(value: str) -> list[str]:
    placed = _PLACED.search(fold(value))
    return _without_place(value[placed.start("value") : placed.end("value")]) if placed else []


def _in_lead(line: str) -> list[str]:
    if not _MAY_LEAD.search(line, 0, 160):
        return []
    plain = strip_glosses(line[:160])
    folded = fold(plain)
    names: list[str] = []
    for match in _LEAD.finditer(folded):
        value = plain[match.start("value") : match.end("value")]
        # Behind 电 or 讯 a bracket of bare names is a byline too: 新华社北京5月19日电（甲、乙）.
        if match["wire"] or _ROLE_WORD.search(fold(value)):
            names += _in_bracket(value, 8)
    if not names and (called := _CALLED.search(folded, 0, 100)):
        group = called.lastgroup or ""
        names = only_names(plain[called.start(group) : called.end(group)], 6, surnames=True)
    return names


def _at_end(line: str) -> list[str]:
    plain = strip_glosses(line)
    match = _BRACKET.search(fold(plain[-140:])) if _MAY_END.search(plain, len(plain) - 140) else None
    if not match:
        return []
    offset = max(0, len(plain) - 140)
    return _in_bracket(plain[offset + match.start("value") : offset + match.end("value")], 6)


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

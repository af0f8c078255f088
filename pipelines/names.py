"""Owns names of persons: a run of names taken apart, and what in it is a Chinese name."""

from __future__ import annotations

import re

from pipelines.labels import fold, strip_glosses
from pipelines.text import HAN

__all__ = ["chinese_names", "is_person", "no_name", "only_names", "split_names"]

_NOT_NAME = re.compile(
    r"来源|原载|原题|转载|摘自|删节|节选|日电|供图|资料|记者|编辑|报道|综合|整理|点击|时间|日期|内容|本报|本网|本站|网站|责任|大学|"
    r"学院|公司|研究|教授|博士|主任|"
    r"委员|中心|单位|作者|受访|视频|图片|制图|^(?:整合|整理|编译|编写|撰写)$|未知|佚名|匿名|管理员|^admin|^(?:关注|订阅|分享|收藏|字号|转发)$|\d|"
    r"[完图摄网等社局报版人]$|[?!？！]|^(?:如|图|据|注|附|完|原|即|见|含|未|下|上|左|右)"
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

_SEPARATORS = re.compile(
    r"[、,，;；/|\n\t丨]|\s&\s|(?<![A-Za-z.])\s+(?!\([A-Z])|\s+(?![A-Za-z(])|(?<=[\u4e00-\u9fff])和(?=[\u4e00-\u9fff]{2})"
)
"""Spaces between Latin words are within a name, and so is one before its foreign form: `山石 (Shi Shan)`."""

_EDGES = " .。:：·-_（）【】[]<>《》\"“”'"


def split_names(text: str) -> tuple[str, ...]:
    """Split a run of names; a two-character name spaced out (方 敏) becomes one again, repeats go."""
    parts = [_trimmed(part) for part in _SEPARATORS.split(strip_glosses(text))]
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


def _trimmed(part: str) -> str:
    part = part.strip(_EDGES)
    if "(" in part[1:]:
        return part.rstrip(")") + ")"
    return part.strip(_EDGES + "()")


def no_name(name: str) -> bool:
    """Return whether a word is none of a person: an organisation's, a role, a phrase that stands where names do."""
    return _NOT_NAME.search(fold(name)) is not None


def chinese_names(text: str) -> list[str]:
    """Return the Chinese names in a run that should hold nothing else."""
    return [name for name in split_names(text) if _is_chinese_name(name)]


def _is_chinese_name(name: str) -> bool:
    return _NAME.match(name) is not None and len(name) <= 12 and not no_name(name)


def only_names(text: str, most: int, *, surnames: bool = False) -> list[str]:
    """Return the names of a run of up to `most` names of two to four characters, none when there is anything else.

    `surnames`: each must begin with a common one.
    """
    pieces = split_names(text)
    if not 0 < len(pieces) <= most or not all(2 <= len(piece) <= 4 for piece in pieces):
        return []
    known = not surnames or all(is_person(piece) for piece in pieces)
    return list(pieces) if known and all(map(_is_chinese_name, pieces)) else []


def is_person(name: str) -> bool:
    """Return whether a name is a Chinese one with a common surname, or one with a middle dot."""
    return "·" in name or (2 <= len(name) <= 4 and name[0] in _SURNAMES)

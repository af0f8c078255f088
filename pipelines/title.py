"""Owns the title: which of the page's headings and declarations names the article, without the site's tail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, zip_longest
from typing import NamedTuple

from pipelines.blocks import Block, Blocks
from pipelines.declared import Declared
from pipelines.furniture import is_furniture, is_meta_line
from pipelines.labels import fold
from pipelines.text import cut_key, key_begins
from pipelines.tree import names_of

__all__ = ["Headings", "Title", "find_title", "read_headings"]

_HEADINGS = {"h1": 5.0, "h2": 3.5, "h3": 2.5, "h4": 1.5, "h5": 1.0, "h6": 0.5}
_TITLE_NAME = re.compile(r"(?:^|[\s_-])(?:\w*title\w*|headline|heading|topic|bt|biaoti|tit|activity-name)(?=$|[\s_-])")
_NOT_TITLE = re.compile(
    r"(?:site|logo|column|channel|sub|second|f|small|other|side|nav|list|rank|related?|recommend|box|block|"
    r"module)[_-]?title|logo"
)
_TAIL = re.compile(r"\s*(?:[_|｜\-–—]{1,3}|--+|——|»|>|<|·|::)\s*")
_SITE_WORDS = re.compile(
    r"网|网站|频道|新闻|日报|晚报|时报|在线|门户|官网|首页|资讯|中心|报社|电视台|广播|论坛|博客|平台|栏目|公司|"
    r"政府|要闻|正文|文章|社区|百科|站$|\.(?:com|cn|net|org)|news|times|daily|post$",
    re.I,
)
_DATE_BELOW = re.compile(r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|(?:来源|发布|作者)\s?:")
_LABEL_BELOW = re.compile(r"(?:来源|发布|时间|日期|作者|编辑)[^\d]{0,4}:|来源")
_TELLS = re.compile("19|20|１９|１9|1９|２０|２0|2０|:|：")
"""Without one of these no line is a date line."""

_CRUMBS = re.compile(r"(?:网站)?首页\s?(?:[>»/-]|$)|您?(?:现在|当前|所在)?(?:的)?位置|.{1,12}(?:>|»).{1,12}")
_SITE_CHARS = 14
_SITE = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9·\s]{1,10}(?:新闻网|信息网|资讯网|门户网站?|政府网站?|官方网站|官网|日报社?|晚报|时报|在线|电视台"
    r"|人民政府|首页|论坛|博客)|[\u4e00-\u9fff]{2,5}网"
)
_LONGEST = 160
_NEAREST = 2.0
"""What standing right above the text adds to a line's score."""

_BELOW_START = 12
"""Blocks below the beginning of the text in which a title is still looked for: it may begin with lines of its own."""


@dataclass(frozen=True, slots=True)
class Title:
    """The title, where it stands, and why it was taken."""

    text: str
    block: int | None
    """Number of its block; None when it is only declared."""
    reason: str


def _without_tail(text: str) -> str:
    """Take site and channel names off the end of a declared title."""
    pieces = [(m.start(), m.end()) for m in _TAIL.finditer(text)]
    cut = len(text)
    for start, end in reversed(pieces):
        tail = text[end:cut]
        if start < 4 or not (_SITE_WORDS.search(fold(tail)) or len(tail) <= 4) or len(tail) > 24:
            break
        cut = start
    return text[:cut].strip()


def _declared_titles(declared: Declared) -> list[tuple[str, str]]:
    """Return declared titles that are no site title, most believable first, each with its name."""
    names = (
        "articletitle",
        "og:title",
        "twitter:title",
        "title",
        "dc.title",
        "parsely-title",
        "sailthru.title",
        "headline",
    )
    found = [(declared.meta.get(name, ""), f"meta {name}") for name in names]
    found.insert(1, (declared.ld("headline"), "json-ld headline"))
    return [(text, why) for text, why in found if text]


def _is_site(text: str) -> bool:
    """Return whether a text is nothing but the name of a site, which some put into the title of every page."""
    return len(text) <= _SITE_CHARS and _SITE.fullmatch(fold(text)) is not None


@lru_cache(maxsize=4096)
def _named(names: str) -> float:
    """Return what class and id of an element add to its looking like a headline."""
    refused = _NOT_TITLE.search(names) is not None
    return (2.5 if not refused and _TITLE_NAME.search(names) else 0.0) - 2.0 * refused


@lru_cache(maxsize=8192)
def _dated(below: str) -> float:
    """Return what a line's first characters add to the line above's looking like a headline, being its date line."""
    if not (_TELLS.search(below) and _DATE_BELOW.search(fold(below))):
        return 0.0
    return 2.0 if _LABEL_BELOW.search(fold(below)) else 1.5


def _lifted(block: Block, below: Block | None) -> float:
    """Return what a block's names and the line below add to its looking like a headline."""
    score = _named(names_of(block.element)) if block.element is not None else 0.0
    return score if below is None else score + _dated(below.text[:80])


def _prominence(page: Blocks, number: int, lifted: float) -> float:
    """Return how much a block looks like a headline; `lifted` is what its names and the line below say."""
    block = page.blocks[number]
    score = _HEADINGS.get(block.tag, 0.0) + lifted
    if block.linked * 2 > block.length:
        score -= 3.0
    if block.hidden:
        score -= 4.0
    if "。" in block.text and block.length > 30:
        score -= 4.0
    return score - 4.0 if _CRUMBS.match(fold(block.text)) or _is_site(block.text) else score


def _place(number: int, body_start: int | None) -> float:
    """Return what a line's distance above the text adds; below its beginning a title is unlikely."""
    if body_start is None:
        return 0.0
    return _NEAREST - 0.1 * (body_start - number) if body_start >= number else -1.5


def _agreement(key: str, declared_keys: tuple[str, ...], *, tailed: bool = False) -> float:
    """Return 0..1: how well a visible line is borne out by the declared titles (begins one, is in one, or is cut in
    one).

    `tailed`: the line ends in a site's name, so that being the whole declared title speaks against it.
    """
    best = 0.0
    for other in declared_keys:
        if other == key and tailed:
            best = max(best, 0.6)
        elif other.startswith(key):
            best = max(best, 1.0)
        elif other.endswith(key) and len(key) * 2 < len(other):
            # The end of a declared title is the site's name.
            best = best or -0.6
        elif key in other:
            best = max(best, 0.9 if len(key) * 3 >= len(other) else 0.5)
        elif len(other) >= 8 and key.startswith(other):
            best = max(best, 0.95)
    return best


def _is_label(text: str) -> bool:
    """Return whether a line is the page's own or tells about the article: no title, unless it is declared one."""
    folded = fold(text)
    return folded.endswith(":") or is_meta_line(folded) or is_furniture(folded) or bool(_DATE_BELOW.match(folded))


class _Line(NamedTuple):
    """A line that may be the title."""

    number: int
    agreement: float
    """With the declared titles, as a score."""
    prominence: float
    """Without its place."""
    agreed: bool
    heading: bool
    """One of both, else it must be prominent."""


@dataclass(frozen=True, slots=True)
class Headings:
    """The lines of a page that may be its title, valued once; where the text begins is asked about later."""

    page: Blocks
    declared: Declared
    keys: tuple[str, ...]
    """Of the declared titles."""
    lines: tuple[_Line, ...]


def read_headings(page: Blocks, declared: Declared) -> Headings:
    """Value the lines of a page as titles."""
    offered = (declared.title, *(text for text, _ in _declared_titles(declared)))
    keys = tuple(key for text in offered if not _is_site(text) and (key := cut_key(text)))
    said = "\n".join(keys)
    least = _least(keys)
    lines = []
    for number, (block, below) in enumerate(zip_longest(page.blocks, islice(page.blocks, 1, None))):
        heading = block.tag in _HEADINGS
        if not 2 <= block.length <= _LONGEST or (block.linked == block.length and not heading):
            continue
        lifted = _lifted(block, below)
        # Most lines of a page end here: no declared title holds how they begin, so that none bears them out.
        if heading or lifted + _NEAREST >= least or _may_agree(block.text, said):
            line = _line(page, number, keys, lifted)
            if line is not None:
                lines.append(line)
    return Headings(page, declared, keys, tuple(lines))


def _may_agree(text: str, said: str) -> bool:
    """Return whether a declared title may bear out a line, `said` being their keys: one must hold how it begins."""
    if "\u4e00" <= text[0] <= "\u9fff" and text[0] not in said:
        return False
    return key_begins(text) in said


def _line(page: Blocks, number: int, keys: tuple[str, ...], lifted: float) -> _Line | None:
    """Value a block as a title; None when it cannot be one wherever the text begins."""
    block = page.blocks[number]
    heading = block.tag in _HEADINGS
    key = cut_key(block.text)
    if len(key) < 2:
        return None
    agreement = _agreement(key, keys, tailed=key in keys and _without_tail(block.text) != block.text)
    agreed = agreement >= 0.5
    if not agreed and not heading and lifted + _NEAREST < _least(keys):
        return None
    prominence = _prominence(page, number, lifted)
    # A line that the declared title contains is the title the surer the longer it is.
    score = agreement * (4.0 + min(len(key), 30) * 0.25)
    return _Line(number, score, prominence, agreed, heading)


def _least(keys: tuple[str, ...]) -> float:
    # Where nothing is declared, what stands above the date line is the title.
    return 2.5 if keys else 1.5


def _visible(headings: Headings, body_start: int | None) -> tuple[float, int] | None:
    best: tuple[float, int] | None = None
    least = _least(headings.keys)
    for line in headings.lines:
        if body_start is not None and line.number >= body_start + _BELOW_START:
            break
        prominence = line.prominence + _place(line.number, body_start)
        score = line.agreement + prominence
        if (best is not None and score <= best[0]) or not (line.agreed or line.heading or prominence >= least):
            continue
        if line.agreed or not _is_label(headings.page.blocks[line.number].text):
            best = (score, line.number)
    return best


_PREFIX = re.compile(r"[\[【][^\[\]【】]{1,20}[\]】]")
_LEAST_REST = 6
_ORIGINAL = re.compile(r"^[(\[【]?(?:本文)?原标题\s?[:]\s?(?P<value>.+?)[)\]】]?$")


def _without_prefix(headings: Headings, title: str, number: int) -> str:
    """Take a bracket off a title when the page gives the title without it: spam is put there, and forums' sections."""
    if not (match := _PREFIX.match(title)):
        return title
    rest = title[match.end() :].strip()
    if len(cut_key(rest)) >= _LEAST_REST and any(key.startswith(cut_key(rest)) for key in headings.keys):
        return rest
    for block in headings.page.blocks[number + 1 : number + 8]:
        found = _ORIGINAL.match(fold(block.text))
        original = block.text[found.start("value") : found.end("value")] if found else ""
        if len(original) >= _LEAST_REST and title.endswith(original):
            return original
    return title


def find_title(headings: Headings, body_start: int | None) -> Title | None:
    """Find the title; `body_start` is the number of the body's first block, None when there is no body."""
    page, declared, keys = headings.page, headings.declared, headings.keys
    best = _visible(headings, body_start)
    if best and best[0] >= (3.0 if keys else 1.5):
        block = page.blocks[best[1]]
        agreed = _agreement(cut_key(block.text), keys)
        return Title(
            _without_prefix(headings, block.text, best[1]),
            best[1],
            f"{block.tag} {'borne out by the declared title' if agreed else 'before the body'}",
        )
    for text, why in _declared_titles(declared):
        return Title(_without_tail(text), None, why)
    return Title(_without_tail(declared.title), None, "title element") if declared.title else None

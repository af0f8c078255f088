"""Owns the finding that a page carries links which its reader was not meant to see: a hijacked page.

What counts is links to other sites, in words far from the article's, in text that is pushed off the screen or set to
nothing. Of text that is only not displayed, as menus and friendly links are until a script shows them, it counts where
the links speak the language of spam.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pipelines.blocks import Block, Blocks
from pipelines.images import absolute
from pipelines.labels import fold
from pipelines.text import collapse, cut_key
from pipelines.tree import Node, attribute, text_in
from storage.model import InjectedLink

__all__ = ["find_injected"]

_FEWEST = {"off-screen": 2, "none": 5}
"""Links to other sites that make a finding: few are needed where something was pushed off the screen on purpose."""

_SPAM = re.compile(
    r"博彩|彩票|赌[场博]|投注|娱乐城|棋牌|百家乐|老虎机|六合彩|时时彩|体彩|开奖|真人(?:娱乐|荷官)|澳门|葡京"
    r"|威尼斯人|太阳城|"
    r"代孕|办证|发票|私服|外挂|成人|情色|色情|一夜情|约炮|援交|无码|三级片|a片|壮阳|迷药|枪支|贷款口子|黑客|刷单|"
    r"casino|poker|slots?\b|betting|viagra|porn|escort|replica|payday",
    re.I,
)
_SPAM_SHARE = 4
"""One link in so many must speak it."""

_SPREAD = 4
"""Links and sites together: two links to two sites, or more of them to one."""

_FAR = 0.15
"""Share of a hidden text's character pairs that also occur in the article, below which it speaks of something else."""

_MOST = 200
_PUBLIC = frozenset({"com", "net", "org", "gov", "edu", "ac", "co", "mil"})


def _site(url: str) -> str:
    """Return the registered part of a host: `news.example.com.cn` gives `example.com.cn`."""
    labels = (urlsplit(url).hostname or "").lower().split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _PUBLIC else 2
    return ".".join(labels[-keep:])


def _pairs(text: str) -> set[str]:
    key = cut_key(text)
    return {key[n : n + 2] for n in range(len(key) - 1)}


def _speaks_spam(texts: list[str]) -> bool:
    spam = sum(bool(_SPAM.search(fold(text))) for text in texts)
    return spam * _SPAM_SHARE >= len(texts)


def find_injected(page: Blocks, article: str, url: str, base: str) -> tuple[InjectedLink, ...]:
    """Return the links of hidden text that is not the page's own; `article` is its title and text."""
    hidden = {n: b for n, b in enumerate(page.blocks) if b.hidden in _FEWEST}
    if not hidden or not article:
        return ()
    own = _site(url)
    members: dict[str, list[tuple[Block, Node, str]]] = {}
    for number, anchor in page.anchors:
        if (block := hidden.get(number)) is not None:
            members.setdefault(block.hidden, []).append((block, anchor, collapse(text_in(anchor))[:80]))
    links: list[InjectedLink] = []
    for how, anchors in members.items():
        if len(anchors) < _FEWEST[how] or (how == "none" and not _speaks_spam([text for _, _, text in anchors])):
            continue
        targets = [(b, absolute(base, url, attribute(anchor, "href")), text) for b, anchor, text in anchors]
        strange = [(b, target, text) for b, target, text in targets if target is not None and _site(target) != own]
        spoken = _pairs(" ".join({b.text for b, _, _ in strange}))
        near = len(spoken & _pairs(article)) / len(spoken) if spoken else 0.0
        sites = {_site(target) for _, target, _ in strange}
        if len(strange) >= _FEWEST[how] and len(sites) + len(strange) >= _SPREAD and near < _FAR:
            links += [InjectedLink(target, text, how) for _, target, text in strange]
    return tuple(dict.fromkeys(links))[:_MOST]

"""A canonical link is believed on the hosts of the source, for the very same article, and nowhere else."""

from __future__ import annotations

import pytest

from pipelines.canonical import canonical_of
from storage.model import Aliases, ArticleKind, ListPage, Source, SourceCrawl

SOURCE = Source(
    name="paper",
    title="试刊",
    home="http://www.h.cn/",
    crawl=SourceCrawl(hosts=("www.h.cn", "m.h.cn")),
    lists=(ListPage("http://www.h.cn/list.html"),),
    articles=(ArticleKind(match=(r"/c_\d+\.html$", r"/list\.html$")),),
    aliases=Aliases(hosts=(("m.h.cn", "www.h.cn"),)),
)
URL = "http://www.h.cn/wap/c_1002.html"
MAIN = "http://www.h.cn/a/c_1002.html"


@pytest.mark.parametrize(
    "link",
    [
        f'<link rel="canonical" href="{MAIN}">',
        f"<LINK href='{MAIN}' REL=canonical />",
        '<link rel=canonical href="../a/c_1002.html?utm_source=x&amp;spm=1">',
        '<link rel="canonical" href="//m.h.cn/a/c_1002.html">',
        f'<link rel="stylesheet" href="/x.css"><link rel="canonical" href="{MAIN}">',
    ],
)
def test_believed(link: str) -> None:
    assert canonical_of(f"<html><head>{link}</head>", URL, SOURCE) == MAIN


@pytest.mark.parametrize(
    "link",
    [
        "",
        '<link rel="canonical">',
        '<link rel="canonical" href="">',
        '<link rel="canonical" href="javascript:alert(1)">',
        '<link rel="canonical" href="http://www.paper.cn/a/c_1002.html">',
        '<link rel="canonical" href="http://www.h.cn/">',
        '<link rel="canonical" href="http://www.h.cn/list.html">',
        '<link rel="canonical" href="/a/c_1003.html">',
        '<link rel="canonical" href="/a/c_1002.htm">',
        f'<link rel="canonical" href="{URL}">',
        '<link rel="alternate" href="/a/c_1002.html">',
        '<link rel="canonical" href="/a/c_1003.html"><link rel="canonical" href="/a/c_1002.html">',
    ],
)
def test_not_believed(link: str) -> None:
    assert canonical_of(f"<html><head>{link}</head>", URL, SOURCE) is None

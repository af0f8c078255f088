from __future__ import annotations

from pipelines.declared import read_declared
from pipelines.tree import parse


def test_reads_meta_title_base_and_language() -> None:
    root = parse(
        '<html lang="zh-CN"><head><title> 春 \n 耕 </title><base href="/a/"><meta name="PubDate" content="2020-01-01">'
        '<meta property="og:title" content="春耕"><meta name="PubDate" content="later"></head></html>'
    )
    declared = read_declared(root)
    assert (declared.title, declared.base, declared.language) == ("春 耕", "/a/", "zh-CN")
    assert declared.first("nothing", "pubdate") == "2020-01-01"


def test_json_ld_of_the_article_is_found_in_a_graph_with_raw_line_feeds() -> None:
    article = '{"@type":["NewsArticle"],"headline":"春\n耕","author":[{"name":"何满"}]}'
    script = f'{{"@graph":[{{"@type":"WebSite","name":"x"}},{article}]}};'
    declared = read_declared(parse(f'<script type="application/ld+json">{script}</script>'))
    assert (declared.ld("headline"), declared.ld("author"), declared.ld("none")) == ("春 耕", "何满", "")


def test_broken_json_ld_is_none() -> None:
    deep = "[" * 100_000
    page = f'<script type="application/ld+json">{{"a":</script><script type="application/ld+json">{deep}</script>'
    assert read_declared(parse(page)).json_ld == {}

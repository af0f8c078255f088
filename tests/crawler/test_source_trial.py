"""crawler.source_trial: the first way in that announces articles, and three of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from crawler.probe import Probe
from crawler.source_trial import Trial, try_source
from storage.model import Source
from tests.crawling import article, asked, links
from tests.in_process import Reader, options_of, source_of
from tests.server import Page, Server, Site

ARTICLES = "[[articles]]\nmatch = ['/a/[^?]*\\.html$']"


def tried(folder: Path, source: Source) -> Trial:
    async def attempt() -> Trial:
        probe = Probe(options_of(folder), delay_s=0.0)
        try:
            return await try_source(source, probe, Reader(source))  # type: ignore[arg-type]
        finally:
            await probe.close()

    return asyncio.run(attempt())


def test_a_way_that_announces_nothing_is_told_and_the_next_is_tried(tmp_path: Path) -> None:
    site = Site({"/empty": Page(b"<p>no"), "/gone.xml": Page(b"", status="410 Gone")})
    places = "".join(f"<url><loc>http://HOST/a/{n}.html</loc></url>" for n in (1, 2, 3, 4))
    with Server(site) as server:
        site.put(
            "/map.xml", f"<urlset>{places}</urlset>".replace("http://HOST", server.origin), content_type="text/xml"
        )
        site.put("/a/1.html", article("渡口恢复摆渡了"))
        site.put("/a/2.html", "<p>空")
        ways = (
            '[[lists]]\nurl = "{origin}/empty"',
            '[[feeds]]\nurl = "{origin}/gone.xml"',
            '[[sitemaps]]\nurl = "{origin}/map.xml"',
        )
        trial = tried(tmp_path, source_of(tmp_path, server.origin, *ways, ARTICLES))
    assert [(url.rpartition("/")[2], count) for url, count, _ in trial.ways] == [
        ("empty", 0),
        ("gone.xml", 0),
        ("map.xml", 4),
    ]
    assert trial.ways[0][2] and trial.ways[1][2] == "answered 410" and trial.ways[2][2] is None
    first, second, third = trial.cards
    assert first.article is not None and first.article.title == "渡口恢复摆渡了" and first.reason is None
    assert second.article is None and second.reason and third.reason == "answered 404"


def test_a_list_of_lists_is_followed_to_the_first(tmp_path: Path) -> None:
    site = Site()
    site.put("/issue", '<div id=list><a href="/node_1">一版</a><a href="/node_2">二版</a></div>')
    site.put("/node_1", links("/a/1.html"))
    site.put("/a/1.html", article("渡口恢复摆渡了"))
    with Server(site) as server:
        way = '[[lists]]\nurl = "{origin}/issue"\nlist_from = "#list a::attr(href)"'
        trial = tried(tmp_path, source_of(tmp_path, server.origin, way, ARTICLES))
        assert asked(server) == {"/robots.txt": 1, "/issue": 1, "/node_1": 1, "/a/1.html": 1}
    assert [card.article is not None for card in trial.cards] == [True]

"""crawler.site_survey: a first look at a site, driven in the test's own process; whole commands are tried elsewhere."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from crawler.page_survey import NextPage
from crawler.probe import Probe
from crawler.proposal import proposed
from crawler.site_survey import Look, SiteSurvey, stand_in
from crawler.sources import load, load_families
from pipelines.lists import read_list
from pipelines.rules import article_kind, in_scope
from storage.errors import UsageError
from tests.crawling import article, asked
from tests.in_process import Reader, options_of
from tests.server import Page, Server, Site

TITLES = [f"河口镇第{number}次水位通报发布" for number in range(30)]


def looked(folder: Path, url: str) -> Look:
    async def look() -> Look:
        probe = Probe(options_of(folder), delay_s=0.0)
        try:
            return await SiteSurvey(probe, Reader(stand_in(url)), load_families(folder)).look(url)  # type: ignore[arg-type]
        finally:
            await probe.close()

    return asyncio.run(look())


def rows(*numbers: int) -> str:
    return "".join(f'<li><a href="/a/2026-03/09/c_{number}.html">{TITLES[number]}</a></li>' for number in numbers)


def press(*, columns: str = "", further: str = "") -> Site:
    """Return a site whose front page has three articles and `columns`; `further` follows on every list."""
    site = Site()
    for number in range(30):
        site.put(f"/a/2026-03/09/c_{number}.html", article(TITLES[number]))
    site.put("/", f"<title>晨报</title>{rows(0, 1, 2)}{columns}{further}")
    return site


def test_a_page_with_the_same_few_articles_as_all_others_is_no_list(tmp_path: Path) -> None:
    names = ("关于", "招聘", "版权", "要闻")
    site = press(columns="".join(f'<a href="/{at}/">{name}</a>' for at, name in enumerate(names)))
    for at in range(3):
        site.put(f"/{at}/", f"<p>没有文章</p>{rows(0, 1, 2)}")
    site.put("/3/", rows(0, 1, 2, 3, 4))
    with Server(site) as server:
        look = looked(tmp_path, server.url("/"))
    assert [found.url for found in look.lists] == [server.url("/"), server.url("/3/")]
    assert (look.lists[1].words, look.lists[1].articles) == ("要闻", 5)


def test_a_second_page_is_tried_before_it_is_believed(tmp_path: Path) -> None:
    site = press(further="<a class=next href='/p2.html'>下一页</a>")
    with Server(site) as server:
        site.put("/p2.html", rows(5, 6))
        assert looked(tmp_path, server.url("/")).lists[0].next == NextPage("a.next::attr(href)", server.url("/p2.html"))
        site.put("/p2.html", rows(0, 1))
        same = looked(tmp_path, server.url("/"))
        site.remove("/p2.html")
        gone = looked(tmp_path, server.url("/"))
    assert same.lists[0].next is None and "nothing that the first does not" in same.unsure[0]
    assert gone.lists[0].next is None and "answered 404" in gone.unsure[0]


def test_what_follows_readers_is_no_part_of_a_pattern(tmp_path: Path) -> None:
    site = press(columns='<link rel=alternate type="application/rss+xml" href="/feed/">')
    item = "<item><title>x</title><link>/a/2026-03/09/c_7.html?utm_source=rss</link></item>"
    site.put("/feed/", f'<rss version="2.0"><channel>{item}</channel></rss>', content_type="application/rss+xml")
    with Server(site) as server:
        look = looked(tmp_path, server.url("/"))
    assert look.feeds == [server.url("/feed/")] and len(look.groups) == 1
    assert look.groups[0].fed == {server.url("/a/2026-03/09/c_7.html")} and len(look.groups[0].texts) == 4


def test_addresses_whose_pages_are_no_articles_are_left_out_and_said(tmp_path: Path) -> None:
    site = press(columns="".join(f'<a href="/film/2026/{n}.html">{TITLES[n]}</a>' for n in range(20, 24)))
    for number in range(20, 24):
        site.put(f"/film/2026/{number}.html", "<video src=a.mp4></video>")
    with Server(site) as server:
        look = looked(tmp_path, server.url("/"))
    assert len(look.groups) == 1 and "/a/2026-03/09/c_0.html" in next(iter(look.groups[0].texts))
    assert [doubt for doubt in look.unsure if "4 addresses like" in doubt and "/film/2026/" in doubt]


def test_doors_files_and_other_sites_are_not_asked_for(tmp_path: Path) -> None:
    away = Site({"/": Page(b"x")})
    with Server(away) as other:
        site = press(
            columns=f'<a href="/login">登录</a><a href="/a.pdf">章程</a><a href="{other.url("/")}">友情链接</a>'
        )
        with Server(site) as server:
            looked(tmp_path, server.url("/"))
            wanted = asked(server)
        assert not other.served and not {"/login", "/a.pdf"} & wanted.keys()


def test_rows_in_a_block_of_data_are_links_where_the_page_bears_the_familys_sign(tmp_path: Path) -> None:
    site = Site({"/": Page("<title>县政府</title><a href='/col/col12/index.html'>要闻</a>".encode())})
    records = "".join(
        f"<record><![CDATA[<a href='/art/2026/5/{n}/art_12_{n}.html'>x</a>]]></record>" for n in range(1, 9)
    )
    site.put(
        "/col/col12/index.html",
        f"<script type='text/xml'><datastore><recordset>{records}</recordset></datastore></script>",
    )
    for number in range(1, 9):
        site.put(f"/art/2026/5/{number}/art_12_{number}.html", article(TITLES[number]))
    with Server(site) as server:
        look = looked(tmp_path, server.url("/"))
        text = proposed(look, load_families(tmp_path), 0.0, date(2026, 11, 22))
        (tmp_path / "mine.toml").write_text(text, "utf-8")
        source = load(tmp_path / "mine.toml")
        read = read_list(
            site.pages["/col/col12/index.html"].body.decode(), "utf-8", look.lists[0].url, source, "list:0", 1
        )
    assert look.signs == {"hanweb"} and 'family = "hanweb"' in text and "[[articles]]" not in text
    assert [found.articles for found in look.lists] == [8] and len(read.links) == 8


def test_sitemaps_that_are_no_addresses_or_nothing_are_passed_over(tmp_path: Path) -> None:
    site = press()
    site.put("/robots.txt", "Sitemap: http://[bad/\nSitemap: http://127.0.0.1:99999/m\nSitemap: {origin}/no.xml\n")
    with Server(site) as server:
        site.put("/robots.txt", site.pages["/robots.txt"].body.decode().replace("{origin}", server.origin))
        look = looked(tmp_path, server.url("/"))
    assert look.sitemaps == [] and look.unsure == [f"sitemap {server.origin}/no.xml: answered 404"]
    assert len(look.groups) == 1


def test_a_front_page_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with Server(Site()) as server, pytest.raises(UsageError, match="answered 404"):
        looked(tmp_path, server.url("/"))


def test_the_stand_in_takes_every_page_of_its_host_alone() -> None:
    source = stand_in("http://h.cn/gn/")
    assert article_kind(source, "http://h.cn/x") == 0 and in_scope(source, "http://h.cn/x")
    assert not in_scope(source, "http://i.cn/x")

"""`scrapy sources new` and `sources try`, as a person uses them, on sites that are built differently."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.demo.site import DemoSite
from crawler.sources import load
from tests.crawling import article, asked, complaint, links, source_toml
from tests.forked import ForkedArchive
from tests.server import Page, Server, Site
from tests.three_sites import BuiltSite, ministry, portal, weblog


def proposed(archive: ForkedArchive, url: str) -> str:
    """Have a source file proposed for `url`, saved as `mine`, and return its text."""
    file = archive.folder / "sources" / "mine.toml"
    file.parent.mkdir(exist_ok=True)
    run = archive.scrapy("sources", "new", url, "--delay", "0", "-o", str(file))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert not archive.path.exists(), "nothing is archived"
    return file.read_text("utf-8")


def crawled(archive: ForkedArchive) -> set[str]:
    """Crawl `mine` with the file as it is, and return the addresses of the articles that were archived."""
    run = archive.scrapy("crawl", "mine")
    assert run.returncode in (0, 5), run.stderr
    return {url for (url,) in archive.rows("SELECT url FROM address WHERE page_id IN (SELECT page_id FROM article)")}


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (ministry, ['kind = "news"', 'family = "trs"', "pages = 3", "# Articles are those of the family"]),
        (portal, ["read as gb18030", "index_{n}.shtml", "pages = 4", r"\d{4}/\d{1,2}-\d{1,2}/\d+\.shtml$'"]),
        (
            weblog,
            ['language = "zh-Hant"', "[[feeds]]", "/feed/", r"\d{4}/\d{1,2}/\d{1,2}/[^/?#]+/$'", "a.next::attr(href)"],
        ),
    ],
)
def test_the_proposed_file_unedited_finds_all_articles(
    tmp_path: Path, build: Callable[[], BuiltSite], says: list[str]
) -> None:
    site, archive = build(), ForkedArchive(tmp_path)
    with Server(Site(site.pages)) as server:
        text = proposed(archive, f"{server.origin}/")
        found = crawled(archive)
    assert found == {server.origin + path for path in site.articles}
    assert [part for part in says if part not in text] == [], text
    assert not [line for line in text.splitlines() if "login" in line and not line.startswith("#")]


def test_the_proposed_file_finds_all_articles_of_the_demo(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path)
    with DemoSite() as demo:
        text = proposed(archive, demo.base_url)
        found, base, expected = crawled(archive), demo.base_url, set(demo.expected)
    assert found - expected == {f"{base}/portal/2026-10/11/c_0995.html"}, "an old address of one of them"
    assert expected <= found and "/sitemap.xml" in text


def test_a_look_is_as_polite_as_a_crawl_and_what_strangers_write_stays_in_its_place(tmp_path: Path) -> None:
    site = ministry()
    evil = '\u202eA"\\\x1b[31m\n[crawl]\nrobots = "none of your business"\n#'
    front = site.pages["/"].body.decode().replace("<title>", f"<title>{evil}").replace(">要闻<", f">{evil}<")
    site.put("/", front)
    site.put("/robots.txt", "User-agent: *\nDisallow: /zc/\nCrawl-delay: 0.03\n", "text/plain")
    archive = ForkedArchive(tmp_path, {"ARCHIVE_CONTACT": "https://example.org/us"})
    with Server(Site(site.pages)) as server:
        text = proposed(archive, f"{server.origin}/")
        wanted = asked(server)
        heads = [served.asked for served in server.served]
        times = sorted(one.at for one in heads)
    assert wanted["/robots.txt"] == 1 and not [path for path in wanted if path.startswith("/zc/")]
    assert max(wanted.values()) == 1 and len(heads) <= 40
    assert {str(one.header("User-Agent")).partition(" ")[2] for one in heads} == {"(+https://example.org/us)"}
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.02
    assert "delay_s = 0.03" in text and "robots.txt" in text
    crawl = load(tmp_path / "sources" / "mine.toml").crawl
    assert (crawl.delay_s, crawl.robots) == (0.03, "obey") and "\x1b" not in text and "\u202e" not in text


def test_without_a_contact_only_exempt_networks_are_asked(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path)
    with Server(Site(ministry().pages)) as server:
        run = archive.scrapy("sources", "new", server.origin, ARCHIVE_ALLOW_NETWORKS="")
        assert run.returncode == 2 and "ARCHIVE_CONTACT" in complaint(run) and not server.served
        guarded = archive.scrapy(
            "sources", "new", server.origin, ARCHIVE_ALLOW_NETWORKS="", ARCHIVE_CONTACT="https://example.org/us"
        )
        assert guarded.returncode == 2 and "not a public address" in complaint(guarded) and not server.served


def test_what_cannot_be_proposed_is_one_line(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path)
    there = tmp_path / "there.toml"
    there.write_text("mine", "utf-8")
    with Server(Site({"/": Page(b"<p>no links")})) as server:
        for arguments, says in (
            (["new", "mailto:a@b.c"], "is no http or https URL"),
            (["new", server.origin, "-o", str(there)], "is there already"),
            (["new", server.origin, "--delay", "-1"], "must be a number of seconds"),
            (["new", f"{server.origin}/nowhere"], "answered 404"),
            (["new"], "give nothing, `new URL` or `try NAME`"),
            (["old", server.origin], "give nothing, `new URL` or `try NAME`"),
            (["try", "nobody"], "no such file"),
        ):
            run = archive.scrapy("sources", *arguments)
            assert run.returncode == 2 and says in complaint(run), run.stderr
        bare = archive.scrapy("sources", "new", server.origin)
    assert bare.returncode == 1 and "unsure: no articles were found" in bare.stdout
    assert there.read_text("utf-8") == "mine"


# --- sources try -------------------------------------------------------------------------------


def test_three_cards_are_shown_and_nothing_is_kept(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path)
    site = Site({"/": Page(links(*(f"/a/{n}.html" for n in range(1, 6)), "/a/gone.html").encode())})
    for number in range(1, 6):
        site.put(f"/a/{number}.html", article(f"渡口第{number}次恢复摆渡"))
    with Server(site) as server:
        archive.add_source("mine", source_toml(server.origin))
        shown = archive.scrapy("sources", "try", "mine")
        wanted = asked(server)
        rows = archive.scrapy("sources", "try", "mine", "--json")
    assert shown.returncode == 0 and "渡口第3次恢复摆渡" in shown.stdout and "河口晨报" in shown.stdout
    assert wanted == {"/robots.txt": 1, "/": 1, "/a/1.html": 1, "/a/2.html": 1, "/a/3.html": 1}
    cards = [json.loads(line) for line in rows.stdout.splitlines()]
    assert [card["url"].rpartition("/")[2] for card in cards] == ["1.html", "2.html", "3.html"]
    assert cards[0]["origin"] == "河口晨报" and cards[0]["editors"] == ["甘棠"] and cards[0]["reason"] is None
    assert not archive.path.exists()


def test_a_source_that_finds_nothing_says_why(tmp_path: Path) -> None:
    archive = ForkedArchive(tmp_path)
    site = Site(
        {"/": Page(links("/a/1.html", "/b/2").encode()), "/robots.txt": Page(b"User-agent: *\nDisallow: /a/\n")}
    )
    with Server(site) as server:
        archive.add_source("mine", source_toml(server.origin))
        run = archive.scrapy("sources", "try", "mine")
        assert (
            run.returncode == 1
            and "robots.txt has 1 rules for everyone" in run.stdout
            and asked(server)["/a/1.html"] == 0
        )
        archive.add_source("mine", source_toml(server.origin, match="/c/"))
        blind = archive.scrapy("sources", "try", "mine")
    assert blind.returncode == 1 and "no wanted link on this list page" in blind.stdout

"""crawler.families: what a family fills in, what a source keeps, and what is told of a family that is none."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawler.families import SHIPPED_FAMILIES, resolved
from crawler.sources import load, load_families
from pipelines.rules import article_kind
from storage.errors import SourceError
from storage.model import Source
from storage.source_json import source_from_json, source_to_json
from tests.crawling import article
from tests.forked import ForkedArchive
from tests.server import Server, Site

HEAD = 'schema = 1\ntitle = "晨报"\nhome = "http://h.cn/"\n'
LIST = '[[lists]]\nurl = "http://h.cn/gn/"\n'
FAMILY = """schema = 1
title = "晨 CMS"
signs = ["chen_cms"]
[lists]
next = "p{n}.html"
start = 2
pages = 4
[articles]
match = ['/a/\\d+$']
exclude = ['/a/0$']
[articles.extract]
body = "#text"
drop = [".ad"]
"""

EXAMPLES = {
    "trs": ["http://h.gov.cn/xw/202605/t20260518_123456.html", "http://h.gov.cn/t/20260518/t20260518_123456.shtml"],
    "hanweb": ["http://h.gov.cn/art/2026/5/8/art_1229_58.html"],
    "vsb": ["http://h.edu.cn/info/1021/3345.htm"],
    "dedecms": ["http://h.cn/a/xinwen/20260518/123.html"],
    "gkmlpt": ["http://h.gov.cn/gkmlpt/content/post_123.html"],
    "xinhua-cms": [f"http://he.news.cn/20260518/{'0f' * 16}/c.html", "http://he.news.cn/xw/2022-05/18/c_112.htm"],
    "people-cms": ["http://h.people.com.cn/n2/2026/0518/c1-4.html"],
    "founder": ["http://h.cn/pc/content/202605/18/content_12.html"],
    "founder-classic": [
        "http://h.cn/hnrb/html/2026-05/18/content_12.htm",
        "http://h.cn/r/html/2026-05/18/nw.D110000h_20260518_1-01.htm",
    ],
}
NO_ARTICLES = [
    "http://h.gov.cn/",
    "http://h.gov.cn/xw/index_1.html",
    "http://h.gov.cn/col/col1229/index.html",
    "http://h.cn/plus/list.php?tid=1",
    "http://h.cn/pc/layout/202605/18/node_01.html",
    "http://h.cn/hnrb/html/2026-05/18/node_1.htm",
    "http://h.people.com.cn/n2/2026/0518/c1-4-2.html",
    "http://h.people.com.cn/GB/1024/index.html",
]


def loaded(folder: Path, text: str) -> Source:
    (folder / "mine.toml").write_text(HEAD + text, "utf-8")
    return load(folder / "mine.toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "families").mkdir()
    (tmp_path / "families" / "chen.toml").write_text(FAMILY, "utf-8")
    return tmp_path


def test_a_family_fills_in_what_the_source_leaves_open(folder: Path) -> None:
    source = loaded(folder, 'family = "chen"\n' + LIST)
    assert (source.lists[0].next, source.lists[0].start, source.lists[0].pages) == ("p{n}.html", 2, 4)
    (kind,) = source.articles
    assert kind.match == ("/a/\\d+$",) and kind.exclude == ("/a/0$",)
    assert (kind.extract.body, kind.extract.drop) == ("#text", (".ad",))


def test_the_sources_own_keys_win_one_by_one(folder: Path) -> None:
    own = LIST + "pages = 9\n[[articles]]\nmatch = ['/b$']\n[articles.extract]\ndrop = []\n"
    source = loaded(folder, 'family = "chen"\n' + own)
    assert (source.lists[0].next, source.lists[0].pages) == ("p{n}.html", 9)
    (kind,) = source.articles
    assert kind.match == ("/b$",) and kind.exclude == ("/a/0$",)
    assert (kind.extract.body, kind.extract.drop) == ("#text", ())


@pytest.mark.parametrize("keys", ['format = "json"', 'method = "POST"'])
def test_lists_of_another_making_take_nothing(folder: Path, keys: str) -> None:
    source = loaded(folder, f'family = "chen"\n{LIST}{keys}\n')
    assert source.lists[0].next is None and source.lists[0].pages == 1 and source.articles


def test_what_is_archived_needs_no_family_file(folder: Path) -> None:
    source = loaded(folder, 'family = "chen"\n' + LIST)
    archived = source_to_json(source)
    (folder / "families" / "chen.toml").unlink()
    assert source_from_json(archived) == source and b"p{n}.html" in archived and b"#text" in archived


def test_a_family_of_ones_own_goes_before_one_of_the_same_name_that_is_shipped(folder: Path) -> None:
    (folder / "families" / "trs.toml").write_text(FAMILY, "utf-8")
    assert loaded(folder, 'family = "trs"\n' + LIST).lists[0].next == "p{n}.html"


def test_the_given_trees_are_left_as_they_are() -> None:
    source, family = {"lists": [{"url": "u"}]}, {"lists": {"next": "n"}, "articles": {"match": ["m"]}}
    assert resolved(source, family) == {"lists": [{"url": "u", "next": "n"}], "articles": [{"match": ["m"]}]}
    assert source == {"lists": [{"url": "u"}]} and family == {"lists": {"next": "n"}, "articles": {"match": ["m"]}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('family = "tsr"\n' + LIST, 'family: is no family; did you mean trs? (found "tsr")'),
        ("family = 3\n" + LIST, "family: is no family; there are chen, dedecms, "),
        ('family = "../chen"\n' + LIST, "family: is no family; did you mean chen"),
        ('family = "trs"\nlists = 3\n', "lists: must be written as [[lists]], once for each (found 3)"),
        ('family = "trs"\nlists = [3]\n', "lists: must be written as [[lists]]"),
        ('family = "trs"\narticles = [3]\n' + LIST, "articles: must be written as [[articles]]"),
        ('family = "trs"\n' + LIST + "[[articles]]\nextract = 3\n", "articles #1.extract: must be a table"),
    ],
)
def test_each_mistake_is_a_line(folder: Path, text: str, says: str) -> None:
    with pytest.raises(SourceError) as raised:
        loaded(folder, text)
    assert str(raised.value).startswith(f"{folder / 'mine.toml'}: {says}")


def test_a_broken_family_is_told_by_its_own_file(folder: Path) -> None:
    broken = folder / "families" / "chen.toml"
    broken.write_text(FAMILY.replace("start = 2", "begin = 2").replace("signs", "sings"), "utf-8")
    with pytest.raises(SourceError) as raised:
        loaded(folder, 'family = "chen"\n' + LIST)
    lines = str(raised.value).split("\n")
    assert f"{broken}: lists.begin: unknown key" in "\n".join(lines) and all(str(broken) in line for line in lines)
    assert f"{broken}: sings: unknown key; did you mean `signs`?" in lines


def test_an_issue_of_a_family_is_archived_whole_and_rebuilt_without_the_family(tmp_path: Path) -> None:
    archive, site = ForkedArchive(tmp_path), Site()
    day = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y%m/%d}"
    nodes = "".join(f'<a href="node_0{page}.html">0{page}版</a>' for page in (1, 2, 3))
    for page in (1, 2, 3):
        numbers = range(page * 10, page * 10 + 2)
        titles = "".join(f'<a href="../../../content/{day}/content_{number}.html">x</a>' for number in numbers)
        site.put(f"/layout/{day}/node_0{page}.html", f"<div id=list>{nodes}</div><ul>{titles}</ul>")
        for number in numbers:
            text = article(f"第{number}号稿件").replace("<p>", "<p id=ozoom>", 1)
            site.put(f"/content/{day}/content_{number}.html", text)
    (tmp_path / "sources" / "families").mkdir(parents=True)
    family = tmp_path / "sources" / "families" / "issue.toml"
    family.write_text((SHIPPED_FAMILIES / "founder.toml").read_text("utf-8"), "utf-8")
    with Server(site) as server:
        way = f'[[lists]]\nurl = "{server.origin}/layout/{{date:%Y%m/%d}}/node_01.html"\n'
        head = HEAD.replace("http://h.cn", server.origin) + 'family = "issue"\n[crawl]\ndelay_s = 0\n'
        archive.add_source("mine", head + way)
        run = archive.scrapy("crawl", "mine")
    found = archive.rows("SELECT url, title, body FROM article ORDER BY url")
    assert run.returncode == 0, run.stderr
    assert [title for _, title, _ in found] == [f"第{number}号稿件" for number in (10, 11, 20, 21, 30, 31)]
    assert {body.count("\n") for *_, body in found} == {0}, "the family's `body` was read"
    family.unlink()
    (tmp_path / "sources" / "mine.toml").unlink()
    assert archive.scrapy("rebuild").returncode == 0
    assert archive.rows("SELECT url, title, body FROM article ORDER BY url") == found


# --- what we ship ------------------------------------------------------------------------------


def test_every_family_we_ship_takes_its_own_form_of_address_and_no_list(tmp_path: Path) -> None:
    families = load_families(tmp_path)
    assert families.keys() == EXAMPLES.keys() == {path.stem for path in SHIPPED_FAMILIES.glob("*.toml")}
    for name, urls in EXAMPLES.items():
        source = loaded(tmp_path, f'family = "{name}"\n{LIST}')
        assert [url for url in urls if article_kind(source, url) is None] == []
        assert [url for url in NO_ARTICLES if article_kind(source, url) is not None] == []

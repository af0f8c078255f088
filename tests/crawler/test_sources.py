"""crawler.sources: files people write, each mistake told in a line of its own; and the sources we ship."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from crawler.sources import load, load_all
from pipelines.rules import article_kind, in_scope
from storage.addresses import main_address
from storage.errors import SourceError
from storage.model import Source
from storage.source_json import source_from_json, source_to_json

GOOD = """schema = 1
title = "晨报"
home = "http://h.cn/"
[[lists]]
url = "http://h.cn/gn/"
[[articles]]
match = ['/c\\d+\\.html$']
"""
SHIPPED, BROKEN = load_all(Path(__file__).resolve().parents[2] / "crawler" / "sources")


def _write(folder: Path, content: str | bytes, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _lines(path: Path) -> list[str]:
    with pytest.raises(SourceError) as raised:
        load(path)
    lines = str(raised.value).split("\n")
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_a_file_becomes_the_source_of_its_name(tmp_path: Path) -> None:
    source = load(_write(tmp_path, GOOD, "chen-bao_2.toml"))
    assert (source.name, source.title, source.crawl.hosts) == ("chen-bao_2", "晨报", ("h.cn",))
    assert load(_write(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())).title == "晨报"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "",
            "[crawl]\ndelay_s = 'fast'\n",
            'crawl.delay_s: must be a number of seconds ≥ 0, for example 1.0 (found "fast")',
        ),
        ("", "[crawl]\ndelay = 1\n", "crawl.delay: unknown key; did you mean `delay_s`?"),
        ("", "[crawl]\nzzz = 1\n", "crawl.zzz: unknown key; known here are hosts, delay_s, concurrency, robots"),
        ("schema = 1\n", "", "schema: is missing; for example schema = 1"),
        (
            'url = "http://h.cn/gn/"\n',
            "",
            'lists #1.url: is missing; for example url = "http://www.example.cn/politics/"',
        ),
        (
            "[[lists]]",
            "[lists]",
            'lists: must be written as [[lists]], once for each (found {"url": "http://h.cn/gn/"})',
        ),
        ("schema = 1", "schema = 1\ncrawl = 3", "crawl: must be a table, written as [crawl] (found 3)"),
        ("schema = 1", "schema = 1\nevery_min = 1", "every_min: is reserved for a later version; take it out"),
        (
            "",
            "[[aliases.rewrites]]\nmatch = '/w'\nto = '\\1'\n",
            'aliases.rewrites #1.to: does not fit `match`: invalid group reference 1 at position 1 (found "\\\\1")',
        ),
        (
            "",
            "[[aliases.rewrites]]\nmatch = '/w'\n",
            r"aliases.rewrites #1.to: is missing; for example to = '/a/\1.html'",
        ),
        ("schema = 1", "schema = 1\naliases = 3", "aliases: must be a table, written as [aliases] (found 3)"),
        (
            "",
            "[requisites]\nimages = true\n",
            "requisites.images: unknown key; known here are fetch, kinds, hosts, max_bytes, per_page",
        ),
        (
            "",
            '[requisites]\nfetch = "yes"\n',
            'requisites.fetch: must be true or false, without quotes (found "yes")',
        ),
        (
            "",
            '[requisites]\nkinds = ["script"]\n',
            'requisites.kinds: must be a list of some of image, style, icon, font (found ["script"])',
        ),
        (
            "",
            '[[feeds]]\nurl = "http://h.cn/"\nevery_min = "1h"\n',
            "feeds #1.every_min: is reserved for a later version; take it out",
        ),
        (
            'url = "http://h.cn/gn/"',
            'url = "http://h.cn/gn/"\nnext = "i_{n}.html"',
            "lists #1.pages: is needed with `next`: how many pages to walk at most, for example 5",
        ),
        (
            'url = "http://h.cn/gn/"',
            'url = "http://h.cn/gn/"\npages = 9',
            "lists #1.pages: needs `next`, which says where the second page is (found 9)",
        ),
        (
            'url = "http://h.cn/gn/"',
            'url = "http://h.cn/gn/"\nheaders = { Cookie = "a" }',
            'lists #1.headers: must not set Cookie, which is ours to write (found "Cookie")',
        ),
        ("", "[articles.extract]\nbodi = '#x'\n", "articles #1.extract.bodi: unknown key; did you mean `body`?"),
        (
            "[[articles]]\nmatch = ['/c\\d+\\.html$']\n",
            "",
            "articles: at least one [[articles]] with `match` is needed to know articles by",
        ),
    ],
)
def test_a_mistake_names_key_reason_and_remedy(tmp_path: Path, old: str, new: str, line: str) -> None:
    content = GOOD.replace(old, new) if old else GOOD + new
    assert _lines(_write(tmp_path, content)) == [line]


def test_all_mistakes_of_a_file_come_at_once(tmp_path: Path) -> None:
    content = GOOD.replace("schema = 1", "schema = 2").replace('"http://h.cn/"', '"h.cn"') + "revisit = ['1y']\nx = 1\n"
    assert [line.partition(": ")[0] for line in _lines(_write(tmp_path, content))] == [
        "schema",
        "home",
        "articles #1.revisit",
        "articles #1.x",
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("schema = \n", "is no TOML: Invalid value (at line 1, column 10)"),
        ("a = 1\na = 2\n", "is no TOML: Cannot overwrite a value (at line 2, column 6)"),
        ("a = " + "[" * 5000, "is no TOML"),
        (GOOD.encode("gbk"), "is not UTF-8 (byte 0xB3 in line 2); save it as UTF-8"),
        (GOOD.encode("utf-16"), "is not UTF-8 (byte 0xFF in line 1)"),
        (b"\0" * 100, "is no TOML"),
        (b"#" * (5 << 20), "is longer than 1048576 bytes"),
        ("", "schema: is missing"),
    ],
)
def test_files_that_cannot_be_read_as_toml(tmp_path: Path, content: str | bytes, says: str) -> None:
    assert _lines(_write(tmp_path, content))[0].startswith(says)


def test_files_that_are_not_there_or_not_ours_to_read(tmp_path: Path) -> None:
    assert _lines(tmp_path / "none.toml")[0].startswith("no such file")
    (tmp_path / "folder.toml").mkdir()
    assert _lines(tmp_path / "folder.toml")[0].startswith("is no file")
    os.mkfifo(tmp_path / "pipe.toml")
    assert _lines(tmp_path / "pipe.toml")[0].startswith("is no file")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    assert _lines(tmp_path / "loop.toml")


@pytest.mark.parametrize("name", ["Mine.toml", "晨报.toml", "a b.toml", "mine.txt", "x" * 65 + ".toml", ".toml"])
def test_a_name_that_cannot_be_a_sources(tmp_path: Path, name: str) -> None:
    assert "the file's name must be" in _lines(_write(tmp_path, GOOD, name))[0]


def test_a_broken_file_disables_only_itself(tmp_path: Path) -> None:
    for name in ("b.toml", "a.toml"):
        _write(tmp_path, GOOD, name)
    _write(tmp_path, "schema = 9\n", "broken.toml")
    sources, errors = load_all(tmp_path)
    assert list(sources) == ["a", "b"]
    assert len(errors) == 1 and "broken.toml: schema: must be 1" in str(errors[0])


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    sources, errors = load_all(tmp_path / "none")
    assert sources == {} and [str(error) for error in errors] == [
        f"{tmp_path / 'none'}: no such folder of source files (setting ARCHIVE_SOURCES)"
    ]


# --- what we ship ------------------------------------------------------------------------------

EXAMPLES = tomllib.loads((Path(__file__).parent / "example_urls.toml").read_text("utf-8"))


def examples(*keys: str) -> list[tuple[str, str]]:
    """Return (source, URL) of every example under `keys`."""
    return [(name, url) for name, kinds in EXAMPLES.items() for key in keys for url in kinds.get(key, [])]


def takers(url: str) -> list[str]:
    """Return the sources that would archive `url` as an article, at its main address."""
    mains = ((source, main_address(source.aliases, url)) for source in SHIPPED.values())
    return [source.name for source, main in mains if in_scope(source, main) and article_kind(source, main) is not None]


def test_every_file_we_ship_is_right_and_has_examples() -> None:
    assert not BROKEN and len(SHIPPED) >= 25
    assert SHIPPED.keys() == EXAMPLES.keys()
    assert all(kinds.get("articles", []) + kinds.get("shapes", []) for kinds in EXAMPLES.values())


@pytest.mark.parametrize(("name", "url"), examples("articles", "shapes"))
def test_a_real_article_is_taken_by_its_source_and_by_no_other(name: str, url: str) -> None:
    assert takers(url) == [name]


@pytest.mark.parametrize(("name", "url"), examples("others"))
def test_lists_videos_and_logins_are_no_articles(name: str, url: str) -> None:
    assert takers(url) == []


@pytest.mark.parametrize(
    ("name", "url", "other"),
    [
        ("cctv", "https://m.news.cctv.com/2020/08/26/ARTIb7.shtml", "https://news.cctv.com/2020/08/26/ARTIb7.shtml"),
        ("mfa", "https://www.fmprc.gov.cn/web/202204/t20220421_1.shtml", "http://www.mfa.gov.cn/web/202204/t20220421_1.shtml"),
        ("thepaper", "https://m.thepaper.cn/detail/34141689", "https://www.thepaper.cn/newsDetail_forward_34141689"),
        ("ltn", "https://news.ltn.com.tw/news/business/breakingnews/3119452", "https://ec.ltn.com.tw/article/breakingnews/3119452"),
        ("zaobao", "https://www.zaobao.com.sg/news/china/story20200825-1", "https://www.zaobao.com/news/china/story20200825-1"),
        ("bbc", "https://www.bbc.com/zhongwen/articles/a/simp?at_medium=RSS&at_campaign=rss", "https://www.bbc.com/zhongwen/articles/a/simp"),
        ("people", "https://politics.people.com.cn/n1/2026/0801/c1-2.html", "http://politics.people.com.cn/n1/2026/0801/c1-2.html"),
    ],
)  # fmt: skip
def test_what_is_one_article_at_several_addresses_is_known_as_one(name: str, url: str, other: str) -> None:
    aliases = SHIPPED[name].aliases
    assert main_address(aliases, url) == main_address(aliases, other)


def test_a_live_test_is_claimed_by_none() -> None:
    """None of them was fetched: whoever sees one work may put the day in."""
    assert {source.verified for source in SHIPPED.values()} == {"urls"}


def test_what_no_address_of_an_article_may_have_is_refused_everywhere() -> None:
    """Each pattern is anchored: a URL handed on inside another, or as a path of another host, is none."""
    for name, url in examples("articles"):
        for disguise in (f"https://login.example.cn/?back={url}", f"https://share.example.cn/{url}", f"{url}/login"):
            assert article_kind(SHIPPED[name], disguise) is None, disguise


@pytest.mark.parametrize("source", SHIPPED.values(), ids=lambda source: source.name)
def test_no_list_or_home_is_an_article_and_the_archived_form_is_the_same(source: Source) -> None:
    places = [
        source.home,
        *(p.url for p in source.lists),
        *(p.url for p in source.feeds),
        *(p.url for p in source.sitemaps),
    ]
    assert [place for place in places if article_kind(source, place) is not None] == []
    assert source_from_json(source_to_json(source)) == source

"""crawler.proposal: whatever a look found, the file that it gives is a source file."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.article_shapes import Gathered, Group
from crawler.page_survey import NextPage
from crawler.proposal import name_for, proposed
from crawler.site_survey import FoundList, Look
from crawler.sources import load, load_families
from storage.model import Source

FAMILIES = load_families(Path("nowhere"))
HOME = "http://www.example.cn/"


def groups(*urls: str) -> list[Group]:
    links = Gathered()
    for url in urls:
        links.add(url, "十个字以上的文章题目在此", HOME, fed=True)
    return links.candidates()


def look(**found: object) -> Look:
    given = {"title": "晨报_首页", "charset": "declared utf-8, read as utf-8", "lists": [FoundList(HOME, "首页", 3)]}
    return Look(HOME, **{**given, **found})  # type: ignore[arg-type]


def file_of(found: Look, delay_s: float = 1.0) -> tuple[str, Source]:
    text = proposed(found, FAMILIES, delay_s, date(2026, 11, 22))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.toml"
        path.write_text(text, "utf-8")
        return text, load(path)


def test_a_family_takes_the_place_of_patterns_when_it_takes_all() -> None:
    trs = groups(
        "http://www.example.cn/gn/202605/t20260518_12.html", "http://www.example.cn/gn/202605/t20260519_13.html"
    )
    lists = [
        FoundList(HOME, "", 3),
        FoundList(f"{HOME}gn/", "国内", 9, NextPage("index_{n}.html", f"{HOME}gn/index_1.html", 1, 7)),
    ]
    text, source = file_of(look(groups=trs, signs={"trs"}, lists=lists))
    assert 'family = "trs"' in text and "[[articles]]" not in text and "next" not in text
    assert [(one.next, one.pages) for one in source.lists] == [("index_{n}.html", 1), ("index_{n}.html", 7)]
    plain, _ = file_of(look(groups=trs, signs=set(), lists=lists))
    assert "family" not in plain and r"\d{6}/t\d{8}_\d+\.html$" in plain
    mixed, source = file_of(look(groups=trs + groups("http://www.example.cn/tu/1234.html"), signs={"trs"}, lists=lists))
    assert 'family = "trs"' in mixed and len(source.articles[0].match) == 2


def test_the_longer_delay_wins_and_hosts_of_articles_are_in_scope() -> None:
    found = look(groups=groups("http://news.example.cn/2026-05/18/c_1.html"), crawl_delay_s=4.0)
    _, source = file_of(found, 2.0)
    assert source.crawl.delay_s == 4.0 and source.crawl.hosts == ("www.example.cn", "news.example.cn")


def test_a_government_and_another_zone_are_told_by_the_host() -> None:
    text, source = file_of(Look("http://www.zc.gov.cn/", lists=[FoundList("http://www.zc.gov.cn/", "", 2)]))
    assert (source.kind, source.title) == ("government", "www.zc.gov.cn") and 'kind = "government"\n' in text
    _, source = file_of(Look("http://h.com.tw/", language="zh-hant-tw", lists=[FoundList("http://h.com.tw/", "", 2)]))
    assert (source.language, source.timezone) == ("zh-Hant", "Asia/Taipei")


def test_a_name_is_the_telling_part_of_the_host() -> None:
    assert name_for("http://www.example.com.cn/") == name_for("https://news.example.org/") == "example"
    assert name_for("http://127.0.0.1:8000/") == "127-0-0-1"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3))
def test_nothing_that_a_stranger_writes_breaks_the_file(title: str, words: str, doubts: list[str]) -> None:
    found = look(title=title, lists=[FoundList(HOME, words, 2)], unsure=doubts, groups=groups(f"{HOME}a/1'2.html"))
    text, source = file_of(found)
    assert source.crawl.robots == "obey" and len(source.lists) == 1 and "\x1b" not in text

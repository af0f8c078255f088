"""crawler.source_form: the keys of a source file and how they become a Source."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from crawler.source_form import RESERVED, Disagreement, SourceForm
from storage.model import ArticleKind, ExtractRules, Feed, ListPage, Sitemap, Source, SourceCrawl
from storage.source_json import source_from_json, source_to_json

SMALL: dict[str, Any] = {
    "schema": 1,
    "title": "晨报",
    "home": "http://www.h.cn/",
    "lists": [{"url": "http://list.h.cn/gn/"}],
    "articles": [{"match": ["x"]}],
}


def _source(**changes: Any) -> Source:
    return SourceForm.model_validate({**SMALL, **changes}).source("mine")


def test_the_smallest_file_has_the_models_own_defaults() -> None:
    assert _source() == Source(
        name="mine",
        title="晨报",
        home="http://www.h.cn/",
        crawl=SourceCrawl(hosts=("www.h.cn", "list.h.cn")),
        lists=(ListPage("http://list.h.cn/gn/"),),
        articles=(ArticleKind(match=("x",)),),
    )
    assert _source(feeds=[{"url": "http://h.cn/f"}], sitemaps=[{"url": "http://h.cn/s"}]).feeds == (
        Feed("http://h.cn/f"),
    )


def test_every_key_arrives() -> None:
    source = _source(
        kind="party",
        language="zh-Hant",
        timezone="Asia/Taipei",
        verified="2026-10-02",
        crawl={"hosts": ["M.h.cn:8080"], "delay_s": 2, "concurrency": 3, "robots": "已获书面许可"},
        lists=[
            {
                "url": "http://paper.h.cn/{date:%Y%m/%d}/node_1.html",
                "every": "1h",
                "format": "json",
                "links": "a[].b",
                "list_from": "#list a::attr(href)",
                "next": "p_{n}.json",
                "start": 2,
                "pages": 4,
                "headers": {"Referer": "http://h.cn/"},
            },
            {"url": "http://api.h.cn/", "method": "POST", "body": "{}", "format": "text", "links": "http\\S+"},
        ],
        feeds=[{"url": "http://feed.h.cn/", "every": "5m", "headers": {"X-A": "b"}}],
        sitemaps=[{"url": "http://map.h.cn/s.xml", "every": "2d", "headers": {"X-C": "d"}}],
        articles=[
            {
                "match": ["a", "b"],
                "exclude": ["c"],
                "revisit": ["1h", "2h"],
                "retention": "90d",
                "extract": {
                    "title": "h1",
                    "published": ".t",
                    "origin": ".o",
                    "authors": ".a",
                    "editors": ".e",
                    "section": ".s",
                    "body": "#b",
                    "drop": [".x", ".y"],
                },
            }
        ],
    )
    referer = (("Referer", "http://h.cn/"),)
    assert source == Source(
        name="mine",
        title="晨报",
        home="http://www.h.cn/",
        kind="party",
        language="zh-Hant",
        timezone="Asia/Taipei",
        verified="2026-10-02",
        crawl=SourceCrawl(
            ("www.h.cn", "paper.h.cn", "api.h.cn", "feed.h.cn", "map.h.cn", "m.h.cn:8080"), 2.0, 3, "已获书面许可"
        ),
        lists=(
            ListPage(
                "http://paper.h.cn/{date:%Y%m/%d}/node_1.html",
                3600,
                "json",
                "a[].b",
                "#list a::attr(href)",
                "p_{n}.json",
                2,
                4,
                headers=referer,
            ),
            ListPage("http://api.h.cn/", format="text", links="http\\S+", method="POST", body="{}"),
        ),
        feeds=(Feed("http://feed.h.cn/", 300, (("X-A", "b"),)),),
        sitemaps=(Sitemap("http://map.h.cn/s.xml", 172800, (("X-C", "d"),)),),
        articles=(
            ArticleKind(
                ("a", "b"),
                ("c",),
                (3600, 7200),
                ExtractRules("h1", ".t", ".o", ".a", ".e", ".s", "#b", (".x", ".y")),
                90 * 86400,
            ),
        ),
    )
    assert source_from_json(source_to_json(source)) == source


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ({"links": "a["}, "links"),
        ({"links": "a[?", "format": "json"}, "links"),
        ({"links": "(", "format": "text"}, "links"),
        ({"format": "text"}, "links"),
        ({"format": "json", "next": "a.next", "pages": 2}, "next"),
        ({"start": 2}, "start"),
        ({"start": 2, "next": "a.next", "pages": 2}, "start"),
        ({"pages": 3}, "pages"),
        ({"next": "a.next"}, "pages"),
        ({"body": "x"}, "body"),
        ({"method": "POST", "list_from": "a"}, "method"),
        ({"method": "POST", "body": "{date:%d}", "next": "?p={n}", "pages": 2}, "next"),
    ],
)
def test_keys_of_a_list_that_disagree(rule: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError) as raised:
        _source(lists=[{"url": "http://h.cn/", **rule}])
    (found,) = raised.value.errors()
    reason = found["ctx"]["error"]
    assert isinstance(reason, Disagreement) and reason.key == key


@pytest.mark.parametrize(("changes", "key"), [({"lists": []}, "lists"), ({"articles": []}, "articles")])
def test_a_source_needs_a_way_in_and_something_to_find(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError) as raised:
        _source(**changes)
    assert raised.value.errors()[0]["ctx"]["error"].key == key


def test_reserved_keys_are_no_keys_yet() -> None:
    known = set(SourceForm.model_fields) | {"schema"}
    assert {"every_min", "every_max"} == RESERVED
    assert not RESERVED & known

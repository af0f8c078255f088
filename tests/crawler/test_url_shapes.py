"""crawler.url_shapes: addresses of one making have one shape, and its pattern takes them and no list of the site."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.source_values import regexes
from crawler.url_shapes import Shape, is_dated, is_numbered, pattern_of, shape_of, site_of
from storage.urlkey import canonical

EXAMPLES = tomllib.loads((Path(__file__).parent / "example_urls.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_pattern_of_real_articles_takes_them_and_no_list(name: str) -> None:
    articles = [str(canonical(url)) for kind in ("articles", "shapes") for url in EXAMPLES[name].get(kind, [])]
    for url in articles:
        pattern = pattern_of(shape_of(url), [url])
        assert regexes([pattern]) and re.search(pattern, url), pattern
        taken = [other for other in EXAMPLES[name]["others"] if re.search(pattern, str(canonical(other)))]
        assert all("/pad/" in other for other in taken), "a copy of the paper for other screens is made alike"


@pytest.mark.parametrize(
    ("alike", "pattern", "taken", "refused"),
    [
        (
            ["http://h.cn/gn/202605/t20260518_12.html", "http://h.cn/zc/jd/202604/t20260401_1234567.html"],
            r"^https?://h\.cn/(?:[A-Za-z0-9_-]+/)*\d{6}/t\d{8}_\d+\.html$",
            "https://h.cn/xw/202601/t20260102_9.html",
            "http://h.cn/gn/202605/",
        ),
        (
            ["http://h.cn/gn/2026-05/18/c_9.html", "http://h.cn/gj/2026-11/02/c_1122334.html"],
            r"^https?://h\.cn/(?:[A-Za-z0-9_-]+/)*\d{4}-\d{1,2}/\d{1,2}/c_\d+\.html$",
            "http://h.cn/2026-05/18/c_1.html",
            "http://h.cn/gn/2026-05/18/index.html",
        ),
        (
            ["http://h.cn/show.asp?id=7", "http://h.cn/show.asp?id=2012"],
            r"^https?://h\.cn/show\.asp\?id=\d+$",
            "http://h.cn/show.asp?id=202605",
            "http://h.cn/list.asp?id=7",
        ),
        (
            ["http://h.cn/2026/05/18/river-path-restored/", "http://h.cn/2026/05/19/%E6%B2%B3/"],
            r"^https?://h\.cn/(?:[A-Za-z0-9_-]+/)*\d{4}/\d{1,2}/\d{1,2}/[^/?#]+/$",
            "http://h.cn/2026/12/01/hello/",
            "http://h.cn/2026/12/01/",
        ),
        (
            ["http://h.cn/20260518/0123456789abcdef0123456789abcdef/c.html"] * 2
            + ["http://h.cn/20260519/1123456789abcdef0123456789abcdef/c.html"],
            r"^https?://h\.cn/(?:[A-Za-z0-9_-]+/)*\d{8}/[0-9a-f]{32}/c\.html$",
            "http://h.cn/gn/20260519/2123456789abcdef0123456789abcdef/c.html",
            "http://h.cn/20260519/2123456789abcdef0123456789abcdef/d.html",
        ),
    ],
)
def test_a_pattern_generalises_what_varies_and_nothing_else(
    alike: list[str], pattern: str, taken: str, refused: str
) -> None:
    (shape,) = set(map(shape_of, alike))
    assert pattern_of(shape, alike) == pattern
    assert re.search(pattern, taken) and not re.search(pattern, refused)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("http://h.cn/c/7pplXmYoC6f", "http://h.cn/c/8GVppf8aesd", True),
        ("http://h.cn/ARTI6aJfesXIvbGCKUTVUpre200111.shtml", "http://h.cn/ARTIb7C8AF3WXxaSmZyhyjx42.shtml", True),
        ("http://h.cn/ARTI6aJfesXIvbGCKUTVUpre200111.shtml", "http://h.cn/VIDE6aJfesXIvbGCKUTVUpre20.shtml", False),
        ("http://h.cn/a/J22CN60P0514R9KQ.html", "http://h.cn/a/J2PBDVUF0511A6N9.html", True),
        ("http://h.cn/node_742c1a40f1/ae7e7ec561.shtml", "http://h.cn/node_179d29f1ce/86987bf032.shtml", True),
        ("http://h.cn/gn/12.html", "http://h.cn/gj/12.html", False),
    ],
)  # fmt: skip
def test_ids_are_seen_through(one: str, other: str, alike: bool) -> None:
    assert (shape_of(one) == shape_of(other)) is alike


def test_hosts_of_one_kind_of_article_are_named() -> None:
    urls = ["http://a.h.cn/2026/05-18/1.html", "http://b.h.cn/2026/05-18/2.html"]
    assert pattern_of(shape_of(urls[0]), urls).startswith(r"^https?://(?:a\.h\.cn|b\.h\.cn)/")


@pytest.mark.parametrize(
    ("url", "dated", "numbered"),
    [
        ("http://h.cn/", False, False),
        ("http://h.cn/gn/index.html", False, False),
        ("http://h.cn/2026/05/", False, False),
        ("http://h.cn/2026/05/18/", False, False),
        ("http://h.cn/2026/05/18/index.html", False, False),
        ("http://h.cn/2026/05/18/a-word-or-two/", True, False),
        ("http://h.cn/info/1021/3345.htm", False, True),
        ("http://h.cn/node_4108.htm", False, True),
    ],
)
def test_a_date_alone_makes_no_article(url: str, dated: bool, numbered: bool) -> None:
    assert (is_dated(shape_of(url)), is_numbered(shape_of(url))) == (dated, numbered)


def test_hosts_of_one_site() -> None:
    assert {site_of(h) for h in ("news.example.com.cn", "www.example.com.cn:8080")} == {"example.com.cn"}
    assert site_of("m.example.org") == "example.org" and site_of("example.org") == "example.org"
    assert site_of("127.0.0.1:8000") == "127.0.0.1:8000" != site_of("127.0.0.1:8001")


@given(st.text("/abc019-_.%?=&'()+*[]{}A", max_size=60))
def test_any_address_has_a_pattern_that_compiles_and_takes_it(rest: str) -> None:
    url = canonical(f"http://h.cn/{rest}")
    assert url is not None
    shape = shape_of(url)
    assert isinstance(shape, Shape)
    pattern = pattern_of(shape, [url])
    assert regexes([pattern]) and re.search(pattern, url)

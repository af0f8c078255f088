"""pipelines.rules: scope by host, kind by pattern, roles by their form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rules import article_kind, in_scope, is_front_page, role_index, role_name
from storage.errors import UsageError
from storage.model import ArticleKind, Feed, ListPage, Source, SourceCrawl

SOURCE = Source(
    name="mine",
    title="t",
    home="http://www.example.cn/index.html",
    crawl=SourceCrawl(hosts=("www.example.cn", "m.example.cn:8080")),
    lists=(ListPage("http://www.example.cn/gn/"), ListPage("http://www.example.cn/{date:%Y}/")),
    feeds=(Feed("http://www.example.cn/rss.xml"),),
    articles=(
        ArticleKind(match=(r"/video/\d+\.html$",)),
        ArticleKind(match=(r"\.shtml$", r"/\d+\.html$"), exclude=("/special/",)),
    ),
)


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("http://www.example.cn/a", True),
        ("https://www.example.cn/a", True),
        ("http://www.example.cn:81/a", False),
        ("http://m.example.cn:8080/", True),
        ("http://m.example.cn/", False),
        ("http://example.cn/", False),
        ("http://www.example.cn.evil.cn/", False),
        ("javascript:0", False),
        ("", False),
    ],
)
def test_scope_is_by_host_and_port(url: str, inside: bool) -> None:
    assert in_scope(SOURCE, url) is inside


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/video/1.html", 0), ("/2/1.html", 1), ("/a.shtml", 1), ("/special/1.html", None), ("/gn/", None)],
)
def test_the_first_kind_that_takes_an_address_has_it(path: str, kind: int | None) -> None:
    assert article_kind(SOURCE, "http://www.example.cn" + path) == kind


def test_a_pattern_that_does_not_compile_takes_nothing() -> None:
    broken = Source(name="a", title="", home="", articles=(ArticleKind(match=("(", "x")),))
    assert article_kind(broken, "http://h/x") == 0
    assert article_kind(broken, "http://h/y") is None


@pytest.mark.parametrize(
    ("url", "front"),
    [
        ("http://m.example.cn/", True),
        ("http://www.example.cn/index.html", True),
        ("http://www.example.cn/gn/", True),
        ("http://www.example.cn/rss.xml", True),
        ("http://www.example.cn/gn/1.html", False),
        ("http://www.example.cn/?id=1", False),
    ],
)
def test_front_pages(url: str, front: bool) -> None:
    assert is_front_page(SOURCE, url) is front


def test_roles() -> None:
    assert (role_name("list:12"), role_index("list:12")) == ("list", 12)
    assert (role_name("page"), role_index("page")) == ("page", 0)


@given(
    st.text(max_size=20)
    | st.sampled_from(["list", "list:", "list:-1", "list:1:2", "page:1", "list:9999999", "list:１"])
)
def test_what_is_no_role_is_refused(role: str) -> None:
    known = {"robots", "page"} | {f"{name}:{n}" for name in ("list", "feed", "article") for n in range(10)}
    if role not in known:
        with pytest.raises(UsageError):
            role_index(role)

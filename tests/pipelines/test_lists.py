"""pipelines.lists: list pages as the CMS families of Chinese sites write them (pages here are our own)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.lists import ListRead, read_list
from storage.model import ArticleKind, Link, ListPage, Source, SourceCrawl

URL = "http://h.cn/gn/index.html"


def _read(
    text: str, url: str = URL, role: str = "list:0", number: int = 1, charset: str = "utf-8", **rule: Any
) -> ListRead:
    rule["url"] = rule.pop("url_of_list", URL)
    source = Source(
        name="mine",
        title="t",
        home="http://h.cn/",
        crawl=SourceCrawl(hosts=("h.cn",)),
        lists=(ListPage(**rule),),
        articles=(ArticleKind(match=(r"/t\d+_\d+\.s?html?$", r"/c\.html$", r"/content_\d+\.html$", r"/ARTI\d+")),),
    )
    return read_list(text, charset, url, source, role, number)


def _urls(read: ListRead) -> list[str]:
    assert all(link.role == "article:0" and link.relation == "link" for link in read.links)
    return [link.url for link in read.links]


TRS = """<html><head><title>国内</title></head><body><div class=nav><a href="/">首页</a><a href="../gj/">国际</a></div>
<ul class="list"><li><a href="./202601/t20260105_101.html">一</a><span>01-05</span></li>
<li><a href="./202601/t20260104_100.html" target=_blank>二</a></li><li><a href="http://o.cn/202601/t20260104_9.html">外</a></li></ul>
<script>createPageHTML(5, 0, "index", "html");</script></body></html>"""


def test_trs_list_with_and_without_a_selector() -> None:
    both = ["http://h.cn/gn/202601/t20260105_101.html", "http://h.cn/gn/202601/t20260104_100.html"]
    plain = _read(TRS)
    assert (_urls(plain), plain.dropped, plain.failure, plain.next) == (both, 1, None, None)
    chosen = _read(TRS, links="ul.list a::attr(href)")
    assert (_urls(chosen), chosen.dropped) == (both, 1)
    wide = _read(TRS, links="a::attr(href)")
    assert (_urls(wide), wide.dropped) == (both, 3)


def test_links_in_data_href_only_by_a_selector() -> None:
    html = '<div class="nav-panel-heading" data-href="./content_1.html">一版</div>'
    assert _urls(_read(html, links=".nav-panel-heading::attr(data-href)")) == ["http://h.cn/gn/content_1.html"]
    assert _read(html).links == ()


def test_what_stands_behind_the_end_tag_counts() -> None:
    html = '<html><body></body></html><ul><li><a href="content_1.html">x</a></ul>'
    assert _urls(_read(html)) == ["http://h.cn/gn/content_1.html"]


def test_a_list_that_announces_nothing_says_so() -> None:
    read = _read("<html><script>challenge()</script></html>")
    assert read.failure is not None and "no wanted link" in read.failure.reason
    assert _read("<p>x", number=2).failure is None, "past the end of a walk there is nothing"
    assert _read("<p>x", role="listdata:0", list_from="a").failure is None, "one page of many may be empty"


# --- the next page -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "start", "expected"),
    [
        (1, 1, "index_1.html"),
        (2, 1, "index_2.html"),
        (1, 2, "index_2.html"),
        (3, 2, "index_4.html"),
        (1, 0, "index_0.html"),
    ],
)
def test_a_pattern_counts_from_start_on_the_second_page(number: int, start: int, expected: str) -> None:
    url = URL if number == 1 else f"http://h.cn/gn/index_{start + number - 2}.html"
    read = _read(TRS, url=url, number=number, next="index_{n}.html", start=start, pages=5)
    assert read.next == Link(f"http://h.cn/gn/{expected}", "list:0", "next", number + 1)


def test_a_pattern_is_relative_to_the_first_page() -> None:
    read = _read(TRS, url="http://h.cn/gn/page/2.html", number=2, next="page/{n}.html", start=2, pages=5)
    assert read.next is not None and read.next.url == "http://h.cn/gn/page/3.html"


def test_a_dated_list_pages_beside_the_page_at_hand() -> None:
    url = "http://h.cn/{date:%Y%m/%d}/node_1.html"
    read = _read(
        TRS, "http://h.cn/202601/05/node_2.html", number=2, url_of_list=url, next="node_{n}.html", start=2, pages=9
    )
    assert read.next is not None and read.next.url == "http://h.cn/202601/05/node_3.html"


def test_the_walk_ends_at_its_last_page() -> None:
    assert _read(TRS, number=4, next="index_{n}.html", pages=5).next is not None
    assert _read(TRS, number=5, next="index_{n}.html", pages=5).next is None
    assert _read(TRS, number=1, pages=5).next is None


def test_the_next_link_by_selector() -> None:
    html = TRS + '<div class=pager><a href="index_9.html" class=next>下一页</a></div>'
    read = _read(html, next="a.next", pages=2, headers=(("Referer", "http://h.cn/"),))
    assert read.next == Link("http://h.cn/gn/index_9.html", "list:0", "next", 2, headers=(("Referer", "http://h.cn/"),))
    assert _read(TRS, next="a.next", pages=2).next is None
    assert _read(TRS + '<a class=next href="#">下一页</a>', next="a.next", pages=2).next is None


def test_a_next_page_elsewhere_is_not_followed() -> None:
    read = _read(TRS + '<a class=next href="//o.cn/2">x</a>', next="a.next", pages=2)
    assert (read.next, read.dropped) == (None, 2)


def test_a_walk_behind_an_api_sends_the_same_request() -> None:
    read = _read(
        '[{"u":"/content_1.html"}]',
        format="json",
        links="[].u",
        next="?page={n}",
        start=2,
        pages=3,
        method="POST",
        body="{}",
    )
    assert read.next == Link(URL + "?page=2", "list:0", "next", 2, "POST", (), "{}")


# --- JSON --------------------------------------------------------------------------------------

DATA = {
    "categoryName": "时政",
    "datasource": [
        {"title": "甲", "publishUrl": "../20260105/" + "a" * 32 + "/c.html", "linkUrls": None},
        {"title": "乙", "publishUrl": "/politics/20260104/" + "b" * 32 + "/c.html"},
        {"title": "丙", "publishUrl": "http://h.cn/20260103/" + "c" * 32 + "/c.html"},
        {
            "contentType": "Link",
            "title": '<a href="http://h.cn/20260102/'
            + "d" * 32
            + '/c.html">丁</a>・<a href="/x/'
            + "e" * 32
            + '/c.html">戊</a>',
        },
    ],
}
FIVE = [
    "http://h.cn/20260105/" + "a" * 32 + "/c.html",
    "http://h.cn/politics/20260104/" + "b" * 32 + "/c.html",
    "http://h.cn/20260103/" + "c" * 32 + "/c.html",
    "http://h.cn/20260102/" + "d" * 32 + "/c.html",
    "http://h.cn/x/" + "e" * 32 + "/c.html",
]


@pytest.mark.parametrize(
    "links", ["datasource[].[publishUrl, title][]", "[datasource[].publishUrl, datasource[].title][]", None]
)
def test_json_by_expression_or_every_string_in_it(links: str | None) -> None:
    read = _read(json.dumps(DATA), url="http://h.cn/gn/ds_1.json", format="json", links=links)
    assert sorted(_urls(read)) == sorted(FIVE)


@pytest.mark.parametrize(
    "wrapped",
    [
        "{}",
        "cb({});",
        " /**/ typeof china === 'function' && china({})",
        "var list = {};\nvar other = 1;",
        "\ufeff{}",
        "try{{cb({})}}catch(e){{}}",
    ],
)
def test_jsonp_and_assignments_are_unwrapped(wrapped: str) -> None:
    text = (
        wrapped.replace("{{", "\0")
        .replace("}}", "\1")
        .replace("{}", json.dumps(DATA))
        .replace("\0", "{")
        .replace("\1", "}")
    )
    assert _urls(_read(text, url="http://h.cn/gn/1.jsonp", format="json", links="datasource[0].publishUrl")) == FIVE[:1]


@pytest.mark.parametrize(
    ("text", "links", "says"),
    [
        ("<html>请完成验证</html>", "a", "is no JSON; it begins '<html>"),
        ("", "a", "is no JSON"),
        ("[" * 100_000, "a", "is no JSON"),
        ('{"a": ', "a", "is no JSON"),
        ('{"a": 1}', "length(a)", "does not fit"),
        ("[]", "[].u", "no wanted link"),
    ],
)
def test_json_that_is_none_says_so(text: str, links: str, says: str) -> None:
    read = _read(text, format="json", links=links)
    assert read.failure is not None and says in read.failure.reason


def test_deeply_nested_json_is_no_crash() -> None:
    text = "[" * 900 + '"/content_1.html"' + "]" * 900
    assert _urls(_read(text, format="json")) == ["http://h.cn/content_1.html"]


# --- text --------------------------------------------------------------------------------------

SCRIPT = r"""<script>item=[{'title':'甲','brief':'2026-01-05',
'link_add':'http:\/\/h.cn\/2026\/01\/05\/ARTI1789.shtml'},
{'title':'乙','link_add':'/2026/01/04/ARTI1788.shtml?a=1&amp;b=2'}];</script>"""


def test_addresses_in_an_inline_script_by_pattern() -> None:
    read = _read(SCRIPT, format="text", links=r"'link_add':'([^']+)'")
    assert _urls(read) == ["http://h.cn/2026/01/05/ARTI1789.shtml", "http://h.cn/2026/01/04/ARTI1788.shtml?a=1&b=2"]


def test_a_pattern_without_group_gives_its_whole_match() -> None:
    assert _urls(_read(SCRIPT, format="text", links=r"/2026/\d+/\d+/ARTI\d+\.shtml")) == [
        "http://h.cn/2026/01/04/ARTI1788.shtml"
    ]


def test_without_a_pattern_every_address_is_tried() -> None:
    assert _urls(_read(SCRIPT, format="text")) == ["http://h.cn/2026/01/05/ARTI1789.shtml"]


def test_a_broken_pattern_from_an_old_archive_finds_nothing() -> None:
    for form, links in (("text", "("), ("json", "a[?"), ("html", "a[")):
        assert _read('{"a":1}', format=form, links=links).links == ()


# --- lists of lists ----------------------------------------------------------------------------


def test_the_data_file_of_a_channel_is_found_through_its_page() -> None:
    html = (
        f'<ul id=list data="datasource:{"1f" * 16}" datatype="ds" preview="ds_"></ul>'
        f'<a href="/20260105/{"a" * 32}/c.html">x</a>'
    )
    read = _read(
        html,
        "http://h.cn/politics/",
        format="json",
        list_from='[data^="datasource:"]::attr(data)',
        headers=(("X-A", "1"),),
    )
    url = f"http://h.cn/politics/ds_{'1f' * 16}.json"
    assert read.links == (Link(url, "listdata:0", "listdata", headers=(("X-A", "1"),)),)
    data = _read(json.dumps(DATA), url, "listdata:0", format="json", list_from="x", links="datasource[].publishUrl")
    assert len(data.links) == 3


def test_the_pages_of_an_issue() -> None:
    front = '<div id=list><a href="node_01.html">01</a><a href="node_02.html">02</a><a href="http://o.cn/node_03.html">x</a></div>'
    rule: dict[str, Any] = {"list_from": "#list a::attr(href)", "links": ".news-list a::attr(href)"}
    read = _read(front, "http://h.cn/layout/202601/05/index.html", **rule)
    assert [(link.url, link.role) for link in read.links] == [
        (f"http://h.cn/layout/202601/05/node_0{n}.html", "listdata:0") for n in (1, 2)
    ]
    assert read.dropped == 1
    node = '<div class=news-list><a href="../../../content/202601/05/content_7.html">要闻</a></div>'
    inner = _read(node, "http://h.cn/layout/202601/05/node_01.html", "listdata:0", **rule)
    assert _urls(inner) == ["http://h.cn/content/202601/05/content_7.html"]


def test_the_first_page_of_an_issue_leads_to_the_others_and_announces_its_own_articles() -> None:
    rule: dict[str, Any] = {"list_from": "#list a::attr(href)", "links": ".news-list a::attr(href)"}
    first = (
        '<div id=list><a href="node_01.html">01</a><a href="node_02.html">02</a></div>'
        '<div class=news-list><a href="../../../content/202601/05/content_7.html">要闻</a><a href="x.pdf">图</a></div>'
    )
    read = _read(first, "http://h.cn/layout/202601/05/node_01.html", **rule)
    assert [(link.url, link.role) for link in read.links] == [
        ("http://h.cn/layout/202601/05/node_02.html", "listdata:0"),
        ("http://h.cn/content/202601/05/content_7.html", "article:0"),
    ]
    assert read.dropped == 0


@settings(max_examples=60)
@given(st.text(max_size=200), st.sampled_from(["html", "json", "text"]), st.booleans())
def test_no_text_makes_it_raise(text: str, form: str, outer: bool) -> None:
    links = {"html": "a", "json": "a.b[]", "text": "http[^ ]+"}[form]
    _read(
        text, format=form, links=links, list_from="a" if outer else None, next="a" if form == "html" else "{n}", pages=3
    )

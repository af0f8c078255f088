"""crawler.article_shapes: which of a site's addresses are likely articles, by what is known without asking for them."""

from __future__ import annotations

from crawler.article_shapes import Gathered, is_page

TITLE = "柳湾镇的老渠通水了"


def gathered(*links: tuple[str, str], fed: tuple[str, ...] = ()) -> Gathered:
    found = Gathered()
    for path, words in links:
        found.add(f"http://h.cn{path}", words, "http://h.cn/")
    for path in fed:
        found.add(f"http://h.cn{path}", "", "http://h.cn/feed", fed=True)
    return found


def likely(found: Gathered) -> list[list[str]]:
    return [[url.removeprefix("http://h.cn") for url in group.texts] for group in found.candidates()]


def test_dated_and_numbered_addresses_with_titles_are_likely_the_dated_first() -> None:
    found = gathered(
        ("/tu/11.html", TITLE), ("/tu/12.html", TITLE), ("/tu/13.html", TITLE),
        ("/gn/2026-05/18/c_1.html", TITLE), ("/gj/2026-05/18/c_2.html", TITLE),
    )  # fmt: skip
    assert likely(found) == [
        ["/gn/2026-05/18/c_1.html", "/gj/2026-05/18/c_2.html"],
        ["/tu/11.html", "/tu/12.html", "/tu/13.html"],
    ]


def test_columns_pagers_and_lone_addresses_are_not() -> None:
    found = gathered(
        ("/node_101.htm", "要闻"), ("/node_102.htm", "国际新闻"), ("/index_2.html", "2"), ("/index_3.html", "3"),
        ("/about/", "关于我们的报社"), ("/2026-05/18/c_1.html", TITLE), ("/2026/05/", "五月的全部文章"),
    )  # fmt: skip
    assert likely(found) == []


def test_a_picture_and_its_words_are_one_link() -> None:
    found = gathered(("/tu/11.html", ""), ("/tu/11.html", TITLE), ("/tu/12.html", TITLE), ("/tu/13.html", ""))
    assert likely(found) == [["/tu/11.html", "/tu/12.html", "/tu/13.html"]]


def test_a_query_that_says_where_the_link_stood_makes_no_second_kind() -> None:
    found = gathered(
        ("/a/91_22.html?f=hot_1", TITLE), ("/a/92_23.html?f=hot_2", TITLE), ("/a/93_24.html?f=hot_3", TITLE),
        ("/a/91_22.html", TITLE), ("/a/94_25.html", TITLE),
    )  # fmt: skip
    assert likely(found) == [["/a/91_22.html", "/a/94_25.html"]]


def test_what_a_feed_announces_needs_neither_number_nor_company() -> None:
    assert likely(gathered(fed=("/hello-river-path/",))) == [["/hello-river-path/"]]


def test_pages_that_link_to_it_are_known() -> None:
    found = gathered(("/tu/11.html", TITLE))
    found.add("http://h.cn/tu/11.html", TITLE, "http://h.cn/gn/")
    assert found.pages_of["http://h.cn/tu/11.html"] == {"http://h.cn/", "http://h.cn/gn/"}


def test_files_are_no_pages() -> None:
    assert all(map(is_page, ("http://h.cn/", "http://h.cn/a.shtml", "http://h.cn/a.asp?id=1.5", "http://h.cn/doc")))
    assert not any(
        map(is_page, ("http://h.cn/a.PDF", "http://h.cn/a.jpg?w=1", "http://h.cn/rss.xml", "http://h.cn/a.mp4"))
    )
    assert not gathered(("/a/1.pdf", TITLE), ("/a/2.pdf", TITLE)).candidates()

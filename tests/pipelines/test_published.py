from __future__ import annotations

from pipelines.blocks import read_blocks
from pipelines.dates import zone_of
from pipelines.declared import read_declared
from pipelines.published import find_published
from pipelines.tree import parse
from pipelines.visibility import Styles

ZONE = zone_of("Asia/Shanghai")


def published(html: str, title: int | None, body: tuple[int, int] | None, url: str = "") -> tuple[str, str] | None:
    root = parse(html)
    found = find_published(read_blocks(root, Styles({})), read_declared(root), title, body, ZONE, url)
    return (found.moment.written(ZONE), found.reason) if found else None


def test_the_headers_today_is_not_the_articles_day() -> None:
    html = "<p>今天是2024年11月24日</p><h1>题</h1><p>发布时间：2020-01-31 22:51</p><p>正文。</p>"
    assert published(html, 1, (3, 4)) == ("2020-01-31T22:51:00+08:00", "between title and text")


def test_nor_when_the_page_is_silent() -> None:
    assert published("<p>2024年11月24日 星期日</p><a>首页</a><h1>题</h1><p>正文。</p>", 2, (3, 4)) is None


def test_a_date_in_a_sentence_is_not_it() -> None:
    html = "<h1>题</h1><p>2020-01-31</p><p>会议定于2019年3月4日 14:00在礼堂举行，请各单位按时派人参加并提前签到。</p>"
    found = published(html, 0, (2, 3))
    assert found is not None and found[0] == "2020-01-31"


def test_a_long_line_with_its_label_is_a_date_line() -> None:
    line = "发表日期：2008年5月19日 出处：青石晚报 作者：甲乙 【编辑录入：丙】 【字体：大 中 小】 【收藏本文】 【打印】"
    assert published(f"<h1>题</h1><p>{line}</p><p>正文。</p>", 0, (2, 3)) == ("2008-05-19", "between title and text")


def test_below_the_text_with_its_label() -> None:
    html = "<h1>题</h1><p>正文。</p><p>发布日期：2019-03-06 责任编辑：甲</p>"
    assert published(html, 0, (1, 2)) == ("2019-03-06", "below the text")


def test_first_publication_beats_the_last_update() -> None:
    html = "<h1>题</h1><p>最后更新: 2020-01-02 10:00</p><p>2020-01-01 09:00 来源：甲报</p><p>正文。</p>"
    found = published(html, 0, (3, 4))
    assert found is not None and found[0] == "2020-01-01T09:00:00+08:00"


def test_declared_when_nothing_is_shown_and_its_clock_when_only_the_day_is() -> None:
    meta = '<meta name="publishdate" content="2020-02-05 08:09:10">'
    assert published(f"{meta}<h1>题</h1><p>正文。</p>", 0, (1, 2)) == ("2020-02-05T08:09:10+08:00", "meta publishdate")
    found = published(f"{meta}<h1>题</h1><p>2020年2月5日</p><p>正文。</p>", 0, (2, 3))
    assert found is not None and found[0] == "2020-02-05T08:09:10+08:00"
    other = published(f"{meta}<h1>题</h1><p>2020年2月4日</p><p>正文。</p>", 0, (2, 3))
    assert other is not None and other[0] == "2020-02-04"


def test_the_day_above_the_title_counts_on_a_printed_page_or_with_the_address() -> None:
    html = "<p>2022年02月13日</p><p>第A01版：头版</p><h1>题</h1><p>正文。</p>"
    assert published(html, 2, (3, 4)) == ("2022-02-13", "day of the printed issue")
    header = "<p>2022年02月13日 星期日</p><h1>题</h1><p>正文。</p>"
    assert published(header, 1, (2, 3), "http://a.example/html/2022-02/13/c_1.htm") is not None
    assert published(header, 1, (2, 3), "http://a.example/html/2020-01/13/c_1.htm") is None


def test_the_exactest_declaration_of_a_day_is_taken() -> None:
    ld = '{"@type":"NewsArticle","datePublished":"2020-02-05T19:01:00+02:00"}'
    meta = (
        '<meta name="pubdate" content="2020-02-05">'
        '<meta property="article:published_time" content="2020-02-05T19:01:00Z">'
    )
    assert published(f'{meta}<script type="application/ld+json">{ld}</script><p>题</p>', None, None) == (
        "2020-02-05T19:01:00+02:00",
        "json-ld datePublished",
    )


def test_abroad_a_declared_instant_beats_a_clock_of_nobody_knows_whose_zone() -> None:
    root = parse(
        '<meta property="article:published_time" content="2024-12-03T23:17:00+09:00">'
        "<h1>A title</h1><p>2024/12/04 00:05</p><p>Some text.</p>"
    )
    read = (read_blocks(root, Styles({})), read_declared(root), 0, (2, 3), ZONE)
    here, abroad = find_published(*read), find_published(*read, abroad=True)
    assert here is not None and here.moment.day == 4
    assert abroad is not None and abroad.moment.written(ZONE) == "2024-12-03T23:17:00+09:00"

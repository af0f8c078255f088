from __future__ import annotations

from hypothesis import given

from pipelines import particulars
from pipelines.extract import extract
from storage.model import Article
from tests.pipelines.lines import lines_of, opened

LINE = "河堤上的人一夜没有合眼，天亮时水退了，大家才回到屋里去，孩子们已经睡着。"


def read(head: str = "", above: str = "", below: str = "") -> Article:
    html = (
        f"<head><title>水退了</title>{head}</head><body>{above}<h1>水退了</h1>{below}<div>{f'<p>{LINE}</p>' * 6}</div>"
    )
    return extract(html.encode(), {}, "http://news.example.com/a.html")


def test_the_line_above_and_the_line_below_the_title() -> None:
    article = read(above="<h3 class=pre>云泽连夜守堤</h3>", below="<h2 class=subtitle>六百人一夜未眠</h2>")
    assert (article.title, article.kicker, article.subtitle) == ("水退了", "云泽连夜守堤", "六百人一夜未眠")


def test_a_dash_makes_a_subtitle() -> None:
    assert read(below="<p>——云泽守堤记</p>").subtitle == "——云泽守堤记"


def test_views_are_counted_apart() -> None:
    article = read(below="<p>2021-06-03 10:00 来源：云泽报 浏览量：4,864次</p>")
    assert article.views == 4864
    assert "4,864" not in article.body


def test_no_count_is_taken_from_a_date() -> None:
    assert read(below="<p>浏览次数： 2021-06-03 10:00</p>").views is None


def test_what_is_declared_of_change_and_number() -> None:
    head = '<meta property="article:modified_time" content="2021-06-04T08:00:00+08:00"><meta name=contentid content=77>'
    assert (read(head).modified, read(head).content_id) == ("2021-06-04T08:00:00+08:00", "77")


def test_the_origins_link() -> None:
    below = '<p>2021-06-03 来源：<a href="http://paper.example.net/7">云泽报</a></p>'
    assert read(below=below).origin_url == "http://paper.example.net/7"


@given(lines_of("浏览次数 瀏覽 阅读量 閱讀 点击 點擊数 访问 查看 人气 12 1,024 次 人"))
def test_no_line_is_passed_over_that_counts_views(line: str) -> None:
    found = particulars.find_views((line,))
    with opened(particulars, "_MAY_COUNT"):
        assert found == particulars.find_views((line,))

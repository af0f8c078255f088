from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from pipelines import pager
from pipelines.blocks import read_blocks
from pipelines.extract import extract
from pipelines.labels import fold
from pipelines.page_markup import read_markup
from pipelines.text import collapse
from pipelines.visibility import read_styles
from tests.pipelines.lines import lines_of

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
PROSE = "<p>老人说，这条路他走了一辈子，哪里有坑、哪里有坎，闭着眼睛都知道。</p>" * 3


def links(pager: str, url: str) -> tuple[str, ...]:
    return extract(f"<div><div>{PROSE}</div><div>{pager}</div></div>".encode(), {}, url).page_links


@pytest.mark.parametrize(
    ("url", "pager", "wanted"),
    [
        (
            "http://a.example/n/1.html",
            '<a href="1.html">【1】</a><a href="1_2.html">【2】</a><a href="1_2.html">下一页</a>',
            ["1_2.html"],
        ),
        (
            "http://a.example/n/1_2.html",
            '<a href="1.html">上一页</a> <a href="1_3.html">下一页</a>',
            ["1.html", "1_3.html"],
        ),
        (
            "http://a.example/n/t5_8.htm",
            '<a href="t5_8_1.htm">2</a><a href="t5_8_2.htm">3</a>',
            ["t5_8_1.htm", "t5_8_2.htm"],
        ),
        ("http://a.example/n/v?id=3", '<a href="v?id=3&page=2">2</a>', ["v?id=3&page=2"]),
        ("http://a.example/n/1.html", '<a href="/n/77.html">下一页</a><a href="http://b.example/n/1_2.html">2</a>', []),
    ],
)
def test_page_links(url: str, pager: str, wanted: list[str]) -> None:
    assert links(pager, url) == tuple(f"http://a.example/n/{name}" for name in wanted)


def test_a_pager_that_a_script_writes() -> None:
    url = "http://a.example/zw/t20250101_881234.html"
    script = '<script>createPageHTML(3, 0, "t20250101_881234", "html");</script>'
    assert links(script, url) == tuple(f"http://a.example/zw/t20250101_881234_{n}.html" for n in (1, 2))
    assert links(script, "http://a.example/zw/t20250101_881234_1.html") == (
        url,
        "http://a.example/zw/t20250101_881234_2.html",
    )
    assert links('<script>createPageHTML(1, 0, "t20250101_881234", "html");</script>', url) == ()
    assert links('<script>createPageHTML(9, 0, "../../x", "html");</script>', url) == ()
    assert len(links('<script>createPageHTML(999, 0, "t20250101_881234", "html");</script>', url)) <= 50


@given(lines_of("第 页 頁 上一页 下一頁 下页 尾页 末页 首頁 余下全文 阅读全文 > ＞ >>| １２ 2 ٣"))
def test_no_link_is_passed_over_that_leads_to_another_page(text: str) -> None:
    folded = fold(collapse(text))
    if pager._NUMBER.match(folded) or pager._WORD.match(folded):
        assert pager._MAY_LEAD_ON.search(text)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*/page.html")), ids=lambda path: path.parent.name)
def test_links_of_a_page_are_in_the_order_of_its_blocks_where_they_are_looked_for_by_halves(path: Path) -> None:
    root = read_markup(path.read_bytes(), None).root
    assert root is not None
    numbers = [number for number, _ in read_blocks(root, read_styles(root)).anchors]
    assert numbers == sorted(numbers)

from __future__ import annotations

from pipelines.blocks import read_blocks
from pipelines.column import without_boxes
from pipelines.tree import parse
from pipelines.visibility import Styles

LINE = "河边的人家都记得那年的水，一夜之间漫过了石阶，又漫过了门槛，天亮才慢慢退去。"
TEXT = "".join(f"<p>{LINE}{n}</p>" for n in range(6))


def kept(html: str) -> list[str]:
    page = read_blocks(parse(html), Styles({}))
    return [page.blocks[number].text for number in without_boxes(page, list(range(len(page.blocks))))]


def test_a_caption_and_a_form_among_the_paragraphs_go() -> None:
    boxes = (
        "<figure><img src=a.jpg><figcaption>退水后的石阶</figcaption></figure><div><span>订阅我们的简报</span></div>"
    )
    assert kept(f"<div>{TEXT}{boxes}{TEXT}</div>") == kept(f"<div>{TEXT}{TEXT}</div>")


def test_lists_tables_quotations_and_headings_stay() -> None:
    parts = (
        "<ul><li>一是修堤</li></ul><table><tr><td>水位</td></tr></table><div><blockquote>水火无情</blockquote></div>"
    )
    headings = "<div><h3>修堤</h3></div>"
    texts = kept(f"<div>{TEXT}{parts}{headings}{TEXT}</div>")
    assert {"一是修堤", "水位", "水火无情", "修堤"} <= set(texts)


def test_a_part_of_the_article_in_an_element_of_its_own_stays() -> None:
    assert len(kept(f"<div>{TEXT}{TEXT}<div>{TEXT}</div>{TEXT}</div>")) == 24


def test_a_lead_above_the_column_stays_and_a_label_does_not() -> None:
    lead = LINE + LINE
    texts = kept(f"<div><header><div>{lead}</div><div>本报讯员</div></header><div>{TEXT * 4}</div></div>")
    assert lead in texts
    assert "本报讯员" not in texts


def test_text_that_stands_in_no_one_element_is_left_alone() -> None:
    html = "".join(f"<section><p>{LINE}</p></section>" for _ in range(8)) + "<div>无关</div>"
    assert "无关" in kept(f"<div>{html}</div>")

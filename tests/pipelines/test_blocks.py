from __future__ import annotations

from pipelines.blocks import Blocks, read_blocks
from pipelines.tree import parse
from pipelines.visibility import read_styles


def blocks_of(html: str) -> Blocks:
    root = parse(html)
    return read_blocks(root, read_styles(root))


def texts(html: str) -> list[str]:
    return [block.text for block in blocks_of(html).blocks]


def test_blocks_follow_the_document() -> None:
    assert texts("<div>甲<p>乙<b>丙</b></p>丁<br>戊</div><script>己</script><p> </p>庚") == [
        "甲",
        "乙丙",
        "丁",
        "戊",
        "庚",
    ]


def test_text_without_markup_is_divided_at_its_indents() -> None:
    assert texts("<div>\u3000\u3000第一段。\n\u3000\u3000第二段。</div>") == ["第一段。", "第二段。"]


def test_preformatted_lines_stay_lines() -> None:
    assert texts("<pre>甲\n乙\n\n丙</pre>") == ["甲", "乙", "丙"]


def test_links_are_counted() -> None:
    (block,) = blocks_of("<p>看 <a href=x>这 里</a> 吧</p>").blocks
    assert (block.length, block.linked) == (4, 2)


def test_hidden_text_is_kept_and_marked() -> None:
    page = blocks_of('<p>明</p><div style="display:none">暗<p>暗二</p></div><p>明二</p>')
    assert [(b.text, b.hidden) for b in page.blocks] == [("明", ""), ("暗", "none"), ("暗二", "none"), ("明二", "")]


def test_siblings_have_one_parent() -> None:
    page = blocks_of("<div><p>甲</p><p>乙</p></div><div><p>丙</p></div>")
    one, two, three = (block.parent for block in page.blocks)
    assert one == two != three


def test_ranges_cover_their_blocks() -> None:
    page = blocks_of("<body><div id=a><p>甲</p><p>乙</p></div><p>丙</p></body>")
    spot = next(spot for spot in page.ranges if spot.element.get("id") == "a")
    assert (spot.start, spot.end) == (0, 2)

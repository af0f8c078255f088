from __future__ import annotations

import random
import re
from collections.abc import Iterator

from lxml import etree

from pipelines import blocks
from pipelines.blocks import Blocks, read_blocks
from pipelines.text import collapse
from pipelines.tree import Node, parse
from pipelines.visibility import Styles, hidden_by, read_styles


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


def _visible(text: str) -> int:
    return sum(not char.isspace() for char in text)


class Plain:
    """The walk as one would write it who does not count: each text on its own, each element entered and left."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self.rows: list[tuple[object, ...]] = []
        self.ranges: list[tuple[Node, int, int, int]] = []
        self.anchors: list[tuple[int, Node]] = []
        self.images: list[tuple[int, Node]] = []
        self.holders: list[tuple[Node, str, int]] = [(None, "", 0)]
        self.parts: list[str] = []
        self.linked = self.links = self.serial = self.depth = 0
        self.hidden = ""

    def walk(self, element: Node) -> None:
        if element.tag not in SKIPPED:
            self.enter(element)
        self.add(element.tail)

    def enter(self, element: Node) -> None:
        before, block = self.hidden, element.tag in BLOCK
        concealed = "" if before else hidden_by(element, self.styles)
        if block or concealed:
            self.flush()
        self.hidden = before or concealed
        if block and element.tag != "br":
            self.serial += 1
            self.holders.append((element, element.tag, self.serial))
        if element.tag == "a":
            self.links += 1
            self.anchors.append((len(self.rows), element))
        if element.tag == "img":
            self.images.append((len(self.rows), element))
        self.depth, first = self.depth + 1, len(self.rows)
        self.add(element.text)
        for child in element:
            self.walk(child)
        if block or concealed:
            self.flush()
        self.depth, self.hidden = self.depth - 1, before
        self.links -= element.tag == "a"
        if block and element.tag != "br":
            self.holders.pop()
        if len(self.rows) - first > (0 if block else 1):
            self.ranges.append((element, first, len(self.rows), self.depth))

    def add(self, text: str | None) -> None:
        breaks = r"\n" if self.holders[-1][1] == "pre" else r"[\r\n]+[ \t]*\u3000\u3000|\u3000{4,}"
        for number, piece in enumerate(re.split(breaks, text or "")):
            if number:
                self.flush()
            self.parts.append(piece)
            self.linked += _visible(piece) if self.links else 0

    def flush(self) -> None:
        if text := collapse("".join(self.parts)):
            element, tag, own = self.holders[-1]
            parent = self.holders[-2][2] if len(self.holders) > 2 else own
            length, marks = _visible(text), len(re.findall(r"[，。；：！？、,;!?“”「」《》]|\.\s", text))
            self.rows.append((text, length, min(self.linked, length), marks, element, tag, self.hidden, parent))
        self.parts, self.linked = [], 0


BLOCK = {tag for tag, kind in blocks._KINDS.items() if kind in (blocks._BLOCK, blocks._BREAK)}
SKIPPED = {tag for tag, kind in blocks._KINDS.items() if kind == blocks._SKIPPED}
TAGS = (
    "a p div br img pre span b li ul table tr td script style head svg select title xmp o:p x<y h1 option form".split()
)
ATTRIBUTES = ("", "", "", " style='display:none'", " hidden", " class='q k'", " id=z", " style", " style='left:-999px'")
TEXTS = (
    "\u3000|\u3000\u3000|\n\u3000\u3000|\u3000\u3000\u3000\u3000|\u200b|\ufeff| |\n|\r\n|文|。|，|a. |.|字字字"
    "|&nbsp;|&#1;|&#28;|&lt;|&#x200b;|<!--c-->|<![CDATA[x]]>"
).split("|")


def random_pages(count: int) -> Iterator[str]:
    rng = random.Random(count)
    for number in range(count):
        page = ["<style>.k, #z {left:-9999px}</style>"] * (number % 2)
        for _ in range(rng.randrange(1, 60)):
            tag = rng.choice(TAGS)
            page.append(rng.choice((f"<{tag}{rng.choice(ATTRIBUTES)}>", f"</{tag}>", rng.choice(TEXTS))))
        yield "".join(page)


def test_any_page_is_read_as_the_plain_walk_reads_it() -> None:
    for html in random_pages(1500):
        root = parse(html)
        for part in [] if root is None else [root, *root.iter(*blocks._KINDS)][:4]:
            styles = read_styles(root)
            page, plain = read_blocks(part, styles), Plain(styles)
            plain.walk(part)
            plain.flush()
            rows = [tuple(getattr(block, name) for name in blocks.Block.__slots__) for block in page.blocks]
            assert rows == plain.rows, html
            assert (page.ranges, page.anchors, page.images) == (plain.ranges, plain.anchors, plain.images), html


def test_the_walk_ends_after_many_elements_or_blocks() -> None:
    body = etree.Element("body")
    for _ in range(60_000):
        etree.SubElement(body, "b").tail = "字"
    assert [block.length for block in read_blocks(body, Styles({})).blocks] == [49_999]
    assert len(blocks_of("<p>甲</p>" * 13_000).blocks) == 12_001

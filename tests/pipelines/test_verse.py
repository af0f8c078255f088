from __future__ import annotations

import pytest

from pipelines.extract import extract

LINES = ["船在雾里靠岸", "缆绳绕过石桩", "父亲的手很粗", "海还给了灯塔", "话还给了沉默", "坝上的人等着", "路望成了黄昏"]


def body_of(inner: str) -> str:
    return extract(
        f"<html><title>归港</title><body><h1>归港</h1>{inner}</body></html>".encode(), {}, "http://a.cn/1"
    ).body


def test_lines_without_marks_below_the_title_are_a_poem() -> None:
    assert body_of("<div>" + "".join(f"<p>{line}</p>" for line in LINES) + "</div>") == "\n".join(LINES)
    assert body_of("<div>" + "<br>".join(LINES) + "</div>") == "\n".join(LINES)


@pytest.mark.parametrize(
    "inner",
    [
        "".join(f"<p>{line}</p>" for line in LINES[:4]),
        "".join(f'<p><a href="/{line}">{line}</a></p>' for line in LINES),
        "<ul>" + "".join(f"<li>{line}</li>" for line in LINES) + "</ul>",
        "".join(f"<div><p>{line}</p></div>" for line in LINES),
        "".join(f"<p>{line}：是</p>" for line in LINES),
        f"<p>{LINES[0]}</p>" * 8,
        "".join(f"<p>{number}.5 / 2026</p>" for number in range(9)),
    ],
    ids=["few", "links", "list items", "boxes", "labels", "the same", "numbers"],
)
def test_other_short_lines_are_none(inner: str) -> None:
    assert body_of(inner) == ""


def test_a_row_of_a_table_is_a_line_and_a_table_around_the_page_is_none() -> None:
    prose = "<p>老人说，这条路他走了一辈子，哪里有坑、哪里有坎，闭着眼睛都知道，可是今年他走不动了。</p>" * 3
    row = "<tr><td>带鱼</td><td><p>18.5元</p></td></tr>"
    assert body_of(f"<div>{prose}<table>{row}</table>{prose}</div>").split("\n")[3] == "带鱼\t18.5元"
    page = body_of(f"<table><tr><td>{prose}<p>他笑了笑。</p></td><td><p>又摆了摆手，慢慢走远了。</p></td></tr></table>")
    assert "\t" not in page and "他笑了笑。" in page

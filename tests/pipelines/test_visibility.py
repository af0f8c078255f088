from __future__ import annotations

import pytest

from pipelines.tree import parse, select
from pipelines.visibility import hidden_by, read_styles


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ('style="display:none"', "none"),
        ('style="DISPLAY : NONE;"', "none"),
        ("hidden", "none"),
        ('style="position:absolute;left:-9999px"', "off-screen"),
        ('style="text-indent: -2000em"', "off-screen"),
        ('style="font-size:0"', "off-screen"),
        ('style="height:0;overflow:hidden"', "off-screen"),
        ('style="visibility: hidden; opacity: 0;"', "invisible"),
        ('style="left:-5px"', ""),
        ('style="background-position:-900px"', ""),
        ('style="opacity:0.5"', ""),
        ("", ""),
    ],
)
def test_hidden_by_its_own_attributes(attributes: str, kind: str) -> None:
    root = parse(f"<div id=a {attributes}>x</div>")
    assert hidden_by(select(root, "#a")[0], read_styles(root)) == kind


def test_hidden_by_the_pages_simple_rules() -> None:
    root = parse(
        "<style>p{left:1px} .wx, #y{position:fixed;top:-8000px}</style><div class='b wx'>x</div><i id=y>z</i><b>q</b>"
    )
    styles = read_styles(root)
    assert [hidden_by(e, styles) for e in select(root, "div, i, b")] == ["off-screen", "off-screen", ""]


def test_sprites_hide_nothing() -> None:
    assert read_styles(parse("<style>.icon{background-position:0 -900px}</style><p>a</p>")).hidden == {}

"""What a page needs to look as it did is found wherever pages and sheets write it, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.requisites import MAX_IMPORT_DEPTH, page_requisites, sheet_requisites
from pipelines.tree import parse
from storage.model import Requisites

URL = "http://a.example/news/1.html"
A = "http://a.example"
ALL = Requisites(fetch=True)


def found(html: str, wanted: Requisites = ALL) -> list[tuple[str, str]]:
    root = parse(html)
    assert root is not None
    return [(link.role.partition(":")[2], link.url) for link in page_requisites(root, URL, "utf-8", wanted)]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="/p/1.jpg">', [("image", A + "/p/1.jpg")]),
        ('<img src="1.jpg">', [("image", A + "/news/1.jpg")]),
        ('<img src="data:image/gif;base64,R0" data-src="/l.jpg">', [("image", A + "/l.jpg")]),
        ('<img data-original="//cdn.example/o.png">', [("image", "http://cdn.example/o.png")]),
        ('<img _src="/u.png" src="/grey.gif">', [("image", A + "/grey.gif"), ("image", A + "/u.png")]),
        ('<img srcset="/s.jpg 1x, /l.jpg 2x">', [("image", A + "/s.jpg"), ("image", A + "/l.jpg")]),
        ('<img srcset="/s.jpg 1x,/l,w_2.jpg 2x">', [("image", A + "/s.jpg"), ("image", A + "/l,w_2.jpg")]),
        (
            '<picture><source srcset="/w.webp"><img src="/w.jpg"></picture>',
            [("image", A + "/w.webp"), ("image", A + "/w.jpg")],
        ),
        ('<video poster="/v.jpg"><source src="/v.mp4"></video>', [("image", A + "/v.jpg")]),
        ('<table background="/bg.gif"><tr><td>x</table>', [("image", A + "/bg.gif")]),
        ('<p style="background:url(/s.png)">x</p>', [("image", A + "/s.png")]),
        (
            "<style>@font-face{src:url('/f.woff2')} p{background:url(/b.png)}</style>",
            [("font", A + "/f.woff2"), ("image", A + "/b.png")],
        ),
        ('<link rel="stylesheet" href="/m.css">', [("style", A + "/m.css")]),
        ('<link rel="shortcut icon" href="/favicon.ico">', [("icon", A + "/favicon.ico")]),
        ('<link rel="preload" as="font" href="/f.woff">', [("font", A + "/f.woff")]),
        ('<base href="http://b.example/x/"><img src="1.jpg">', [("image", "http://b.example/x/1.jpg")]),
        ('<img src="/p/1.jpg"><img src="/p/1.jpg">', [("image", A + "/p/1.jpg")]),
        ('<script src="/s.js"></script><a href="/a.html">x</a><link rel="canonical" href="/c">', []),
        ('<img src="javascript:alert(1)"><img src="blob:http://a.example/1"><img src="about:blank">', []),
        ('<link rel="preload" as="script" href="/s.js"><iframe src="/f.html"></iframe>', []),
    ],
)
def test_where_requisites_stand(html: str, expected: list[tuple[str, str]]) -> None:
    assert found(f"<html><body>{html}</body></html>") == expected


def test_limits_and_kinds_and_hosts_are_kept_to() -> None:
    html = '<link rel="stylesheet" href="/m.css">' + "".join(f'<img src="/p/{n}.jpg">' for n in range(9))
    assert len(found(html, Requisites(fetch=True, per_page=5))) == 5
    assert found(html, Requisites(fetch=True, kinds=("style",))) == [("style", A + "/m.css")]
    assert found(html, Requisites(fetch=True, hosts=("cdn.example",))) == []


def test_a_sheet_names_sheets_pictures_and_fonts() -> None:
    css = """@import "base.css"; @import url(/print.css) print; /* url(/no.png) */
    @font-face { font-family: x; src: url("f.woff2") format("woff2"), url(f.woff) }
    .a { background: url( 'i.png' ) } .b { background: url(data:image/png;base64,AA) } .c { filter: url(#blur) }"""
    links = sheet_requisites(css, A + "/css/m.css", 1, ALL)
    assert [(link.role, link.url.removeprefix("http://a.example")) for link in links] == [
        ("requisite:style", "/css/base.css"),
        ("requisite:style", "/print.css"),
        ("requisite:font", "/css/f.woff2"),
        ("requisite:font", "/css/f.woff"),
        ("requisite:image", "/css/i.png"),
    ]
    assert {link.number for link in links} == {2}


def test_imports_end_somewhere() -> None:
    css = '@import "again.css"; p { background: url(i.png) }'
    kinds = [link.role for link in sheet_requisites(css, A + "/m.css", MAX_IMPORT_DEPTH, ALL)]
    assert kinds == ["requisite:image"]


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    sheet_requisites(text, A + "/m.css", 1, ALL)
    root = parse(text)
    if root is not None:
        page_requisites(root, URL, "gb18030", ALL)


def test_a_long_hostile_sheet_is_soon_read() -> None:
    for css in ("url(" * 200_000, "@import " * 200_000, "@font-face{" * 100_000, "/*" * 400_000, "a,b " * 300_000):
        sheet_requisites(css, A + "/m.css", 1, ALL)
    found(f'<img srcset="{"a " * 4000}">')

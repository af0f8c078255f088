from __future__ import annotations

import pytest

from pipelines.extract import extract
from pipelines.images import absolute
from storage.model import Image

PROSE = "<p>老人说，这条路他走了一辈子，哪里有坑、哪里有坎，闭着眼睛都知道。</p>" * 3


def test_pictures_of_the_body_with_captions_and_no_others() -> None:
    html = (
        '<body><img src="/top.jpg"><div class="content"><figure><img data-src="b.jpg" src="loading.gif">'
        f'<figcaption>村口的路</figcaption></figure>{PROSE}<p><img src="//img.example/c.png"></p>'
        f"<p>图为新修的路。</p>{PROSE}"
        '<img src="b.jpg"><img src="data:image/png;base64,AA"></div><div><img src="/ad.jpg"></div></body>'
    )
    assert extract(html.encode(), {}, "http://a.example/n/1.html").images == (
        Image("http://a.example/n/b.jpg", "村口的路"),
        Image("http://img.example/c.png", "图为新修的路。"),
    )


@pytest.mark.parametrize(
    ("base", "href", "target"),
    [
        ("", "../b.html#x", "http://a.example/b.html"),
        ("/base/", "c", "http://a.example/base/c"),
        ("", "javascript:void(0)", None),
        ("", "http://[bad", None),
    ],
)
def test_absolute(base: str, href: str, target: str | None) -> None:
    assert absolute(base, "http://a.example/n/1.html", href) == target

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import images
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


@given(
    st.lists(
        st.sampled_from(["lo", "go", "ico", "ICO", "n", "data", ":", ".png", ".GIF", "x", "ı", "ſ", "hare", "1x", "1"])
    )
)
def test_no_ornament_is_taken_for_a_picture(pieces: list[str]) -> None:
    address = "".join(pieces)
    assert images._is_ornament(address) == (images._NOT_PICTURES.search(address) is not None)


PIECES = (
    *("http:", "https:", "//", "/", "a.example", ":80", ":999999", ".", "..", "%", "?", "=1", "#x", ";p", "[", "图"),
    *(" ", "\t", "@", "b.html", "A", "\uff0f"),
)
ADDRESSES = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@given(ADDRESSES, ADDRESSES | st.just("http://a.example/n/1.html"), st.just("") | ADDRESSES)
def test_plain_addresses_resolve_as_all_others_do(href: str, url: str, base: str) -> None:
    try:
        target = urljoin(urljoin(url, base) if base else url, href.strip())
    except ValueError:
        wanted = None
    else:
        wanted = target.split("#")[0] if target.startswith(("http://", "https://")) else None
    assert absolute(base, url, href) == wanted

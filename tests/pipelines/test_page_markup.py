from __future__ import annotations

import random

from pipelines.extract import extract
from pipelines.page_markup import read_markup


def test_a_page_is_decoded_and_parsed() -> None:
    markup = read_markup("<p>古桥</p>".encode("gb18030"), "text/html; charset=gb2312")
    assert markup.is_text and markup.decoded.used == "gb18030"
    assert markup.root is not None and "".join(markup.root.itertext()) == "古桥"


def test_bytes_that_are_no_text_are_not_parsed() -> None:
    markup = read_markup(random.Random(1).randbytes(4000), None)
    assert not markup.is_text and markup.root is None


def test_an_article_is_the_same_from_bytes_and_from_shared_markup() -> None:
    page = (
        "<title>路通了</title><h1>路通了</h1>" + "<p>路修好以后，城里的班车开进了村口，孩子们不用再起早了。</p>" * 3
    ).encode()
    assert extract(page, markup=read_markup(page, None)) == extract(page)

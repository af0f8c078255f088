from __future__ import annotations

import json

from storage.article_json import article_from_json, article_to_json
from storage.model import Image, InjectedLink
from tests.storage.outcomes import make_article


def test_an_article_comes_back_as_it_was() -> None:
    article = make_article(
        "一\n二",
        authors=("甲", "乙"),
        images=(Image("http://a.cn/1.jpg", "图"), Image("http://a.cn/2.jpg")),
        page_links=("http://a.cn/1_2.html",),
        injected=(InjectedLink("http://b.cn/", "赌", "off-screen"),),
        reasons={"title": "h1"},
        confidence={"title": 0.9},
        repairs={"gloss": 2},
        gaps=("http://a.cn/1_2.html",),
        views=7,
    )
    assert article_from_json(json.loads(json.dumps(article_to_json(article)))) == article

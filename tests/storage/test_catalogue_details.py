from __future__ import annotations

from dataclasses import replace

from storage.catalogue_details import details_of, details_text
from storage.model import Article, InjectedLink

PLAIN = Article(title="T", body="text", body_sha256="x")


def test_details_come_back_as_they_were() -> None:
    article = replace(
        PLAIN,
        kicker="引题",
        views=7,
        confidence={"body": 0.9},
        repairs={"gloss": 2},
        injected=(InjectedLink("http://spam.test/", "开奖", "none"),),
        gaps=("http://paper.test/2",),
    )
    assert replace(PLAIN, **details_of(details_text(article))) == article


def test_nothing_is_an_empty_object() -> None:
    assert details_text(PLAIN) == "{}"
    assert details_of("{}") == {}

from __future__ import annotations

from pipelines.extract import extract
from pipelines.overrides import rules_digest
from storage.model import ExtractRules

PAGE = (
    "<title>路_青石网</title><h1>别的</h1><h2 class=t>路通了</h2>"
    "<p class=d>二〇二〇年三月一日</p><p class=o>来源：甲报 乙</p>"
    "<p class=a>何满 苏晚</p><p class=e>责编：常歌</p><p class=s>要闻</p>"
    "<div class=b>第一段。<div class=ad>广告</div>第二段。</div>"
).encode()
RULES = ExtractRules(
    title=".t", published=".d", origin=".o", authors=".a", editors=".e", section=".s", body=".b", drop=(".ad",)
)


def test_every_field_can_be_overridden() -> None:
    article = extract(PAGE, {}, "http://a.example/", RULES)
    assert (article.title, article.published, article.origin) == ("路通了", "2020-03-01", "甲报")
    assert (article.authors, article.editors, article.section) == (("何满", "苏晚"), ("常歌",), "要闻")
    assert article.body == "第一段。\n第二段。"
    assert article.reasons["title"] == article.reasons["body"] == "source rule"


def test_a_rule_that_finds_nothing_leaves_the_generic_value() -> None:
    generic = extract(PAGE, {}, "http://a.example/")
    ruled = extract(PAGE, {}, "http://a.example/", ExtractRules(title=".none", body="p[", drop=("p[",)))
    assert (ruled.title, ruled.body) == (generic.title, generic.body)
    assert ruled.extractor != generic.extractor


def test_what_is_dropped_leaves_the_generic_body_too() -> None:
    paragraphs = "".join(f"<p>第{number}段说的是青石镇修路的经过，参加的人有几十个。</p>" for number in "一二三四五")
    boats = "<p class=x9>河边的渡口清早照例开两班船，坐船的人比往常多些。</p>"
    page = f"<h1>路通了</h1><div class=b>{paragraphs}{boats}</div>".encode()
    generic = extract(page, {}, "http://a.example/")
    spared = extract(page, {}, "http://a.example/", ExtractRules(drop=(".x9",)))
    assert generic.body.endswith("多些。") and spared.body == generic.body.rpartition("\n")[0]
    assert spared.reasons["body"] == "source rule" and spared.body_sha256 != generic.body_sha256
    assert extract(page, {}, "http://a.example/", ExtractRules(drop=(".b",))).body == generic.body, "never all of it"


def test_the_digest_tells_rules_apart_and_none_from_empty() -> None:
    assert rules_digest(None) == rules_digest(ExtractRules()) == ""
    assert rules_digest(RULES) != rules_digest(ExtractRules(title=".t"))

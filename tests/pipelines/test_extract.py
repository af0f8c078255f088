from __future__ import annotations

import hashlib
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extract import EXTRACTOR, extract, why_not
from storage.model import ExtractRules

URL = "http://news.example/2020/0205/c1.html"
PAGE = """<html><head><meta charset="utf-8"><title>山村小学迎来新图书馆_本地要闻_青石网</title></head><body>
<div class="nav"><a href="/">首页</a><a href="/a">要闻</a><a href="/b">评论</a></div>
<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/a">要闻</a> &gt; 正文</div>
<h1>山村小学迎来新图书馆</h1>
<div class="info">2020年02月05日 19:01 来源：青石日报 浏览次数：88</div>
<div class="content"><p>　　本报讯（记者
何小满）昨天上午，青石镇中心小学的新图书馆开门迎客，两千多册图书整齐地摆上书架。</p>
<p>　　校长说，孩子们盼这一天盼了三年，今后每个班每周都有一节阅读课。</p>
<p>　　图书馆由旧粮仓改建，屋顶换成了玻璃，采光很好，冬天也暖和。</p></div>
<div class="edit">责任编辑：苏晚晴</div><div class="footer">版权所有 青石网 京ICP备00000000号</div></body></html>"""


def test_reads_every_field_of_a_plain_page() -> None:
    article = extract(PAGE.encode(), {"Content-Type": "text/html"}, URL)
    assert article.title == "山村小学迎来新图书馆"
    assert (article.published, article.published_precision) == ("2020-02-05T19:01:00+08:00", "minute")
    assert article.published_utc == "2020-02-05T11:01:00Z"
    assert article.published_raw == "2020年02月05日 19:01"
    assert article.origin == "青石日报"
    assert article.authors == ("何小满",)
    assert article.editors == ("苏晚晴",)
    assert article.section == "要闻"
    assert (article.language, article.script) == ("zh", "Hans")
    paragraphs = article.body.split("\n")
    assert len(paragraphs) == 3
    assert paragraphs[0].startswith("本报讯") and paragraphs[-1].endswith("冬天也暖和。")
    assert article.body_sha256 == hashlib.sha256(article.body.encode()).hexdigest()


@given(st.binary(max_size=3000))
@settings(max_examples=300, deadline=None)
def test_never_raises_on_any_bytes_and_is_deterministic(body: bytes) -> None:
    assert extract(body, {}, URL) == extract(body, {}, URL)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_never_raises_on_a_damaged_page(data: st.DataObject) -> None:
    page = bytearray(PAGE.encode("gb18030"))
    for _ in range(data.draw(st.integers(1, 40))):
        page[data.draw(st.integers(0, len(page) - 1))] = data.draw(st.integers(0, 255))
    extract(bytes(page[: data.draw(st.integers(0, len(page)))]), {}, URL)


def test_an_empty_page_says_why() -> None:
    article = extract(b"", {}, URL)
    assert article.body == ""
    assert article.reasons["body"]


def test_source_rules_override_and_are_named() -> None:
    rules = ExtractRules(title=".info", body=".content", drop=("p:last-child",))
    article = extract(PAGE.encode(), {}, URL, rules)
    assert article.title is not None and article.title.startswith("2020年02月05日")
    assert len(article.body.split("\n")) == 2
    assert article.extractor.startswith(f"{EXTRACTOR}+")
    assert article.reasons["body"] == "source rule"


LINE = "中文，内容。这一句话是用来占地方的，没有别的意思。"
HOSTILE = {
    "nul": b"\0" * 1_000_000,
    "random": random.Random(7).randbytes(2_000_000),
    "nested": b"<div>" * 100_000 + LINE.encode() + b"</div>" * 100_000,
    "unclosed": b"<b><font>" * 50_000 + LINE.encode(),
    "links": b"<a href=x>" * 200_000,
    "attributes": b"<p " + b"a=b " * 500_000 + b">",
    "paragraphs": b"<p>x</p>" * 1_000_000,
    "text": (LINE * 200_000).encode(),
    "breaks": "<br>字".encode() * 300_000,
    "labels": "来源:编辑：作者：".encode() * 200_000,
    "brackets": b"(" * 1_000_000,
    "json": b'<script type="application/ld+json">' + b"[" * 400_000 + b"</script>x",
    "css": b"<style>" + b"#a{left:-999px}" * 200_000 + b"</style>x",
    "digits": b"2020-" * 1_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pages_cost_bounded_time(kind: str) -> None:
    started = time.process_time()
    extract(HOSTILE[kind], {}, URL)
    assert time.process_time() - started < 4.0


def test_a_page_without_an_article_gives_its_reason() -> None:
    article = extract(b"<ul>" + b"<li><a href=/1>one of many headlines</a></li>" * 50 + b"</ul>", {}, URL)
    assert (article.body, why_not(article)) == ("", article.reasons["body"])
    assert why_not(extract(PAGE.encode(), {}, URL)) is None


def test_bytes_that_are_no_text_are_no_article() -> None:
    article = extract(HOSTILE["random"], {}, URL)
    assert article.body == ""
    assert why_not(article) == f"not text: {article.undecodable_bytes} of 2000000 bytes do not decode"

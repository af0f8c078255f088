"""crawler.item: what Scrapy's exporters get."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from scrapy.exceptions import DropItem

from crawler.item import item_of
from storage.catalogue_views import VIEW_COLUMNS
from storage.model import Article, Attempt, Capture, Outcome, PageRead

ARTICLE = Article("题", "文", "0" * 64, authors=("沈砚", "陆禾"), editors=("甘棠",), keywords=())
NOW = datetime.now(UTC)
CAPTURE = Capture(
    id="urn:uuid:1", url="http://a.cn/1", source="mine", captured=NOW, method="GET", request_digest=None, status=200,
    mime="text/html", kind="response", payload_digest="sha256:0", refers_to=None, warc_file="f", warc_offset=0,
    warc_length=1, ip=None, tls_verified=None, truncated=None, crawl_id="c",
)  # fmt: skip


def outcome(read: PageRead | None, capture: Capture | None = CAPTURE) -> Outcome:
    return Outcome(Attempt("mine", "c", "article:0"), "http://a.cn/1", NOW, capture, None, read)


def test_an_article_is_one_flat_object_with_keys_of_the_view() -> None:
    item = item_of(outcome(PageRead(article=ARTICLE)))
    assert set(item) <= set(VIEW_COLUMNS["article"])
    assert (item["url"], item["source"], item["title"], item["capture_id"]) == (
        "http://a.cn/1", "mine", "题", "urn:uuid:1",
    )  # fmt: skip
    assert [*item["authors"]] == ["沈砚", "陆禾"] and [*item["keywords"]] == []


@pytest.mark.parametrize(
    "without", [outcome(None), outcome(PageRead()), outcome(PageRead(article=ARTICLE), capture=None)]
)
def test_a_page_without_article_is_dropped_quietly(without: Outcome) -> None:
    with pytest.raises(DropItem) as dropped:
        item_of(without)
    assert dropped.value.log_level == "DEBUG"

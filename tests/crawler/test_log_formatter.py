"""What Scrapy's log says of each page: nothing at INFO, everything at DEBUG, drops that a pipeline means always."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.exceptions import DropItem
from scrapy.http import Request, Response

from crawler.log_formatter import LogFormatter

PAGE = Request("http://a.example/1.html")
RESPONSE = Response(PAGE.url, request=PAGE)


def formatter(level: str) -> tuple[LogFormatter, Any]:
    crawler: Any = SimpleNamespace(settings={"LOG_LEVEL": level, "DEFAULT_DROPITEM_LOG_LEVEL": "WARNING"})
    return LogFormatter.from_crawler(crawler), SimpleNamespace(crawler=crawler)


@pytest.mark.parametrize(("level", "is_told"), [("INFO", False), ("WARNING", False), ("DEBUG", True)])
def test_what_went_well_is_told_at_debug_alone(level: str, is_told: bool) -> None:
    told, spider = formatter(level)
    quiet = DropItem("no article", log_level="DEBUG")
    lines = [
        told.crawled(PAGE, RESPONSE, spider),
        told.scraped({"url": PAGE.url}, RESPONSE, spider),
        told.dropped({}, quiet, RESPONSE, spider),
    ]
    assert [line is not None for line in lines] == [is_told] * 3


def test_an_item_that_a_pipeline_drops_on_purpose_is_told() -> None:
    told, spider = formatter("INFO")
    assert told.dropped({}, DropItem("spam"), RESPONSE, spider) is not None
    assert told.dropped({}, DropItem("spam", log_level="ERROR"), RESPONSE, spider) is not None

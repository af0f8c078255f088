"""What comes back from a WARC file is what the crawl had settled, value for value."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from pipelines.archived_outcomes import CrawlStart, outcomes_of
from pipelines.outcome import outcome_of
from pipelines.page import read_page
from storage.errors import WarcError
from storage.model import Attempt, Capture, CrawlEnd, Exchange, Failure, Outcome, Thresholds
from storage.recovery import recover
from tests.pipelines.crawled import BODY_BYTES, Crawl, list_page, message, story
from tests.storage.exchanges import files

PASSED: dict[str, tuple[bytes, str, dict[str, object]]] = {
    "/list.html": (list_page(1, 2), "list:0", {}),
    "/a/1.html": (story(1), "article:0", {"duration_s": 0.25, "ip": "192.0.2.1"}),
    "/a/2.html": (message("", "302 Found", "Location: /a/3.html"), "article:0", {}),
    "/a/4.html": (message("没有了", "404 Not Found"), "article:0", {}),
    "/a/5.html": (message("慢些", "503 Busy", "Retry-After: 20"), "article:0", {}),
    "/a/6.html": (story(6)[:-40], "article:0", {"truncated": "disconnect"}),
    "/a/7.html": (b"\x00\xff", "article:0", {"notes": ("stale connection, sent again",)}),
    "/a/8.html": (b"", "article:0", {"failure": Failure("connect", "refused")}),
    "/robots.txt": (message("User-agent: *"), "robots", {}),
}


def settled(crawl: Crawl, exchange: Exchange, attempt: Attempt, capture: Capture | None) -> Outcome:
    """Return what a crawl makes of an exchange, as the archivist does."""
    read = None
    if capture is not None and attempt.role != "robots":
        read = read_page(
            exchange.response, "GET", exchange.url, crawl.source, attempt.role, 1, max_body_bytes=BODY_BYTES
        )
    return outcome_of(attempt, exchange, capture, read, thresholds=Thresholds(2, 3600))


def test_every_outcome_comes_back_as_it_was(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    made = [crawl.made(path, response, role, **fields) for path, (response, role, fields) in PASSED.items()]
    live = [settled(crawl, *one) for one in made]
    end = crawl.end()
    start, *archived, archived_end = outcomes_of(files(tmp_path)[0], max_body_bytes=BODY_BYTES)
    assert archived == live
    assert archived_end == end
    assert isinstance(start, CrawlStart)
    assert (start.source, start.opening.crawl_id, start.opening.started) == (crawl.source, crawl.id, crawl.started)
    by_url = {outcome.url: outcome for outcome in live}
    article = by_url["http://paper.test/a/1.html"]
    assert article.read is not None and article.read.article is not None
    assert by_url["http://paper.test/a/5.html"].retry_after_s == 20
    assert by_url["http://paper.test/robots.txt"].read is None


def test_every_file_of_a_crawl_begins_with_its_crawl(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path, max_bytes=1)
    for number in range(3):
        crawl.article(number)
    crawl.end()
    found = [list(outcomes_of(path, max_body_bytes=BODY_BYTES)) for path in files(tmp_path)]
    assert len(found) > 3
    starts = [entries[0] for entries in found]
    assert all(isinstance(start, CrawlStart) and start.opening.crawl_id == crawl.id for start in starts)
    assert [isinstance(entry, CrawlEnd) for entries in found for entry in entries].count(True) == 1


def test_what_is_known_is_not_read_again(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    known, unknown = crawl.article(1), crawl.article(2)
    crawl.refused("/a/3.html")
    crawl.end()

    def lacking(ids: Iterable[str]) -> set[str]:
        return {*ids} - {known.id}

    entries = list(outcomes_of(files(tmp_path)[0], max_body_bytes=BODY_BYTES, unknown=lacking))
    outcomes = [entry for entry in entries if isinstance(entry, Outcome)]
    assert [outcome.capture for outcome in outcomes] == [unknown, None]
    assert outcomes[1].failure == Failure("robots", "forbidden")


def test_an_attempt_with_a_torn_request_is_kept_and_says_so(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    capture = crawl.article(1)
    crawl.die()
    (left,) = files(tmp_path)
    with left.open("r+b") as file:
        file.truncate(capture.warc_offset + capture.warc_length + 5)
    recover(tmp_path)
    _, outcome = outcomes_of(files(tmp_path)[0], max_body_bytes=BODY_BYTES)
    assert isinstance(outcome, Outcome)
    assert outcome.capture is not None and outcome.capture.id == capture.id
    assert outcome.failure is not None and outcome.failure.stage == "archive"
    assert outcome.read is not None


def test_rules_that_the_file_does_not_hold_are_taken_to_be_those_it_holds(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    exchange = Exchange("http://paper.test/a/1.html", "GET", b"GET / HTTP/1.1\r\n\r\n", story(1), crawl.started)
    crawl.writer.append(exchange, Attempt("paper", crawl.id, "article:0", rules_digest="sha256:" + "0" * 64))
    crawl.end()
    _, outcome, _ = outcomes_of(files(tmp_path)[0], max_body_bytes=BODY_BYTES)
    assert isinstance(outcome, Outcome)
    assert outcome.read is not None and outcome.read.article is not None


def test_what_lies_before_damage_comes_back_and_the_damage_is_named(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    first, second = crawl.article(1), crawl.article(2)
    crawl.end()
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    content[second.warc_offset + second.warc_length - 6] ^= 1  # the checksum in the trailer
    path.write_bytes(content)
    seen = []
    with pytest.raises(WarcError, match=str(path)):
        for entry in outcomes_of(path, max_body_bytes=BODY_BYTES):
            seen.append(entry)
    assert [entry.capture for entry in seen if isinstance(entry, Outcome)] == [first]

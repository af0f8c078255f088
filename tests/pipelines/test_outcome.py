"""What an exchange amounts to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.outcome import outcome_of, retry_after_s
from storage.archived import Place, capture_of
from storage.http_message import parse_head
from storage.model import Attempt, Exchange, Failure, Outcome, Thresholds

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ATTEMPT = Attempt(source="demo", crawl_id="c", role="article:0")


def of(
    response: bytes, *, truncated: str | None = None, failure: Failure | None = None, gap: str | None = None
) -> Outcome:
    exchange = Exchange(
        "http://a.example/1", "GET", b"GET / HTTP/1.1\r\n\r\n", response, NOW, truncated=truncated, failure=failure
    )
    return outcome_of(ATTEMPT, exchange, None, None, thresholds=Thresholds(), gap=gap)


def test_a_whole_answer_is_no_failure() -> None:
    assert of(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").failure is None
    assert of(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n").failure is None


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "404 Not Found"),
        (b"HTTP/1.1 503\r\n\r\n", "503"),
        ("HTTP/1.1 404 没有\r\n\r\n".encode(), "404 没有"),
        (b"SSH-2.0-OpenSSH\r\n", "no HTTP status line"),
    ],
)
def test_a_refusal_is_a_row_with_its_reason(response: bytes, reason: str) -> None:
    assert of(response).failure == Failure("http", reason)


def test_no_robots_txt_is_no_failure_but_a_broken_one_is() -> None:
    def reason(response: bytes) -> Failure | None:
        exchange = Exchange("http://a.example/robots.txt", "GET", b"", response, NOW)
        return outcome_of(replace(ATTEMPT, role="robots"), exchange, None, None, thresholds=Thresholds()).failure

    assert reason(b"HTTP/1.1 404 Not Found\r\n\r\n") is None
    assert reason(b"HTTP/1.1 503 Busy\r\n\r\n") == Failure("http", "503 Busy")


def test_a_304_is_a_failure_unless_it_answers_our_condition() -> None:
    answer = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    assert of(answer).failure == Failure("http", "304 Not Modified, though the request was unconditional")
    exchange = Exchange("http://a.example/1", "GET", b"", answer, NOW)
    capture = capture_of(exchange, ATTEMPT, "f", Place("r", 1, 2, "b", "p"), None, kind="revisit", refers_to="q")
    assert outcome_of(ATTEMPT, exchange, capture, None, thresholds=Thresholds()).failure is None


def test_a_cut_answer_says_how() -> None:
    failure = of(b"HTTP/1.1 200 OK\r\n\r\nab", truncated="length").failure
    assert failure == Failure("http", "the response was cut at the size limit")


def test_the_network_comes_before_the_gap_in_the_archive() -> None:
    assert of(b"", failure=Failure("dns", "no address"), gap="x").failure == Failure("dns", "no address")
    assert of(b"HTTP/1.1 200 OK\r\n\r\n", gap="the request is torn").failure == Failure(
        "archive", "the request is torn"
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(b"120", 120.0), (b" 7 ", 7.0), (b"Mon, 05 Jan 2026 08:01:00 GMT", 60.0), (b"Mon, 05 Jan 2026 07:00:00 GMT", 0.0)],
)
def test_retry_after_in_both_forms(value: bytes, seconds: float) -> None:
    head = parse_head(b"HTTP/1.1 429 Slow\r\nRetry-After: " + value + b"\r\n\r\n")
    assert retry_after_s(head, NOW) == seconds


@pytest.mark.parametrize("value", [b"", b"soon", b"-3", b"\xff\xfe", b"99999999999999999999"])
def test_a_strange_retry_after_is_bounded_or_none(value: bytes) -> None:
    seconds = retry_after_s(parse_head(b"HTTP/1.1 503 x\r\nRetry-After: " + value + b"\r\n\r\n"), NOW)
    assert seconds is None or 0 <= seconds <= timedelta(days=36500).total_seconds()

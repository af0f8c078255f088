from __future__ import annotations

import pytest

from pipelines.unread import unread

BODY = b"<p>text</p>"


def response(status: str, *headers: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "", "")).encode() + BODY


@pytest.mark.parametrize("role", ["article:0", "page", "part"])
@pytest.mark.parametrize("mime", ["image/png", "font/woff2", "application/zip", "application/vnd.ms-excel"])
def test_what_is_no_text_is_no_page(role: str, mime: str) -> None:
    failure = unread(response("200 OK", f"Content-Type: {mime}"), role, 1 << 20)
    assert failure is not None and (failure.stage, failure.reason) == ("extract", f"is no page but {mime}")


@pytest.mark.parametrize("mime", ["text/html", "text/plain", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"])
def test_text_is_read(mime: str) -> None:
    assert unread(response("200 OK", f"Content-Type: {mime}"), "page", 1 << 20) is None
    assert unread(response("200 OK"), "page", 1 << 20) is None


def test_what_is_too_long_is_not_read_if_an_article_is_looked_for() -> None:
    long = response("200 OK")
    assert unread(long, "page", len(long)) is None
    failure = unread(long, "page", len(long) - 1)
    assert failure is not None and failure.reason == f"larger than {len(long) - 1} bytes"
    assert unread(long, "list:0", 1) is None


@pytest.mark.parametrize("status", ["301 Moved", "404 Not Found", "503 Busy", "nonsense"])
def test_the_head_of_an_error_says_it_all(status: str) -> None:
    assert unread(response(status, "Content-Type: image/png"), "page", 1) is None

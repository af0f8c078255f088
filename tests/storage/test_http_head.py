from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.http_head import MAX_HEAD_BYTES, header, header_values, parse_head


def test_a_plain_head_is_read_up_to_its_empty_line() -> None:
    head = parse_head(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nX-A:1\r\n\r\nX-B: body\r\n")
    assert (head.status, head.reason, head.version) == (404, b"Not Found", "1.1")
    assert head.headers == ((b"Content-Type", b"text/html"), (b"X-A", b"1"))


def test_order_case_and_repeats_are_kept() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\nsEt-cookie: a\r\nX: 1\r\nSet-Cookie: b\r\n\r\n")
    assert head.headers == ((b"sEt-cookie", b"a"), (b"X", b"1"), (b"Set-Cookie", b"b"))
    assert header_values(head.headers, b"SET-COOKIE") == [b"a", b"b"]
    assert header(head.headers, "set-Cookie") == b"a"
    assert header(head.headers, b"absent") is None


def test_what_real_servers_send_is_taken_as_meant() -> None:
    lines = (
        b"HTTP/1.0 200",
        "X-Title: 新闻".encode("gbk"),
        b"X Spaced Name: 1",
        b"X-\xc4\xe3: 2",
        b"X-A : 3",
        b"X-Folded: one",
        b"\t two",
        b"   three",
        b"no colon at all",
        b": no name",
        b"X-Empty:",
    )
    for end in (b"\r\n", b"\n"):
        head = parse_head(end.join(lines) + end + end)
        assert (head.status, head.reason, head.version) == (200, b"", "1.0")
        assert head.headers == (
            (b"X-Title", "新闻".encode("gbk")),
            (b"X Spaced Name", b"1"),
            (b"X-\xc4\xe3", b"2"),
            (b"X-A", b"3"),
            (b"X-Folded", b"one two three"),
            (b"X-Empty", b""),
        )


def test_a_status_line_that_cannot_be_read_has_no_status() -> None:
    assert parse_head(b"<html>200</html>").status is None
    assert parse_head(b"<html>200</html>").version == "0.9"
    for line in (b"HTTP/1.1 OK", b"HTTP/1.1 2000 OK", b"HTTP/ 200 OK", b"HTTP/1.1", b"HTTP/1.1 20"):
        head = parse_head(line + b"\r\nA: b\r\n\r\n")
        assert head.status is None
        assert head.headers == ((b"A", b"b"),)


def test_the_reason_phrase_stays_bytes() -> None:
    assert parse_head("HTTP/1.1 404 找不到\r\n\r\n".encode("gbk")).reason == "找不到".encode("gbk")


def test_blank_lines_before_the_status_line_are_passed_over() -> None:
    assert parse_head(b"\r\n\nHTTP/1.1 200 OK\r\n\r\n").status == 200


def test_an_endless_head_is_read_up_to_the_cap() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000)
    assert head.status == 200
    assert len(head.headers) == 1000
    assert parse_head(b"HTTP/1.1 200 OK\r\nA: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n").status == 200


@given(st.binary(max_size=300))
def test_any_bytes_are_read(content: bytes) -> None:
    for head in (parse_head(content), parse_head(b"HTTP/1.1 200 OK\r\n" + content)):
        assert all(name and name == name.rstrip(b" \t") for name, _ in head.headers)

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.http_head import MAX_HEAD_BYTES, header, header_values, parse_head, whole_head


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


LINES = st.sampled_from(
    [b"HTTP/1.1 200 OK", b"http/1.0 404 no", b"HTTP/9", b"A: 1", b"a : 2", b" folded", b"\t", b"\r", b"", b"x", b":"]
)


@given(st.lists(st.tuples(LINES, st.sampled_from([b"\r\n", b"\n", b"\r"])), max_size=9), st.binary(max_size=3))
def test_a_whole_head_is_read_as_line_by_line(lines: list[tuple[bytes, bytes]], rest: bytes) -> None:
    content = b"".join(line + end for line, end in lines) + rest
    for begin in (b"", b"HTTP/1.1 200 OK\r\n"):
        message = begin + content
        found = whole_head(b"before" + message, 6)
        # Behind a first blank line a head is never taken as whole.
        assert parse_head(message) == parse_head(b"\n" + message)
        if found is not None:
            assert found == (parse_head(b"\n" + message), found[1])
            assert (b"before" + message)[: found[1]].endswith(b"\n\r\n")


def test_a_head_of_common_form_is_taken_as_whole_and_no_other() -> None:
    head = b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"
    assert whole_head(head + b"body\n\r\n") == (parse_head(head), len(head))
    assert whole_head(b"HTTP/1.1 200 OK\nA: 1\n\r\nB: 2\r\n\r\n") == (parse_head(head), 23)
    for other in (head[:-1], b"\n" + head, b"h" + head[1:], b"HTTP/1.1 200 OK\nA: 1\n\nB: 2\r\n\r\n"):
        assert whole_head(other) is None
    assert whole_head(b"HTTP/1.1 200 OK\r\n" + b"a\n" * 1000 + b"\r\n") is None
    assert whole_head(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 10_000 + b"\r\n\r\n") is None


def test_the_values_of_a_name_are_found_whatever_its_case() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\nsEt-cookie: a\r\nX: 1\r\nSet-Cookie: b\r\n\r\n")
    assert head.values(b"set-cookie") == [b"a", b"b"]
    assert head.values(b"absent") == []

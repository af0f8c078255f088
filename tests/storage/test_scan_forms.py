from __future__ import annotations

import pytest

from storage.scan_forms import FORMS, media_type

ID = "<urn:uuid:00000000-0000-4000-8000-000000000000>"

GOOD = [
    ("warc-record-id", ID),
    ("warc-record-id", "<https://a.cn/1?x=y#z>"),
    ("warc-date", "2026"),
    ("warc-date", "2026-02"),
    ("warc-date", "2024-02-29"),
    ("warc-date", "2026-11-22T13:45Z"),
    ("warc-date", "2026-11-22T13:45:00Z"),
    ("warc-date", "2026-11-22T13:45:00.1Z"),
    ("warc-date", "2026-11-22T13:45:00.123456789Z"),
    ("warc-target-uri", "http://a.cn/%E6%96%B0|{x}?q=[1]#f"),
    ("warc-target-uri", "urn:shilu:source:demo"),
    ("warc-target-uri", "dns:a.cn"),
    ("warc-target-uri", "HTTPS://a.cn"),
    ("warc-ip-address", "192.0.2.7"),
    ("warc-ip-address", "2001:db8::1"),
    ("warc-filename", "a.warc.gz"),
    ("content-length", "0"),
    ("content-type", "application/http;msgtype=response"),
    ("content-type", 'text/html ; charset="utf-8"'),
]
BAD = [
    ("warc-record-id", ID[1:-1]),
    ("warc-record-id", "<00000000-0000-4000-8000-000000000000>"),
    ("warc-record-id", "<urn:uuid:1 2>"),
    ("warc-record-id", "<>"),
    ("warc-record-id", ""),
    ("warc-date", ""),
    ("warc-date", "2026-13"),
    ("warc-date", "2026-02-30"),
    ("warc-date", "2026-11-22T25:00:00Z"),
    ("warc-date", "2026-11-22T13:45:00"),
    ("warc-date", "2026-11-22T13:45:00+08:00"),
    ("warc-date", "2026-11-22 13:45:00Z"),
    ("warc-date", "2026-11-22T13:45:00.Z"),
    ("warc-date", "2026-11-22T13:45:00.1234567890Z"),
    ("warc-date", "20261122134500"),
    ("warc-date", "0000"),
    ("warc-target-uri", "/a.html"),
    ("warc-target-uri", "a.cn"),
    ("warc-target-uri", "http://a.cn/a b"),
    ("warc-target-uri", "http:a.cn"),
    ("warc-target-uri", "http:///a"),
    ("warc-target-uri", "http://a.cn/新闻"),
    ("warc-target-uri", "<http://a.cn/>"),
    ("warc-ip-address", "192.0.2.777"),
    ("warc-ip-address", "a.cn"),
    ("warc-filename", "a/b.warc.gz"),
    ("warc-filename", ""),
    ("content-length", "-1"),
    ("content-length", "1 2"),
    ("content-type", "html"),
    ("content-type", "text/html; charset"),
    ("content-type", "text/html, text/plain"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_what_may_be(name: str, value: str) -> None:
    assert FORMS[name](value, "1.1")


@pytest.mark.parametrize(("name", "value"), BAD)
def test_what_cannot_be(name: str, value: str) -> None:
    assert not FORMS[name](value, "1.1")


def test_what_the_older_version_says() -> None:
    assert FORMS["warc-date"]("2026-11-22T13:45:00Z", "1.0")
    assert not FORMS["warc-date"]("2026-11-22T13:45:00.5Z", "1.0")
    assert not FORMS["warc-date"]("2026-11", "1.0")
    assert FORMS["warc-record-id"](ID[1:-1], "1.0")
    assert FORMS["warc-target-uri"]("<http://a.cn/>", "1.0")


def test_a_media_type_without_its_parameters() -> None:
    assert media_type("Application/HTTP; msgtype=request") == "application/http"
    assert media_type("") is None

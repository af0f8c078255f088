"""storage.urlkey: one spelling for one address, as browsers read it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import UsageError
from storage.urlkey import (
    _absolute,
    _as_it_stands,
    _parts,
    _port_suffix,
    _trim,
    canonical,
    host_of,
    join,
    urlkey,
)

ANY = st.text(alphabet=st.characters(), max_size=60)
URLISH = st.lists(
    st.sampled_from(
        [
            "http://",
            "HTTPS:",
            "//",
            "/",
            "\\",
            "..",
            ".",
            "%",
            "%2e",
            "%41",
            "%2F",
            "%zz",
            "4",
            "1",
            "?",
            "#",
            "&",
            "=",
            "a",
            "Z",
            "中",
            "。",
            "報",
            " ",
            "\t",
            "\n",
            "@",
            ":",
            "80",
            ":443",
            "[",
            "]",
            "::1",
            "example.com",
            "中国.cn",
            "xn--",
            "0x7f",
            "127.1",
            "\ud800",
            "'",
            '"',
        ]
    ),
    max_size=14,
).map("".join)
TEXT = st.one_of(ANY, URLISH, URLISH.map(lambda tail: "http://h.example" + tail))


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("HTTP://WWW.Example.CN:80/A/../b/./c?x=1#top", "http://www.example.cn/b/c?x=1"),
        ("https://example.cn:443", "https://example.cn/"),
        ("https://example.cn:80/", "https://example.cn:80/"),
        ("http://example.cn:0080/", "http://example.cn/"),
        ("http://example.cn:/", "http://example.cn/"),
        ("http://example.cn./x", "http://example.cn/x"),
        ("http://example.cn/新闻/第1 页.html", "http://example.cn/%E6%96%B0%E9%97%BB/%E7%AC%AC1%20%E9%A1%B5.html"),
        ("http://example.cn/s?q=党 建&b=2&a=1", "http://example.cn/s?q=%E5%85%9A%20%E5%BB%BA&b=2&a=1"),
        ("http://example.cn/%e6%96%b0%7Euser%2f", "http://example.cn/%E6%96%B0~user%2F"),
        ("http://example.cn/100%", "http://example.cn/100%"),
        ("http://example.cn/%%34%31", "http://example.cn/%%341"),
        ("http://example.cn/%4%31", "http://example.cn/%4%31"),
        ("http://example.cn/a/%2e%2E/b/.", "http://example.cn/b/"),
        ("http://example.cn/../../a/..", "http://example.cn/"),
        ("http://example.cn/a//b//../c", "http://example.cn/a//b/c"),
        ("http:\\\\example.cn\\a\\b?c\\d", "http://example.cn/a/b?c\\d"),
        ("http:///example.cn", "http://example.cn/"),
        ("http:example.cn", "http://example.cn/"),
        (" \r\nhttp://exa\tmple.cn/a\nb \x00", "http://example.cn/ab"),
        ("http://中国.cn/", "http://xn--fiqs8s.cn/"),
        ("http://%E4%B8%AD%E5%9B%BD.cn/", "http://xn--fiqs8s.cn/"),
        ("http://ｗｗｗ。ｅｘａｍｐｌｅ．ｃｎ/", "http://www.example.cn/"),
        ("http://my_host.example.cn/", "http://my_host.example.cn/"),
        ("http://example.cn/a?", "http://example.cn/a?"),
        ("http://example.cn/<b>\"{x}|^`'", "http://example.cn/%3Cb%3E%22%7Bx%7D|%5E%60'"),
        ("http://example.cn/?<b>\"{x}|^`'", "http://example.cn/?%3Cb%3E%22{x}|^`%27"),
        ("http://example.cn/\ud800", "http://example.cn/%EF%BF%BD"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ],
)
def test_canonical_spelling(given_url: str, expected: str) -> None:
    assert canonical(given_url) == expected


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "0x7F000001", "127.1", "１２７.0.0.1", "127.0.0.1."]
)
def test_every_spelling_of_an_ipv4_address_is_one(host: str) -> None:
    assert canonical(f"http://{host}/") == "http://127.0.0.1/"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a",
        "a.html",
        "//example.cn/",
        "javascript:void(0)",
        "mailto:a@b",
        "ftp://example.cn/",
        "data:text/html,x",
        "file:///etc/passwd",
        "ｈttp://example.cn/",
        "http://",
        "http:///",
        "http://user@example.cn/",
        "http://u:p@example.cn/",
        "http://example.cn:99999/",
        "http://example.cn:0/",
        "http://example.cn:8a/",
        "http://a..b/",
        "http://.example.cn/",
        "http://exa mple.cn/",
        "http://exa%00mple.cn/",
        "http://exa%2Fmple.cn/",
        "http://１／２.cn/",
        "http://[::1/",
        "http://[::1%25eth0]/",
        "http://[1.2.3.4]/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://0x.0y.1/",
        "http://09.1/",
        "http://-1.2/",
        "http://1_0.1/",
        "http://" + "a" * 64 + ".cn/",
        "http://" + "a." * 130 + "cn/",
        "http://" + "中" * 5000 + "/",
    ],
)
def test_what_is_no_http_url_is_none(url: str) -> None:
    assert canonical(url) is None
    with pytest.raises(UsageError):
        urlkey(url)
    with pytest.raises(UsageError):
        host_of(url)


def test_long_url_is_kept_whole() -> None:
    url = "http://example.cn/" + "a" * 4000 + "?b=" + "c" * 4000
    assert canonical(url) == url


@given(TEXT)
def test_canonical_is_idempotent_ascii_and_never_raises(url: str) -> None:
    once = canonical(url)
    if once is not None:
        assert canonical(once) == once
        assert once.isascii() and not re.search(r"[\x00-\x20\x7f#<>\"]", once)
        assert urlkey(once) == urlkey(url)


@given(
    TEXT,
    TEXT,
    st.one_of(st.none(), st.sampled_from(["gbk", "GB2312", "big5", "utf-16", "rot13", "no such", "\0", "idna"]), ANY),
)
def test_join_never_raises_and_gives_canonical(base: str, href: str, charset: str | None) -> None:
    joined = join(base, href, charset)
    assert joined is None or canonical(joined) == joined


SPELLED = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "Http"]),
    st.lists(
        st.sampled_from(
            [*"a0_-.A", "www", "cn", "127.0.0.1", "256.1.1.1", "1.2.3", "01", "0x7f", "xn--", "a" * 63, "b" * 61]
        ),
        max_size=7,
    ).map("".join),
    st.sampled_from(["", ":", ":80", ":443", ":8080", ":080", ":65535", ":65536", ":0"]),
    st.lists(st.sampled_from([*"/?.#%@:;&=a0~'\"(中 ", "/..", "%41", "//"]), max_size=6).map(
        lambda tail: "/" + "".join(tail)
    ),
)


@given(st.one_of(SPELLED, TEXT, TEXT.map(lambda url: canonical(url) or url)), ANY)
def test_what_is_canonical_as_it_stands_is_what_its_form_would_be(url: str, tail: str) -> None:
    for given_url in (url, url + tail):
        if plain := _as_it_stands(given_url):
            assert _absolute(_trim(given_url), "utf-8") == _absolute(given_url, "gbk") == given_url
            scheme, host, port, _, _ = _parts(given_url)
            assert (plain[2], int(plain[3] or {"http": 80, "https": 443}[scheme])) == (host, port)
            assert host_of(given_url) == host + _port_suffix(scheme, port)


def test_common_urls_stand_as_they_are() -> None:
    for url in (
        "http://www.news.cn/politics/2026-11/22/c_1.htm?a=1&b=2",
        "https://127.0.0.1:8080/",
        "http://a.cn:443/",
    ):
        assert _as_it_stands(url)


@given(TEXT)
def test_join_of_an_absolute_url_is_its_canonical_form(url: str) -> None:
    if url.lower().lstrip().startswith(("http://", "https://")):
        assert join("ftp://nowhere/", url) == canonical(url)


BASE = "http://example.cn/gn/list.html?p=2"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("", "http://example.cn/gn/list.html?p=2"),
        ("#top", "http://example.cn/gn/list.html?p=2"),
        ("?p=3", "http://example.cn/gn/list.html?p=3"),
        ("?", "http://example.cn/gn/list.html?"),
        ("./t1.html", "http://example.cn/gn/t1.html"),
        ("../t1.html", "http://example.cn/t1.html"),
        ("../../../t1.html", "http://example.cn/t1.html"),
        ("/t1.html", "http://example.cn/t1.html"),
        ("//m.example.cn/t1.html", "http://m.example.cn/t1.html"),
        ("\\\\m.example.cn\\t1.html", "http://m.example.cn/t1.html"),
        ("\n  第1期/a b.html\t", "http://example.cn/gn/%E7%AC%AC1%E6%9C%9F/a%20b.html"),
        ("http:t1.html", "http://example.cn/gn/t1.html"),
        ("http:/t1.html", "http://example.cn/t1.html"),
        ("https:m.example.cn", "https://m.example.cn/"),
        ("HTTPS://M.example.cn", "https://m.example.cn/"),
        ("javascript:void(0)", None),
        ("mailto:a@example.cn", None),
        ("http://[", None),
        ("//", None),
        ("//u@h/", None),
        ("a:b", None),
        ("2020:b", "http://example.cn/gn/2020:b"),
    ],
)
def test_join(href: str, expected: str | None) -> None:
    assert join(BASE, href) == expected


def test_join_without_a_usable_base_still_takes_absolute_urls() -> None:
    assert join("about:blank", "a.html") is None
    assert join("about:blank", "http://example.cn/a") == "http://example.cn/a"
    assert join("http://example.cn", "a.html") == "http://example.cn/a.html"


@pytest.mark.parametrize(
    ("charset", "query"),
    [
        (None, "%E5%85%9A%E5%BB%BA"),
        ("utf-8", "%E5%85%9A%E5%BB%BA"),
        ("utf-16le", "%E5%85%9A%E5%BB%BA"),
        ("no-such-charset", "%E5%85%9A%E5%BB%BA"),
        ("gb2312", "%B5%B3%BD%A8"),
        ("GB18030", "%B5%B3%BD%A8"),
        ("big5", "%D0%DE%AB%D8"),
        ("iso-8859-1", "%26%2320826%3B%26%2324314%3B"),
    ],
)
def test_a_query_is_written_in_the_pages_charset_and_a_path_in_utf8(charset: str | None, query: str) -> None:
    assert join("http://example.cn/", "/党?q=党建", charset) == f"http://example.cn/%E5%85%9A?q={query}"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.example.cn/Politics/?b=2&a=1#x", "cn,example,www)/Politics/?b=2&a=1"),
        ("https://www.example.cn/Politics/?b=2&a=1", "cn,example,www)/Politics/?b=2&a=1"),
        ("https://example.cn", "cn,example)/"),
        ("https://example.cn/?", "cn,example)/"),
        ("http://example.cn:8080/", "cn,example:8080)/"),
        ("http://127.1:8080/a", "127.0.0.1:8080)/a"),
        ("http://[::1]:81/a", "[::1]:81)/a"),
        ("http://[::1]/a", "[::1])/a"),
    ],
)
def test_urlkey(url: str, key: str) -> None:
    assert urlkey(url) == key


def test_host_of_drops_the_schemes_own_port_only() -> None:
    assert host_of("HTTPS://Example.cn:443/a") == "example.cn"
    assert host_of("http://example.cn:443/a") == "example.cn:443"
    assert host_of("http://[::1]:8000/") == "[::1]:8000"

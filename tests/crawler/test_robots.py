from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.robots import MAX_ROBOTS_BYTES, RobotsRules, rules_from, rules_from_stored

HOST = "http://news.example.cn"


def parsed(text: str | bytes) -> RobotsRules:
    return rules_from(200, text.encode() if isinstance(text, str) else text, None)


@pytest.mark.parametrize(
    ("status", "failure", "verdict"),
    [
        (200, None, "rules"),
        (206, None, "rules"),
        (301, None, "allow"),
        (401, None, "allow"),
        (403, None, "allow"),
        (404, None, "allow"),
        (410, None, "allow"),
        (429, None, "allow"),
        (500, None, "disallow"),
        (503, None, "disallow"),
        (999, None, "disallow"),
        (None, None, "disallow"),
        (None, "connect: refused", "disallow"),
        (200, "cut off", "disallow"),
    ],
)
def test_status_decides_as_rfc_9309_says(status: int | None, failure: str | None, verdict: str) -> None:
    rules = rules_from(status, b"User-agent: *\nDisallow: /private/", failure)
    assert rules.verdict == verdict
    assert rules.allowed(f"{HOST}/a.html") is (verdict != "disallow")
    assert rules.allowed(f"{HOST}/private/a.html") is (verdict == "allow")
    assert rules.allowed(f"{HOST}/robots.txt")


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("User-agent: shilu\nDisallow: /", "/a", False),
        ("User-agent: SHILU\nDisallow: /", "/a", False),
        ("User-agent: shilu/1.0\nDisallow: /", "/a", False),
        ("User-agent: shilubot\nDisallow: /", "/a", True),
        ("User-agent: s\nDisallow: /", "/a", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: shilu\nDisallow:", "/a", True),
        ("User-agent: shilu\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", True),
        ("User-agent: other\nUser-agent: shilu\nDisallow: /", "/a", False),
        (
            "User-agent: shilu\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: shilu\nDisallow: /b",
            "/b",
            False,
        ),
        ("User-agent: shilu\nCrawl-delay: 2\nUser-agent: other\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("User-agent: *\nDisallow: /*?id=", "/x?id=3", False),
        ("User-agent: *\nDisallow: /A", "/a", True),
        ("User-agent: *\nDisallow: /新闻", "/%E6%96%B0%E9%97%BB/1.html", False),
        ("User-agent: *\nDisallow: /%e6%96%b0", "/%E6%96%B0%E9%97%BB/1.html", False),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\rDisallow: /a\rDisallow: /b", "/b", False),
        ("User-agent: *\r\nDisallow: /a # not this\r\n", "/a", False),
        ("User-agent: *\nDisallow /a", "/a", False),
        ("user-agent : *\n  disallow :/a", "/a", False),
        ("Disallow: /", "/a", True),
        ("<html><body>404 页面不存在</body></html>", "/a", True),
        ("", "/a", True),
        ("\x00\x01\x02", "/a", True),
    ],
)
def test_rules_mean_what_the_standard_says(text: str, path: str, allowed: bool) -> None:
    assert parsed(text).allowed(HOST + path) is allowed


def test_gbk_bytes_do_no_harm() -> None:
    rules = parsed("# 禁止\nUser-agent: *\nDisallow: /搜索\nDisallow: /b\n".encode("gbk"))
    assert not rules.allowed(f"{HOST}/b")
    assert rules.allowed(f"{HOST}/a")


def test_delay_and_sitemaps_are_read() -> None:
    rules = parsed(
        "Sitemap: http://a.example/1.xml\nUser-agent: *\nCrawl-delay: 3\nCrawl-delay: nan\nDisallow: /x\n"
        "Sitemap: /relative.xml\nsitemap: https://a.example/2.xml#part\nUser-agent: other\nCrawl-delay: 99\n"
    )
    assert rules.crawl_delay_s == 3.0
    assert rules.sitemaps == ("http://a.example/1.xml", "https://a.example/2.xml")
    assert parsed("User-agent: *\nCrawl-delay: 1e300").crawl_delay_s == 86400.0
    assert parsed("User-agent: *\nCrawl-delay: -5").crawl_delay_s is None


def test_what_lies_beyond_512_kib_is_not_read_nor_is_the_line_cut_there() -> None:
    head = "User-agent: *\n"
    filler = "#" * (MAX_ROBOTS_BYTES - len(head) - len("\nDisallow: /")) + "\n"
    text = f"{head}{filler}Disallow: /private/\nDisallow: /other/"
    assert text[:MAX_ROBOTS_BYTES].endswith("Disallow: /")
    assert parsed(text).verdict == "allow"


@pytest.mark.parametrize(
    "line",
    [
        "Disallow: /%x",
        "Allow: /%x\nDisallow: /%x",
        "Disallow: /*%x",
        "Disallow: /*a*a*%x$",
        "User-agent: a%x",
        "Disallow: /新%x",
        "Disallow: /\\%x",
    ],
)
def test_a_hostile_file_costs_little(line: str) -> None:
    body = "User-agent: *\n" + "\n".join(line.replace("%x", f"{i:x}") for i in range(400_000)) + "\nDisallow: /z"
    began = time.process_time()
    rules = parsed(body.replace("\\", "\udcff").encode("utf-8", "surrogateescape"))
    parsing_s = time.process_time() - began
    urls = [f"{HOST}/", f"{HOST}/{'a' * 4000}", f"{HOST}/2026/01/02/c_1.html"]
    began = time.process_time()
    for url in urls:
        rules.allowed(url)
    matching_s = (time.process_time() - began) / len(urls)
    assert parsing_s < 1.5
    assert matching_s < 0.05
    assert len(rules.text.encode()) <= 512 * 1024


def test_too_many_wildcards_close_the_host_and_say_so() -> None:
    rules = parsed("User-agent: *\n" + "\n".join(f"Disallow: /*{i}" for i in range(3000)))
    assert rules.verdict == "disallow"
    assert "3000" in rules.reason


RULES = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(["User-agent: *", "User-agent: shilu", "Crawl-delay: 1.5", "Sitemap: http://a.cn/s.xml"]),
        st.builds("{}: /{}".format, st.sampled_from(["Allow", "Disallow"]), st.text(max_size=12)),
    ),
    max_size=12,
)


@given(RULES, st.text(alphabet="abc/?*$%2F", max_size=12))
def test_what_is_written_is_read_back_and_judges_alike(lines: list[str], path: str) -> None:
    rules = parsed("\n".join(lines).encode("utf-8", "surrogatepass"))
    again = rules_from_stored(rules.verdict, rules.text)
    assert again == rules
    assert again.allowed(f"{HOST}/{path}") is rules.allowed(f"{HOST}/{path}")


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    assert parsed(body).verdict in ("rules", "allow")


def test_a_row_that_is_not_ours_allows_nothing() -> None:
    rules = rules_from_stored("perhaps", "Allow: /")
    assert not rules.allowed(f"{HOST}/")
    assert "perhaps" in rules.reason


def test_reason_stays_one_line() -> None:
    assert "\n" not in rules_from(None, b"", "tls: bad\nAllow: /forged\r\n").text

"""crawler.scope: what is fetched, and what is a trap."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.scope import MAX_PARAMETERS, MAX_SEGMENTS, MAX_URL_CHARS, MAX_WALK, verdict
from storage.errors import UsageError
from storage.model import Source, SourceCrawl

SOURCE = Source(name="mine", title="t", home="http://h.cn/", crawl=SourceCrawl(hosts=("h.cn",)))
TODAY = date(2026, 11, 22)


def _verdict(path: str, role: str = "article:0", number: int = 1) -> str | None:
    return verdict(SOURCE, "http://h.cn" + path, role, number=number, today=TODAY)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/gn/2026/11-22/10704546.shtml",
        "/n1/2026/0801/c1024-40771951.html",
        "/web/wjdt_674879/fyrbt_674889/202606/t20260618_11948460.shtml",
        "/bjrb/mobile/2026/20260618/20260618_001/content_20260618_001_1.htm",
        "/art/2026/11/23/art_1_2.html",
        "/2011/11/11/11/11/1.html",
        "/20991231.html",
        "/c_20310101.htm",
        "/node_2050/11/1.html",
        "/cn/%E4%B8%93%E6%A0%8F/20220206-%E9%A9%AC",
        "/info/1001/1001.htm",
        "/a?page=2&year=2026&month=12",
    ],
)
def test_real_shapes_of_addresses_pass(path: str) -> None:
    assert _verdict(path) is None


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/" + "a" * MAX_URL_CHARS, "characters"),
        ("/" + "/".join(f"s{n}" for n in range(MAX_SEGMENTS + 1)), "parts"),
        ("/a/a/a/x.html", "repeats 'a'"),
        ("/x/a/b/a/b/a/b/", "repeats 'a/b'"),
        ("/a/b/c/d/a/b/c/d/a/b/c/d/e", "repeats 'a/b/c/d'"),
        ("/?" + "&".join(f"p{n}=1" for n in range(MAX_PARAMETERS + 1)), "parameters"),
        ("/2027/11/23/x.html", "a year ahead"),
        ("/2031-05-01/x.html", "a year ahead"),
        ("/layout/203105/01/node_1.html", "a year ahead"),
        ("/calendar?date=20310501", "a year ahead"),
        ("/calendar?a=1&startDate=2031-5-1", "a year ahead"),
        ("/calendar?year=2031&month=5", "a year ahead"),
        ("/calendar?y=2031", "a year ahead"),
    ],
)
def test_traps_are_named(path: str, says: str) -> None:
    reason = _verdict(path)
    assert reason is not None and reason.startswith("trap: ") and says in reason
    assert _verdict(path, "page") is None, "what a person asks for is fetched"


def test_a_walk_without_end() -> None:
    assert _verdict("/l", "list:0", MAX_WALK) is None
    assert "page" in (_verdict("/l", "list:0", MAX_WALK + 1) or "")


@pytest.mark.parametrize("role", ["page", "list:0", "article:0"])
def test_nothing_outside_the_hosts(role: str) -> None:
    assert verdict(SOURCE, "http://o.cn/", role) == "out of scope"


def test_limits_are_inclusive_and_the_day_is_today() -> None:
    assert _verdict("/" + "a" * (MAX_URL_CHARS - len("http://h.cn/"))) is None
    assert _verdict("/" + "/".join(f"s{n}" for n in range(MAX_SEGMENTS))) is None
    assert _verdict("/2027/11/22/x.html") is None
    assert verdict(SOURCE, "http://h.cn/1999/01/01/x.html", "article:0") is None


def test_a_role_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError):
        _verdict("/", "nonsense")

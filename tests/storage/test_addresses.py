"""Which addresses are one page, and what may claim to be another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.addresses import addresses_of, main_address, says_same
from storage.model import Aliases, Rewrite

ALIASES = Aliases(
    hosts=(("m.paper.cn", "www.paper.cn"), ("old.cn:8080", "www.paper.cn")),
    scheme="https",
    parameters=("share",),
    rewrites=(Rewrite(r"/wap/(\d+)\.html$", r"/a/\1.html"),),
)
NONE = Aliases()


@pytest.mark.parametrize(
    ("url", "main"),
    [
        ("http://www.paper.cn/a/1.html", "https://www.paper.cn/a/1.html"),
        ("http://m.paper.cn/a/1.html?b=2", "https://www.paper.cn/a/1.html?b=2"),
        ("http://old.cn:8080/a/1.html", "https://www.paper.cn/a/1.html"),
        ("http://old.cn/a/1.html", "https://old.cn/a/1.html"),
        ("https://m.paper.cn/wap/12.html", "https://www.paper.cn/a/12.html"),
        ("https://www.paper.cn/a/1.html?share=1&b=2", "https://www.paper.cn/a/1.html?b=2"),
        ("https://www.paper.cn/a/1.html?share=1", "https://www.paper.cn/a/1.html"),
        ("mailto:a@paper.cn", "mailto:a@paper.cn"),
    ],
)
def test_the_main_address(url: str, main: str) -> None:
    assert main_address(ALIASES, url) == main
    assert addresses_of(ALIASES, url)[0] == main


@pytest.mark.parametrize(
    ("url", "main"),
    [
        ("http://h.cn/?utm_source=a&id=3&UTM_Medium=b", "http://h.cn/?id=3"),
        ("http://h.cn/a?spm=1.2.3", "http://h.cn/a"),
        ("http://h.cn/a?from=singlemessage&isappinstalled=0", "http://h.cn/a"),
        ("http://h.cn/a?from=list", "http://h.cn/a?from=list"),
        ("http://h.cn/a?", "http://h.cn/a?"),
        ("http://h.cn/a?utmost=1&myspm=2", "http://h.cn/a?utmost=1&myspm=2"),
        ("https://h.cn/a", "https://h.cn/a"),
    ],
)
def test_without_a_word_of_the_source_only_what_tracks_is_dropped(url: str, main: str) -> None:
    assert main_address(NONE, url) == main


def test_a_page_may_be_known_at_its_own_address_and_at_every_alias() -> None:
    assert addresses_of(NONE, "http://h.cn/a") == ("http://h.cn/a",)
    found = addresses_of(ALIASES, "http://m.paper.cn/a/1.html")
    assert set(found) == {
        f"{scheme}://{host}/a/1.html" for scheme in ("http", "https") for host in ("www.paper.cn", "m.paper.cn")
    } | {"http://old.cn:8080/a/1.html", "https://old.cn:8080/a/1.html"}


@pytest.mark.parametrize("rewrite", [Rewrite("(", "x"), Rewrite("h", r"\7"), Rewrite("^.*$", "nonsense")])
def test_a_rewrite_that_an_archived_source_should_not_hold_changes_nothing(rewrite: Rewrite) -> None:
    assert main_address(Aliases(rewrites=(rewrite,)), "http://h.cn/a") == "http://h.cn/a"


@given(
    st.sampled_from(["http", "https"]), st.sampled_from(["m.paper.cn", "www.paper.cn", "x.cn"]), st.text(max_size=30)
)
def test_the_main_address_is_its_own(scheme: str, host: str, rest: str) -> None:
    plain = Aliases(hosts=ALIASES.hosts, scheme="https", parameters=("share",))
    main = main_address(plain, f"{scheme}://{host}/{rest}")
    assert main_address(plain, main) == main


@pytest.mark.parametrize(
    ("url", "claimed", "same"),
    [
        ("http://m.h.cn/a/1.html", "http://www.h.cn/a/1.html", True),
        ("http://h.cn/wap/c_1002.html", "http://h.cn/2026/c_1002.html", True),
        ("http://h.cn/wap/c_12.html", "http://h.cn/2026/c_12.html", False),
        ("http://h.cn/a/1.html", "http://h.cn/a/2.html", False),
        ("http://h.cn/a/2001.html", "http://h.cn/a/2002.html", False),
        ("http://h.cn/show?id=7&x=a", "http://h.cn/show?id=7", True),
        ("http://h.cn/show?id=7", "http://h.cn/show", False),
        ("http://h.cn/show?id=7", "http://h.cn/show?id=8", False),
        ("http://h.cn/show", "http://h.cn/show?id=8", False),
        ("http://h.cn/a/2001.html?page=3", "http://h.cn/a/2001.html", True),
    ],
)
def test_what_by_its_form_can_be_the_same_article(url: str, claimed: str, same: bool) -> None:
    assert says_same(url, claimed) is same

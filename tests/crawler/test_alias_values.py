"""What `[aliases]` may hold."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.alias_values import host_aliases, parameters, pattern, replacement, replacement_problem
from crawler.source_values import Found


def test_hosts_are_taken_in_lower_case_with_their_ports() -> None:
    assert host_aliases({"M.H.cn": "www.h.cn", "old.cn:8080": "www.h.cn"}) == {
        "m.h.cn": "www.h.cn",
        "old.cn:8080": "www.h.cn",
    }


@pytest.mark.parametrize(
    "value",
    [["m.h.cn"], {"m.h.cn": "http://www.h.cn/"}, {"m.h.cn": 3}, {"a.cn": "b.cn", "b.cn": "c.cn"}, {"a.cn": "a.cn"}],
)
def test_what_is_no_table_of_hosts(value: Any) -> None:
    with pytest.raises(Found):
        host_aliases(value)


@pytest.mark.parametrize("value", ["from", ["a=b"], [""], [3], ["a b"]])
def test_what_is_no_list_of_parameters(value: Any) -> None:
    with pytest.raises(Found):
        parameters(value)
    assert parameters(["from", "分享"]) == ["from", "分享"]


@pytest.mark.parametrize("value", ["(", "", 3, None])
def test_what_is_no_pattern(value: Any) -> None:
    with pytest.raises(Found):
        pattern(value)


@pytest.mark.parametrize("value", ["", 3, "a\nb"])
def test_what_is_no_replacement(value: Any) -> None:
    with pytest.raises(Found):
        replacement(value)


def test_a_replacement_names_only_groups_that_there_are() -> None:
    assert replacement_problem(r"/(\d+)", r"/a/\1") is None
    assert replacement_problem(r"/\d+", r"/a/\1") is not None
    assert replacement_problem(r"/(?P<n>\d+)", r"/a/\g<m>") is not None

"""Which commands Scrapy is shown, and that each command imports only what it works with."""

from __future__ import annotations

import pytest

from crawler.typed_command import commands_module

ALL = "crawler.commands"


@pytest.mark.parametrize(
    ("typed", "module"),
    [
        ("", ALL),
        ("-h", ALL),
        ("search 粮食", f"{ALL}.search"),
        ("--json search 粮食", f"{ALL}.search"),
        ("shell", f"{ALL}.shell"),
        ("list", ""),
        ("settings --get BOT_NAME", ""),
        ("version", ""),
        ("serch 粮食", ALL),
        ("__init__", ALL),
        ("../search", ALL),
        ("search.py", ALL),
    ],
)
def test_scrapy_is_shown_what_is_typed_or_all(typed: str, module: str) -> None:
    assert commands_module(["scrapy", *typed.split()]) == module

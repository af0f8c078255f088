"""Which commands are offered: ours, each with an example; of Scrapy's those that make sense here, and no other."""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from pkgutil import iter_modules

import pytest
import scrapy.commands
from scrapy.settings import Settings

import crawler.commands
from crawler.command import RefusedCommand

OURS = [found.name for found in iter_modules(crawler.commands.__path__)]
KEPT = {"list", "settings", "version"}
"""Of Scrapy's own, as they are."""


def made(name: str) -> scrapy.commands.ScrapyCommand:
    command: scrapy.commands.ScrapyCommand = import_module(f"crawler.commands.{name}").Command()
    return command


REFUSED = [name for name in OURS if isinstance(made(name), RefusedCommand)]


def test_scrapys_own_commands_are_kept_ours_or_refused() -> None:
    stock = {found.name for found in iter_modules(scrapy.commands.__path__)}
    assert stock - KEPT == {*REFUSED, "crawl"}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_what_to_type(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = made(name)
    command.run(["http://a.test/", "--nolog"], argparse.Namespace())
    printed = capsys.readouterr()
    assert command.exitcode == 2 and printed.out == ""
    assert re.fullmatch(rf"scrapy: {name}: not offered here; .+\n", printed.err)
    for word in re.findall(r"`scrapy (\w+)", command.short_desc()):
        assert word in OURS and word not in REFUSED


@pytest.mark.parametrize("name", sorted({*OURS} - {*REFUSED}))
def test_the_help_of_a_command_has_an_example(name: str) -> None:
    command = made(name)
    assert re.search(rf"Examples?: scrapy {name}\b", command.long_desc())
    assert 10 < len(command.short_desc()) < 100 and not command.short_desc().endswith(".")
    for option in re.findall(r"scrapy [^;]*? (--[a-z-]+)", command.long_desc().partition("Example")[2]):
        parser = argparse.ArgumentParser(conflict_handler="resolve")
        command.settings = Settings()
        command.add_options(parser)
        assert option in parser.format_help()

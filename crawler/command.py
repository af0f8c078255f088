"""Owns what all commands share: one line and an exit code for every error, `--json`, opening the catalogue to read."""

from __future__ import annotations

import argparse
import codecs
import io
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand

from crawler.options import Options, read_options
from storage.errors import ArchiveError, UsageError

__all__ = ["ArchiveCommand", "fail", "print_json", "speak_any_characters"]


class ArchiveCommand(ScrapyCommand):
    """Base of the commands that need no reactor: subclasses write `answer`."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}
    takes_arguments: ClassVar[bool] = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--json` to Scrapy's own options."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object a line")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Answer, and turn an archive error into its one line and exit code."""
        assert self.settings is not None
        speak_any_characters()
        try:
            self._refuse_strangers(args)
            self.exitcode = self.answer(args, opts, read_options(self.settings))
            sys.stdout.flush()
        except ArchiveError as error:
            self.exitcode = fail(error)
        except BrokenPipeError:
            # The reader of a pipe has seen enough; what is left in the buffer must not fail again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _refuse_strangers(self, args: list[str]) -> None:
        # Scrapy hands on the options that it does not know as if they were arguments.
        name = type(self).__module__.rpartition(".")[2]
        for argument in args:
            if argument.startswith("-") and argument != "-":
                raise UsageError(f"{name}: {argument}: is no option of this command; `scrapy {name} -h` shows them")
            if not self.takes_arguments:
                raise UsageError(f"{name}: {argument}: takes no argument; `scrapy {name} -h` shows what it takes")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Do the work and return the exit code.

        Raises:
            ArchiveError: it could not be done.
        """
        raise NotImplementedError


def speak_any_characters() -> None:
    """Have standard output escape what a terminal of another encoding (GBK, ASCII) cannot show, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def fail(error: ArchiveError) -> int:
    """Print the error's lines to standard error and return its exit code."""
    print(f"scrapy: {error}", file=sys.stderr)
    return error.exit_code


def print_json(rows: Iterable[Mapping[str, Any]]) -> int:
    """Print one JSON object a line and return how many; Han stays readable where the output is UTF-8."""
    count = 0
    in_ascii = codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8"
    for row in rows:
        print(json.dumps(row, ensure_ascii=in_ascii, default=str))
        count += 1
    return count

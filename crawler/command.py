"""Owns what all commands share: one line and an exit code for every error, `--json`, the pager, an end to output."""

from __future__ import annotations

import argparse
import codecs
import contextlib
import io
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand

from crawler.options import Options, read_options
from crawler.pager import paged
from crawler.terminal import clean, json_line
from storage.errors import ArchiveError, UsageError

__all__ = ["ArchiveCommand", "RefusedCommand", "fail", "print_json", "speak_any_characters"]


class ArchiveCommand(ScrapyCommand):
    """Base of the commands that need no reactor: subclasses write `answer`."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}
    takes_arguments: ClassVar[bool] = False
    is_paged: ClassVar[bool] = False
    """Whether what it prints goes through the pager where there is a terminal."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--json`, and `--no-pager` where there is a pager, to Scrapy's own options."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object a line")
        if self.is_paged:
            parser.add_argument("--no-pager", action="store_true", help="print to the terminal itself")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Answer, and turn an archive error into its one line and exit code."""
        assert self.settings is not None
        speak_any_characters()
        try:
            self._refuse_strangers(args)
            options = read_options(self.settings)
            with paged() if self.is_paged and not opts.no_pager else contextlib.nullcontext():
                self.exitcode = self.answer(args, opts, options)
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


class RefusedCommand(ScrapyCommand):
    """Base of what Scrapy offers and would go past the archive: a command of the same name that tells what to type."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}
    instead: ClassVar[str]
    """In words, with the command in backticks."""

    def short_desc(self) -> str:
        """Return the one-line help."""
        return f"(not here: {self.instead})"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Refuse, with exit code 2."""
        name = type(self).__module__.rpartition(".")[2]
        self.exitcode = fail(UsageError(f"{name}: not offered here; {self.instead}"))


def speak_any_characters() -> None:
    """Have standard output escape what a terminal of another encoding (GBK, ASCII) cannot show, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def fail(error: ArchiveError) -> int:
    """Print the error's lines to standard error, as harmless as `clean` makes them, and return its exit code."""
    print("scrapy: " + "\n".join(map(clean, str(error).split("\n"))), file=sys.stderr)
    return error.exit_code


def print_json(rows: Iterable[Mapping[str, Any]]) -> int:
    """Print one JSON object a line and return how many; Han stays readable where the output is UTF-8."""
    count = 0
    in_ascii = codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8"
    for row in rows:
        print(json_line(row, in_ascii=in_ascii))
        count += 1
    return count

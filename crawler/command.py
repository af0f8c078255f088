"""Owns what all commands share: one line and an exit code for every error, `--json`, the pager, an end to output."""

from __future__ import annotations

import argparse
import codecs
import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final

from scrapy.commands import ScrapyCommand

from crawler.options import Options, read_options
from crawler.pager import paged
from crawler.terminal import clean, json_line
from storage.errors import ArchiveError, SourceError, UsageError

__all__ = ["ArchiveCommand", "RefusedCommand", "fail", "print_json", "speak_any_characters"]

_INTERRUPTED: Final = 130
"""128 and the number of SIGINT, as shells have it."""


class ArchiveCommand(ScrapyCommand):
    """Base of the commands that need no reactor: subclasses write `answer`."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}
    takes_arguments: ClassVar[bool] = False
    is_paged: ClassVar[bool] = False
    """Whether what it prints goes through the pager where there is a terminal."""
    _default_of: Callable[[str], Any] = staticmethod(lambda option: None)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--json`, and `--no-pager` where there is a pager, to Scrapy's own options."""
        super().add_options(parser)
        self._default_of = parser.get_default
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object a line")
        if self.is_paged:
            parser.add_argument("--no-pager", action="store_true", help="print to the terminal itself")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Answer, and turn an archive error into its one line and exit code."""
        assert self.settings is not None
        speak_any_characters()
        try:
            self._refuse_strangers(args)
            self._refuse_bytes(args, opts)
            options = read_options(self.settings)
            with paged() if self.is_paged and not opts.no_pager else contextlib.nullcontext():
                self.exitcode = self.answer(args, opts, options)
            sys.stdout.flush()
        except ArchiveError as error:
            self.exitcode = fail(error)
        except KeyboardInterrupt:
            self.exitcode = _INTERRUPTED
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

    def _refuse_bytes(self, args: list[str], opts: argparse.Namespace) -> None:
        """Refuse what is no text, and `--option=--`, of which argparse of Python 3.11 makes an empty list."""
        name = type(self).__module__.rpartition(".")[2]
        for option, value in vars(opts).items():
            if value == [] and not isinstance(self._default_of(option), list):
                raise UsageError(f"{name}: --{option.replace('_', '-')} --: is no value")
        for text in (*args, *_texts(vars(opts).values())):
            if any("\ud800" <= char <= "\udfff" for char in text):
                raise UsageError(f"{name}: {text}: must be text in UTF-8")

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        """Do the work and return the exit code.

        Raises:
            ArchiveError: it could not be done.
        """
        raise NotImplementedError


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        yield from [value] if isinstance(value, str) else _texts(value) if isinstance(value, list) else ()


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
    """Print the error to standard error in one line, a source's in one a fault, harmless; return its exit code."""
    lines = str(error).split("\n") if isinstance(error, SourceError) else [str(error)]
    print("scrapy: " + "\n".join(map(clean, lines)), file=sys.stderr)
    return error.exit_code


def print_json(rows: Iterable[Mapping[str, Any]]) -> int:
    """Print one JSON object a line and return how many; Han stays readable where the output is UTF-8."""
    count = 0
    in_ascii = codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8"
    for row in rows:
        print(json_line(row, in_ascii=in_ascii))
        count += 1
    return count
